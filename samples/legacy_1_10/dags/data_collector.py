"""The DAG data_collector for Airflow 1.10: queued log lines into one SQLite file."""

import os
import sys
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from airflow.operators.python_operator import PythonOperator

SAMPLES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(SAMPLES, 'scripts'))

from collector_lib import consumer  # noqa: E402

default_args = {
    'owner': 'dba',
    'start_date': datetime(2026, 9, 1),
    'retries': 3,
    'retry_delay': timedelta(minutes=1),
}

with DAG(
    dag_id='data_collector',
    default_args=default_args,
    schedule_interval='0 0/5 * * *',  # minute 0 of every fifth hour
    catchup=False,
    max_active_runs=1,
) as dag:
    t1 = BashOperator(task_id='start_schedule', bash_command='echo collecting starts')
    t2 = PythonOperator(task_id='collector_0', python_callable=consumer)
    t3 = PythonOperator(task_id='collector_1', python_callable=consumer)
    t4 = PythonOperator(task_id='collector_2', python_callable=consumer)
    t5 = BashOperator(task_id='end_schedule', bash_command='echo collecting ends')

    t1 >> [t2, t3, t4] >> t5
