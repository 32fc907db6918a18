# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

dag = DAG("night", schedule=None, start_date=datetime(2024, 1, 1))
loads = []
for game in ("golf", "cards", "saga"):
    loads.append(SQLExecuteQueryOperator(task_id=f"load_{game}", conn_id="db", dag=dag, sql="UPDATE play SET n = n + 1"))
