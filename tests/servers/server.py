"""A running database server and what a test does with it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from urllib.parse import quote

Kind = Literal["mysql", "mariadb", "postgresql"]
KINDS: tuple[Kind, ...] = get_args(Kind)
INNODB: tuple[Kind, ...] = ("mysql", "mariadb")
LABELS: dict[Kind, str] = {"mysql": "MySQL", "mariadb": "MariaDB", "postgresql": "PostgreSQL"}
ASK_VERSION: dict[Kind, str] = {
    "mysql": "SELECT VERSION()",
    "mariadb": "SELECT VERSION()",
    "postgresql": "SHOW server_version",
}

SHORT_WAITS = {"innodb_lock_wait_timeout": 2, "lock_wait_timeout": 5}
"""Seconds a test waits for a row and for a table, where the servers' defaults are 50 and more."""


class NoServerError(Exception):
    """No server of that kind can be had; the text says why and how to get one."""


@dataclass(frozen=True, slots=True)
class Server:
    """A scratch server that answers on TCP."""

    kind: Kind
    version: str
    """As the server says it, ``10.11.19-MariaDB-0+deb12u1``."""
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        return f"{LABELS[self.kind]} {re.split('[- ]', self.version)[0]}"

    def connect(self, **overrides: Any) -> Any:
        """Open a connection that waits shortly for locks.

        `overrides` are pymysql's own names, of which PostgreSQL knows `database` and `autocommit`.
        """
        if self.kind == "postgresql":
            return self._connect_psycopg(**overrides)
        import pymysql

        waits = ", ".join(f"{name} = {seconds}" for name, seconds in SHORT_WAITS.items())
        arguments: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "connect_timeout": 5,
            "init_command": f"SET {waits}",
        }
        return pymysql.connect(**(arguments | overrides))

    def _connect_psycopg(self, *, database: str = "postgres", autocommit: bool = False) -> Any:
        import psycopg

        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database,
            autocommit=autocommit,
            connect_timeout=5,
            options="-c lock_timeout=2s",
        )

    def url(self, database: str) -> str:
        """Give the URL of a database as users write it."""
        who = quote(self.user, safe="") + (
            f":{quote(self.password, safe='')}" * bool(self.password)
        )
        return f"{self.kind}://{who}@{self.host}:{self.port}/{database}"

    def answered_version(self) -> str:
        """Ask the server for its version."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(ASK_VERSION[self.kind])
            (version,) = cursor.fetchone()
        return str(version)

    @contextmanager
    def scratch_database(self, name: str) -> Iterator[str]:
        """Create a database of this test run's own, give its full name, and drop it at the end.

        Connections that a failed test left open in it are ended first, since their locks would
        keep the database from being dropped.
        """
        database = f"lockplan_{name}_{os.getpid()}"
        with self.connect(autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database}")
        try:
            yield database
        finally:
            with self.connect(autocommit=True) as connection, connection.cursor() as cursor:
                self._drop(cursor, database)

    def _drop(self, cursor: Any, database: str) -> None:
        if self.kind == "postgresql":
            cursor.execute(f"DROP DATABASE {database} WITH (FORCE)")
            return
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (database,))
        for (thread,) in cursor.fetchall():
            cursor.execute(f"KILL {thread}")
        cursor.execute(f"DROP DATABASE {database}")
