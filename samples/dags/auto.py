"""The DAG auto: users and sessions of the day, every night at 04:00."""

import os
import sys
from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.python import PythonOperator

sys.path.append(
    os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'scripts')
)

from auto_lib import (  # noqa: E402
    check_logs,
    close_session_week,
    count_active_users,
    count_new_users,
    fix_user_week,
    load_session_daily,
    load_user_daily,
    reload_user_daily_late,
    report_users,
)

default_args = {
    'owner': 'dba',
    'start_date': datetime(2026, 9, 1),
    'retries': 1,
    'retry_delay': timedelta(minutes=5),
}

dag = DAG(
    dag_id='auto',
    default_args=default_args,
    schedule='00 04 * * *',
    catchup=False,
    max_active_runs=1,
)

t1 = PythonOperator(
    task_id='check_logs',
    python_callable=check_logs,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)

t2 = PythonOperator(
    task_id='load_user_daily',
    python_callable=load_user_daily,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t2.set_upstream(t1)

t3 = PythonOperator(
    task_id='reload_user_daily_late',
    python_callable=reload_user_daily_late,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t3.set_upstream(t1)

t4 = PythonOperator(
    task_id='fix_user_week',
    python_callable=fix_user_week,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t4.set_upstream(t1)

t5 = PythonOperator(
    task_id='load_session_daily',
    python_callable=load_session_daily,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t5.set_upstream(t1)

t6 = PythonOperator(
    task_id='close_session_week',
    python_callable=close_session_week,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t6.set_upstream(t5)

t7 = SQLExecuteQueryOperator(
    task_id='mask_session_month',
    conn_id='mysql_stats',
    sql="""
        UPDATE session_daily
        SET ip = NULL
        WHERE day BETWEEN '{{ macros.ds_add(ds, -36) }}' AND '{{ macros.ds_add(ds, -30) }}'
    """,
    dag=dag,
)
t7.set_upstream(t5)

t8 = PythonOperator(
    task_id='count_new_users',
    python_callable=count_new_users,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t8.set_upstream(t2)

t9 = PythonOperator(
    task_id='count_active_users',
    python_callable=count_active_users,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t9.set_upstream(t2)

t10 = PythonOperator(
    task_id='report_users',
    python_callable=report_users,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t10.set_upstream(t2)

t11 = SQLExecuteQueryOperator(
    task_id='mark_auto_done',
    conn_id='mysql_stats',
    sql="""
        UPDATE batch_status
        SET last_day = '{{ ds }}', finished_at = NOW()
        WHERE job_name = 'auto'
    """,
    dag=dag,
)
t11.set_upstream([t3, t4, t6, t7, t8, t9, t10])
