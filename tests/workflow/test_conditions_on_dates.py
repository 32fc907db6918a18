"""Code that branches on the run's date, against what Python itself does on that date."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from lockplan.model.computed import holds
from lockplan.model.dates import RunDates
from lockplan.model.statement import render_parts
from lockplan.model.workflow import Task
from tests.workflow.reading import read_body, task

DAYS = (
    datetime(2024, 2, 29),
    datetime(2026, 2, 1),
    datetime(2026, 11, 15),
    datetime(2026, 12, 31),
    datetime(2027, 8, 1),
)
CONNECT = "import pymysql\ncursor = pymysql.connect(host='h', db='d').cursor()\n"

MONTH_END = """
def work(ds, execution_date):
    import calendar
    import pymysql
    connection = pymysql.connect(host='h', db='d')
    cursor = connection.cursor()
    day = datetime.strptime(ds, '%Y-%m-%d')
    if day.day == 1:
        cursor.execute("DELETE FROM month_total")
    elif day.day == calendar.monthrange(day.year, day.month)[1]:
        cursor.execute("INSERT INTO month_total SELECT * FROM day_total")
    else:
        cursor.execute("DELETE FROM day_total WHERE day = '%s'" % ds)
    cursor.execute("UPDATE season SET name = '%d-Q%d'" % (day.year, (day.month - 1) // 3 + 1))
    connection.commit()
"""
WEEKDAYS = """
NAMES = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su']
TABLES = {0: 'monday', 6: 'sunday'}

def work(ds, execution_date):
    import pymysql
    cursor = pymysql.connect(host='h', db='d').cursor()
    number = execution_date.weekday()
    table = TABLES.get(number, 'other')
    cursor.execute(f"DELETE FROM {table} WHERE name = '{NAMES[number]}'")
    if number in (5, 6) and not ds.endswith('-01'):
        cursor.execute("DELETE FROM weekend")
    start = execution_date - timedelta(days=number)
    cursor.execute("DELETE FROM week WHERE day >= '" + start.strftime('%Y-%m-%d') + "'")
    cursor.execute("DELETE FROM fact_%s" % (execution_date.month % 2))
    first = ds[8:] == '01'
    cursor.execute("DELETE FROM {}".format('monthly' if first else 'daily'))
"""
LOOPS = """
def batches(day):
    if day.day > 28:
        return
    for n in range(day.day):
        if n % 10 == 0:
            yield n

def work(ds, execution_date):
    import pymysql
    cursor = pymysql.connect(host='h', db='d').cursor()
    sqls = []
    for n in batches(execution_date):
        sqls.append("DELETE FROM batch WHERE n = %d" % n)
    if ds >= '2026-12-01':
        sqls.insert(0, "DELETE FROM old")
    for sql in sqls:
        cursor.execute(sql)
    if not sqls:
        return
    cursor.execute("DELETE FROM done WHERE day = '%s'" % ds)
"""


def at(day: datetime) -> RunDates:
    return RunDates(day, day + timedelta(days=1), day + timedelta(days=1, hours=4))


def sent(one: Task, day: datetime) -> list[str]:
    """What lockplan says that a task sends in the run of a day."""
    dates = at(day)
    return [each.render(dates) for each in one.statements if holds(each.when, dates)]


def ran(source: str, day: datetime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Python sends when it runs the sample's function, on a cursor that only takes notes."""
    texts: list[str] = []

    class Connection:
        def cursor(self) -> "Connection":
            return self

        def execute(self, sql: str) -> None:
            texts.append(sql)

        def commit(self) -> None:
            pass

    driver = ModuleType("pymysql")
    driver.connect = lambda **_: Connection()
    monkeypatch.setitem(sys.modules, "pymysql", driver)
    names = {"datetime": datetime, "timedelta": timedelta}
    exec(source, names)
    names["work"](f"{day:%Y-%m-%d}", day)
    return texts


def read_work(tmp_path: Path, source: str) -> Task:
    operator = "PythonOperator(task_id='t', python_callable=work, dag=dag)"
    return task(read_body(tmp_path, f"{source}\n{operator}\n"), "t")


def read_lines(tmp_path: Path, lines: str) -> Task:
    body = CONNECT + dedent(lines)
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return read_work(tmp_path, f"def work(ds, execution_date, **context):\n{indented}\n")


def conditions(one: Task) -> list[str | None]:
    return [None if each.when is None else str(each.when) for each in one.statements]


@pytest.mark.parametrize("source", [MONTH_END, WEEKDAYS, LOOPS])
@pytest.mark.parametrize("day", DAYS, ids="{:%Y-%m-%d}".format)
def test_each_run_sends_what_python_sends_on_that_day(tmp_path, monkeypatch, source, day):
    one = read_work(tmp_path, source)
    assert one.skipped == ()
    assert sent(one, day) == ran(source, day, monkeypatch)
    assert not any(each.conditional or each.repeated for each in one.statements)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("execution_date.day == 1", "day of ds = 1"),
        ("execution_date.weekday() != 6", "weekday of ds ≠ 6"),
        ("ds.endswith('-01')", "ds ends with '-01'"),
        ("ds > '2026-12-01'", "ds > '2026-12-01'"),
        ("execution_date.weekday() in (5, 6)", "weekday of ds is one of 5, 6"),
        ("execution_date.month % 2", "month of ds % 2"),
        ("1 < execution_date.day < 5", "1 < day of ds and day of ds < 5"),
        (
            "execution_date.day == 1 and execution_date.month == 1",
            "day of ds = 1 and month of ds = 1",
        ),
        ("context['data_interval_end'].day == 1", "day of interval end = 1"),
    ],
)
def test_a_statement_says_on_which_dates_it_is_sent(tmp_path, condition, words):
    one = read_lines(tmp_path, f"if {condition}:\n    cursor.execute('DELETE FROM a')\n")
    (statement,) = one.statements
    assert str(statement.when) == words
    assert not statement.conditional


def test_a_statement_sent_on_every_way_stands_once_and_without_condition(tmp_path):
    one = read_lines(
        tmp_path,
        """
        if execution_date.day == 1:
            cursor.execute("DELETE FROM a")
        cursor.execute("DELETE FROM b")
        if execution_date.weekday() == 6:
            cursor.execute("DELETE FROM c")
        """,
    )
    assert conditions(one) == ["day of ds = 1", None, "weekday of ds = 6"]
    assert {each.transaction for each in one.statements} == {0}


def test_a_commit_on_some_dates_keeps_apart_the_transactions_of_both_ways(tmp_path):
    source = """
def work(ds, execution_date):
    import pymysql
    connection = pymysql.connect(host='h', db='d')
    cursor = connection.cursor()
    cursor.execute("DELETE FROM a")
    if execution_date.day == 1:
        connection.commit()
    cursor.execute("DELETE FROM b")
    connection.commit()
"""
    one = read_work(tmp_path, source)
    groups = {}
    for day in (datetime(2026, 11, 1), datetime(2026, 11, 2)):
        now = [s for s in one.statements if holds(s.when, at(day))]
        assert sent(one, day) == ["DELETE FROM a", "DELETE FROM b"]
        groups[day.day] = len({s.transaction for s in now})
    assert groups == {1: 2, 2: 1}


def test_ways_that_no_calendar_holds_are_not_read(tmp_path):
    lines = "".join(
        f"if execution_date.month == {n}:\n    cursor.execute('DELETE FROM m{n}')\n"
        for n in range(1, 13)
    )
    one = read_lines(tmp_path, lines)
    assert len(one.statements) == 12
    assert sent(one, datetime(2026, 11, 15)) == ["DELETE FROM m11"]


def test_a_date_beyond_the_sample_is_not_lost(tmp_path):
    one = read_lines(
        tmp_path,
        """
        if ds > '2090-01-01':
            cursor.execute("DELETE FROM late")
            if execution_date.day == 1:
                cursor.execute("DELETE FROM later")
        """,
    )
    late, later = one.statements
    assert sent(one, datetime(2026, 1, 1)) == []
    assert sent(one, datetime(2090, 2, 1)) == ["DELETE FROM late", "DELETE FROM later"]
    assert later.conditional
    assert not late.conditional


def test_more_ways_than_are_read_leave_both_ways_open(tmp_path):
    lines = "".join(
        f"if execution_date.day % {n} == 0 and execution_date.month % {n} == 1:\n"
        f"    cursor.execute('DELETE FROM m{n}')\n"
        for n in range(2, 20)
    )
    one = read_lines(tmp_path, lines)
    assert len(one.statements) == 18
    assert all(each.conditional and each.when is None for each in one.statements)


def test_a_condition_that_only_a_server_knows_stays_open_beside_one_on_the_date(tmp_path):
    one = read_lines(
        tmp_path,
        """
        if execution_date.day == 1:
            cursor.execute("DELETE FROM a")
        if context['ti'].xcom_pull('x'):
            cursor.execute("DELETE FROM b")
        """,
    )
    assert conditions(one) == ["day of ds = 1", None]
    assert [each.conditional for each in one.statements] == [False, True]


def test_what_one_way_changes_is_not_there_on_another(tmp_path):
    source = """
SEEN = []

def work(ds, execution_date):
    import pymysql
    cursor = pymysql.connect(host='h', db='d').cursor()
    SEEN.append(1)
    if execution_date.day == 1:
        cursor.execute("DELETE FROM a")
    cursor.execute("DELETE FROM b WHERE n = %d" % len(SEEN))
"""
    one = read_work(tmp_path, source)
    assert sent(one, datetime(2026, 11, 1)) == ["DELETE FROM a", "DELETE FROM b WHERE n = 1"]
    assert sent(one, datetime(2026, 11, 2)) == ["DELETE FROM b WHERE n = 1"]


def test_a_template_is_read_for_each_way_of_its_conditions(tmp_path):
    body = """
    from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
    SQLExecuteQueryOperator(
        task_id='t', conn_id='c', dag=dag,
        sql="{% if execution_date.day == 1 %}DELETE FROM a{% else %}DELETE FROM b{% endif %}"
            " WHERE k = '{{ 'x' if ds >= '2026-12-01' else 'y' }}{{ execution_date.month }}'",
    )
    """
    one = task(read_body(tmp_path, dedent(body)), "t")
    wanted = {
        datetime(2026, 11, 1): "DELETE FROM a WHERE k = 'y11'",
        datetime(2026, 11, 2): "DELETE FROM b WHERE k = 'y11'",
        datetime(2027, 1, 1): "DELETE FROM a WHERE k = 'x1'",
    }
    for day, text in wanted.items():
        assert sent(one, day) == [text]
        assert [render_parts(parts, at(day)) for parts in one.sql_texts] == [text]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("{{ execution_date.month | int }}", "7"),
        ("{{ (ds_nodash | int) % 100 }}", "4"),
        ("{% if execution_date.day is even %}even{% endif %}", "even"),
        ("{{ 'week' if execution_date.weekday() in (5, 6) else 'day' }}", "week"),
        ("{{ '%02d' | format(execution_date.month) }}", "07"),
        ("Q{{ (execution_date.month - 1) // 3 + 1 }}", "Q3"),
        ("{% set n = execution_date.day %}{% if n < 5 %}early{% else %}late{% endif %}", "early"),
    ],
)
def test_templates_compute_with_dates(tmp_path, expression, text):
    body = f"""
    from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
    SQLExecuteQueryOperator(
        task_id='t', conn_id='c', dag=dag, sql=\"\"\"DELETE FROM a WHERE x = '{expression}'\"\"\"
    )
    """
    one = task(read_body(tmp_path, dedent(body).replace('\\"', '"')), "t")
    assert sent(one, datetime(2026, 7, 4)) == [f"DELETE FROM a WHERE x = '{text}'"]


def test_a_task_that_takes_another_ones_result_reads_each_of_its_values(tmp_path):
    body = """
    from airflow.decorators import task as flow
    @flow(dag=dag)
    def name(execution_date=None):
        return 'monthly' if execution_date.day == 1 else 'daily'
    @flow(dag=dag)
    def load(table):
        import pymysql
        pymysql.connect(host='h', db='d').cursor().execute(f"DELETE FROM {table}")
    load(name())
    """
    one = task(read_body(tmp_path, dedent(body)), "load")
    texts = {each.render(at(DAYS[0])) for each in one.statements}
    assert texts == {"DELETE FROM monthly", "DELETE FROM daily"}
    assert all(each.conditional for each in one.statements)
