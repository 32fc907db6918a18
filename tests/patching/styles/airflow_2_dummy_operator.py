# Airflow 2
import airflow
from airflow.models import DAG
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.python_operator import PythonOperator

args = {"owner": "night", "start_date": airflow.utils.dates.days_ago(2)}
dag = DAG(dag_id="night", default_args=args, schedule_interval="0 4 * * *", max_active_runs=1)


def load(**context):
    from airflow.providers.mysql.hooks.mysql import MySqlHook

    MySqlHook("db").run("UPDATE play SET n = n + 1")


start = DummyOperator(task_id="start", dag=dag)
t1 = PythonOperator(task_id="t1", python_callable=load, dag=dag)
t2 = PythonOperator(task_id="t2", python_callable=load, dag=dag)
t1.set_upstream(start)
t2.set_upstream(start)
