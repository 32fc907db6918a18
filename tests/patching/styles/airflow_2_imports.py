# Airflow 2
from datetime import datetime

from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.utils.dates import days_ago
from airflow.utils.helpers import chain


def load():
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    MySqlHook("db").run("UPDATE play SET n = n + 1")


with DAG("night", schedule_interval="@daily", start_date=days_ago(2), catchup=False) as dag:
    start = EmptyOperator(task_id="start")
    loads = []
    for n in range(3):
        loads.append(PythonOperator(task_id=f"load_{n}", python_callable=load))
    chain(start, loads)
