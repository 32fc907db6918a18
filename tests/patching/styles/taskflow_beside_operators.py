# Airflow 2 and 3
from datetime import datetime

from airflow.decorators import dag, task
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def night():
    @task
    def day():
        return "2024-01-01"

    load = SQLExecuteQueryOperator(task_id="load", conn_id="db", sql="UPDATE play SET n = n + 1", parameters=[day()])
    SQLExecuteQueryOperator(task_id="fix", conn_id="db", sql="UPDATE play SET n = n + 1")


night()
