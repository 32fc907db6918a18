# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

dags = {}
for game in ("golf", "cards"):
    dags[game] = DAG(f"night_{game}", schedule=None, start_date=datetime(2024, 1, 1))
    globals()[f"night_{game}"] = dags[game]

a = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dags["golf"])
b = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dags["golf"])
SQLExecuteQueryOperator(task_id="c", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dags["cards"])
SQLExecuteQueryOperator(task_id="d", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dags["cards"])
