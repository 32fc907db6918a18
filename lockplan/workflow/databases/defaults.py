"""What every hook and SQL operator of Airflow does by itself: engine, connection, transactions."""

from __future__ import annotations

import re
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


@dataclass(frozen=True, slots=True)
class SqlField:
    """An argument of an operator that holds SQL, or names a table that implies a statement."""

    argument: str
    conn_id_argument: str = ""
    """The connection it runs on; empty for the operator's own."""
    template: str = ""
    """For a table name: the statement that the class makes of it."""


@dataclass(frozen=True, slots=True)
class OperatorDefaults:
    """Where an operator holds its SQL and how it runs it."""

    engine: Engine
    fields: tuple[SqlField, ...]
    conn_id_argument: str
    conn_id: str
    autocommit: bool = False
    """Whether each statement is committed by itself when the code does not say otherwise."""
    parameters: str = "parameters"


INSERT_ROWS = "INSERT INTO {} VALUES (%s)"
READ_TABLE = "SELECT COUNT(*) FROM {}"

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
        "MsSqlHook": HookDefaults(Engine.OTHER, "mssql_conn_id", "mssql_default"),
        "OracleHook": HookDefaults(Engine.OTHER, "oracle_conn_id", "oracle_default"),
        "JdbcHook": HookDefaults(Engine.UNKNOWN, "jdbc_conn_id", "jdbc_default"),
        "OdbcHook": HookDefaults(Engine.UNKNOWN, "odbc_conn_id", "odbc_default"),
        "TrinoHook": HookDefaults(Engine.OTHER, "trino_conn_id", "trino_default"),
        "PrestoHook": HookDefaults(Engine.OTHER, "presto_conn_id", "presto_default"),
        "VerticaHook": HookDefaults(Engine.OTHER, "vertica_conn_id", "vertica_default"),
        "ExasolHook": HookDefaults(Engine.OTHER, "exasol_conn_id", "exasol_default"),
        "TeradataHook": HookDefaults(Engine.OTHER, "teradata_conn_id", "teradata_default"),
        "ImpalaHook": HookDefaults(Engine.OTHER, "impala_conn_id", "impala_default"),
        "DatabricksSqlHook": HookDefaults(
            Engine.OTHER, "databricks_conn_id", "databricks_default", autocommit=True
        ),
        "ClickHouseHook": HookDefaults(
            Engine.OTHER, "clickhouse_conn_id", "clickhouse_default", autocommit=True
        ),
        "DbApiHook": HookDefaults(Engine.UNKNOWN, "conn_id", "default_conn_id"),
    }
)

_SQL = (SqlField("sql"),)
_HQL = (SqlField("hql"),)
_BIGQUERY = (SqlField("sql"), SqlField("bql"), SqlField("query"))


def _sql(engine: Engine, conn_id_argument: str, conn_id: str) -> OperatorDefaults:
    return OperatorDefaults(engine, _SQL, conn_id_argument, conn_id)


def _committing(
    engine: Engine,
    conn_id_argument: str,
    conn_id: str,
    fields: tuple[SqlField, ...] = _SQL,
) -> OperatorDefaults:
    return OperatorDefaults(engine, fields, conn_id_argument, conn_id, autocommit=True)


_COMMON = _sql(Engine.UNKNOWN, "conn_id", "")
_COMMON_TABLE = OperatorDefaults(
    Engine.UNKNOWN, (SqlField("table", template=READ_TABLE),), "conn_id", ""
)
_BIGQUERY_OPERATOR = _committing(Engine.BIGQUERY, "gcp_conn_id", "google_cloud_default", _BIGQUERY)
_SNOWFLAKE = _committing(Engine.SNOWFLAKE, "snowflake_conn_id", "snowflake_default")

OPERATORS: Mapping[str, OperatorDefaults] = MappingProxyType(
    {
        "SQLExecuteQueryOperator": _COMMON,
        "SQLCheckOperator": _COMMON,
        "SQLValueCheckOperator": _COMMON,
        "SQLThresholdCheckOperator": _COMMON,
        "BranchSQLOperator": _COMMON,
        "CheckOperator": _COMMON,
        "ValueCheckOperator": _COMMON,
        "SqlSensor": _COMMON,
        "SQLIntervalCheckOperator": _COMMON_TABLE,
        "IntervalCheckOperator": _COMMON_TABLE,
        "SQLTableCheckOperator": _COMMON_TABLE,
        "SQLColumnCheckOperator": _COMMON_TABLE,
        "SQLInsertRowsOperator": OperatorDefaults(
            Engine.UNKNOWN,
            (
                SqlField("preoperator"),
                SqlField("table_name", template=INSERT_ROWS),
                SqlField("postoperator"),
            ),
            "conn_id",
            "",
            autocommit=True,
        ),
        "GenericTransfer": OperatorDefaults(
            Engine.UNKNOWN,
            (
                SqlField("sql", "source_conn_id"),
                SqlField("preoperator", "destination_conn_id"),
                SqlField("destination_table", "destination_conn_id", INSERT_ROWS),
            ),
            "source_conn_id",
            "",
            autocommit=True,
        ),
        "MySqlOperator": _sql(Engine.MYSQL, "mysql_conn_id", "mysql_default"),
        "PostgresOperator": _sql(Engine.POSTGRESQL, "postgres_conn_id", "postgres_default"),
        "SqliteOperator": _sql(Engine.SQLITE, "sqlite_conn_id", "sqlite_default"),
        "MsSqlOperator": _sql(Engine.OTHER, "mssql_conn_id", "mssql_default"),
        "OracleOperator": _sql(Engine.OTHER, "oracle_conn_id", "oracle_default"),
        "JdbcOperator": _sql(Engine.UNKNOWN, "jdbc_conn_id", "jdbc_default"),
        "TrinoOperator": _sql(Engine.OTHER, "trino_conn_id", "trino_default"),
        "VerticaOperator": _committing(Engine.OTHER, "vertica_conn_id", "vertica_default"),
        "ExasolOperator": _sql(Engine.OTHER, "exasol_conn_id", "exasol_default"),
        "TeradataOperator": _sql(Engine.OTHER, "teradata_conn_id", "teradata_default"),
        "ClickHouseOperator": _committing(Engine.OTHER, "clickhouse_conn_id", "clickhouse_default"),
        "DatabricksSqlOperator": _committing(
            Engine.OTHER, "databricks_conn_id", "databricks_default"
        ),
        "SparkSqlOperator": _committing(Engine.OTHER, "conn_id", "spark_sql_default"),
        "AthenaOperator": _committing(
            Engine.OTHER, "aws_conn_id", "aws_default", (SqlField("query"),)
        ),
        "RedshiftSQLOperator": _committing(Engine.REDSHIFT, "redshift_conn_id", "redshift_default"),
        "RedshiftDataOperator": _committing(Engine.REDSHIFT, "aws_conn_id", "aws_default"),
        "SnowflakeOperator": _SNOWFLAKE,
        "SnowflakeSqlApiOperator": _SNOWFLAKE,
        "SnowflakeCheckOperator": _SNOWFLAKE,
        "HiveOperator": _committing(Engine.HIVE, "hive_cli_conn_id", "hive_cli_default", _HQL),
        "BigQueryOperator": _BIGQUERY_OPERATOR,
        "BigQueryExecuteQueryOperator": _BIGQUERY_OPERATOR,
        "BigQueryCheckOperator": _BIGQUERY_OPERATOR,
        "BigQueryValueCheckOperator": _BIGQUERY_OPERATOR,
    }
)

_GENERIC_FIELDS = tuple(SqlField(name) for name in ("sql", "hql", "bql", "query", "sql_query"))
_ENGINE_WORDS = (
    ("mysql", Engine.MYSQL),
    ("postgres", Engine.POSTGRESQL),
    ("sqlite", Engine.SQLITE),
    ("hive", Engine.HIVE),
    ("redshift", Engine.REDSHIFT),
    ("snowflake", Engine.SNOWFLAKE),
    ("bigquery", Engine.BIGQUERY),
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
    }
)


def engine_named(name: str) -> Engine:
    """Guess the engine from a class name; a name with two of them (a transfer) says nothing."""
    found = [engine for word, engine in _ENGINE_WORDS if word in name.lower()]
    return found[0] if len(found) == 1 else Engine.UNKNOWN


_DATABASE_WORDS = re.compile(
    r"SQL|Sql|Postgres|Redshift|Hive|Snowflake|BigQuery|Oracle|Teradata|Vertica|ClickHouse|Trino"
    r"|Presto|Exasol|Druid|Impala|Athena|Jdbc|Sqoop|Bteq|Cassandra|Databricks"
)


def names_a_database(class_name: str) -> bool:
    """Whether an operator's class name says that it works on a database."""
    return _DATABASE_WORDS.search(class_name) is not None


def engine_of_url(scheme: str) -> Engine:
    """Return the engine of a database URL's scheme, such as ``mysql+pymysql``."""
    return _DRIVER_ENGINES.get(scheme.lower().partition("+")[0], Engine.OTHER)


def hook_defaults(name: str) -> HookDefaults:
    """Return what is known of a hook class, or a guess from its name."""
    known = HOOKS.get(name)
    return known or HookDefaults(engine_named(name), "conn_id", name)


def operator_defaults(name: str) -> OperatorDefaults:
    """Return what is known of an operator class, or a guess from its name."""
    known = OPERATORS.get(name)
    return known or OperatorDefaults(engine_named(name), _GENERIC_FIELDS, "conn_id", "")
