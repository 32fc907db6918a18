# Airflow 2 and 3
from datetime import datetime

from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def night():
    @task
    def load(game):
        from airflow.providers.mysql.hooks.mysql import MySqlHook

        MySqlHook("db").run("UPDATE play SET n = n + 1")

    for game in ("golf", "cards", "saga"):
        load(game)


flow = night()
