# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

STEPS = [
    {"id": "load", "after": []},
    {"id": "fix", "after": ["load"]},
    {"id": "close", "after": ["load"]},
]

with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
    made = {}
    for step in STEPS:
        made[step["id"]] = SQLExecuteQueryOperator(task_id=step["id"], conn_id="db", sql="UPDATE play SET n = n + 1")
        for before in step["after"]:
            made[before] >> made[step["id"]]
