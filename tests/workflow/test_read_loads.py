"""Tables that libraries for data frames fill."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockplan.footprints import footprint
from lockplan.model.access import Role
from lockplan.model.connection import Engine
from lockplan.model.schema import Schema
from tests.footprints.reading import RUN
from tests.workflow.reading import read_body, task


@pytest.mark.parametrize(
    ("call", "engine", "table"),
    [
        ("write_pandas(SnowflakeHook().get_conn(), df, 'T', schema='S')", Engine.SNOWFLAKE, "S.T"),
        ("pandas_gbq.to_gbq(df, 'd.t', project_id='p')", Engine.BIGQUERY, "d.t"),
        ("df.to_gbq('d.t')", Engine.BIGQUERY, "d.t"),
        ("bigquery.Client().load_table_from_dataframe(df, 'd.t')", Engine.BIGQUERY, "d.t"),
        ("bigquery.Client().insert_rows_json('d.t', [{'x': 1}])", Engine.BIGQUERY, "d.t"),
        ("df.write.mode('overwrite').saveAsTable('d.t')", Engine.DATABRICKS, "d.t"),
        ("df.write.insertInto('d.t')", Engine.DATABRICKS, "d.t"),
        ("wr.redshift.to_sql(df, con, 't', schema='d')", Engine.REDSHIFT, "d.t"),
        ("clicks.execute('INSERT INTO d.t VALUES', rows)", Engine.CLICKHOUSE, "d.t"),
        ("jdbc.cursor().execute('INSERT INTO d.t SELECT 1')", Engine.POSTGRESQL, "d.t"),
    ],
)
def test_a_table_that_a_data_frame_fills_is_written(
    tmp_path: Path, call: str, engine: Engine, table: str
) -> None:
    body = f"""
    import awswrangler as wr
    import jaydebeapi
    import pandas as pd
    import pandas_gbq
    import redshift_connector
    from airflow_clickhouse_plugin.hooks.clickhouse import ClickHouseHook
    from airflow.providers.snowflake.hooks.snowflake import SnowflakeHook
    from google.cloud import bigquery
    from snowflake.connector.pandas_tools import write_pandas
    def work(df, rows):
        con = redshift_connector.connect(host='dwh')
        clicks = ClickHouseHook()
        jdbc = jaydebeapi.connect('org.postgresql.Driver', 'jdbc:postgresql://dwh/mart', ['u', 'p'])
        {call}
    PythonOperator(task_id='t', python_callable=work, dag=dag)
    """
    one = task(read_body(tmp_path, body), "t")
    found = footprint(one, Schema(), lambda connection: connection, RUN)
    assert found.unread == ()
    (statement,) = found.statements
    assert statement.statement.connection.engine is engine
    assert [(str(a.table), a.role) for a in statement.accesses] == [(table, Role.INSERT)]
