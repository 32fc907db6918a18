# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("night-1.0", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
    for name in ("load-golf", "load.cards", "load_3"):
        SQLExecuteQueryOperator(task_id=name, conn_id="db", sql="UPDATE play SET n = n + 1")
