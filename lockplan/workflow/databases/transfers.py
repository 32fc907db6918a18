"""Operators that move data: into, out of and between databases, and BigQuery's jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.operator_fields import (
    BIGQUERY,
    BIGQUERY_SQL,
    CREATE,
    DATABRICKS,
    DELETE,
    DROP,
    EMPTY,
    FILL,
    HIVE,
    HIVE_CLI,
    IN_SCHEMA,
    MSSQL,
    MYSQL,
    ORACLE,
    POSTGRES,
    PRESTO,
    READ,
    REDSHIFT,
    SNOWFLAKE,
    SQL,
    SQL_CONN,
    TABLE_NAME,
    TERADATA,
    TRINO,
    VERTICA,
    OperatorDefaults,
    SqlField,
    committing,
    in_schema_table,
    overwriting,
    run_on,
    told_by,
)


def _into_mysql(*read: SqlField) -> tuple[SqlField, ...]:
    return (
        *read,
        *run_on(
            committing(MYSQL),
            SqlField("mysql_preoperator"),
            SqlField("mysql_table", INSERT_ROWS),
            SqlField("mysql_postoperator"),
        ),
    )


def _into_hive(*read: SqlField) -> tuple[SqlField, ...]:
    recreated = ("recreate", (True,))
    return (
        *read,
        *run_on(
            HIVE_CLI,
            SqlField("hive_table", DROP, only_with=recreated),
            SqlField("hive_table", CREATE, only_with=("create", (True,))),
            SqlField("hive_table", FILL),
        ),
    )


_TRUNCATING = ("WRITE_TRUNCATE", "WRITE_TRUNCATE_DATA")


def _into_bigquery(argument: str) -> tuple[SqlField, ...]:
    by = "write_disposition"
    return overwriting(argument, f"{{{argument}}}", by=by, values=_TRUNCATING, empties=EMPTY)


def _job_table(place: str) -> str:
    return f"{{{place}.projectId.}}{{{place}.datasetId.}}{{{place}.tableId}}"


def _job_reads(place: str) -> SqlField:
    return SqlField(f"{place}.tableId", READ.replace("{}", _job_table(place)))


def _job_fills(job: str) -> tuple[SqlField, ...]:
    place, by = f"{job}.destinationTable", f"{job}.writeDisposition"
    table = _job_table(place)
    return overwriting(f"{place}.tableId", table, by=by, values=_TRUNCATING, empties=EMPTY)


_INTO_REDSHIFT = overwriting(
    "table", IN_SCHEMA, by="method", values=("REPLACE", "UPSERT"), empties=DELETE
)
_DATASET_TABLE = "{dataset_id.}{table_id}"

TRANSFERS: Mapping[str, OperatorDefaults] = MappingProxyType(
    {
        # BigQuery
        "BigQueryOperator": OperatorDefaults(
            BIGQUERY, (*BIGQUERY_SQL, *_into_bigquery("destination_dataset_table"))
        ),
        "BigQueryExecuteQueryOperator": OperatorDefaults(
            BIGQUERY, (*BIGQUERY_SQL, *_into_bigquery("destination_dataset_table"))
        ),
        "BigQueryInsertJobOperator": OperatorDefaults(
            BIGQUERY,
            (
                SqlField("query.query"),
                *_job_fills("query"),
                *_job_fills("load"),
                _job_reads("copy.sourceTable"),
                *_job_fills("copy"),
                _job_reads("extract.sourceTable"),
            ),
        ),
        "BigQueryCheckOperator": OperatorDefaults(BIGQUERY, BIGQUERY_SQL),
        "BigQueryValueCheckOperator": OperatorDefaults(BIGQUERY, BIGQUERY_SQL),
        "BigQueryCreateEmptyTableOperator": OperatorDefaults(
            BIGQUERY, (SqlField("table_id", CREATE.replace("{}", _DATASET_TABLE)),)
        ),
        "BigQueryCreateTableOperator": OperatorDefaults(
            BIGQUERY, (SqlField("table_id", CREATE.replace("{}", _DATASET_TABLE)),)
        ),
        "BigQueryCreateExternalTableOperator": OperatorDefaults(
            BIGQUERY, (SqlField("destination_project_dataset_table", CREATE),)
        ),
        "BigQueryDeleteTableOperator": OperatorDefaults(
            BIGQUERY, (SqlField("deletion_dataset_table", DROP),)
        ),
        "BigQueryTableDeleteOperator": OperatorDefaults(
            BIGQUERY, (SqlField("deletion_dataset_table", DROP),)
        ),
        "BigQueryGetDataOperator": OperatorDefaults(
            BIGQUERY, (SqlField("table_id", READ.replace("{}", _DATASET_TABLE)),)
        ),
        "GCSToBigQueryOperator": OperatorDefaults(
            BIGQUERY, _into_bigquery("destination_project_dataset_table")
        ),
        "GoogleCloudStorageToBigQueryOperator": OperatorDefaults(
            BIGQUERY, _into_bigquery("destination_project_dataset_table")
        ),
        "BigQueryToBigQueryOperator": OperatorDefaults(
            BIGQUERY,
            (
                SqlField("source_project_dataset_tables", READ),
                *_into_bigquery("destination_project_dataset_table"),
            ),
        ),
        "BigQueryToGCSOperator": OperatorDefaults(
            BIGQUERY, (SqlField("source_project_dataset_table", READ),)
        ),
        "BigQueryToCloudStorageOperator": OperatorDefaults(
            BIGQUERY, (SqlField("source_project_dataset_table", READ),)
        ),
        "BigQueryToMySqlOperator": OperatorDefaults(
            BIGQUERY,
            (
                SqlField("dataset_table", READ),
                *run_on(
                    committing(MYSQL),
                    SqlField("target_table_name", INSERT_ROWS),
                    SqlField("mysql_table", INSERT_ROWS),
                ),
            ),
        ),
        "BigQueryToMsSqlOperator": OperatorDefaults(
            BIGQUERY,
            (
                SqlField("source_project_dataset_table", READ),
                *run_on(
                    committing(MSSQL),
                    SqlField("target_table_name", INSERT_ROWS),
                    SqlField("mssql_table", INSERT_ROWS),
                ),
            ),
        ),
        "BigQueryToPostgresOperator": OperatorDefaults(
            BIGQUERY,
            (
                SqlField("dataset_table", READ),
                *run_on(committing(POSTGRES), SqlField("target_table_name", INSERT_ROWS)),
            ),
        ),
        # from one database into another
        "HiveToMySqlOperator": OperatorDefaults(HIVE, _into_mysql(*SQL)),
        "HiveToMySqlTransfer": OperatorDefaults(HIVE, _into_mysql(*SQL)),
        "PrestoToMySqlOperator": OperatorDefaults(PRESTO, _into_mysql(*SQL)),
        "PrestoToMySqlTransfer": OperatorDefaults(PRESTO, _into_mysql(*SQL)),
        "TrinoToMySqlOperator": OperatorDefaults(TRINO, _into_mysql(*SQL)),
        "VerticaToMySqlOperator": OperatorDefaults(VERTICA, _into_mysql(*SQL)),
        "VerticaToMySqlTransfer": OperatorDefaults(VERTICA, _into_mysql(*SQL)),
        "S3ToMySqlOperator": OperatorDefaults(committing(MYSQL), (SqlField("mysql_table", FILL),)),
        "MySqlToHiveOperator": OperatorDefaults(MYSQL, _into_hive(*SQL)),
        "MySqlToHiveTransfer": OperatorDefaults(MYSQL, _into_hive(*SQL)),
        "MsSqlToHiveOperator": OperatorDefaults(MSSQL, _into_hive(*SQL)),
        "MsSqlToHiveTransfer": OperatorDefaults(MSSQL, _into_hive(*SQL)),
        "VerticaToHiveOperator": OperatorDefaults(VERTICA, _into_hive(*SQL)),
        "VerticaToHiveTransfer": OperatorDefaults(VERTICA, _into_hive(*SQL)),
        "S3ToHiveOperator": OperatorDefaults(HIVE_CLI, _into_hive()),
        "S3ToHiveTransfer": OperatorDefaults(HIVE_CLI, _into_hive()),
        "OracleToOracleOperator": OperatorDefaults(
            told_by(ORACLE, "oracle_source_conn_id"),
            (
                SqlField("source_sql"),
                *run_on(
                    committing(told_by(ORACLE, "oracle_destination_conn_id")),
                    SqlField("destination_table", INSERT_ROWS),
                ),
            ),
        ),
        "TeradataToTeradataOperator": OperatorDefaults(
            told_by(TERADATA, "source_teradata_conn_id"),
            (
                *SQL,
                *run_on(
                    committing(told_by(TERADATA, "dest_teradata_conn_id")),
                    SqlField("destination_table", INSERT_ROWS),
                ),
            ),
        ),
        # from files into a database and back
        "S3ToRedshiftOperator": OperatorDefaults(REDSHIFT, _INTO_REDSHIFT),
        "S3ToRedshiftTransfer": OperatorDefaults(REDSHIFT, _INTO_REDSHIFT),
        "RedshiftToS3Operator": OperatorDefaults(
            REDSHIFT, (SqlField("select_query"), *in_schema_table(READ))
        ),
        "RedshiftToS3Transfer": OperatorDefaults(REDSHIFT, in_schema_table(READ)),
        "S3ToSnowflakeOperator": OperatorDefaults(committing(SNOWFLAKE), in_schema_table(FILL)),
        "CopyFromExternalStageToSnowflakeOperator": OperatorDefaults(
            committing(SNOWFLAKE), in_schema_table(FILL)
        ),
        "S3ToSqlOperator": OperatorDefaults(
            committing(SQL_CONN),
            (SqlField("table", f"INSERT INTO {IN_SCHEMA} VALUES (%s)"),),
        ),
        "GCSToPrestoOperator": OperatorDefaults(PRESTO, (SqlField("presto_table", INSERT_ROWS),)),
        "GCSToTrinoOperator": OperatorDefaults(TRINO, (SqlField("trino_table", INSERT_ROWS),)),
        "S3ToTeradataOperator": OperatorDefaults(
            committing(TERADATA), (SqlField("teradata_table", CREATE),)
        ),
        "AzureBlobStorageToTeradataOperator": OperatorDefaults(
            committing(TERADATA), (SqlField("teradata_table", CREATE),)
        ),
        "DatabricksCopyIntoOperator": OperatorDefaults(
            DATABRICKS, (SqlField("table_name", FILL.replace("{}", TABLE_NAME)),)
        ),
        "HiveStatsCollectionOperator": OperatorDefaults(
            replace(PRESTO, conn_id_argument="presto_conn_id"), (SqlField("table", READ),)
        ),
    }
)
