# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

for game in ("golf", "cards"):
    dag_id = f"night_{game}"
    with DAG(dag_id, schedule=None, start_date=datetime(2024, 1, 1)) as dag:
        for step in ("load", "fix"):
            SQLExecuteQueryOperator(task_id=f"{step}_{game}", conn_id="db", sql="UPDATE play SET n = n + 1")
    globals()[dag_id] = dag
