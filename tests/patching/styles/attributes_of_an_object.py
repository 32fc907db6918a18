# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


class Night:
    def __init__(self, dag):
        self.load = SQLExecuteQueryOperator(task_id="load", conn_id="db", dag=dag, sql="UPDATE play SET n = n + 1")
        self.fix = SQLExecuteQueryOperator(task_id="fix", conn_id="db", dag=dag, sql="UPDATE play SET n = n + 1")


dag = DAG("night", schedule=None, start_date=datetime(2024, 1, 1))
night = Night(dag)
