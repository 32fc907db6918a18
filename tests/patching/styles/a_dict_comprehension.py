# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)):
    loads = {
        game: SQLExecuteQueryOperator(task_id=f"load_{game}", conn_id="db", sql="UPDATE play SET n = n + 1")
        for game in ["golf", "cards"]
    }
    last = SQLExecuteQueryOperator(task_id="last", conn_id="db", sql="UPDATE play SET n = n + 1")
    loads["golf"] >> last
