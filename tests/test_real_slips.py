"""What real teams write, slips and all, from the folder to the verdict."""

from datetime import datetime
from pathlib import Path
from textwrap import dedent

import pytest

from lockplan import Study, analyze
from lockplan.model.access import Access, ReadStatement, Role, Transaction
from lockplan.model.conflict import Conflict
from lockplan.model.connection import Engine, Isolation
from lockplan.model.verdict import Certainty
from lockplan.model.workflow import Task
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text

HEADER = """
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', max_active_runs=1)
"""
TWO_TASKS = """
a = PythonOperator(task_id='a', python_callable=first, dag=dag)
b = PythonOperator(task_id='b', python_callable=second, dag=dag)
"""
DDL = "CREATE TABLE daily (day DATE, id INT, total INT, PRIMARY KEY (day, id)) ENGINE=InnoDB;\n"
MYSQL = "conn = pymysql.connect(host='stats-db', db='stats')\n"


def study_of(tmp_path: Path, schema: str | None = DDL, **files: str) -> Study:
    """Analyse a folder of files (``sql__x__sql`` stands for ``sql/x.sql``)."""
    for name, text in files.items():
        *parts, extension = name.split("__")
        path = tmp_path.joinpath("dags", *parts[:-1], f"{parts[-1]}.{extension}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    file = tmp_path / "schema.sql"
    file.write_text(schema or "", encoding="utf-8")
    return analyze(
        tmp_path / "dags", schema=file if schema else None, logical_date=datetime(2026, 11, 15)
    )


def study_of_two(tmp_path: Path, code: str, schema: str | None = DDL) -> Study:
    """Analyse one DAG whose tasks `a` and `b` call `first` and `second`."""
    return study_of(tmp_path, schema, night__py=HEADER + dedent(code) + TWO_TASKS)


def statements(study: Study, task_id: str) -> tuple[ReadStatement, ...]:
    return next(f.statements for f in study.analysis.footprints if f.task.task_id == task_id)


def transactions(study: Study, task_id: str) -> tuple[Transaction, ...]:
    return next(f.transactions for f in study.analysis.footprints if f.task.task_id == task_id)


def accesses(study: Study, task_id: str) -> tuple[Access, ...]:
    return tuple(access for read in statements(study, task_id) for access in read.accesses)


def touched(study: Study, task_id: str) -> set[tuple[str, Role]]:
    return {(str(access.table), access.role) for access in accesses(study, task_id)}


def task(study: Study, task_id: str) -> Task:
    return next(t for t in study.analysis.workflow.tasks() if t.key.task_id == task_id)


def conflict(study: Study, a: str = "a", b: str = "b") -> Conflict | None:
    wanted = {a, b}
    found = [
        c for c in study.analysis.graph.conflicts if {c.a.task.task_id, c.b.task.task_id} == wanted
    ]
    return found[0] if found else None


def reasons(study: Study) -> str:
    return "\n".join(map(str, study.analysis.skipped))


def test_a_table_named_table_takes_the_rows_and_no_column_is_taken_for_a_table(tmp_path):
    study = study_of_two(
        tmp_path,
        """
        import sqlite3

        def save(rows):
            conn = sqlite3.connect('/data/log.db')
            cur = conn.cursor()
            for time, level, id in rows:
                cur.execute('INSERT INTO table (time, level, id) VALUES (?,?,?)', (time, level, id))
            conn.commit()

        def first():
            save(load())

        def second():
            conn = sqlite3.connect('/data/log.db')
            conn.execute('INSERT INTO table (time, level, id) VALUES (?,?,?)', ('1', 2, 3))
            conn.commit()
        """,
        schema=None,
    )
    for task_id in "ab":
        (access,) = accesses(study, task_id)
        assert (access.table.table, access.role) == ("table", Role.INSERT)
        assert statements(study, task_id)[0].statement.connection.engine is Engine.SQLITE
    assert conflict(study) is not None


def test_a_select_on_a_cursor_that_is_defined_nowhere_is_a_statement_with_its_place(tmp_path):
    study = study_of_two(
        tmp_path,
        '''
        def first(target_day='2026-11-15'):
            sql = """
                SELECT count(*) FROM users
                WHERE day = '%s'
            """ % (target_day)
            stats_cur.execute(sql)

        def second():
            pass
        ''',
        schema=None,
    )
    (read,) = statements(study, "a")
    assert (read.statement.built_at.path, read.line) == ("night.py", 9)
    assert touched(study, "a") == {("users", Role.READ)}
    assert read.statement.connection.name == "stats_cur"
    assert "'2026-11-15'" in read.sql


def test_a_callable_named_in_a_text_is_found_in_the_imported_library(tmp_path):
    study = study_of(
        tmp_path,
        night__py=HEADER
        + "from user_lib import *\n"
        + "a = PythonOperator(task_id='a', python_callable='load_users', dag=dag)\n",
        user_lib__py="""
        import pymysql
        def load_users():
            conn = pymysql.connect(host='stats-db', db='stats')
            conn.cursor().execute("DELETE FROM users")
        """,
    )
    assert touched(study, "a") == {("stats.users", Role.DELETE)}


def test_a_schedule_in_quartz_words_is_kept_and_still_has_runs(tmp_path):
    study = study_of(
        tmp_path,
        night__py="""
        from airflow import DAG
        from airflow.operators.bash import BashOperator
        dag = DAG('often', schedule='0 0/5 * * *')
        a = BashOperator(task_id='a', bash_command='mysql -e "DELETE FROM t"', dag=dag)
        """,
    )
    (dag,) = study.analysis.workflow.dags
    assert dag.schedule == "0 0/5 * * *"
    assert not any("often" in said for said in study.analysis.assumptions if "cron" in said)


def test_a_task_without_a_dag_is_said(tmp_path):
    study = study_of(
        tmp_path,
        night__py=HEADER + "a = PythonOperator(task_id='lost', python_callable=print)\n",
    )
    assert study.analysis.workflow.tasks() == ()
    assert "night.py:6: task: " in reasons(study)
    assert "lost" in reasons(study)


def test_a_file_of_python_2_is_said_and_the_rest_is_read(tmp_path):
    study = study_of(
        tmp_path,
        old__py="from airflow import DAG\nprint 'dag'\n",
        night__py=HEADER + "a = PythonOperator(task_id='a', python_callable=print, dag=dag)\n",
    )
    assert "old.py:2: file: Python cannot parse it" in reasons(study)
    assert task(study, "a")


def test_tabs_and_windows_line_endings_keep_the_line_numbers(tmp_path):
    dags = tmp_path / "dags"
    dags.mkdir()
    code = """
import pymysql
def first():
\tconn = pymysql.connect(host='stats-db', db='stats')
\tcur = conn.cursor()
\tcur.execute('''
\t\tDELETE FROM daily
\t\tWHERE day = '2026-11-01'
\t''')
\tcur.execute("UPDATE daily SET total = 0")
a = PythonOperator(task_id='a', python_callable=first, dag=dag)
"""
    (dags / "night.py").write_bytes((HEADER + code).replace("\n", "\r\n").encode())
    study = analyze(dags)
    assert [read.line for read in statements(study, "a")] == [12, 15]


def test_libraries_that_import_each_other_in_a_circle_are_read(tmp_path):
    study = study_of(
        tmp_path,
        night__py=HEADER
        + "import loads\n"
        + "a = PythonOperator(task_id='a', python_callable=loads.load, dag=dag)\n",
        loads__py="""
        import names
        import pymysql
        HOST = 'stats-db'
        def load():
            conn = pymysql.connect(host=HOST, db='stats')
            conn.cursor().execute("DELETE FROM %s" % names.table())
        """,
        names__py="""
        import loads
        def table():
            return 'daily_' + loads.HOST[:5]
        """,
    )
    assert touched(study, "a") == {("stats.daily_stats", Role.DELETE)}


def test_a_callable_is_found_in_the_scripts_beside_the_dag_folder(tmp_path):
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "loads.py").write_text(
        "import pymysql\ndef load(day):\n"
        "    conn = pymysql.connect(host='stats-db', db='stats')\n"
        "    conn.cursor().execute('DELETE FROM daily WHERE day = %s', (day,))\n"
    )
    study = study_of(
        tmp_path,
        night__py=HEADER
        + dedent("""
        import os, sys
        sys.path.append(os.path.join(os.path.dirname(__file__), '../scripts'))
        from loads import load
        a = PythonOperator(
            task_id='a', python_callable=load, op_kwargs={'day': '{{ ds }}'}, dag=dag)
        """),
    )
    (read,) = statements(study, "a")
    assert (read.statement.built_at.path, read.line) == ("../scripts/loads.py", 4)
    assert "'2026-11-15'" in read.sql
    assert study.analysis.skipped == ()


def test_the_context_of_airflow_1_reaches_the_callable(tmp_path):
    study = study_of(
        tmp_path,
        night__py=HEADER
        + dedent("""
        import pymysql
        def load(target, **context):
            day = context['ds']
            conn = pymysql.connect(host='stats-db', db='stats')
            conn.cursor().execute("DELETE FROM %s WHERE day = '%s'" % (target, day))
        a = PythonOperator(task_id='a', python_callable=load, provide_context=True,
                           op_kwargs={'target': 'daily'}, dag=dag)
        """),
    )
    (read,) = statements(study, "a")
    assert read.sql == "DELETE FROM daily WHERE day = '2026-11-15'"


def test_the_second_statement_of_an_sql_file_is_named_by_its_own_line(tmp_path):
    study = study_of(
        tmp_path,
        night__py=HEADER
        + dedent("""
        from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator as Sql
        from airflow.providers.mysql.operators.mysql import MySqlOperator
        a = MySqlOperator(task_id='a', mysql_conn_id='db', sql='sql/close.sql', dag=dag)
        b = MySqlOperator(task_id='b', mysql_conn_id='db', sql='DELETE FROM daily', dag=dag)
        """),
        sql__close__sql="""\
        -- closes the day
        UPDATE other SET done = 1;

        /* then the totals;
           all of them */
        UPDATE daily
        SET total = 0
        WHERE day = '{{ ds }}';
        """,
    )
    found = conflict(study)
    assert found is not None
    assert found.tables == ("daily",)
    side = found.a if found.a.task.task_id == "a" else found.b
    assert (side.path, side.line) == ("sql/close.sql", 6)


def test_a_table_named_through_an_f_string_over_a_constant_is_known(tmp_path):
    study = study_of_two(
        tmp_path,
        """
        import pymysql
        SCHEMA = 'stats'
        TABLE = f'{SCHEMA}.daily'
        def first():
            pymysql.connect(host='h').cursor().execute(f"UPDATE {TABLE} SET total = 0")
        def second():
            pymysql.connect(host='h').cursor().execute(f"DELETE FROM {TABLE}")
        """,
        DDL.replace("daily", "stats.daily"),
    )
    assert touched(study, "a") == {("stats.daily", Role.UPDATE)}
    found = conflict(study)
    assert found is not None
    assert found.verdict.certainty is Certainty.CERTAIN


def test_a_retry_loop_does_not_hide_or_weaken_its_statement(tmp_path):
    study = study_of_two(
        tmp_path,
        f"""
        import time, pymysql
        from pymysql.err import OperationalError
        def first():
            {MYSQL.strip()}
            cursor = conn.cursor()
            for attempt in range(3):
                try:
                    cursor.execute("UPDATE daily SET total = 0 WHERE day = '2026-11-15'")
                    conn.commit()
                    break
                except OperationalError:
                    time.sleep(5)
                    continue
        def second():
            {MYSQL.strip()}
            cursor = conn.cursor()
            while True:
                try:
                    cursor.execute("DELETE FROM daily WHERE day = '2026-11-15'")
                except OperationalError:
                    continue
                break
            conn.commit()
        """,
    )
    assert touched(study, "a") == {("stats.daily", Role.UPDATE)}
    assert touched(study, "b") == {("stats.daily", Role.DELETE)}
    assert conflict(study) is not None


def test_a_cursor_in_a_with_block_is_the_connections_own(tmp_path):
    study = study_of_two(
        tmp_path,
        f"""
        import pymysql
        {MYSQL.strip()}
        def first():
            with conn.cursor() as cur:
                cur.execute("UPDATE daily SET total = 0 WHERE day = '2026-11-15'")
            conn.commit()
        def second():
            with conn:
                with conn.cursor() as cur:
                    cur.execute("DELETE FROM daily WHERE day = %s", '2026-11-15')
                conn.commit()
        """,
        DDL.replace("daily", "stats.daily"),
    )
    for task_id in "ab":
        (read,) = statements(study, task_id)
        assert read.statement.connection.server == "stats-db"
    found = conflict(study)
    assert found is not None
    assert found.verdict.certainty is Certainty.CERTAIN


def test_many_unknown_rows_meet_every_day_of_their_table(tmp_path):
    study = study_of_two(
        tmp_path,
        f"""
        import pymysql
        def first():
            {MYSQL.strip()}
            rows = fetch_from_api()
            conn.cursor().executemany("INSERT INTO daily (day, id, total) VALUES (%s,%s,%s)", rows)
            conn.commit()
        def second():
            {MYSQL.strip()}
            conn.cursor().execute("DELETE FROM daily WHERE day = '2020-01-01'")
            conn.commit()
        """,
    )
    (access,) = accesses(study, "a")
    assert (access.table.table, access.role) == ("daily", Role.INSERT)
    (read,) = statements(study, "a")
    assert read.statement.repeated
    assert conflict(study) is not None


def test_a_list_given_to_a_hook_is_all_read(tmp_path):
    study = study_of_two(
        tmp_path,
        """
        from airflow.providers.mysql.hooks.mysql import MySqlHook
        def first():
            MySqlHook(mysql_conn_id='x').run([
                "DELETE FROM daily WHERE day = '2026-11-15'",
                "INSERT INTO daily SELECT * FROM staging",
            ])
        def second():
            MySqlHook(mysql_conn_id='x').run("UPDATE staging SET done = 1", autocommit=True)
        """,
    )
    assert touched(study, "a") == {
        ("daily", Role.DELETE),
        ("daily", Role.INSERT),
        ("staging", Role.READ),
    }
    assert {read.statement.connection.name for read in statements(study, "a")} == {"x"}
    assert len(transactions(study, "a")) == 1
    found = conflict(study)
    assert found is not None
    assert found.tables == ("staging",)


def test_autocommit_ends_the_transaction_with_each_statement(tmp_path):
    study = study_of_two(
        tmp_path,
        """
        import pymysql
        def first():
            conn = pymysql.connect(host='stats-db', db='stats', autocommit=True)
            cur = conn.cursor()
            cur.execute("UPDATE daily SET total = 0 WHERE day = '2026-11-15'")
            cur.execute("UPDATE daily SET total = 1 WHERE day = '2026-11-14'")
        def second():
            conn = pymysql.connect(host='stats-db', db='stats')
            cur = conn.cursor()
            cur.execute("UPDATE daily SET total = 0 WHERE day = '2026-11-15'")
            cur.execute("UPDATE daily SET total = 1 WHERE day = '2026-11-14'")
            conn.commit()
        """,
    )
    assert [len(t.accesses) for t in transactions(study, "a")] == [1, 1]
    assert [len(t.accesses) for t in transactions(study, "b")] == [2]


def test_an_isolation_that_the_session_sets_for_itself_counts(tmp_path):
    study = study_of_two(
        tmp_path,
        f"""
        import pymysql
        def first():
            {MYSQL.strip()}
            cur = conn.cursor()
            cur.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cur.execute("INSERT INTO daily SELECT * FROM staging")
            conn.commit()
        def second():
            {MYSQL.strip()}
            conn.cursor().execute("UPDATE staging SET total = 0")
            conn.commit()
        """,
        schema=DDL + DDL.replace("daily", "staging"),
    )
    (transaction,) = transactions(study, "a")
    assert transaction.connection.isolation is Isolation.READ_COMMITTED
    (other,) = transactions(study, "b")
    assert other.connection.isolation is None


CONFIGURED = """
[tool.lockplan.connections.one]
engine = "mysql"
server = "{one_server}"
database = "{one_database}"
[tool.lockplan.connections.two]
engine = "mysql"
server = "{two_server}"
database = "{two_database}"
"""
TWO_CONNECTIONS = """
from airflow.providers.mysql.operators.mysql import MySqlOperator
a = MySqlOperator(task_id='a', mysql_conn_id='one', sql='UPDATE daily SET total = 0', dag=dag)
b = MySqlOperator(task_id='b', mysql_conn_id='two', sql='DELETE FROM daily', dag=dag)
"""


@pytest.mark.parametrize(
    ("one", "two", "meets"),
    [
        (("db1", "stats"), ("db2", "stats"), False),
        (("db1", "stats"), ("db1", "crm"), False),
        (("db1", "stats"), ("DB1", "stats"), True),
    ],
)
def test_two_connections_meet_only_where_they_reach_the_same_table(tmp_path, one, two, meets):
    (tmp_path / "pyproject.toml").write_text(
        CONFIGURED.format(
            one_server=one[0], one_database=one[1], two_server=two[0], two_database=two[1]
        )
    )
    study = study_of(tmp_path, night__py=HEADER + TWO_CONNECTIONS)
    assert (conflict(study) is not None) is meets


def test_two_connections_of_which_nothing_is_known_may_be_the_same(tmp_path):
    study = study_of(tmp_path, night__py=HEADER + TWO_CONNECTIONS)
    found = conflict(study)
    assert found is not None
    assert found.verdict.certainty is Certainty.POSSIBLE


@pytest.mark.parametrize(
    "unknown",
    [
        "cur.execute(\"UPDATE daily SET total = 0 WHERE day = %s\", (Variable.get('day'),))",
        "cur.execute(\"UPDATE daily SET total = 0 WHERE day = '%s'\" % Variable.get('day'))",
        "cur.execute(\"UPDATE daily SET total = 0 WHERE day = '{}'\".format(fetch()[0]))",
        "cur.execute(f\"UPDATE daily SET total = 0 WHERE day = '{fetch()}'\")",
        "cur.execute(\"UPDATE daily SET total = 0 WHERE day IN (%s)\" % ','.join(fetch()))",
        'cur.execute("UPDATE daily SET total = 0 " + where(fetch()))',
        'cur.execute("UPDATE daily SET total = 0 WHERE " + fetch())',
        'cur.execute("UPDATE daily SET total = 0 WHERE day = %s" % kwargs["day"])',
        'cur.execute("UPDATE daily SET total = 0 WHERE day = %(day)s", kwargs)',
        'cur.execute("UPDATE daily SET total = 0 WHERE day = ?")',
    ],
)
def test_rows_that_only_the_night_knows_are_never_free(tmp_path, unknown):
    study = study_of_two(
        tmp_path,
        f"""
        import pymysql
        from airflow.models import Variable
        from elsewhere import fetch
        def first(**kwargs):
            {MYSQL.strip()}
            cur = conn.cursor()
            {unknown}
            conn.commit()
        def second():
            {MYSQL.strip()}
            conn.cursor().execute("DELETE FROM daily WHERE day = '2020-01-01'")
            conn.commit()
        """,
        DDL.replace("daily", "stats.daily"),
    )
    found = conflict(study)
    assert found is not None
    assert found.verdict.certainty in (Certainty.POSSIBLE, Certainty.CERTAIN)
    assert found.ordered_by is None


@pytest.mark.parametrize(
    "connect",
    [
        "pymysql.connect(host='h', user='u', password='s3cret', db='d')",
        "pymysql.connect('h', 'u', 's3cret', 'd')",
        "psycopg2.connect('host=h user=u password=s3cret dbname=d')",
        "pyodbc.connect('DRIVER=x;SERVER=h;UID=u;PWD=s3cret')",
        "somewhere.connect(f's3cret{host}')",
        "create_engine('mysql://u:s3cret@h/d').raw_connection()",
        "create_engine('mysql://u:s3cret@pa:ss/w@h/d').raw_connection()",
    ],
)
def test_a_password_appears_in_no_report(tmp_path, connect):
    study = study_of_two(
        tmp_path,
        f"""
        import pymysql, psycopg2, pyodbc, somewhere
        from sqlalchemy import create_engine
        def first():
            {connect}.cursor().execute("DELETE FROM daily")
        def second():
            {connect}.cursor().execute("UPDATE daily SET total = " + somewhere.value())
        """,
    )
    assert len(study.analysis.workflow.tasks()) == 2
    assert accesses(study, "a")
    for report in (to_json(study.analysis), to_text(study.analysis), repr(study.analysis)):
        assert "s3cret" not in report
    added = [line for line in study.patch().diff.splitlines() if line[:1] in (b"+", b"-")]
    assert b"s3cret" not in b"\n".join(added)
