"""Operators of Airflow's that work on databases: which arguments hold SQL or name tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from lockplan.workflow.databases.defaults import INSERT_ROWS, HookDefaults, engine_named
from lockplan.workflow.databases.operator_fields import (
    AFTER,
    AWS,
    BEFORE,
    BIGQUERY,
    CLICKHOUSE,
    CLOUD_SQL,
    DATABRICKS,
    DRUID,
    EXASOL,
    FILL,
    GOOGLE,
    HIVE,
    HIVE_CLI,
    HQL,
    IMPALA,
    JDBC,
    MSSQL,
    MYSQL,
    ORACLE,
    POSTGRES,
    PRESTO,
    QUERY,
    READ,
    REDSHIFT,
    REDSHIFT_DATA,
    SNOWFLAKE,
    SPARK_SQL,
    SQL,
    SQL_CONN,
    SQLITE,
    TABLE_NAME,
    TERADATA,
    TRINO,
    UNKNOWN,
    VERTICA,
    OperatorDefaults,
    SqlField,
    committing,
    in_schema_table,
    run_on,
    source_named,
)
from lockplan.workflow.databases.transfers import TRANSFERS

SQL_ARGUMENTS = ("sql", "hql", "bql", "query", "sql_query", "query.query")
"""Where operators that are not known by name hold SQL; ``query.query`` is inside BigQuery's
``configuration``."""
_SERVERS_WITH_SQL: Mapping[str, HookDefaults] = MappingProxyType(
    {
        "SQLExecuteQueryOperator": UNKNOWN,
        "SQLCheckOperator": UNKNOWN,
        "SQLValueCheckOperator": UNKNOWN,
        "SQLThresholdCheckOperator": UNKNOWN,
        "BranchSQLOperator": UNKNOWN,
        "BranchSqlOperator": UNKNOWN,
        "CheckOperator": UNKNOWN,
        "ValueCheckOperator": UNKNOWN,
        "ThresholdCheckOperator": UNKNOWN,
        "SqlSensor": UNKNOWN,
        "_SQLDecoratedOperator": UNKNOWN,
        "MySqlOperator": MYSQL,
        "PostgresOperator": POSTGRES,
        "SqliteOperator": SQLITE,
        "MsSqlOperator": MSSQL,
        "OracleOperator": ORACLE,
        "JdbcOperator": JDBC,
        "TrinoOperator": TRINO,
        "PrestoCheckOperator": PRESTO,
        "PrestoValueCheckOperator": PRESTO,
        "VerticaOperator": committing(VERTICA),
        "ExasolOperator": EXASOL,
        "TeradataOperator": TERADATA,
        "BteqOperator": committing(TERADATA),
        "ClickHouseOperator": CLICKHOUSE,
        "DruidCheckOperator": DRUID,
        "DatabricksSqlOperator": DATABRICKS,
        "DatabricksSqlSensor": DATABRICKS,
        "SparkSqlOperator": SPARK_SQL,
        "RedshiftSQLOperator": committing(REDSHIFT),
        "RedshiftDataOperator": REDSHIFT_DATA,
        "SnowflakeOperator": committing(SNOWFLAKE),
        "SnowflakeSqlApiOperator": committing(SNOWFLAKE),
        "SnowflakeCheckOperator": committing(SNOWFLAKE),
        "SnowflakeValueCheckOperator": committing(SNOWFLAKE),
        "CloudSQLExecuteQueryOperator": CLOUD_SQL,
        "CloudSqlQueryOperator": CLOUD_SQL,
        "MySQLToGCSOperator": MYSQL,
        "MySqlToGoogleCloudStorageOperator": MYSQL,
        "PostgresToGCSOperator": POSTGRES,
        "PostgresToGoogleCloudStorageOperator": POSTGRES,
        "MSSQLToGCSOperator": MSSQL,
        "OracleToGCSOperator": ORACLE,
        "PrestoToGCSOperator": PRESTO,
        "TrinoToGCSOperator": TRINO,
        "SQLToGoogleSheetsOperator": SQL_CONN,
        "SqlToSlackOperator": SQL_CONN,
        "SqlToSlackApiFileOperator": SQL_CONN,
        "SqlToSlackWebhookOperator": SQL_CONN,
        "SnowflakeToSlackOperator": SNOWFLAKE,
        "PrestoToSlackOperator": PRESTO,
        "HiveToDynamoDBOperator": HIVE,
        "HiveToDynamoDBTransferOperator": HIVE,
        "HiveToDruidOperator": HIVE_CLI,
        "HiveToDruidTransfer": HIVE_CLI,
    }
)
"""Operators whose argument ``sql`` is all that they send."""

OPERATORS: Mapping[str, OperatorDefaults] = MappingProxyType(
    {
        **TRANSFERS,
        **{name: OperatorDefaults(server, SQL) for name, server in _SERVERS_WITH_SQL.items()},
        "SQLIntervalCheckOperator": OperatorDefaults(UNKNOWN, in_schema_table(READ)),
        "IntervalCheckOperator": OperatorDefaults(UNKNOWN, in_schema_table(READ)),
        "PrestoIntervalCheckOperator": OperatorDefaults(PRESTO, in_schema_table(READ)),
        "SnowflakeIntervalCheckOperator": OperatorDefaults(SNOWFLAKE, in_schema_table(READ)),
        "BigQueryIntervalCheckOperator": OperatorDefaults(BIGQUERY, in_schema_table(READ)),
        "SQLTableCheckOperator": OperatorDefaults(UNKNOWN, in_schema_table(READ)),
        "SQLColumnCheckOperator": OperatorDefaults(UNKNOWN, in_schema_table(READ)),
        "BigQueryTableCheckOperator": OperatorDefaults(BIGQUERY, in_schema_table(READ)),
        "BigQueryColumnCheckOperator": OperatorDefaults(BIGQUERY, in_schema_table(READ)),
        "SQLInsertRowsOperator": OperatorDefaults(
            committing(UNKNOWN),
            (BEFORE, SqlField("table_name", f"INSERT INTO {TABLE_NAME} VALUES (%s)"), AFTER),
        ),
        "SQLBulkLoadOperator": OperatorDefaults(
            committing(UNKNOWN), (BEFORE, SqlField("table", FILL), AFTER)
        ),
        "GenericTransfer": OperatorDefaults(
            source_named("source_conn_id"),
            (
                *SQL,
                *run_on(
                    committing(source_named("destination_conn_id")),
                    BEFORE,
                    SqlField("destination_table", INSERT_ROWS),
                ),
            ),
        ),
        "AthenaOperator": OperatorDefaults(AWS, QUERY),
        "AWSAthenaOperator": OperatorDefaults(AWS, QUERY),
        "HiveOperator": OperatorDefaults(HIVE_CLI, HQL),
        "HiveToSambaOperator": OperatorDefaults(HIVE, HQL),
        "SpannerQueryDatabaseInstanceOperator": OperatorDefaults(GOOGLE, QUERY),
        "DatabricksSQLStatementsOperator": OperatorDefaults(DATABRICKS, (SqlField("statement"),)),
        "SqlToS3Operator": OperatorDefaults(SQL_CONN, QUERY),
        "MySQLToS3Operator": OperatorDefaults(MYSQL, QUERY),
        "SnowflakeToS3Operator": OperatorDefaults(SNOWFLAKE, QUERY),
        "ImpalaOperator": OperatorDefaults(IMPALA, (*SQL, *HQL)),
    }
)

METADATA_ONLY = (
    "BigQueryCreateEmptyDatasetOperator",
    "BigQueryGetDatasetOperator",
    "BigQueryGetDatasetTablesOperator",
    "BigQueryUpdateDatasetOperator",
)
"""Operators on a database service that touch no table."""

_DATABASE_WORDS = re.compile(
    r"SQL|Sql|Postgres|Redshift|Hive|Snowflake|BigQuery|Oracle|Teradata|Vertica|ClickHouse|Trino"
    r"|Presto|Exasol|Druid|Impala|Athena|Jdbc|Sqoop|Bteq|Cassandra|Databricks"
)


def names_a_database(class_name: str) -> bool:
    """Whether an operator's class name says that it works on a database."""
    return _DATABASE_WORDS.search(class_name) is not None


@lru_cache(maxsize=4096)
def operator_defaults(name: str) -> OperatorDefaults:
    """Return what is known of an operator class, or a guess from its name."""
    known = OPERATORS.get(name)
    if known is not None:
        return known
    server = HookDefaults(engine_named(name), "conn_id", "")
    return OperatorDefaults(server, tuple(SqlField(argument) for argument in SQL_ARGUMENTS))


_TEMPLATES_OF_MANY = ("parameters", "configuration", "op_args", "op_kwargs", "bash_command")


@lru_cache(maxsize=4096)
def template_fields(name: str) -> tuple[str, ...]:
    """Return the arguments of an operator class that are templates, as far as they matter here."""
    fields = (field.argument for field in operator_defaults(name).fields)
    return (*dict.fromkeys(fields), *_TEMPLATES_OF_MANY)
