# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


def build(name):
    with DAG(name, schedule=None, start_date=datetime(2024, 1, 1)) as dag:
        load = SQLExecuteQueryOperator(task_id="load", conn_id="db", sql="UPDATE play SET n = n + 1")
        fix = SQLExecuteQueryOperator(task_id="fix", conn_id="db", sql="UPDATE play SET n = n + 1")
    return dag


golf = build("golf")
cards = build("cards")
