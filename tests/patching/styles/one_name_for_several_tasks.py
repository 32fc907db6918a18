# Airflow 2 and 3
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

dag = DAG("night", schedule=None, start_date=datetime(2024, 1, 1))
task = SQLExecuteQueryOperator(task_id="a", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dag)
task = SQLExecuteQueryOperator(task_id="b", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dag)
task = SQLExecuteQueryOperator(task_id="c", conn_id="db", sql="UPDATE play SET n = n + 1", dag=dag)
