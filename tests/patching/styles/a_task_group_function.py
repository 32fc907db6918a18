# Airflow 2 and 3
from datetime import datetime

from airflow.decorators import dag, task_group
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def night():
    @task_group
    def loads():
        a = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = n + 1")
        b = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE play SET n = n + 1")

    @task_group(group_id="late")
    def fixes():
        SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = n + 1")

    loads()
    fixes()


flow = night()
