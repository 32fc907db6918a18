"""What each DB-API driver does by itself: engine, arguments of ``connect``, commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockplan.model.connection import Engine


@dataclass(frozen=True, slots=True)
class Driver:
    """How one driver behaves where the DB-API leaves it open."""

    name: str
    engine: Engine
    positions: tuple[str, ...] = ()
    """Names of `connect`'s arguments by position."""
    with_commits: bool = False
    """Whether leaving ``with connection:`` commits."""
    with_closes: bool = True
    """Whether leaving ``with connection:`` closes."""
    execute_returns_cursor: bool = False
    autocommit: bool = False
    """Whether each statement is committed when the code does not say otherwise."""
    embedded: bool = False
    """Whether the database is a file that the process itself opens."""
    makers: tuple[str, ...] = ("connect", "Connect", "Connection")
    """Names of the functions and classes that connect."""


_MYSQL = ("host", "user", "password", "database", "port")
_ORACLE = ("user", "password", "dsn")


def _committing(name: str, engine: Engine, positions: tuple[str, ...] = ("host", "port")) -> Driver:
    return Driver(name, engine, positions, autocommit=True)


_ALL = (
    Driver("pymysql", Engine.MYSQL, _MYSQL),
    Driver("MySQLdb", Engine.MYSQL, _MYSQL),
    Driver("mysql.connector", Engine.MYSQL, makers=("connect", "MySQLConnection")),
    Driver("mariadb", Engine.MARIADB),
    Driver("psycopg2", Engine.POSTGRESQL, ("dsn",), with_commits=True, with_closes=False),
    Driver(
        "psycopg",
        Engine.POSTGRESQL,
        ("conninfo",),
        with_commits=True,
        execute_returns_cursor=True,
    ),
    Driver("pg8000", Engine.POSTGRESQL, ("user", "host", "database", "port", "password")),
    Driver("redshift_connector", Engine.REDSHIFT, ("user", "database", "password", "port", "host")),
    Driver(
        "sqlite3",
        Engine.SQLITE,
        ("database",),
        with_commits=True,
        with_closes=False,
        execute_returns_cursor=True,
    ),
    Driver("cx_Oracle", Engine.ORACLE, _ORACLE, execute_returns_cursor=True),
    Driver("oracledb", Engine.ORACLE, _ORACLE, execute_returns_cursor=True),
    Driver(
        "pyodbc",
        Engine.UNKNOWN,
        ("dsn",),
        with_commits=True,
        with_closes=False,
        execute_returns_cursor=True,
    ),
    Driver("jaydebeapi", Engine.UNKNOWN, ("jclassname", "dsn"), makers=("connect",)),
    Driver("pymssql", Engine.MSSQL, ("server", "user", "password", "database")),
    Driver("vertica_python", Engine.OTHER, ("dsn",), execute_returns_cursor=True),
    Driver("ibm_db_dbi", Engine.OTHER, ("dsn",)),
    _committing("teradatasql", Engine.TERADATA, ()),
    _committing("snowflake.connector", Engine.SNOWFLAKE, ()),
    # Impala keeps its tables in Hive's metastore; the client is used for both.
    _committing("impala.dbapi", Engine.HIVE),
    _committing("pyhive.hive", Engine.HIVE),
    _committing("pyhive.presto", Engine.TRINO),
    _committing("pyhive.trino", Engine.TRINO),
    _committing("trino.dbapi", Engine.TRINO),
    _committing("prestodb.dbapi", Engine.TRINO),
    _committing("clickhouse_driver.dbapi", Engine.CLICKHOUSE, ("dsn",)),
    _committing("databricks.sql", Engine.DATABRICKS, ("server_hostname",)),
    Driver(
        "duckdb",
        Engine.DUCKDB,
        ("database",),
        execute_returns_cursor=True,
        autocommit=True,
        embedded=True,
    ),
)
DRIVERS: Mapping[str, Driver] = MappingProxyType({driver.name: driver for driver in _ALL})

_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "sqlite3.dbapi2": "sqlite3",
        "pymysql.connections": "pymysql",
        "MySQLdb.connections": "MySQLdb",
        "psycopg.Connection": "psycopg",
        "pg8000.dbapi": "pg8000",
        "mysql.connector.connection": "mysql.connector",
        "trino": "trino.dbapi",
        "clickhouse_driver": "clickhouse_driver.dbapi",
        "impala": "impala.dbapi",
    }
)


def canonical(module: str) -> str:
    """Drop a driver's inner modules: ``sqlite3.dbapi2`` is ``sqlite3``."""
    return _ALIASES.get(module, module)
