# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.models.baseoperator import chain
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("night", schedule=None, start_date=datetime(2024, 1, 1), default_args={"conn_id": "db", "retries": 2}) as dag:
    a = SQLExecuteQueryOperator(task_id="a", sql="UPDATE play SET n = n + 1")
    b = SQLExecuteQueryOperator(task_id="b", sql="UPDATE play SET n = n + 1")
    c = SQLExecuteQueryOperator(task_id="c", sql="UPDATE play SET n = n + 1")
    d = SQLExecuteQueryOperator(task_id="d", sql="UPDATE play SET n = n + 1")
    chain(a, [b, c], d)
