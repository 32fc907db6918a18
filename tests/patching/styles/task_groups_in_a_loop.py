# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.utils.task_group import TaskGroup

with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
    for game in ("golf", "cards"):
        with TaskGroup(game):
            load = SQLExecuteQueryOperator(task_id="load", conn_id="db", sql="UPDATE play SET n = n + 1")
            SQLExecuteQueryOperator(task_id="fix", conn_id="db", sql="UPDATE play SET n = n + 1")
