# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


class Nightly(DAG):
    def __init__(self, name):
        super().__init__(name, schedule=None, start_date=datetime(2024, 1, 1))


with Nightly("night") as dag:
    a = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = n + 1")
    b = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE play SET n = n + 1")
