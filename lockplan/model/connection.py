"""Servers, the connections that reach them, and the identity of tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Engine(StrEnum):
    """The family of a server, which decides its lock model."""

    MYSQL = "mysql"
    MARIADB = "mariadb"
    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"
    HIVE = "hive"
    REDSHIFT = "redshift"
    SNOWFLAKE = "snowflake"
    BIGQUERY = "bigquery"
    MSSQL = "mssql"
    ORACLE = "oracle"
    TRINO = "trino"
    """Trino, Presto and Athena."""
    CLICKHOUSE = "clickhouse"
    DATABRICKS = "databricks"
    """Databricks and Spark."""
    DUCKDB = "duckdb"
    TERADATA = "teradata"
    RESOURCE = "resource"
    """No server: what a workflow file names as read and written."""
    OTHER = "other"
    """Named, but without a lock model of its own."""
    UNKNOWN = "unknown"


SERVERS = tuple(
    engine for engine in Engine if engine not in (Engine.RESOURCE, Engine.OTHER, Engine.UNKNOWN)
)
"""The engines that a user may name."""

DEFAULT_PORTS: Mapping[Engine, int] = MappingProxyType(
    {
        Engine.MYSQL: 3306,
        Engine.MARIADB: 3306,
        Engine.POSTGRESQL: 5432,
        Engine.REDSHIFT: 5439,
        Engine.HIVE: 10000,
        Engine.MSSQL: 1433,
        Engine.ORACLE: 1521,
    }
)


class Isolation(StrEnum):
    """A transaction isolation level."""

    READ_UNCOMMITTED = "READ UNCOMMITTED"
    READ_COMMITTED = "READ COMMITTED"
    REPEATABLE_READ = "REPEATABLE READ"
    SERIALIZABLE = "SERIALIZABLE"


@dataclass(frozen=True, slots=True)
class Connection:
    """How a task reaches a server, as far as it is known; None means not known, never a default."""

    name: str
    """The Airflow connection id, or a name made from the call: ``pymysql:stats-db/stats``."""
    engine: Engine = Engine.UNKNOWN
    server: str | None = None
    """Host (with a port that is not the engine's own), or the path of an SQLite file."""
    database: str | None = None
    isolation: Isolation | None = None
    version: str | None = None
    autocommit: bool | None = None


UNKNOWN_PREFIX = "?"
"""Begins a server or database name that stands for "whatever this connection reaches"."""


@dataclass(frozen=True, slots=True, order=True)
class TableId:
    """The identity of a table.

    A server or database that is not known is written as ``?`` and the connection's name: the same
    connection means the same one, two connections may mean the same one.
    """

    server: str
    database: str
    table: str

    def __str__(self) -> str:
        if not self.table:  # an SQLite file as a whole
            return self.server.removeprefix(UNKNOWN_PREFIX)
        if not self.database or self.database.startswith(UNKNOWN_PREFIX):
            return self.table
        return f"{self.database}.{self.table}"


class Sameness(StrEnum):
    """Whether two names mean one table."""

    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


_ATTACHED = " attached to "


def attached_file(file: str, main: str) -> str:
    """Return the name of a file that an SQLite session attached beside its own: never that one."""
    return f"{UNKNOWN_PREFIX}{file}{_ATTACHED}{main}"


def same_name(a: str, b: str) -> Sameness:
    """Compare two server or database names without case, the way that never separates wrongly."""
    a, b = a.lower(), b.lower()
    if a == b:
        return Sameness.SAME
    if a.endswith(_ATTACHED + b) or b.endswith(_ATTACHED + a):
        return Sameness.DIFFERENT
    if a.startswith(UNKNOWN_PREFIX) or b.startswith(UNKNOWN_PREFIX):
        return Sameness.MAYBE
    return Sameness.DIFFERENT


def same_table_name(a: str, b: str) -> Sameness:
    """Compare the names of two tables; ``{…}`` in a name stands for a date of the run."""
    a, b = a.lower(), b.lower()
    if a == b:
        return Sameness.SAME
    if "{" not in a + b:
        return Sameness.DIFFERENT
    starts = (a.partition("{")[0], b.partition("{")[0])
    ends = (a.rpartition("}")[2], b.rpartition("}")[2])
    fit = starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])
    fit = fit and (ends[0].endswith(ends[1]) or ends[1].endswith(ends[0]))
    return Sameness.MAYBE if fit else Sameness.DIFFERENT


def same_table(a: TableId, b: TableId) -> Sameness:
    """Compare two tables; what is not known may be the same."""
    parts = {
        same_table_name(a.table, b.table),
        same_name(a.server, b.server),
        same_name(a.database, b.database),
    }
    if Sameness.DIFFERENT in parts:
        return Sameness.DIFFERENT
    return Sameness.MAYBE if Sameness.MAYBE in parts else Sameness.SAME
