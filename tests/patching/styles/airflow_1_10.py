# Airflow 1.10
from datetime import datetime

from airflow import DAG
from airflow.hooks.mysql_hook import MySqlHook
from airflow.operators.mysql_operator import MySqlOperator
from airflow.operators.python_operator import PythonOperator

dag = DAG("night", start_date=datetime(2019, 1, 1), schedule_interval="@daily", max_active_runs=1)


def load(**kwargs):
    MySqlHook("db").run("UPDATE play SET n = n + 1")


t1 = PythonOperator(task_id="t1", python_callable=load, provide_context=True, dag=dag)
t2 = MySqlOperator(task_id="t2", mysql_conn_id="db", sql="UPDATE play SET n = 1", dag=dag)
t3 = MySqlOperator(task_id="t3", mysql_conn_id="db", sql="UPDATE play SET n = 2")
dag >> t3
