"""The DAG inten: play time, revenue, retention and ranking of the day, nightly at 05:00."""

import os
import sys
from datetime import datetime, timedelta

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.python import PythonOperator

try:
    from airflow.sdk import task
except ImportError:
    from airflow.decorators import task

sys.path.append(
    os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'scripts')
)

from inten_play_lib import (  # noqa: E402
    agg_play_daily,
    close_play_totals,
    fix_play_week,
    load_play,
    rank_users,
)
from inten_report_lib import report_play, report_ranking, report_revenue  # noqa: E402
from inten_revenue_lib import (  # noqa: E402
    agg_revenue_daily,
    close_revenue_totals,
    convert_currency,
    fix_payment_state,
    fix_refund_week,
    load_revenue,
    reload_revenue_late,
)
from inten_user_lib import update_grades, update_retention  # noqa: E402

default_args = {
    'owner': 'dba',
    'start_date': datetime(2026, 9, 1),
    'retries': 1,
    'retry_delay': timedelta(minutes=5),
}

dag = DAG(
    dag_id='inten',
    default_args=default_args,
    schedule='00 05 * * *',
    catchup=False,
    max_active_runs=1,
)

start = EmptyOperator(task_id='start', dag=dag)

# play time: two chains of three games each, one per game server farm
t_load_play_arena = PythonOperator(
    task_id='load_play_arena',
    python_callable=load_play,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 1},
    dag=dag,
)
t_load_play_arena.set_upstream(start)

t_load_play_racing = PythonOperator(
    task_id='load_play_racing',
    python_callable=load_play,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 2},
    dag=dag,
)
t_load_play_racing.set_upstream(t_load_play_arena)

t_load_play_puzzle = PythonOperator(
    task_id='load_play_puzzle',
    python_callable=load_play,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 3},
    dag=dag,
)
t_load_play_puzzle.set_upstream(t_load_play_racing)

t_load_play_saga = PythonOperator(
    task_id='load_play_saga',
    python_callable=load_play,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 4},
    dag=dag,
)
t_load_play_saga.set_upstream(start)

t_load_play_golf = PythonOperator(
    task_id='load_play_golf',
    python_callable=load_play,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 5},
    dag=dag,
)
t_load_play_golf.set_upstream(t_load_play_saga)

t_load_play_cards = PythonOperator(
    task_id='load_play_cards',
    python_callable=load_play,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 6},
    dag=dag,
)
t_load_play_cards.set_upstream(t_load_play_golf)

t_fix_play_week = PythonOperator(
    task_id='fix_play_week',
    python_callable=fix_play_week,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_fix_play_week.set_upstream(t_load_play_puzzle)

t_agg_play_daily = PythonOperator(
    task_id='agg_play_daily',
    python_callable=agg_play_daily,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_agg_play_daily.set_upstream([t_load_play_puzzle, t_load_play_cards])

t_close_play_totals = PythonOperator(
    task_id='close_play_totals',
    python_callable=close_play_totals,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_close_play_totals.set_upstream(t_agg_play_daily)

t_report_play = PythonOperator(
    task_id='report_play',
    python_callable=report_play,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_report_play.set_upstream(t_agg_play_daily)

t_mark_play_done = SQLExecuteQueryOperator(
    task_id='mark_play_done',
    conn_id='mysql_stats',
    sql="""
        UPDATE batch_status
        SET last_day = '{{ ds }}', finished_at = NOW()
        WHERE job_name = 'play'
    """,
    dag=dag,
)
t_mark_play_done.set_upstream([t_fix_play_week, t_close_play_totals])

# ranking: one task per ranked game
t_rank_arena = PythonOperator(
    task_id='rank_arena',
    python_callable=rank_users,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 1},
    dag=dag,
)
t_rank_arena.set_upstream(t_load_play_puzzle)

t_rank_racing = PythonOperator(
    task_id='rank_racing',
    python_callable=rank_users,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 2},
    dag=dag,
)
t_rank_racing.set_upstream([t_load_play_puzzle, t_load_play_cards])

t_rank_saga = PythonOperator(
    task_id='rank_saga',
    python_callable=rank_users,
    op_kwargs={'target_day': '{{ ds }}', 'game_id': 4},
    dag=dag,
)
t_rank_saga.set_upstream([t_load_play_puzzle, t_load_play_cards])

t_mark_ranking_done = SQLExecuteQueryOperator(
    task_id='mark_ranking_done',
    conn_id='mysql_stats',
    sql="""
        UPDATE batch_status
        SET last_day = '{{ ds }}', finished_at = NOW()
        WHERE job_name = 'ranking'
    """,
    dag=dag,
)
t_mark_ranking_done.set_upstream([t_rank_arena, t_rank_racing, t_rank_saga])

t_report_ranking = PythonOperator(
    task_id='report_ranking',
    python_callable=report_ranking,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_report_ranking.set_upstream(t_mark_ranking_done)

# revenue: one load per sales channel
t_load_revenue_web = PythonOperator(
    task_id='load_revenue_web',
    python_callable=load_revenue,
    op_kwargs={'target_day': '{{ ds }}', 'channel': 'web'},
    dag=dag,
)
t_load_revenue_web.set_upstream(start)

t_load_revenue_store = PythonOperator(
    task_id='load_revenue_store',
    python_callable=load_revenue,
    op_kwargs={'target_day': '{{ ds }}', 'channel': 'store'},
    dag=dag,
)
t_load_revenue_store.set_upstream(start)

t_load_revenue_pc = PythonOperator(
    task_id='load_revenue_pc',
    python_callable=load_revenue,
    op_kwargs={'target_day': '{{ ds }}', 'channel': 'pc'},
    dag=dag,
)
t_load_revenue_pc.set_upstream(start)

t_reload_revenue_late = PythonOperator(
    task_id='reload_revenue_late',
    python_callable=reload_revenue_late,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_reload_revenue_late.set_upstream(start)

t_fix_payment_state = PythonOperator(
    task_id='fix_payment_state',
    python_callable=fix_payment_state,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_fix_payment_state.set_upstream(start)

t_fix_refund_week = PythonOperator(
    task_id='fix_refund_week',
    python_callable=fix_refund_week,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_fix_refund_week.set_upstream(t_load_revenue_web)

t_convert_currency = PythonOperator(
    task_id='convert_currency',
    python_callable=convert_currency,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_convert_currency.set_upstream([t_load_revenue_web, t_load_revenue_store, t_load_revenue_pc])

t_agg_revenue_daily = PythonOperator(
    task_id='agg_revenue_daily',
    python_callable=agg_revenue_daily,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_agg_revenue_daily.set_upstream(t_convert_currency)

t_close_revenue_totals = PythonOperator(
    task_id='close_revenue_totals',
    python_callable=close_revenue_totals,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_close_revenue_totals.set_upstream(t_agg_revenue_daily)

t_report_revenue = PythonOperator(
    task_id='report_revenue',
    python_callable=report_revenue,
    op_kwargs={'target_day': '{{ ds }}'},
    dag=dag,
)
t_report_revenue.set_upstream(t_agg_revenue_daily)

t_mark_revenue_done = SQLExecuteQueryOperator(
    task_id='mark_revenue_done',
    conn_id='mysql_stats',
    sql="""
        UPDATE batch_status
        SET last_day = '{{ ds }}', finished_at = NOW()
        WHERE job_name = 'revenue'
    """,
    dag=dag,
)
t_mark_revenue_done.set_upstream(
    [t_reload_revenue_late, t_fix_payment_state, t_fix_refund_week, t_close_revenue_totals]
)

# rolling weeks
t_weekly_summary = SQLExecuteQueryOperator(
    task_id='weekly_summary',
    conn_id='mysql_stats',
    sql='sql/weekly_summary.sql',
    split_statements=True,
    dag=dag,
)
t_weekly_summary.set_upstream([t_agg_play_daily, t_agg_revenue_daily])

t_weekly_summary_late = SQLExecuteQueryOperator(
    task_id='weekly_summary_late',
    conn_id='mysql_stats',
    sql=[
        """
        DELETE FROM weekly_summary
        WHERE week_start = '{{ macros.ds_add(ds, -7) }}'
        """,
        """
        INSERT INTO weekly_summary (week_start, game_id, minutes, revenue)
        SELECT '{{ macros.ds_add(ds, -7) }}', game_id, SUM(minutes), SUM(revenue)
        FROM game_daily
        WHERE day BETWEEN '{{ macros.ds_add(ds, -7) }}' AND '{{ macros.ds_add(ds, -1) }}'
        GROUP BY game_id
        """,
        """
        UPDATE batch_status
        SET last_day = '{{ macros.ds_add(ds, -1) }}', finished_at = NOW()
        WHERE job_name = 'weekly_summary_late'
        """,
    ],
    dag=dag,
)
t_weekly_summary_late.set_upstream([t_agg_play_daily, t_agg_revenue_daily])

# users
t_retention_d1 = PythonOperator(
    task_id='retention_d1',
    python_callable=update_retention,
    op_kwargs={'target_day': '{{ ds }}', 'n_days': 1},
    dag=dag,
)
t_retention_d1.set_upstream(start)

t_retention_d7 = PythonOperator(
    task_id='retention_d7',
    python_callable=update_retention,
    op_kwargs={'target_day': '{{ ds }}', 'n_days': 7},
    dag=dag,
)
t_retention_d7.set_upstream(start)

t_retention_d30 = PythonOperator(
    task_id='retention_d30',
    python_callable=update_retention,
    op_kwargs={'target_day': '{{ ds }}', 'n_days': 30},
    dag=dag,
)
t_retention_d30.set_upstream(start)


@task(task_id='update_user_grade', dag=dag)
def update_user_grade(target_day):
    update_grades(target_day)


t_update_user_grade = update_user_grade('{{ ds }}')
t_update_user_grade.set_upstream(start)

t_purge_login_log = SQLExecuteQueryOperator(
    task_id='purge_login_log',
    conn_id='mysql_stats',
    sql="""
        DELETE FROM login_log
        WHERE day < DATE_SUB(CURDATE(), INTERVAL 400 DAY)
    """,
    dag=dag,
)
t_purge_login_log.set_upstream(start)

end = EmptyOperator(task_id='end', dag=dag)
end.set_upstream(
    [
        t_report_play,
        t_mark_play_done,
        t_report_ranking,
        t_report_revenue,
        t_mark_revenue_done,
        t_weekly_summary,
        t_weekly_summary_late,
        t_retention_d1,
        t_retention_d7,
        t_retention_d30,
        t_update_user_grade,
        t_purge_login_log,
    ]
)
