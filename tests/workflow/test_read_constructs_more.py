from pathlib import Path
from textwrap import dedent

from lockplan.model.workflow import Dag, TriggerRule, Workflow
from lockplan.workflow import read
from tests.workflow.reading import (
    HEADER,
    edges,
    folder,
    read_body,
    read_dag,
    read_text,
    task,
    texts,
)

BLOCKS = """
from airflow.sdk import DAG, TaskGroup, setup, task, teardown
from airflow.sdk.definitions.decorators.setup_teardown import context_wrapper
from airflow.providers.standard.operators.empty import EmptyOperator as E
with DAG('d'):
"""


def read_block(tmp_path: Path, body: str) -> set[tuple[str, str]]:
    """Return the order of a DAG whose ``with`` block holds `body`."""
    return edges(read_dag(tmp_path, BLOCKS + body))


def ids(workflow: Workflow) -> dict[str, set[str]]:
    return {dag.dag_id: {one.key.task_id for one in dag.tasks} for dag in workflow.dags}


def by_id(workflow: Workflow, dag_id: str) -> Dag:
    return next(dag for dag in workflow.dags if dag.dag_id == dag_id)


# assets


def test_a_function_under_asset_is_a_dag_of_one_task(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        """
        from airflow.sdk import asset
        from airflow.providers.mysql.hooks.mysql import MySqlHook
        @asset(schedule='@daily', uri='mysql://shop/orders')
        def orders(self, context, customers, limit=10):
            MySqlHook('shop').run(f"DELETE FROM o WHERE d = '{context['ds']}' LIMIT {limit}")
        """,
    )
    (dag,) = workflow.dags
    assert (dag.dag_id, dag.schedule, dag.catchup) == ("orders", "@daily", False)
    assert ids(workflow) == {"orders": {"orders"}}
    assert task(dag, "orders").operator == "_AssetMainOperator"
    assert texts(task(dag, "orders")) == ["DELETE FROM o WHERE d = '2024-01-15' LIMIT 10"]


def test_a_file_of_assets_alone_is_read_though_no_dag_is_named(tmp_path: Path) -> None:
    code = "from airflow.sdk import asset\n@asset(schedule=None)\ndef a(): pass\n"
    assert ids(read_text(tmp_path, code)) == {"a": {"a"}}


def test_assets_of_other_names_and_of_several_outlets(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        """
        from airflow.sdk import DAG, Asset, CronPartitionTimetable, asset, task
        @asset(name='sales', schedule=CronPartitionTimetable('0 * * * *', timezone='UTC'))
        def make_sales(): pass
        @asset(dag_id='own', schedule=None)
        @task.bash(retries=2)
        def command(): return 'true'
        @asset.multi(outlets=[Asset('x'), Asset('y')], schedule=make_sales)
        def both(): pass
        with DAG('reader', schedule=[make_sales]):
            task(lambda: None, task_id='t')()
        """,
    )
    assert ids(workflow) == {
        "sales": {"make_sales"},
        "own": {"command"},
        "both": {"both"},
        "reader": {"t"},
    }
    assert (
        by_id(workflow, "sales").schedule == "CronPartitionTimetable('0 * * * *', timezone='UTC')"
    )
    command = task(by_id(workflow, "own"), "command")
    assert (command.operator, command.retries) == ("_BashDecoratedOperator", 2)


# setups and teardowns


def test_work_inside_a_teardown_runs_after_its_setup_and_before_it(tmp_path: Path) -> None:
    body = """
    with E(task_id='s').as_setup() >> E(task_id='t').as_teardown():
        a, b, c = [E(task_id=one) for one in 'abc']
        a >> b
    """
    inside = {("s", "a"), ("a", "b"), ("b", "t"), ("s", "c"), ("c", "t")}
    assert read_block(tmp_path, body) == {("s", "t"), *inside}


def test_decorated_setups_and_teardowns_open_blocks_too(tmp_path: Path) -> None:
    body = """
    @setup
    def s(): pass
    @teardown
    @task(retries=1, trigger_rule='all_done')
    def t(x): pass
    @task
    def w(x): pass
    with t(s()):
        w(1)
        w.expand(x=[1, 2])
    """
    dag = read_dag(tmp_path, BLOCKS + body)
    assert edges(dag) == {("s", "t"), ("s", "w"), ("w", "t")}
    assert task(dag, "t").trigger_rule is TriggerRule.ALL_DONE_SETUP_SUCCESS
    assert task(dag, "t").retries == 1


def test_a_block_within_a_block_and_a_task_made_after_it(tmp_path: Path) -> None:
    body = """
    s1, s2 = [E(task_id=one).as_setup() for one in ('s1', 's2')]
    t1, t2 = [E(task_id=one).as_teardown() for one in ('t1', 't2')]
    with s1 >> t1:
        E(task_id='a')
        with s2 >> t2:
            E(task_id='b')
        E(task_id='late')
    """
    outer = {("s1", "t1"), ("s1", "a"), ("a", "t1")}
    inner = {("s2", "t2"), ("s2", "b"), ("b", "t2")}
    assert read_block(tmp_path, body) == outer | inner | {("s1", "s2"), ("t2", "t1")}


def test_a_block_of_setups_finds_their_teardown(tmp_path: Path) -> None:
    body = """
    s1, s2 = [E(task_id=one).as_setup() for one in ('s1', 's2')]
    E(task_id='t').as_teardown(setups=[s1, s2])
    with context_wrapper([s1, s2]):
        E(task_id='a')
    """
    setups = {("s1", "t"), ("s2", "t"), ("s1", "a"), ("s2", "a")}
    assert read_block(tmp_path, body) == setups | {("a", "t")}


def test_a_task_made_before_is_added_to_a_block(tmp_path: Path) -> None:
    body = """
    before = E(task_id='before')
    with E(task_id='t').as_teardown(setups=E(task_id='s')) as scope:
        scope.add_task(before)
    """
    assert read_block(tmp_path, body) == {("s", "t"), ("s", "before"), ("before", "t")}


def test_what_follows_a_group_does_not_wait_for_its_teardown(tmp_path: Path) -> None:
    body = """
    with TaskGroup('g') as g:
        s, w, t = [E(task_id=one) for one in 'swt']
        s >> w >> t.as_teardown(setups=s)
    g >> E(task_id='after')
    """
    inside = {("g.s", "g.w"), ("g.w", "g.t"), ("g.s", "g.t")}
    assert read_block(tmp_path, body) == inside | {("g.w", "after")}


# mapped tasks of other classes


def test_a_mapped_task_of_the_folders_class_does_its_work_and_hands_on_its_result(
    tmp_path: Path,
) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from airflow.models import BaseOperator
        from airflow.operators.empty import EmptyOperator
        from airflow.providers.mysql.hooks.mysql import MySqlHook
        class Load(BaseOperator):
            def __init__(self, table, **kwargs):
                super().__init__(**kwargs)
                self.table = table
            def execute(self, context):
                MySqlHook('shop').run(f'DELETE FROM {self.table}')
        class Report(BaseOperator):
            template_fields = ('loaded',)
            def __init__(self, loaded, **kwargs):
                self.loaded = loaded
                super().__init__(**kwargs)
        with DAG('d', schedule=None):
            load = Load.partial(task_id='load', retries=2).expand(table=['a'])
            report = Report(task_id='report', loaded=load.output)
            Load.partial(task_id='again').expand(table=report.output)
            Load.partial(task_id='more').expand_kwargs(report.output)
        """,
    )
    load = task(dag, "load")
    assert (load.operator, load.mapped, load.retries) == ("Load", True, 2)
    assert texts(load) == ["DELETE FROM a"]
    assert edges(dag) == {("load", "report"), ("report", "again"), ("report", "more")}


def test_mapped_tasks_of_classes_outside_the_folder_are_tasks(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from company import LoadOperator, operators
        class Own(LoadOperator):
            pass
        with DAG('d', schedule=None):
            first = LoadOperator.partial(task_id='first').expand(table=['a', 'b'])
            second = operators.Copy.partial(task_id='second').expand(source=first.output)
            second >> Own.partial(task_id='third').expand(table=['a'])
        """,
    )
    assert [(one.key.task_id, one.operator, one.mapped) for one in dag.tasks] == [
        ("first", "LoadOperator", True),
        ("second", "Copy", True),
        ("third", "Own", True),
    ]
    assert edges(dag) == {("first", "second"), ("second", "third")}


# imports that may fail


def test_an_import_that_the_code_guards_succeeds_where_the_dags_run(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        """
        import logging
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        try:
            from kubernetes.client import models as k8s
        except ImportError:
            logging.warning('no kubernetes')
            k8s = None
        if k8s:
            with DAG('inside'):
                EmptyOperator(task_id='a', executor_config={'pod': k8s.V1Pod()})
        if k8s is None:
            with DAG('without'):
                EmptyOperator(task_id='a')
        """,
    )
    assert ids(workflow) == {"inside": {"a"}}


def test_a_dag_inside_a_guarded_import_is_surely_there(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        try:
            import kubernetes
            with DAG('body') as dag:
                EmptyOperator(task_id='a')
        except (ImportError, ModuleNotFoundError):
            dag = None
        else:
            with DAG('after'):
                EmptyOperator(task_id='b')
        EmptyOperator(task_id='c', dag=dag)
        """,
    )
    assert ids(workflow) == {"body": {"a", "c"}, "after": {"b"}}


# sub-DAGs, and modules by the folder's own name


def test_a_sub_dag_is_a_dag_of_its_own_beside_its_task(tmp_path: Path) -> None:
    maker = """
        from airflow.models.dag import DAG
        from airflow.operators.empty import EmptyOperator
        def part(parent, child, args):
            made = DAG(f'{parent}.{child}', default_args=args, schedule='@daily')
            for n in range(2):
                EmptyOperator(task_id=f'{child}-{n}', dag=made)
            return made
        """
    code = """
        from airflow import DAG
        from airflow.operators.subdag import SubDagOperator
        from company.dags.parts.maker import part
        with DAG('whole', default_args={'retries': 2}) as dag:
            first, second = [
                SubDagOperator(task_id=one, subdag=part('whole', one, dag.default_args))
                for one in 'ab'
            ]
            first >> second
        """
    workflow = read([folder(tmp_path, flow__py=code, parts__maker__py=maker)])
    assert ids(workflow) == {
        "whole": {"a", "b"},
        "whole.a": {"a-0", "a-1"},
        "whole.b": {"b-0", "b-1"},
    }
    assert edges(by_id(workflow, "whole")) == {("a", "b")}
    assert task(by_id(workflow, "whole.a"), "a-0").retries == 2


# conditions that only the installation decides


def test_tasks_behind_a_check_of_the_installation_are_kept(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        import logging
        from airflow import DAG
        from airflow.operators.python import is_venv_installed
        from airflow.operators.empty import EmptyOperator
        with DAG('d'):
            if not is_venv_installed():
                logging.warning('no virtualenv')
            else:
                EmptyOperator(task_id='a')
        """,
    )
    assert [one.key.task_id for one in dag.tasks] == ["a"]


def test_a_folder_named_airflow_does_not_hide_airflow_itself(tmp_path: Path) -> None:
    dags = tmp_path / "airflow" / "dags"
    dags.mkdir(parents=True)
    (dags / "flow.py").write_text(
        "import airflow\n"
        "from airflow.operators.python_operator import PythonOperator\n"
        "dag = airflow.DAG('nightly', schedule_interval='@once')\n"
        "PythonOperator(task_id='a', python_callable=print, dag=dag)\n"
    )
    workflow = read([tmp_path])
    assert [str(found.key) for found in workflow.tasks()] == ["nightly.a"]
    assert workflow.skipped == ()


def test_a_decorated_dags_schedule_of_assets_is_told_as_it_is_written(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow.decorators import dag
        from airflow.datasets import Dataset
        @dag(schedule=[Dataset('s3://bucket/key')])
        def d(): ...
        d()
        """,
    )
    assert dag.schedule == "[Dataset('s3://bucket/key')]"


def test_a_task_that_waits_for_downstream_depends_on_its_past(tmp_path: Path) -> None:
    dag = read_body(tmp_path, "EmptyOperator(task_id='t', wait_for_downstream=True, dag=dag)\n")
    assert task(dag, "t").depends_on_past


def test_the_older_concurrency_argument_wins_where_both_are_given(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path, "from airflow import DAG\nDAG('d', max_active_tasks=6, concurrency=4)\n"
    )
    assert dag.max_active_tasks == 4


def test_a_task_named_after_a_function_outside_the_folder_has_its_name(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from airflow.operators.python import PythonOperator
        from warehouse.jobs import Archive, load_orders
        dag = DAG('d')
        for job in (load_orders, Archive):
            PythonOperator(task_id=f'run_{job.__name__}', python_callable=job, dag=dag)
        """,
    )
    assert [one.key.task_id for one in dag.tasks] == ["run_load_orders", "run_Archive"]


def test_a_subclass_of_dag_is_a_context_too(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        class TeamDag(DAG):
            def __init__(self, name):
                super().__init__('team_' + name, schedule='@daily')
        with TeamDag('night'):
            EmptyOperator(task_id='a') >> EmptyOperator(task_id='b')
        EmptyOperator(task_id='outside')
        """,
    )
    assert [each.what for each in workflow.skipped] == ["task"]
    (dag,) = workflow.dags
    assert dag.dag_id == "team_night"
    assert [task.key.task_id for task in dag.tasks] == ["a", "b"]


def test_an_order_that_asks_for_lists_by_their_type_is_known(tmp_path: Path) -> None:
    body = """
        def in_turn(steps):
            for before, after in zip(steps, steps[1:]):
                if isinstance(before, list) and isinstance(after, list):
                    before[0] >> after
                else:
                    before >> after

        a, b, c = (EmptyOperator(task_id=name, dag=dag) for name in "abc")
        in_turn([a, [b, c]])
        """
    workflow = read_text(tmp_path, HEADER + dedent(body))
    assert edges(workflow.dags[0]) == {("a", "b"), ("a", "c")}
    assert workflow.skipped == ()


def test_tasks_in_the_order_of_a_folders_own_objects_are_found(tmp_path: Path) -> None:
    body = """
        from collections import Counter
        from dataclasses import dataclass
        from itertools import cycle, groupby
        from operator import attrgetter

        @dataclass(frozen=True, order=True)
        class Model:
            layer: int
            name: str

            def __str__(self):
                return f"{self.layer}_{self.name}"

        models = [Model(2, "sales"), Model(1, "orders"), Model(1, "customers")]
        before = []
        for layer, group in groupby(sorted(models), key=attrgetter("layer")):
            tasks = [EmptyOperator(task_id=str(model), dag=dag) for model in group]
            for task in tasks:
                task.set_upstream(before)
            before = tasks
        for name, lane in zip(Counter("aab"), cycle(["x", "y"])):
            EmptyOperator(task_id=f"{name}_{lane}", dag=dag)
        """
    dag = read_body(tmp_path, body)
    assert edges(dag) == {("1_customers", "2_sales"), ("1_orders", "2_sales")}
    assert {"a_x", "b_y"} <= {task.key.task_id for task in dag.tasks}
