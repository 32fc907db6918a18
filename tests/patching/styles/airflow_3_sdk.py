# Airflow 3
from datetime import datetime

from airflow.sdk import DAG, TaskGroup, chain, task
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)) as dag:

    @task
    def load():
        from airflow.providers.mysql.hooks.mysql import MySqlHook

        MySqlHook("db").run("UPDATE play SET n = n + 1")

    with TaskGroup("late") as late:
        fix = SQLExecuteQueryOperator(task_id="fix", conn_id="db", sql="UPDATE play SET n = n + 1")
        close = SQLExecuteQueryOperator(task_id="close", conn_id="db", sql="UPDATE play SET n = n + 1")
    loaded = load()
    chain(fix, close)
