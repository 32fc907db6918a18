from __future__ import annotations

import sys
from pathlib import Path

from lockplan.model.workflow import Dag
from lockplan.workflow import read
from tests.workflow.reading import edges, folder, read_dag, read_text, task, texts

LOADER = """
from pathlib import Path
from airflow import DAG
from dagfactory import load_yaml_dags
load_yaml_dags(globals_dict=globals(), config_filepath=str(Path(__file__).parent / 'jobs.yml'))
"""

JOBS = """\
default:
  default_args: {owner: team, pool: night}
  schedule: "0 3 * * *"
shop:
  tasks:
    - task_id: clean
      operator: airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator
      conn_id: shop
      sql: |
        DELETE FROM daily
        WHERE day = '{{ ds }}'
    - task_id: fill
      operator: airflow.operators.python.PythonOperator
      python_callable: work.fill
      dependencies: [clean]
"""

WORK = """
from airflow.providers.mysql.hooks.mysql import MySqlHook
def fill(ds, **context):
    MySqlHook('shop').run(f"INSERT INTO daily VALUES ('{ds}')")
"""


def yaml_dag(tmp_path: Path, jobs: str, **files: str) -> Dag:
    return read_dag(tmp_path, LOADER, jobs__yml=jobs, **files)


def test_tasks_of_a_yaml_file_are_read_with_their_sql_and_their_place(tmp_path):
    dag = yaml_dag(tmp_path, JOBS, work__py=WORK)
    assert (dag.dag_id, dag.path, dag.schedule) == ("shop", "flow.py", "0 3 * * *")
    assert edges(dag) == {("clean", "fill")}
    clean = task(dag, "clean")
    assert (clean.operator, clean.pool) == ("SQLExecuteQueryOperator", "night")
    assert (clean.defined_at.path, clean.defined_at.line) == ("jobs.yml", 6)
    assert clean.statements[0].built_at.line == 10
    assert texts(clean) == ["DELETE FROM daily WHERE day = '2024-01-15'"]
    assert texts(task(dag, "fill")) == ["INSERT INTO daily VALUES ('2024-01-15')"]


def test_tasks_and_groups_may_be_mappings_and_groups_nest(tmp_path):
    jobs = """\
        nested:
          schedule_interval: none
          task_groups:
            outer: {dependencies: [first]}
            inner: {parent_group_name: outer}
          tasks:
            first: {operator: airflow.operators.empty.EmptyOperator}
            deep: {operator: airflow.operators.empty.EmptyOperator, task_group_name: inner}
            last: {operator: airflow.operators.empty.EmptyOperator, dependencies: [outer]}
    """
    dag = yaml_dag(tmp_path, jobs)
    assert dag.schedule is None
    assert edges(dag) == {("first", "outer.inner.deep"), ("outer.inner.deep", "last")}


def test_decorated_tasks_take_results_and_are_mapped(tmp_path):
    jobs = """\
        flow:
          tasks:
            days:
              decorator: airflow.decorators.task
              python_callable: work.days
            each:
              decorator: airflow.decorators.task
              python_callable_name: each
              python_callable_file: $DAGS/work.py
              expand: {day: +days}
            all:
              decorator: airflow.decorators.task
              python_callable: work.everything
              days: +days
    """
    work = "def days(): return [1]\ndef each(day): pass\ndef everything(days): pass\n"
    dag = yaml_dag(tmp_path, jobs, work__py=work)
    assert edges(dag) == {("days", "each"), ("days", "all")}
    assert [one.key.task_id for one in dag.tasks if one.mapped] == ["each"]


def test_a_folder_of_yaml_files_and_its_defaults_are_read(tmp_path):
    loader = """
        import os
        from airflow import DAG
        from dagfactory import load_yaml_dags
        load_yaml_dags(globals(), dags_folder=os.path.join(os.path.dirname(__file__), 'jobs'))
    """
    job = "{}: {{tasks: {{t: {{operator: airflow.operators.empty.EmptyOperator}}}}}}\n"
    files = {"jobs__a__yml": job.format("a"), "jobs__deep__b__yaml": job.format("b")}
    defaults = {"jobs__defaults__yml": "default_args: {pool: small}\nmax_active_runs: 1\n"}
    workflow = read_text(tmp_path, loader, **files, **defaults)
    assert {dag.dag_id: dag.max_active_runs for dag in workflow.dags} == {"a": 1, "b": 1}
    assert {one.pool for dag in workflow.dags for one in dag.tasks} == {"small"}


def test_the_older_spelling_and_a_dict_make_the_same_dag(tmp_path):
    body = """
        from airflow import DAG
        import dagfactory
        job = {'tasks': {'t': {'operator': 'airflow.operators.empty.EmptyOperator'}}}
        factory = dagfactory.DagFactory(config={'shop': job})
        factory.clean_dags(globals())
        factory.generate_dags(globals())
    """
    assert [one.key.task_id for one in read_dag(tmp_path, body).tasks] == ["t"]


def test_an_environment_variable_in_yaml_is_filled_in_where_it_is_told(tmp_path):
    jobs = """\
        shop:
          tasks:
            t:
              operator: airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator
              sql: "TRUNCATE ${SCHEMA}.daily"
    """
    root = folder(tmp_path, flow__py=LOADER, jobs__yml=jobs)
    told = read(root, environment={"SCHEMA": "dwh"}).dags[0]
    assert texts(task(told, "t")) == ["TRUNCATE dwh.daily"]
    unknown = task(read(root).dags[0], "t")
    assert all("${" not in text for text in texts(unknown))
    assert unknown.statements or unknown.skipped


def test_objects_are_described_and_tags_never_run(tmp_path):
    mark = tmp_path / "ran"
    jobs = f"""\
        shop:
          default_args:
            retry_delay: {{__type__: datetime.timedelta, minutes: 5}}
            owner: !!python/object/apply:os.system ["touch {mark}"]
            email: {{__type__: os.system, __args__: ["touch {mark}"]}}
          schedule: {{__type__: datetime.timedelta, hours: 6}}
          tasks:
            t: {{operator: airflow.operators.empty.EmptyOperator}}
    """
    assert yaml_dag(tmp_path, jobs).schedule == "timedelta(seconds=21600)"
    assert not mark.exists()
    assert "work" not in sys.modules


def test_what_is_wrong_in_the_yaml_is_skipped_with_its_line_and_the_rest_is_read(tmp_path):
    jobs = """\
shop:
  tasks:
    good: {operator: airflow.operators.empty.EmptyOperator}
    bare: {bash_command: echo}
    gone: {operator: work.Missing}
    late: {operator: airflow.operators.empty.EmptyOperator, dependencies: [nobody, good]}
other: 5
"""
    workflow = read_text(tmp_path, LOADER, jobs__yml=jobs, work__py="x = 1\n")
    (dag,) = workflow.dags
    assert {one.key.task_id for one in dag.tasks} == {"good", "late"}
    assert edges(dag) == {("good", "late")}
    found = {(one.where.line, one.what) for one in workflow.skipped if "yml" in one.where.path}
    assert found == {(4, "task"), (5, "task"), (6, "edge"), (7, "dag")}


def test_tasks_in_a_cycle_make_no_dag(tmp_path):
    jobs = """\
        shop:
          tasks:
            a: {operator: airflow.operators.empty.EmptyOperator, dependencies: [b]}
            b: {operator: airflow.operators.empty.EmptyOperator, dependencies: [a]}
    """
    workflow = read_text(tmp_path, LOADER, jobs__yml=jobs)
    assert not workflow.dags
    assert "cycle" in workflow.skipped[0].reason


def test_yaml_that_does_not_parse_names_its_line(tmp_path):
    workflow = read_text(tmp_path, LOADER, jobs__yml="shop:\n  tasks: [a\n")
    assert [(one.where.path, one.what) for one in workflow.skipped] == [("jobs.yml", "file")]
