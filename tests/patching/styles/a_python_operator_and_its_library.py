# Airflow 3
from datetime import datetime

from airflow import DAG
from airflow.providers.standard.operators.python import PythonOperator


def run(statement):
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    MySqlHook("db").run(statement)


def load():
    run("UPDATE play SET n = n + 1")


with DAG("night", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
    load_task = PythonOperator(task_id="load", python_callable=load)
    fix_task = PythonOperator(task_id="fix", python_callable=run, op_args=["UPDATE play SET n = 1"])
