# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


class Load(SQLExecuteQueryOperator):
    def __init__(self, *, table, **kwargs):
        super().__init__(conn_id="db", sql=f"UPDATE {table} SET n = 1", **kwargs)


with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
    a = Load(table="play", task_id="a")
    loads = {"b": Load(table="play", task_id="b"), "c": Load(table="play", task_id="c")}
    a >> list(loads.values())
