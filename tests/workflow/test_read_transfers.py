from pathlib import Path

import pytest

from lockplan.model.connection import Engine
from tests.workflow.reading import read_body, task, texts


@pytest.mark.parametrize(
    ("code", "statements"),
    [
        (
            "SQLInsertRowsOperator(conn_id='c', schema='s', table_name='t', rows=[],"
            " preoperator=['DELETE FROM t'], postoperator='SELECT 1'",
            ["DELETE FROM t", "INSERT INTO s.t VALUES (%s)", "SELECT 1"],
        ),
        (
            "SQLBulkLoadOperator(conn_id='c', table='t', tmp_file='f', preoperator='SELECT 2'",
            ["SELECT 2", "INSERT INTO t SELECT 1"],
        ),
        (
            "HiveToMySqlTransfer(sql='SELECT 1', mysql_table='t',"
            " mysql_preoperator='DELETE FROM t'",
            ["SELECT 1", "DELETE FROM t", "INSERT INTO t VALUES (%s)"],
        ),
        (
            "MySqlToHiveOperator(sql='SELECT 1', hive_table='t', recreate=True",
            ["SELECT 1", "DROP TABLE t", "INSERT INTO t SELECT 1"],
        ),
        (
            "OracleToOracleOperator(oracle_source_conn_id='a', oracle_destination_conn_id='b',"
            " source_sql='SELECT 1', destination_table='t'",
            ["SELECT 1", "INSERT INTO t VALUES (%s)"],
        ),
        (
            "S3ToRedshiftOperator(schema='s', table='t', s3_bucket='b', method='REPLACE'",
            ["DELETE FROM s.t", "INSERT INTO s.t SELECT 1"],
        ),
        ("S3ToRedshiftOperator(table='t', s3_bucket='b'", ["INSERT INTO t SELECT 1"]),
        ("RedshiftToS3Operator(schema='s', table='t'", ["SELECT * FROM s.t"]),
        (
            "CopyFromExternalStageToSnowflakeOperator(table='t', stage='x'",
            ["INSERT INTO t SELECT 1"],
        ),
        (
            "GCSToBigQueryOperator(destination_project_dataset_table='p.d.t_{{ ds_nodash }}',"
            " write_disposition='WRITE_TRUNCATE'",
            ["TRUNCATE TABLE p.d.t_20240115", "INSERT INTO p.d.t_20240115 SELECT 1"],
        ),
        (
            "BigQueryOperator(sql='SELECT 1', destination_dataset_table='d.t'",
            ["SELECT 1", "INSERT INTO d.t SELECT 1"],
        ),
        (
            "BigQueryInsertJobOperator(configuration={'query': {'query': 'SELECT 1',"
            " 'destinationTable': {'datasetId': 'd', 'tableId': 't'},"
            " 'writeDisposition': 'WRITE_TRUNCATE'}}",
            ["SELECT 1", "TRUNCATE TABLE d.t", "INSERT INTO d.t SELECT 1"],
        ),
        ("BigQueryDeleteTableOperator(deletion_dataset_table='p.d.t'", ["DROP TABLE p.d.t"]),
        (
            "BigQueryCreateEmptyTableOperator(dataset_id='d', table_id='t'",
            ["CREATE TABLE d.t (x INT)"],
        ),
    ],
)
def test_arguments_that_imply_statements(tmp_path: Path, code: str, statements: list[str]) -> None:
    name = code.partition("(")[0]
    dag = read_body(
        tmp_path,
        f"from airflow.providers.x.y import {name}\n{code}, task_id='t', dag=dag)\n",
    )
    assert texts(task(dag, "t")) == statements
    assert task(dag, "t").skipped == ()


def test_a_transfer_talks_to_two_servers_with_their_own_defaults(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.operators.hive_to_mysql import HiveToMySqlTransfer
        HiveToMySqlTransfer(task_id='t', sql='SELECT 1', mysql_table='x', dag=dag,
                            mysql_conn_id='stats')
        """,
    )
    read, written = task(dag, "t").statements
    assert (read.connection.engine, read.connection.name) == (Engine.HIVE, "hiveserver2_default")
    assert (written.connection.engine, written.connection.name) == (Engine.MYSQL, "stats")
    assert written.repeated


def test_a_table_may_be_emptied_where_the_disposition_is_not_known(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.models import Variable
        from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator
        GCSToBigQueryOperator(task_id='t', destination_project_dataset_table='d.t', dag=dag,
                              write_disposition=Variable.get('how'))
        """,
    )
    emptied, filled = task(dag, "t").statements
    assert (emptied.conditional, filled.conditional) == (True, False)


def test_a_table_of_which_the_name_is_not_known_is_said(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.models import Variable
        from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator
        S3ToRedshiftOperator(task_id='t', table=Variable.get('table'), s3_bucket='b', dag=dag)
        """,
    )
    assert task(dag, "t").statements == ()
    assert "Variable.get('table')" in task(dag, "t").skipped[0].reason
