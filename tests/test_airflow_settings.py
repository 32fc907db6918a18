"""`airflow.cfg` and `AIRFLOW__…` variables: what is taken from them, and what is said of them."""

from pathlib import Path

import pytest

from lockplan.airflow_settings import AirflowSettings, find_airflow, load_airflow
from lockplan.errors import InputError
from lockplan.model.place import Span
from lockplan.model.schedule import Cadence
from lockplan.model.workflow import Dag, Workflow
from lockplan.model.zones import Zone

OF_1_10 = """
[core]
dags_folder = /srv/dags
executor = CeleryExecutor
sql_alchemy_conn = mysql://airflow:pw%%40x@meta/airflow
parallelism = 12
dag_concurrency = 6
max_active_runs_per_dag = 3
default_timezone = Asia/Seoul
[celery]
celeryd_concurrency = 4
[scheduler]
catchup_by_default = False
"""
OF_3 = """
[core]
dags_folder = {AIRFLOW_HOME}/nights
executor = LocalExecutor
parallelism = 24  # two machines
max_active_tasks_per_dag = 9
[database]
sql_alchemy_conn = postgresql+psycopg2://airflow:pw@meta/airflow
"""


def beside_the_dags(folder: Path, text: str, environment: dict[str, str] | None = None):
    (folder / "dags").mkdir(exist_ok=True)
    (folder / "airflow.cfg").write_text(text)
    return find_airflow(folder / "dags", environment or {})


def test_the_names_of_airflow_1_10_mean_what_they_became(tmp_path):
    found = beside_the_dags(tmp_path, OF_1_10)
    assert (found.executor, found.parallelism, found.worker_concurrency) == (
        "CeleryExecutor",
        12,
        4,
    )
    assert (found.max_active_tasks, found.max_active_runs, found.catchup) == (6, 3, False)
    assert (found.timezone, found.dags_folder) == ("Asia/Seoul", Path("/srv/dags"))
    assert found.metadata_url == "mysql://airflow:pw%%40x@meta/airflow"


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("", Zone("UTC")),
        ("default_timezone = utc", Zone("UTC")),
        ("default_timezone = Asia/Seoul", Zone("Asia/Seoul")),
        ("default_timezone = system", Zone("UTC", known=False)),
        ("default_timezone = Asia/Soul", Zone("UTC", known=False)),
    ],
)
def test_the_default_time_zone_is_utc_unless_another_is_named(tmp_path, said, zone):
    assert beside_the_dags(tmp_path, f"[core]\n{said}\n").zone == zone


def test_dags_that_name_no_zone_get_the_default_one(tmp_path):
    found = beside_the_dags(tmp_path, "[core]\ndefault_timezone = Asia/Seoul\n")
    own = Zone("Europe/Paris")
    dags = (dag(), dag(zone=own), dag(cadences=(Cadence("0 4 * * *"), Cadence("@daily", zone=own))))
    plain, zoned, timed = found.complete(Workflow("", 1, dags)).dags
    assert (plain.zone, zoned.zone) == (Zone("Asia/Seoul"), own)
    assert [cadence.zone for cadence in timed.cadences] == [Zone("Asia/Seoul"), own]


def dag(**more) -> Dag:
    return Dag("d", "flow.py", "0 4 * * *", (), (), Span("flow.py", 1), **more)


def test_the_names_of_airflow_3_are_read(tmp_path):
    found = beside_the_dags(tmp_path, OF_3)
    assert (found.executor, found.workers, found.max_active_tasks) == ("LocalExecutor", 24, 9)
    assert found.dags_folder == tmp_path / "nights"
    assert found.metadata_url == "postgresql+psycopg2://airflow:pw@meta/airflow"


def test_variables_outrank_the_file_as_in_airflow(tmp_path):
    told = {"AIRFLOW__CORE__PARALLELISM": "5", "AIRFLOW__CORE__DAG_CONCURRENCY": "2"}
    found = beside_the_dags(tmp_path, OF_1_10, told)
    assert (found.parallelism, found.max_active_tasks) == (5, 2)
    assert "AIRFLOW__… variables" in found.source


def test_the_file_that_airflow_would_use_outranks_the_one_beside_the_dags(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "airflow.cfg").write_text("[core]\nparallelism = 2\n")
    (home / "other.cfg").write_text("[core]\nparallelism = 3\n")
    at_home = {"AIRFLOW_HOME": str(home)}
    named = {**at_home, "AIRFLOW_CONFIG": str(home / "other.cfg")}
    assert beside_the_dags(tmp_path, OF_3, at_home).parallelism == 2
    assert beside_the_dags(tmp_path, OF_3, named).parallelism == 3


def test_without_a_file_and_variables_nothing_is_said(tmp_path):
    assert find_airflow(tmp_path / "dags", {"PATH": "/bin"}) == AirflowSettings()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("airflow.executors.local_executor.LocalExecutor", "LocalExecutor"),
        ("LocalExecutor,CeleryExecutor", "LocalExecutor"),
        ("team:my.module.OwnExecutor", "OwnExecutor"),
    ],
)
def test_an_executor_is_known_by_its_class(tmp_path, written, name):
    found = beside_the_dags(tmp_path, f"[core]\nexecutor = {written}\n")
    assert found.executor == name


def test_a_sequential_executor_has_one_worker_whatever_parallelism_says(tmp_path):
    text = "[core]\nexecutor = SequentialExecutor\nparallelism = 32\n"
    assert beside_the_dags(tmp_path, text).workers == 1


def test_unlimited_parallelism_is_no_number_of_workers(tmp_path):
    assert beside_the_dags(tmp_path, "[core]\nparallelism = 0\n").workers is None


def test_a_value_that_is_no_number_is_said_and_not_used(tmp_path):
    found = beside_the_dags(tmp_path, "[core]\nparallelism = many\nexecutor = LocalExecutor\n")
    assert (found.parallelism, found.executor) == (None, "LocalExecutor")
    assert found.problems == ("[core] parallelism = 'many' is not understood and not used",)


def test_a_file_that_is_none_is_said_without_its_text(tmp_path):
    found = beside_the_dags(tmp_path, "sql_alchemy_conn = mysql://airflow:s3cret@meta/x\n")
    assert len(found.problems) == 1
    assert "s3cret" not in repr(found)


def test_the_password_is_in_no_text_of_the_settings(tmp_path):
    assert "pw" not in repr(beside_the_dags(tmp_path, OF_3))


def test_a_named_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_airflow(tmp_path / "airflow.cfg")
