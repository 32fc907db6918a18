# Airflow 2 and 3
from datetime import datetime

from airflow import DAG

dag = DAG("night", schedule=None, start_date=datetime(2024, 1, 1))


@dag.task
def load():
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    MySqlHook("db").run("UPDATE play SET n = n + 1")


@dag.task
def fix():
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    MySqlHook("db").run("UPDATE play SET n = n + 1")


loaded, fixed = load(), fix()
