"""Arguments of operators that hold SQL or name tables, and the servers that they are sent to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lockplan.model.connection import Engine
from lockplan.workflow.databases.defaults import HOOKS, HookDefaults

READ = "SELECT * FROM {}"
FILL = "INSERT INTO {} SELECT 1"
EMPTY = "TRUNCATE TABLE {}"
DELETE = "DELETE FROM {}"
CREATE = "CREATE TABLE {} (x INT)"
DROP = "DROP TABLE {}"
IN_SCHEMA, TABLE_NAME = "{schema.}{table}", "{schema.}{table_name}"


@dataclass(frozen=True, slots=True)
class SqlField:
    """An argument of an operator that holds SQL, or names a table that implies a statement."""

    argument: str
    template: str = ""
    """For a table name: the statement that the class makes of it; ``{x.}`` is an argument that may
    be missing, with its dot; the field's own argument stands last."""
    server: HookDefaults | None = None
    """Where it runs; None for the operator's own connection."""
    only_with: tuple[str, tuple[str | bool, ...]] | None = None
    """Another argument, and with which of its values the statement is sent."""

    @property
    def repeats(self) -> bool:
        """Whether the statement is sent once per row."""
        return "VALUES" in self.template


@dataclass(frozen=True, slots=True)
class OperatorDefaults:
    """Where an operator holds its SQL and how it runs it."""

    server: HookDefaults
    fields: tuple[SqlField, ...]


SQL = (SqlField("sql"),)
QUERY = (SqlField("query"),)
HQL = (SqlField("hql"),)
BIGQUERY_SQL = (SqlField("sql"), SqlField("bql"), SqlField("query"))
BEFORE, AFTER = SqlField("preoperator"), SqlField("postoperator")
UNKNOWN = HookDefaults(Engine.UNKNOWN, "conn_id", "")
SQL_CONN = replace(UNKNOWN, conn_id_argument="sql_conn_id", conn_id="sql_default")
MYSQL, POSTGRES = HOOKS["MySqlHook"], HOOKS["PostgresHook"]
SQLITE, MSSQL, ORACLE = HOOKS["SqliteHook"], HOOKS["MsSqlHook"], HOOKS["OracleHook"]
HIVE_CLI, HIVE = HOOKS["HiveCliHook"], HOOKS["HiveServer2Hook"]
PRESTO, TRINO, VERTICA = HOOKS["PrestoHook"], HOOKS["TrinoHook"], HOOKS["VerticaHook"]
TERADATA, EXASOL, IMPALA = HOOKS["TeradataHook"], HOOKS["ExasolHook"], HOOKS["ImpalaHook"]
REDSHIFT, SNOWFLAKE = HOOKS["RedshiftSQLHook"], HOOKS["SnowflakeHook"]
BIGQUERY, DATABRICKS = HOOKS["BigQueryHook"], HOOKS["DatabricksSqlHook"]
JDBC, CLICKHOUSE = HOOKS["JdbcHook"], HOOKS["ClickHouseHook"]
AWS = HookDefaults(Engine.OTHER, "aws_conn_id", "aws_default", autocommit=True)
REDSHIFT_DATA = replace(AWS, engine=Engine.REDSHIFT)
GOOGLE = replace(BIGQUERY, engine=Engine.OTHER)
DRUID = HookDefaults(Engine.OTHER, "druid_broker_conn_id", "druid_broker_default", autocommit=True)
SPARK_SQL = HookDefaults(Engine.DATABRICKS, "conn_id", "spark_sql_default", autocommit=True)
CLOUD_SQL = HookDefaults(
    Engine.UNKNOWN, "gcp_cloudsql_conn_id", "google_cloud_sql_default", autocommit=False
)


def committing(server: HookDefaults) -> HookDefaults:
    """Return a server whose statements are committed one by one."""
    return replace(server, autocommit=True)


def run_on(server: HookDefaults, *fields: SqlField) -> tuple[SqlField, ...]:
    """Return fields whose statements run on a server of their own."""
    return tuple(replace(field, server=server) for field in fields)


def source_named(argument: str) -> HookDefaults:
    """Return a server of which only the argument is known that tells its connection."""
    return HookDefaults(Engine.UNKNOWN, argument, "")


def told_by(server: HookDefaults, argument: str) -> HookDefaults:
    """Return a server whose connection another argument tells."""
    return replace(server, conn_id_argument=argument)


def overwriting(
    argument: str, table: str, *, by: str, values: tuple[str, ...], empties: str
) -> tuple[SqlField, ...]:
    """Fill a table that some values of the argument `by` empty first."""
    return (
        SqlField(argument, empties.replace("{}", table), only_with=(by, values)),
        SqlField(argument, FILL.replace("{}", table)),
    )


def in_schema_table(template: str) -> tuple[SqlField, ...]:
    """Return the field of a ``table`` with the ``schema`` beside it, if there is one."""
    return (SqlField("table", template.replace("{}", IN_SCHEMA)),)
