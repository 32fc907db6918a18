"""`lockplan snapshot`, and its file in `--schema`, as a user meets them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .test_analyze import assert_refused, folder, lockplan

__all__ = ["folder"]


@pytest.fixture
def database(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        connection.execute("CREATE TABLE t (id INT PRIMARY KEY, day DATE, x INT)")
        connection.execute("CREATE INDEX k_day ON t (day)")
        connection.commit()
    return folder / "shop.db"


def test_a_snapshot_takes_the_place_of_the_server(folder, database):
    taken = lockplan("snapshot", f"sqlite:///{database}", "-o", "shop.json", cwd=folder)
    assert (taken.returncode, taken.stdout) == (0, "")
    assert taken.stderr == "lockplan: wrote shop.json (1 table)\n"
    database.unlink()
    result = lockplan("analyze", "dags", "--schema", "shop.json", cwd=folder)
    assert result.returncode == 1
    assert "night.b" in result.stdout


def test_a_server_can_be_asked_directly(folder, database):
    result = lockplan("analyze", "dags", "--schema", f"sqlite:///{database}", cwd=folder)
    assert result.returncode == 1
    assert "night.b" in result.stdout
    assert "Without --schema" not in result.stdout


def test_what_of_the_server_was_not_read_is_said(folder, database):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE copy AS SELECT 1 AS one")
        connection.execute("CREATE TABLE 'odd' (a INT)")
        connection.commit()
    taken = lockplan("snapshot", f"sqlite:///{database}", "-o", "shop.json", cwd=folder)
    assert taken.returncode == 0
    assert "shop.db: odd: " in taken.stderr
    names = [table["name"] for table in json.loads((folder / "shop.json").read_text())["tables"]]
    assert names == ["t", "copy"]


@pytest.mark.parametrize(
    "command", [("snapshot", "{}", "-o", "x"), ("analyze", "dags", "--schema", "{}")]
)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://me:s3cret@127.0.0.1:1/x", "mysql://127.0.0.1:1/x: Can't connect"),
        ("oracle://me:s3cret@host/x", "is no kind of server that can be read"),
        ("sqlite:///nowhere.db", "there is no such file"),
    ],
)
def test_a_server_that_cannot_be_read_is_refused_without_its_password(folder, command, url, said):
    result = lockplan(*(word.replace("{}", url) for word in command), cwd=folder)
    assert_refused(result, said)
    assert "s3cret" not in result.stderr + result.stdout
    assert not (folder / "x").exists()


def test_a_snapshot_needs_a_file_to_write_to(folder, database):
    assert_refused(lockplan("snapshot", f"sqlite:///{database}", cwd=folder), "--output")
    assert_refused(
        lockplan("snapshot", f"sqlite:///{database}", "-o", "no/such/x", cwd=folder),
        "cannot be written",
    )


def test_a_broken_snapshot_and_an_empty_path_are_refused(folder):
    (folder / "shop.json").write_text("{}")
    assert_refused(lockplan("analyze", "dags", "--schema", "shop.json", cwd=folder), "no snapshot")
    assert_refused(lockplan("analyze", "dags", "--schema", "", cwd=folder), "an empty path")


def test_the_next_command_shows_no_password():
    from lockplan.cli.options import without_password

    assert without_password("mysql://me:a/b@c@host/x?p=q") == "mysql://…@host/x"
    assert without_password("sqlite:///a b.db") == "sqlite:///a b.db"
    assert without_password("what? me@home.sql") == "what? me@home.sql"
