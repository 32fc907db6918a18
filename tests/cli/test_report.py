"""`lockplan report` as a user meets it: the file that it writes, and how it ends."""

from pathlib import Path

import pytest

from cli.test_analyze import DDL, GOOD_DAG, SETTINGS, assert_refused, lockplan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "schema.sql").write_text(DDL)
    (tmp_path / "night.py").write_text(GOOD_DAG)
    return tmp_path


def test_the_report_is_one_file_and_its_place_is_told(folder):
    result = lockplan("report", ".", "--schema", "schema.sql", "-o", "report.html", cwd=folder)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == "lockplan: wrote report.html\n"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    for words in ("night.a", "night.b", "lockplan analyze . --schema schema.sql --patch"):
        assert words in page


def test_a_second_report_of_the_same_folder_has_the_same_bytes(folder):
    for name in ("one.html", "two.html"):
        lockplan("report", ".", "--logical-date", "2026-01-01", "-o", name, cwd=folder)
    assert (folder / "one.html").read_bytes() == (folder / "two.html").read_bytes()


def test_a_folder_without_conflicts_ends_with_code_0(folder):
    (folder / "night.py").write_text(GOOD_DAG.replace("    b = ", "    # "))
    result = lockplan("report", ".", "--schema", "schema.sql", "-o", "report.html", cwd=folder)
    assert result.returncode == 0
    assert "No two tasks meet" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_ends_with_code_2(folder):
    assert_refused(lockplan("report", ".", "-o", "missing/report.html", cwd=folder), "missing")
    assert_refused(lockplan("report", ".", cwd=folder), "--output")


def test_files_of_which_none_could_be_read_end_with_code_2_and_a_report_that_says_why(folder):
    (folder / "night.py").write_text("from airflow import DAG\nwith DAG('night'\n")
    result = lockplan("report", ".", "-o", "report.html", cwd=folder)
    assert_refused(result, "no DAG could be read")
    assert "night.py" in (folder / "report.html").read_text(encoding="utf-8")
