# Airflow 2 and 3
from datetime import datetime

from airflow.decorators import dag, task


@dag(dag_id="night", schedule=None, start_date=datetime(2024, 1, 1))
def flow():
    @task(task_id="load")
    def work():
        from airflow.providers.mysql.hooks.mysql import MySqlHook

        MySqlHook("db").run("UPDATE play SET n = n + 1")

    first = work()
    second = work.override(task_id="load_again")()
    return [first, second]


flow()
