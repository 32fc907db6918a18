"""A running database server and what a test does with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from pymysql.connections import Connection

Kind = Literal["mysql", "mariadb"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LABELS: dict[Kind, str] = {"mysql": "MySQL", "mariadb": "MariaDB"}

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
        return f"{LABELS[self.kind]} {self.version.split('-')[0]}"

    def connect(self, **overrides: Any) -> "Connection[Any]":
        """Open a connection that waits shortly for locks; `overrides` are pymysql's own names."""
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

    def answered_version(self) -> str:
        """Ask the server for its version."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
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
            cursor.execute(f"CREATE DATABASE `{database}`")
        try:
            yield database
        finally:
            with self.connect(autocommit=True) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM information_schema.processlist WHERE db = %s", (database,)
                )
                for (thread,) in cursor.fetchall():
                    cursor.execute(f"KILL {thread}")
                cursor.execute(f"DROP DATABASE `{database}`")
