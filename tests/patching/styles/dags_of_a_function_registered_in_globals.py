# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


def build(game, steps):
    dag = DAG(f"night-{game}", schedule=None, start_date=datetime(2024, 1, 1))
    for step in steps:
        SQLExecuteQueryOperator(task_id=step, conn_id="db", dag=dag, sql="UPDATE play SET n = n + 1")
    return dag


for game, steps in {"golf": ["load", "fix"], "cards": ["load", "close"]}.items():
    globals()[f"night-{game}"] = build(game, steps)
