# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
    loads = SQLExecuteQueryOperator.partial(
        task_id="loads", conn_id="db", max_active_tis_per_dagrun=1
    ).expand(sql=["UPDATE play SET n = 1", "UPDATE play SET n = 2"])
    fix = SQLExecuteQueryOperator(task_id="fix", conn_id="db", sql="UPDATE play SET n = n + 1")
