# Airflow 3
from airflow.sdk import dag, task


@dag
def night():
    @task
    def load(game):
        from airflow.providers.mysql.hooks.mysql import MySqlHook

        MySqlHook("db").run("UPDATE play SET n = n + 1")

    load("golf")
    last = load.override(task_id="late")("cards")


night()
