"""Input that nobody meant: each gets a clear sentence, and the rest is analysed."""

import os

import pytest

from .test_analyze import DDL, GOOD_DAG, assert_refused, folder, lockplan

__all__ = ["folder"]


def said(result) -> str:
    """Return the report in one line, after checking that it is one."""
    assert "Traceback" not in result.stderr, result.stderr
    assert result.returncode == 1
    assert "night.a" in result.stdout
    return " ".join(result.stdout.split())


def analyse(folder):
    return lockplan("analyze", "dags", "--schema", "schema.sql", cwd=folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_named_py_is_said_and_not_waited_for(folder):
    os.mkfifo(folder / "dags" / "pipe.py")
    assert "pipe.py:1: file: cannot be read" in said(analyse(folder))


def test_links_in_a_circle_or_to_nowhere_are_said(folder):
    (folder / "dags" / "self.py").symlink_to("self.py")
    (folder / "dags" / "gone.py").symlink_to("nowhere.py")
    (folder / "dags" / "up").symlink_to("..")
    text = said(analyse(folder))
    assert "self.py:1: file: cannot be read" in text
    assert "gone.py:1: file: cannot be read" in text


def test_a_byte_that_is_no_text_is_said_with_its_line(folder):
    (folder / "dags" / "old.py").write_bytes(b"import airflow  # dag\n\n# caf\xe9\n")
    assert "old.py:3: file: cannot be read as text" in said(analyse(folder))


def test_a_file_of_many_lines_is_read_in_seconds(folder):
    (folder / "dags" / "long.py").write_text("# airflow dag\n" + "x = 1\n" * 60_000)
    said(analyse(folder))


def test_a_list_of_very_many_values_is_read_in_seconds(folder):
    values = ",".join(str(2 * n) for n in range(100_000))
    (folder / "dags" / "q.sql").write_text(f"DELETE FROM t WHERE id IN ({values});")
    text = GOOD_DAG.replace("\"DELETE FROM t WHERE day='{{ ds }}'\"", '"q.sql"')
    (folder / "dags" / "night.py").write_text(text)
    said(analyse(folder))


def test_a_misspelt_create_of_the_schema_is_said_with_its_line(folder):
    (folder / "schema.sql").write_text(DDL + "CREATE TABEL u (id INT);\nCREATE DATABASE x;\n")
    text = said(analyse(folder))
    assert "schema.sql:2: schema: " in text
    assert "schema.sql:3" not in text


def test_a_second_task_of_one_id_is_said_once(folder):
    (folder / "dags" / "night.py").write_text(GOOD_DAG.replace('task_id="b"', 'task_id="a"'))
    result = analyse(folder)
    assert "1 task not analysed" in " ".join(result.stdout.split())


def test_ids_that_no_terminal_can_show_do_not_break_the_report(folder):
    text = GOOD_DAG.replace('task_id="a"', 'task_id="a\\ud800"')
    (folder / "dags" / "night.py").write_text(text)
    assert "\\ud800" in said(analyse(folder))
    for kind in ("json", "text"):
        written = lockplan("analyze", "dags", "--format", kind, "-o", "report", cwd=folder)
        assert written.returncode == 1
        assert "\\ud800" in (folder / "report").read_text(encoding="utf-8")


def test_a_folder_in_which_no_dag_could_be_read_is_no_success(folder):
    (folder / "dags" / "night.py").write_text("from airflow import DAG\ndef f(:\n")
    result = analyse(folder)
    assert_refused(result, "no DAG could be read")
    assert "night.py:2" in result.stdout


@pytest.mark.parametrize("date", ["nonsense", "0001-01-01", "9999-12-31"])
def test_dates_that_no_run_has_are_refused(folder, date):
    assert_refused(lockplan("analyze", "dags", "--logical-date", date, cwd=folder), "logical-date")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[tool.lockplan]\nconnections = 3\n", "must be a table"),
        ("[tool.lockplan]\nhistory = 5\n", "must be a text"),
        ("[tool.lockplan]\nairflow_version = 'latest'\n", "must be a version"),
    ],
)
def test_settings_of_another_kind_are_refused_in_words(folder, settings, words):
    (folder / "pyproject.toml").write_text(settings)
    assert_refused(lockplan("analyze", "dags", cwd=folder), "pyproject.toml", words)


def test_a_pyproject_without_tool_tables_is_no_obstacle(folder):
    (folder / "pyproject.toml").write_text("tool = 3\n")
    said(analyse(folder))


def test_a_history_row_that_is_too_short_is_refused_with_its_line(folder):
    (folder / "h.csv").write_text("dag_id,task_id,runs,p50_s,p90_s\nnight,a\n")
    assert_refused(
        lockplan("analyze", "dags", "--history", "h.csv", cwd=folder), "h.csv:2", "fewer"
    )
