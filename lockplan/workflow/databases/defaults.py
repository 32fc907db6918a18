"""What every hook of Airflow does by itself: engine, connection, transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockplan.model.connection import Engine


@dataclass(frozen=True, slots=True)
class HookDefaults:
    """How a hook reaches its server when the code does not say otherwise."""

    engine: Engine
    conn_id_argument: str
    conn_id: str
    autocommit: bool = False
    """Whether `run` commits each statement; a list is one transaction where it does not."""


INSERT_ROWS = "INSERT INTO {} VALUES (%s)"

HOOKS: Mapping[str, HookDefaults] = MappingProxyType(
    {
        "MySqlHook": HookDefaults(Engine.MYSQL, "mysql_conn_id", "mysql_default"),
        "PostgresHook": HookDefaults(Engine.POSTGRESQL, "postgres_conn_id", "postgres_default"),
        "SqliteHook": HookDefaults(Engine.SQLITE, "sqlite_conn_id", "sqlite_default"),
        "RedshiftSQLHook": HookDefaults(Engine.REDSHIFT, "redshift_conn_id", "redshift_default"),
        "SnowflakeHook": HookDefaults(Engine.SNOWFLAKE, "snowflake_conn_id", "snowflake_default"),
        "BigQueryHook": HookDefaults(
            Engine.BIGQUERY, "gcp_conn_id", "google_cloud_default", autocommit=True
        ),
        "HiveCliHook": HookDefaults(
            Engine.HIVE, "hive_cli_conn_id", "hive_cli_default", autocommit=True
        ),
        "HiveServer2Hook": HookDefaults(
            Engine.HIVE, "hiveserver2_conn_id", "hiveserver2_default", autocommit=True
        ),
        "MsSqlHook": HookDefaults(Engine.MSSQL, "mssql_conn_id", "mssql_default"),
        "OracleHook": HookDefaults(Engine.ORACLE, "oracle_conn_id", "oracle_default"),
        "JdbcHook": HookDefaults(Engine.UNKNOWN, "jdbc_conn_id", "jdbc_default"),
        "OdbcHook": HookDefaults(Engine.UNKNOWN, "odbc_conn_id", "odbc_default"),
        "TrinoHook": HookDefaults(Engine.TRINO, "trino_conn_id", "trino_default"),
        "PrestoHook": HookDefaults(Engine.TRINO, "presto_conn_id", "presto_default"),
        "VerticaHook": HookDefaults(Engine.OTHER, "vertica_conn_id", "vertica_default"),
        "ExasolHook": HookDefaults(Engine.OTHER, "exasol_conn_id", "exasol_default"),
        "TeradataHook": HookDefaults(Engine.TERADATA, "teradata_conn_id", "teradata_default"),
        "ImpalaHook": HookDefaults(Engine.OTHER, "impala_conn_id", "impala_default"),
        "DatabricksSqlHook": HookDefaults(
            Engine.DATABRICKS, "databricks_conn_id", "databricks_default", autocommit=True
        ),
        "ClickHouseHook": HookDefaults(
            Engine.CLICKHOUSE, "clickhouse_conn_id", "clickhouse_default", autocommit=True
        ),
        "DbApiHook": HookDefaults(Engine.UNKNOWN, "conn_id", "default_conn_id"),
    }
)

_ENGINE_WORDS = (
    ("mysql", Engine.MYSQL),
    ("postgres", Engine.POSTGRESQL),
    ("sqlite", Engine.SQLITE),
    ("hive", Engine.HIVE),
    ("redshift", Engine.REDSHIFT),
    ("snowflake", Engine.SNOWFLAKE),
    ("bigquery", Engine.BIGQUERY),
    ("mssql", Engine.MSSQL),
    ("sql server", Engine.MSSQL),
    ("freetds", Engine.MSSQL),
    ("oracle", Engine.ORACLE),
    ("trino", Engine.TRINO),
    ("presto", Engine.TRINO),
    ("athena", Engine.TRINO),
    ("clickhouse", Engine.CLICKHOUSE),
    ("databricks", Engine.DATABRICKS),
    ("duckdb", Engine.DUCKDB),
    ("teradata", Engine.TERADATA),
)
_DRIVER_ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "mysql": Engine.MYSQL,
        "mariadb": Engine.MARIADB,
        "postgresql": Engine.POSTGRESQL,
        "postgres": Engine.POSTGRESQL,
        "sqlite": Engine.SQLITE,
        "redshift": Engine.REDSHIFT,
        "snowflake": Engine.SNOWFLAKE,
        "bigquery": Engine.BIGQUERY,
        "hive": Engine.HIVE,
        "mssql": Engine.MSSQL,
        "oracle": Engine.ORACLE,
        "trino": Engine.TRINO,
        "presto": Engine.TRINO,
        "awsathena": Engine.TRINO,
        "clickhouse": Engine.CLICKHOUSE,
        "clickhousedb": Engine.CLICKHOUSE,
        "databricks": Engine.DATABRICKS,
        "duckdb": Engine.DUCKDB,
        "teradatasql": Engine.TERADATA,
    }
)


def engine_named(name: str) -> Engine:
    """Guess the engine from a class name; a name with two of them (a transfer) says nothing."""
    found = [engine for word, engine in _ENGINE_WORDS if word in name.lower()]
    return found[0] if len(found) == 1 else Engine.UNKNOWN


def engine_of_url(scheme: str) -> Engine:
    """Return the engine of a database URL's scheme, such as ``mysql+pymysql``."""
    return _DRIVER_ENGINES.get(scheme.lower().partition("+")[0], Engine.OTHER)


def hook_defaults(name: str) -> HookDefaults:
    """Return what is known of a hook class, or a guess from its name."""
    known = HOOKS.get(name)
    return known or HookDefaults(engine_named(name), "conn_id", name)
