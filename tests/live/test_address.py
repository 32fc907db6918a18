"""URLs that lead nowhere: each gets a sentence with a way out, and none shows a password."""

from __future__ import annotations

import builtins
import sqlite3
from contextlib import closing

import pytest

from lockplan.errors import InputError
from lockplan.live import read_server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracle://me:s3cret@host/x", "oracle://…: is no kind of server that can be read"),
        ("me:s3cret@host/x", "the URL: is no kind of server that can be read"),
        ("mysql://me:x@s3cret@host/x", "mysql://…: has more than one @"),
        ("mysql://me:s3cret@host:port/x", "mysql://…: cannot be read"),
        ("mysql://me:s3cret@127.0.0.1:1/x", "mysql://127.0.0.1:1/x: Can't connect to MySQL"),
        ("mariadb+mysqldb://me:s3cret@127.0.0.1:1/x", "mariadb://127.0.0.1:1/x: Can't connect"),
        ("postgres://me:s3cret@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x: connection failed"),
        ("mysql://me@127.0.0.1:1/x?colour=s3cret", "mysql://127.0.0.1:1/x: "),
        ("sqlite:///no/such/file.db", "no/such/file.db: there is no such file"),
        ("sqlite://", "there is no such file"),
    ],
)
def test_a_url_that_leads_nowhere_is_an_error_with_a_way_out(url, said):
    with pytest.raises(InputError) as refused:
        read_server(url)
    assert said in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert refused.value.way_out


def test_a_missing_driver_is_named_with_what_to_install(monkeypatch):
    original = builtins.__import__

    def without_psycopg(name, *rest, **more):
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_psycopg)
    with pytest.raises(InputError, match=r"psycopg is not installed.*lockplan\[postgresql\]"):
        read_server("postgresql://me@127.0.0.1:1/x")


def test_a_file_that_is_no_database_is_an_error(tmp_path):
    file = tmp_path / "x.db"
    file.write_text("no database, but long enough to be looked at" * 50)
    with pytest.raises(InputError, match="file is not a database"):
        read_server(f"sqlite:///{file}")


def test_a_database_without_tables_is_an_error(tmp_path):
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("DROP TABLE t")
        connection.commit()
    with pytest.raises(InputError, match="no table is to be seen"):
        read_server(f"sqlite:///{tmp_path / 'x.db'}")
