# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

early = DAG("early", schedule=None, start_date=datetime(2024, 1, 1))
late = DAG("late", schedule=None, start_date=datetime(2024, 1, 1))
a = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = n + 1", dag=early)
x = SQLExecuteQueryOperator(task_id="x", conn_id="db", sql="UPDATE play SET n = n + 1", dag=late)
b = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE play SET n = n + 1", dag=early)
y = SQLExecuteQueryOperator(task_id="y", conn_id="db", sql="UPDATE play SET n = n + 1", dag=late)
