# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.utils.task_group import TaskGroup


def loads(name, dag):
    with TaskGroup(name, dag=dag) as group:
        SQLExecuteQueryOperator(task_id="load", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dag)
        SQLExecuteQueryOperator(task_id="fix", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dag)
    return group


dag = DAG("night", schedule=None, start_date=datetime(2024, 1, 1))
loads("golf", dag) >> loads("cards", dag)
