"""`lockplan history`: past runs from metadata databases, as Airflow makes them and broken ones."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from cli.test_analyze import assert_refused, lockplan
from e2e.airflow.installation import NoAirflowError, airflow_python
from servers import Server
from sqlalchemy import create_engine

from lockplan.durations import read_history
from lockplan.errors import InputError
from lockplan.live import read_past_runs
from lockplan.model.workflow import TaskKey

TABLES = (
    "CREATE TABLE dag_run (dag_id VARCHAR(99), run_id VARCHAR(99), state VARCHAR(20), "
    "start_date TIMESTAMP NULL, end_date TIMESTAMP NULL)",
    "CREATE TABLE task_instance (dag_id VARCHAR(99), run_id VARCHAR(99), task_id VARCHAR(99), "
    "map_index INT, state VARCHAR(20), pool VARCHAR(99), try_number INT, "
    "start_date TIMESTAMP NULL, end_date TIMESTAMP NULL)",
)
LOAD = TaskKey("night", "load")
DAG = """
import time
from airflow.decorators import task
from airflow import DAG
import datetime

with DAG("night", start_date=datetime.datetime(2026, 1, 1), schedule=None) as dag:
    @task
    def quick():
        pass

    @task
    def slow():
        time.sleep(1.5)

    quick() >> slow()
"""

WAYS_TO_RUN = {
    2: ("db migrate", "dags reserialize", "dags trigger night", "scheduler --num-runs 20"),
    3: ("db migrate", "dags test night 2026-11-15"),
}
"""Airflow 2's `dags test` leaves no start of tasks in the database."""


def run(day: int, state: str = "success") -> str:
    at = f"2026-11-{day:02} 04:00:00"
    return f"INSERT INTO dag_run VALUES ('night', 'r{day}', '{state}', '{at}', '{at}')"


def instance(
    day: int, seconds: int, state: str = "success", *, pool: str = "default_pool", tries: int = 1
) -> str:
    at, end = f"2026-11-{day:02} 04:00:00", f"2026-11-{day:02} 04:00:{seconds:02}"
    names = f"'night', 'r{day}', 'load', -1, '{state}', '{pool}', {tries}"
    return f"INSERT INTO task_instance VALUES ({names}, '{at}', '{end}')"


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    """An SQLite file with Airflow's tables as far as they matter, and nothing in them."""
    file = tmp_path / "airflow.db"
    fill(file, *TABLES)
    return file


def fill(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def past_of(file: Path, runs: int = 30):
    return {each.task: each for each in read_past_runs(f"sqlite:///{file}", runs)}


def test_median_and_ninetieth_percentile_are_of_the_runs_that_succeeded(metadata):
    days = range(1, 12)
    fill(metadata, *map(run, days), *(instance(day, day) for day in days))
    fill(metadata, run(20, "failed"), instance(20, 59, "failed", tries=3))
    past = past_of(metadata)[LOAD]
    assert (past.runs, past.p50_s, past.p90_s) == (11, 6.0, 10.0)
    assert past.states == {"failed": 1, "success": 11}
    assert past.tries == 3


def test_a_run_that_ended_before_it_started_is_not_taken_for_a_short_one(metadata):
    back = instance(2, 30).replace("04:00:00', ", "05:00:00', ")
    fill(metadata, run(1), run(2), instance(1, 30), back)
    past = past_of(metadata)[LOAD]
    assert (past.runs, past.p10_s, past.p50_s) == (1, 30.0, 30.0)


def test_only_the_last_runs_count_and_none_that_still_goes(metadata):
    fill(metadata, *map(run, range(1, 6)), *(instance(day, 10 * day) for day in range(1, 6)))
    fill(metadata, run(9, "running"), instance(9, 1, "running"))
    past = past_of(metadata, runs=2)[LOAD]
    assert (past.runs, past.p50_s, past.states) == (2, 45.0, {"success": 2})


def test_the_pool_is_the_one_of_the_last_run(metadata):
    fill(metadata, run(1), run(2), instance(1, 5, pool="old"), instance(2, 5, pool="new"))
    assert past_of(metadata)[LOAD].pool == "new"


def test_a_mapped_task_takes_from_its_first_start_to_its_last_end(metadata):
    fill(metadata, run(1), instance(1, 5), instance(1, 20).replace(", -1,", ", 1,"))
    past = past_of(metadata)[LOAD]
    assert (past.runs, past.p50_s) == (1, 20.0)


def test_a_task_that_never_succeeded_has_no_duration(metadata, tmp_path):
    fill(metadata, run(1), instance(1, 5, "failed"))
    source = f"sqlite:///{metadata}"
    assert lockplan("history", source, "-o", "h.csv", cwd=tmp_path).returncode == 0
    assert "night,load,0,,,,1,failed 1,default_pool" in (tmp_path / "h.csv").read_text()
    assert read_history(tmp_path / "h.csv").durations == {}


def test_the_command_writes_what_analyze_reads(metadata, tmp_path):
    fill(metadata, run(1), instance(1, 42))
    result = lockplan("history", f"sqlite:///{metadata}", "-o", "history.csv", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "lockplan: wrote history.csv (1 task of 1 DAG)\n"
    (duration,) = read_history(tmp_path / "history.csv").durations.values()
    assert (duration.runs, duration.p50_s) == (1, 42.0)


def test_an_airflow_cfg_names_the_database_and_none_need_be_named(metadata, tmp_path):
    fill(metadata, run(1), instance(1, 42))
    (tmp_path / "airflow.cfg").write_text(
        f"[database]\nsql_alchemy_conn = sqlite:///{{AIRFLOW_HOME}}/{metadata.name}\n"
    )
    for source in (["airflow.cfg"], []):
        result = lockplan("history", *source, "-o", "h.csv", cwd=tmp_path)
        assert result.returncode == 0, result.stderr


def test_analyze_asks_the_database_itself(metadata, tmp_path):
    fill(metadata, run(1), instance(1, 42))
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "night.py").write_text(
        "from airflow import DAG\nfrom airflow.operators.bash import BashOperator\n"
        'with DAG("night") as dag:\n    BashOperator(task_id="load", bash_command="true")\n'
    )
    result = lockplan("analyze", "dags", "--history", f"sqlite:///{metadata}", cwd=tmp_path)
    assert "Durations of 1 of 1 tasks come from sqlite:///" in " ".join(result.stdout.split())


@pytest.mark.parametrize("kind", ["mysql", "mariadb", "postgresql"])
def test_servers_answer_as_files_do(request, kind):
    server: Server = request.getfixturevalue(f"{kind}_server")
    with server.scratch_database("metadata") as database:
        url = server.url(database)
        driver = url.replace("mariadb:", "mysql:").replace("mysql:", "mysql+pymysql:")
        engine = create_engine(driver.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            for statement in (*TABLES, run(1), run(2), instance(1, 10), instance(2, 20)):
                connection.exec_driver_sql(statement)
        engine.dispose()
        (past,) = read_past_runs(url)
    assert (past.task, past.runs, past.p50_s, past.pool) == (LOAD, 2, 15.0, "default_pool")


@pytest.mark.parametrize("major", [2, 3])
def test_a_database_that_airflow_made_and_filled_is_read(major, tmp_path):
    try:
        python = airflow_python(major)
    except NoAirflowError as missing:
        if os.environ.get("LOCKPLAN_REQUIRE_AIRFLOW"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "night.py").write_text(DAG)
    told = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
    }
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    for words in WAYS_TO_RUN[major]:
        done = subprocess.run(
            [python, "-m", "airflow", *words.split()],
            cwd=tmp_path,
            env={**os.environ, **told, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    past = past_of(tmp_path / "airflow.db")
    assert past[TaskKey("night", "slow")].states == {"success": 1}
    assert past[TaskKey("night", "slow")].p50_s >= 1.5
    assert past[TaskKey("night", "quick")].runs == 1


def refused(tmp_path: Path, source: str, *words: str) -> None:
    result = lockplan("history", source, "-o", "history.csv", cwd=tmp_path)
    assert_refused(result, *words)
    assert not (tmp_path / "history.csv").exists()


def test_a_database_without_airflows_tables_is_refused(tmp_path):
    fill(tmp_path / "other.db", "CREATE TABLE t (x INT)")
    refused(tmp_path, f"sqlite:///{tmp_path}/other.db", "has no table dag_run")


def test_a_database_without_runs_is_refused(metadata, tmp_path):
    refused(tmp_path, f"sqlite:///{metadata}", "no run of a DAG has ended yet")


def test_a_database_of_an_unknown_version_is_refused_with_its_revision(tmp_path):
    tables = [each.replace("run_id", "execution_date") for each in TABLES]
    revision = "CREATE TABLE alembic_version AS SELECT 'e3a246e0dc1' AS version_num"
    fill(tmp_path / "old.db", *tables, revision)
    refused(
        tmp_path,
        f"sqlite:///{tmp_path}/old.db",
        "unknown version: dag_run has no run_id (revision e3a246e0dc1)",
        "Airflow 2.2 to 3.x",
    )


def test_a_server_that_is_down_is_said_without_the_password(tmp_path):
    source = "mysql+mysqldb://airflow:s3cret@127.0.0.1:9/airflow"
    result = lockplan("history", source, "-o", "history.csv", cwd=tmp_path)
    assert_refused(result, "127.0.0.1:9")
    assert "s3cret" not in result.stderr


def test_a_server_that_asks_for_tls_says_so(mysql_server, tmp_path):
    with mysql_server.connect(autocommit=True) as connection:
        connection.cursor().execute("SET GLOBAL require_secure_transport = ON")
        try:
            with pytest.raises(InputError, match=r"secure.*ssl_ca"):
                read_past_runs(mysql_server.url("mysql") + "?ssl_disabled=true")
        finally:
            connection.cursor().execute("SET GLOBAL require_secure_transport = OFF")


def test_a_configuration_without_a_database_is_refused(tmp_path):
    (tmp_path / "airflow.cfg").write_text("[database]\nsql_alchemy_conn_cmd = cat /secret\n")
    refused(tmp_path, "airflow.cfg", "says no sql_alchemy_conn", "not asked")
