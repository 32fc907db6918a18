# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.utils.task_group import TaskGroup

with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
    with TaskGroup("outer"):
        with TaskGroup("inner", prefix_group_id=False):
            a = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = n + 1")
        with TaskGroup("other"):
            b = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE play SET n = n + 1")
