# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


class Night:
    def __init__(self, name):
        self.name = name
        self.tasks = {}

    def add(self, task_id):
        self.tasks[task_id] = SQLExecuteQueryOperator(task_id=task_id, conn_id="db", sql="UPDATE play SET n = n + 1")

    def build(self):
        with DAG(self.name, schedule=None, start_date=datetime(2024, 1, 1)) as dag:
            self.add("load")
            self.add("fix")
        return dag


dag = Night("night").build()
