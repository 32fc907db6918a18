"""From DAG files to a night: when statements are sent, how long locks stay, and in which runs."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

import lockplan
from lockplan.model.analysis import Analysis
from lockplan.model.dates import RunDates
from lockplan.model.night import Executor, LockSystem, Night, NightRun
from lockplan.schemas import load_schema
from lockplan.simulation import night, simulate, steps_of

HEAD = """\
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.mysql.hooks.mysql import MySqlHook
import sqlite3

dag = DAG("night", schedule="@daily", catchup=CATCHUP)

def sql(task_id, text, **more):
    return SQLExecuteQueryOperator(task_id=task_id, conn_id="stats", sql=text, dag=dag, **more)
"""
SETTINGS = """\
[tool.lockplan]
airflow_version = "3.1"

[tool.lockplan.connections.stats]
engine = "mysql"
server = "stats-db"
database = "stats"
"""
TABLES = """\
CREATE TABLE daily (day DATE NOT NULL, id INT NOT NULL, n INT, PRIMARY KEY (day, id));
CREATE TABLE other (id INT PRIMARY KEY, n INT);
"""
MONDAY = datetime(2026, 3, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "schema.sql").write_text(TABLES, encoding="utf-8")
    return tmp_path


def analysed(folder: Path, source: str, *, catchup: bool = False) -> Analysis:
    text = HEAD.replace("CATCHUP", str(catchup)) + dedent(source)
    (folder / "dag.py").write_text(text, encoding="utf-8")
    return lockplan.analyze(
        folder, schema=folder / "schema.sql", logical_date=MONDAY, protect="all"
    ).analysis


def made(analysis: Analysis, **more: object) -> Night:
    (plan,) = analysis.plans
    return night(
        (plan.dag,),
        {job.key: job for job in plan.problem.jobs},
        {each.task: each for each in analysis.footprints},
        analysis.graph.conflicts,
        executor=Executor(8),
        **more,  # type: ignore[arg-type]
    )


def week(folder: Path, analysis: Analysis, days: int = 3, *, dated: bool = True) -> Night:
    runs = []
    for n in range(days):
        start = MONDAY + timedelta(days=n)
        dates = RunDates(start, start + timedelta(days=1), start + timedelta(days=1))
        runs.append(NightRun("night", n, 0.0, start, dates=dates if dated else None))
    schema, _ = load_schema(folder / "schema.sql")
    return made(analysis, runs=runs, schema=schema)


def met(night: Night) -> set[tuple[str, int, str, int]]:
    """Return who stops whom, each with its run."""
    tasks = night.tasks
    return {
        (
            tasks[each.holder].job.key.task_id,
            tasks[each.holder].run,
            tasks[each.requester].job.key.task_id,
            tasks[each.requester].run,
        )
        for each in night.encounters
    }


def test_a_tasks_time_is_spread_evenly_over_its_statements(folder: Path) -> None:
    analysis = analysed(folder, "sql('a', ['UPDATE other SET n = 1', 'DELETE FROM daily'])")
    steps = steps_of(analysis.footprints[0])
    assert [(step.at, step.until, step.released) for step in steps] == [(0, 0.5, 1), (0.5, 1, 1)]
    assert [[table.table for table in step.tables] for step in steps] == [
        ["stats.other"],
        ["stats.daily"],
    ]


def test_with_autocommit_a_transaction_ends_with_its_statement(folder: Path) -> None:
    analysis = analysed(
        folder, "sql('a', ['UPDATE other SET n = 1', 'DELETE FROM daily'], autocommit=True)"
    )
    assert [step.released for step in steps_of(analysis.footprints[0])] == [0.5, 1]


def test_a_commit_between_two_statements_frees_the_locks_of_the_first(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        def work():
            connection = MySqlHook("stats").get_conn()
            cursor = connection.cursor()
            cursor.execute("UPDATE other SET n = 1")
            connection.commit()
            cursor.execute("DELETE FROM daily")
            connection.commit()

        PythonOperator(task_id="a", python_callable=work, dag=dag)
        """,
    )
    assert [step.released for step in steps_of(analysis.footprints[0])] == [0.5, 1]


def test_two_tasks_that_change_the_same_rows_wait_for_each_other_on_innodb(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        sql("a", "UPDATE other SET n = 1")
        sql("b", "UPDATE other SET n = 2")
        """,
    )
    both = made(analysis)
    assert {each.system for each in both.encounters} == {LockSystem.INNODB_ROWS}
    assert met(both) == {("a", 0, "b", 0), ("b", 0, "a", 0)}
    assert simulate(both).lock_wait_s > 0


def test_a_definition_is_waited_for_with_a_patience_of_its_own(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        sql("a", "ALTER TABLE other ADD COLUMN m INT")
        sql("b", ["SELECT * FROM other", "SELECT 1"])
        """,
    )
    assert LockSystem.MYSQL_METADATA in {each.system for each in made(analysis).encounters}


def test_on_mariadb_who_waits_for_a_counter_gets_an_error_of_its_own(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(SETTINGS.replace("mysql", "mariadb"), encoding="utf-8")
    (folder / "schema.sql").write_text(
        "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, n INT);\n" + TABLES, encoding="utf-8"
    )
    analysis = analysed(
        folder,
        """
        sql("a", "INSERT INTO log (n) SELECT n FROM daily")
        sql("b", "INSERT INTO log (n) VALUES (1)")
        """,
    )
    both = made(analysis)
    assert {each.system for each in both.encounters} == {LockSystem.MARIADB_COUNTER}
    jobs = [replace(task.job, duration_s=100) for task in both.tasks]
    tasks = tuple(replace(task, job=job) for task, job in zip(both.tasks, jobs, strict=True))
    assert simulate(replace(both, tasks=tasks)).runs[1].error == "1467"


def test_sqlite_has_its_own_patience_and_a_committing_loop_lets_others_in(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        def work(file, rows):
            connection = sqlite3.connect("/data/log.db")
            for row in open(file):
                connection.execute("INSERT INTO log VALUES (?)", (row,))
                connection.commit()

        def once():
            connection = sqlite3.connect("/data/log.db")
            connection.execute("DELETE FROM log")
            connection.commit()

        for name in "ab":
            PythonOperator(task_id=name, python_callable=work, op_args=[name, 3], dag=dag)
        PythonOperator(task_id="c", python_callable=once, dag=dag)
        """,
    )
    both = made(analysis)
    assert {each.system for each in both.encounters} == {LockSystem.SQLITE}
    (*_, once) = simulate(both).runs
    assert once.waits == ()
    assert {both.tasks[each.holder].job.key for each in both.encounters} > {once.task}


def test_a_task_that_was_not_read_may_stop_all_that_the_other_sends(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        import os
        sql("a", open(os.environ["SCRIPT"]).read())
        sql("b", ["UPDATE other SET n = 2", "DELETE FROM daily"])
        """,
    )
    both = made(analysis)
    assert {(each.holder, each.requester_step) for each in both.encounters if not each.holder} == {
        (0, 0),
        (0, 1),
    }
    assert not any(each.certain for each in both.encounters)


def test_a_backfill_is_compared_on_the_days_of_its_runs(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        sql("a", "UPDATE daily SET n = 1 WHERE day = '{{ ds }}'")
        sql("b", "UPDATE daily SET n = 2 WHERE day = '{{ macros.ds_add(ds, -1) }}'")
        """,
        catchup=True,
    )
    exact = met(week(folder, analysis))
    from_a = {(a, m, b, n) for a, m, b, n in exact if a == "a"}
    assert from_a == {("a", 0, "b", 1), ("a", 1, "b", 2)}
    assert exact < met(week(folder, analysis, dated=False))


def test_more_locks_than_a_verdict_tells_still_stop_each_other(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        many = [f"UPDATE daily SET n = {n} WHERE day = '2026-01-{n:02}'" for n in range(1, 29)]
        sql("a", many)
        sql("b", many)
        """,
    )
    both = made(analysis)
    asked = {each.requester_step for each in both.encounters if each.requester == 1}
    assert asked == set(range(28))


def test_the_tasks_retries_are_those_of_the_dag(folder: Path) -> None:
    analysis = analysed(
        folder,
        """
        from datetime import timedelta
        sql("a", "UPDATE other SET n = 1", retries=2, retry_delay=timedelta(minutes=1))
        """,
    )
    (task,) = made(analysis).tasks
    assert (task.retries, task.retry_delay_s) == (2, 60)


def test_without_footprints_nobody_waits(folder: Path) -> None:
    analysis = analysed(folder, "sql('a', 'UPDATE other SET n = 1')")
    alone = made(replace(analysis, footprints=()))
    assert alone.tasks[0].steps == ()
    assert simulate(alone).lock_wait_s == 0


SENSOR = """
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
later = DAG("later", schedule="@daily", catchup=False)
sql("a", "UPDATE other SET n = 1")
seen = ExternalTaskSensor(task_id="seen", external_dag_id="night", dag=later%s)
"""


@pytest.mark.parametrize(
    ("more", "awaited"), [("", ("a",)), (", execution_delta=timedelta(days=1)", ())]
)
def test_a_sensor_waits_for_the_run_of_the_other_dag_that_it_means(
    folder: Path, more: str, awaited: tuple[str, ...]
) -> None:
    analysis = analysed(folder, "from datetime import timedelta\n" + dedent(SENSOR % more))
    dags = analysis.workflow.dags
    made = night(
        dags,
        {job.key: job for plan in analysis.plans for job in plan.problem.jobs},
        {},
        (),
        executor=Executor(8),
        runs=[NightRun(dag.dag_id, logical_date=MONDAY) for dag in dags],
    )
    (sensor,) = [task for task in made.tasks if task.job.key.task_id == "seen"]
    assert tuple(made.tasks[n].job.key.task_id for n in sensor.awaits) == awaited
