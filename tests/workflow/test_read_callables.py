from pathlib import Path

import pytest

from lockplan.model.connection import Engine
from lockplan.model.statement import Unknown
from tests.workflow.reading import HEADER, read_body, read_text, task, texts

LIB = """
    import pymysql

    def load(**kwargs):
        day = kwargs['target_day']
        conn = pymysql.connect(host='stats-db', user='u', password='secret', database='stats')
        cursor = conn.cursor()
        stmt = '''
            DELETE FROM user_daily
            WHERE day = '%s'
        ''' % (day)
        cursor.execute(stmt)
        cursor.execute('INSERT INTO log VALUES (%s, %s, %s)', (day, 1, None))
        conn.commit()
        cursor.execute('SELECT 1')
        conn.close()
    """


def test_a_callable_in_a_library_is_followed_with_its_op_kwargs(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from lib import load
        PythonOperator(task_id='t', python_callable=load, provide_context=True,
                       op_kwargs={'target_day': '{{ macros.ds_add(ds, -7) }}'}, dag=dag)
        """,
        lib__py=LIB,
    )
    delete, insert, select = task(dag, "t").statements
    assert texts(task(dag, "t"))[0] == "DELETE FROM user_daily WHERE day = '2024-01-08'"
    assert (delete.built_at.path, delete.built_at.line) == ("lib.py", 8)
    assert delete.run_at.line == 12
    assert delete.connection.engine is Engine.MYSQL
    assert (delete.connection.server, delete.connection.database) == ("stats-db", "stats")
    assert "secret" not in repr(delete)
    assert [s.transaction for s in (delete, insert, select)] == [0, 0, 1]
    assert isinstance(insert.params, tuple)
    day, one, null = insert.params
    assert (day.quoted, one.parts, one.quoted, null.parts) == (True, ("1",), False, ("NULL",))


def test_context_reaches_parameters_by_name(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import pymysql
        def work(ds, execution_date, n, yesterday_ds=None):
            before = (execution_date - timedelta(days=n)).strftime('%Y%m%d')
            cur = pymysql.connect(db='x').cursor()
            cur.execute(f"DELETE FROM t WHERE d IN ('{ds}', '{before}', '{yesterday_ds}')")
        PythonOperator(task_id='t', python_callable=work, op_args=[], op_kwargs={'n': 2}, dag=dag)
        """,
    )
    assert texts(task(dag, "t")) == [
        "DELETE FROM t WHERE d IN ('2024-01-15', '20240113', '2024-01-14')"
    ]


def test_a_cursor_that_is_defined_nowhere_still_sends_its_sql(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        '''
        def get_report_data(**kwargs):
            target_day = kwargs['target_day']
            stmt = """SELECT * FROM report WHERE day = '%s'""" % (target_day)
            a_cursor.execute(stmt)
        PythonOperator(task_id='t', python_callable=get_report_data,
                       op_kwargs={'target_day': '{{ ds }}'}, dag=dag)
        ''',
    )
    (statement,) = task(dag, "t").statements
    assert texts(task(dag, "t")) == ["SELECT * FROM report WHERE day = '2024-01-15'"]
    assert (statement.connection.name, statement.connection.engine) == ("a_cursor", Engine.UNKNOWN)


def test_a_callable_given_as_text_is_found_beside_the_dag_or_in_the_scripts(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "flow_lib.py").write_text("def upd(**kw):\n    cur.execute('UPDATE t SET a = 1')\n")
    dag = read_body(
        tmp_path,
        """
        def here():
            cur.execute('DELETE FROM t')
        PythonOperator(task_id='a', python_callable='here', dag=dag)
        PythonOperator(task_id='b', python_callable='upd', dag=dag)
        PythonOperator(task_id='c', python_callable='nowhere', dag=dag)
        """,
    )
    assert texts(task(dag, "a")) == ["DELETE FROM t"]
    assert texts(task(dag, "b")) == ["UPDATE t SET a = 1"]
    assert task(dag, "b").statements[0].run_at.path == "../scripts/flow_lib.py"
    (skipped,) = task(dag, "c").skipped
    assert "'nowhere'" in skipped.reason


def test_sqlite_with_commits_and_the_odd_table_name_passes_untouched(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        r"""
        import sqlite3, time
        from sqlite3.dbapi2 import Error
        from redisqueue import RedisQueue
        import json
        def consumer():
            q = RedisQueue('my-queue')
            msg = q.get(isBlocking=False)
            while msg is not None:
                row = json.loads(msg.decode('utf-8'))
                if not row['check']:
                    try:
                        with sqlite3.connect('sqltie.db') as con:
                            cur = con.cursor()
                            cur.execute(
                                "INSERT INTO table \
                                (time, level, id) VALUES (?,?,?)",
                                ('2024', row['level'], row['id']))
                    except Error as e:
                        con.rollback()
                time.sleep(1)
        PythonOperator(task_id='t', python_callable=consumer, dag=dag)
        """,
    )
    (statement,) = task(dag, "t").statements
    assert texts(task(dag, "t")) == ["INSERT INTO table (time, level, id) VALUES (?,?,?)"]
    assert statement.connection.engine is Engine.SQLITE
    assert statement.connection.server == "sqltie.db"
    assert statement.repeated
    assert statement.conditional
    assert isinstance(statement.params, tuple)
    assert len(statement.params) == 3


def test_sql_that_is_not_known_is_skipped_with_its_line(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import pymysql, requests
        def work():
            cur = pymysql.connect(host='h').cursor()
            cur.execute(requests.get('http://x').text)
            cur.execute('DELETE FROM t WHERE d = ' + requests.get('http://y').text)
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    (skipped,) = task(dag, "t").skipped
    assert (skipped.what, skipped.where.line) == ("statement", 12)
    (statement,) = task(dag, "t").statements
    assert isinstance(statement.parts[-1], Unknown)


def test_a_list_given_to_a_hook_is_one_transaction_unless_autocommit(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.mysql.hooks.mysql import MySqlHook
        def work():
            hook = MySqlHook(mysql_conn_id='stats')
            hook.run(['DELETE FROM a', 'DELETE FROM b'])
            hook.run(['DELETE FROM c', 'DELETE FROM d'], autocommit=True)
            hook.get_first('SELECT 1', parameters=None)
            hook.insert_rows('e', [(1, 2)])
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    statements = task(dag, "t").statements
    assert [s.transaction for s in statements] == [0, 0, 1, 2, 3, 4]
    assert {(s.connection.name, s.connection.engine) for s in statements} == {
        ("stats", Engine.MYSQL)
    }
    assert texts(task(dag, "t"))[-1] == "INSERT INTO e VALUES (%s)"


def test_engines_frames_and_airflow_connections(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import pandas as pd
        import psycopg2
        from airflow.hooks.base import BaseHook
        from sqlalchemy import create_engine, text
        engine = create_engine('postgresql://u:pw@dwh:5433/mart')
        def work():
            df = pd.read_sql('SELECT * FROM src', engine)
            df.to_sql('dst', engine, schema='s', if_exists='replace')
            with engine.begin() as con:
                con.execute(text('DELETE FROM x WHERE d = :d'), {'d': '2024-01-01'})
                con.execute(text('DELETE FROM y'))
            c = BaseHook.get_connection('crm')
            with psycopg2.connect(host=c.host, dbname=c.schema) as conn:
                conn.cursor().execute('UPDATE z SET a = 1')
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    one = task(dag, "t")
    assert texts(one) == [
        "SELECT * FROM src",
        "DROP TABLE IF EXISTS s.dst",
        "INSERT INTO s.dst VALUES (%s)",
        "DELETE FROM x WHERE d = :d",
        "DELETE FROM y",
        "UPDATE z SET a = 1",
    ]
    first, last = one.statements[0].connection, one.statements[-1].connection
    assert (first.server, first.database) == ("dwh:5433", "mart")
    assert (last.name, last.engine) == ("crm", Engine.POSTGRESQL)
    assert one.statements[3].transaction == one.statements[4].transaction
    assert "pw" not in repr(one)


def test_a_commit_that_may_not_happen_does_not_end_the_transaction(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import pymysql, random
        def work():
            conn = pymysql.connect(host='h')
            cur = conn.cursor()
            cur.execute('DELETE FROM a')
            if cur.rowcount > 5:
                conn.commit()
            cur.execute('DELETE FROM b')
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    assert [s.transaction for s in task(dag, "t").statements] == [0, 0]


def test_autocommit_gives_each_statement_its_own_transaction(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import pymysql, psycopg2
        def work():
            cur = pymysql.connect(host='h', autocommit=True).cursor()
            cur.execute('DELETE FROM a')
            cur.execute('DELETE FROM b')
            conn = psycopg2.connect('host=h dbname=x')
            conn.autocommit = True
            conn.cursor().execute('DELETE FROM c')
            conn.cursor().execute('DELETE FROM d')
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    assert [s.transaction for s in task(dag, "t").statements] == [0, 1, 2, 3]


def test_own_operator_classes_are_followed_into_execute(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.models import BaseOperator
        from airflow.providers.postgres.hooks.postgres import PostgresHook
        class Load(BaseOperator):
            template_fields = ('where',)
            sql = 'DELETE FROM {} WHERE {}'
            def __init__(self, table, where, *args, **kwargs):
                super().__init__(*args, **kwargs)
                self.table = table
                self.where = where
            def execute(self, context):
                hook = PostgresHook(postgres_conn_id='dwh')
                hook.run(self.sql.format(self.table, self.where))
        a = Load(task_id='a', table='t', where="d = '{{ ds }}'", dag=dag)
        a >> EmptyOperator(task_id='b', dag=dag)
        """,
    )
    assert texts(task(dag, "a")) == ["DELETE FROM t WHERE d = '2024-01-15'"]
    assert task(dag, "a").operator == "Load"
    assert task(dag, "b").upstream == ("a",)


def test_a_broken_file_hides_nothing_else(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        HEADER + "EmptyOperator(task_id='a', dag=dag)\n",
        broken__py="def f(:\n  airflow dag\n",
        python2__py="print 'airflow dag'\n",
    )
    assert [dag.dag_id for dag in workflow.dags] == ["d"]
    assert [(s.where.path, s.what) for s in workflow.skipped] == [
        ("broken.py", "file"),
        ("python2.py", "file"),
    ]
    assert workflow.files == 3


def test_calls_outside_the_folder_are_said_unless_the_package_sends_no_sql(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import requests, logging
        from company.warehouse import refresh, run_it
        def work():
            requests.get('http://x')
            logging.info('select the day from the list')
            refresh('daily')
            run_it('DELETE FROM t WHERE a = 1')
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    (skipped,) = task(dag, "t").skipped
    assert "company.warehouse.refresh()" in skipped.reason
    assert texts(task(dag, "t")) == ["DELETE FROM t WHERE a = 1"]


def test_hooks_of_web_services_send_no_sql(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.http.hooks.http import HttpHook
        def work():
            HttpHook(method='GET').run('api/v1/select')
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    assert (task(dag, "t").statements, task(dag, "t").skipped) == ((), ())


def test_results_of_tasks_reach_the_tasks_that_take_them(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.decorators import task
        from airflow.hooks.mysql_hook import MySqlHook
        @task(dag=dag)
        def build(ds=None):
            return {'sql': f"DELETE FROM t WHERE d = '{ds}'"}
        @task(dag=dag)
        def send(sql):
            MySqlHook().run(sql)
        send(build()['sql'])
        """,
    )
    assert texts(task(dag, "send")) == ["DELETE FROM t WHERE d = '2024-01-15'"]
    assert task(dag, "send").upstream == ("build",)


def test_a_loop_over_known_rows_keeps_each_statement(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        import pymysql
        def work():
            conn = pymysql.connect(host='h')
            with conn.cursor() as cur:
                for name in ('a', 'b'):
                    cur.execute('TRUNCATE TABLE ' + name)
                cur.executemany('INSERT INTO c VALUES (%s)', [(1,), (2,)])
                cur.executemany('INSERT INTO d VALUES (%s)', rows())
            conn.commit()
        PythonOperator(task_id='t', python_callable=work, dag=dag)
        """,
    )
    statements = task(dag, "t").statements
    assert [text.split()[2] for text in texts(task(dag, "t"))] == ["a", "b", "c", "c", "d"]
    assert [s.repeated for s in statements] == [False, False, False, False, True]
    assert {s.transaction for s in statements} == {0}


CONF = """
from airflow.providers.postgres.hooks.postgres import PostgresHook
def work(dag_run):
    table = dag_run.conf.get('table', 'sales')
    PostgresHook('pg').run(f'DELETE FROM {table}')
"""


def test_a_scheduled_run_has_the_default_of_what_its_conf_may_give(tmp_path: Path) -> None:
    body = "PythonOperator(task_id='t', python_callable=work, dag=dag)\n"
    assert texts(task(read_body(tmp_path, CONF + body), "t")) == ["DELETE FROM sales"]


def test_a_run_that_is_only_started_by_hand_may_have_another_conf(tmp_path: Path) -> None:
    body = """
by_hand = DAG('by_hand', start_date=datetime(2024, 1, 1), schedule=None)
PythonOperator(task_id='t', python_callable=work, dag=by_hand)
"""
    workflow = read_text(tmp_path, HEADER + CONF + body)
    dag = next(dag for dag in workflow.dags if dag.dag_id == "by_hand")
    assert texts(task(dag, "t")) == ["DELETE FROM sales", "DELETE FROM <?>"]


FILLED_WHILE_RUNNING = """
from collections import defaultdict
from airflow.providers.postgres.hooks.postgres import PostgresHook
def work():
    hook, groups = PostgresHook('pg'), {empty}
    for row in hook.get_records('SELECT k, v FROM s'):
        groups[row[0]]{filled}
    for key in groups:
        hook.run(f'DELETE FROM t WHERE k = {{key}}')
PythonOperator(task_id='t', python_callable=work, dag=dag)
"""


@pytest.mark.parametrize(
    ("empty", "filled"), [("defaultdict(list)", ".append(row)"), ("{}", " = row[1]")]
)
def test_what_is_done_for_each_key_that_a_query_gives_is_read(
    tmp_path: Path, empty: str, filled: str
) -> None:
    body = FILLED_WHILE_RUNNING.format(empty=empty, filled=filled)
    assert texts(task(read_body(tmp_path, body), "t"))[1:] == ["DELETE FROM t WHERE k = <?>"]


def test_what_callbacks_send_belongs_to_their_task(tmp_path: Path) -> None:
    body = """
from airflow.providers.postgres.hooks.postgres import PostgresHook
def note(state):
    return lambda context: PostgresHook('pg').run(f'INSERT INTO runs VALUES ({state!r})')
EmptyOperator(task_id='t', on_execute_callback=note('begun'), on_success_callback=[note('done')],
              on_failure_callback=note('failed'), dag=dag)
"""
    statements = task(read_body(tmp_path, body), "t").statements
    states = [statement.parts[0].split("'")[1] for statement in statements]
    assert states == ["begun", "done", "failed"]
    assert [statement.conditional for statement in statements] == [False, False, True]
