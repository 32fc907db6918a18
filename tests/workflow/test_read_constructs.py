from pathlib import Path

import pytest

from lockplan.model.workflow import Origin, Skips, TriggerRule
from tests.workflow.reading import edges, read_body, read_dag, read_text, task, texts


def test_a_dag_given_to_each_task_has_its_tasks_and_order(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        t1 = EmptyOperator(task_id='a', dag=dag)
        t2 = BashOperator(task_id='b', bash_command='echo', dag=dag, pool='mysql', retries=2)
        t3 = EmptyOperator(task_id='c', dag=dag, trigger_rule='all_done')
        t2.set_upstream(t1)
        t2.set_downstream([t3])
        """,
    )
    assert (dag.dag_id, dag.schedule, dag.path) == ("d", "0 4 * * *", "flow.py")
    assert edges(dag) == {("a", "b"), ("b", "c")}
    assert task(dag, "c").upstream == ("b",)
    assert (task(dag, "b").operator, task(dag, "b").pool) == ("BashOperator", "mysql")
    assert task(dag, "b").retries == 2
    assert task(dag, "c").trigger_rule is TriggerRule.ALL_DONE


def test_a_with_block_shifts_lists_and_default_args(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        with DAG('w', schedule_interval='@daily', default_args={'retries': 3, 'pool': 'p'},
                 max_active_runs=1, concurrency=4, catchup=False) as dag:
            a, b, c, d = [EmptyOperator(task_id=x) for x in 'abcd']
            a >> [b, c] >> d
            d << EmptyOperator(task_id='e', pool='q')
        """,
    )
    assert edges(dag) == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("e", "d")}
    assert (dag.max_active_runs, dag.max_active_tasks, dag.catchup) == (1, 4, False)
    assert (task(dag, "a").retries, task(dag, "a").pool, task(dag, "e").pool) == (3, "p", "q")


def test_taskflow_calls_are_tasks_ordered_by_their_arguments(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow.decorators import dag, task
        @dag(schedule=None)
        def flow():
            @task
            def extract(): return {'day': '2024-01-01'}
            @task(retries=1)
            def load(data): pass
            @task.short_circuit
            def stop(): return True
            first = extract()
            load(first)
            load([first]) >> stop()
            load.override(task_id='other')(first['day'])
        flow()
        """,
    )
    assert dag.dag_id == "flow"
    assert {t.key.task_id for t in dag.tasks} == {"extract", "load", "load__1", "stop", "other"}
    assert edges(dag) == {
        ("extract", "load"),
        ("extract", "load__1"),
        ("extract", "other"),
        ("load__1", "stop"),
    }
    assert task(dag, "extract").operator == "_PythonDecoratedOperator"
    assert task(dag, "stop").skips is Skips.ALL


def test_groups_prefix_ids_and_stand_for_their_first_and_last_tasks(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from airflow.decorators import task_group
        from airflow.operators.empty import EmptyOperator
        from airflow.utils.task_group import TaskGroup
        with DAG('g') as dag:
            start = EmptyOperator(task_id='start')
            with TaskGroup('one') as one:
                x = EmptyOperator(task_id='x')
                with TaskGroup('inner', prefix_group_id=False):
                    x >> EmptyOperator(task_id='y')
            @task_group
            def two():
                EmptyOperator(task_id='z')
            start >> one >> two()
            two()
        """,
    )
    assert {t.key.task_id for t in dag.tasks} == {"start", "one.x", "y", "two.z", "two__1.z"}
    assert edges(dag) == {("start", "one.x"), ("one.x", "y"), ("y", "two.z")}


def test_chain_cross_downstream_and_labels(tmp_path: Path) -> None:
    dag = read_dag(
        tmp_path,
        """
        from airflow import DAG
        from airflow.models.baseoperator import chain, cross_downstream
        from airflow.operators.empty import EmptyOperator
        from airflow.utils.edgemodifier import Label
        with DAG('c') as dag:
            a, b, c, d, e, f = [EmptyOperator(task_id=x) for x in 'abcdef']
            chain(a, [b, c], [d, e], f)
            cross_downstream([a], [f])
            b >> Label('when late') >> e
        """,
    )
    paired = {("a", "b"), ("a", "c"), ("b", "d"), ("c", "e"), ("d", "f"), ("e", "f")}
    assert edges(dag) == paired | {("a", "f"), ("b", "e")}


def test_any_operator_of_any_provider_is_a_task(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.providers.acme.operators.things import FrobnicateOperator
        from acme.sensors import LateSensor
        FrobnicateOperator(task_id='a', dag=dag) >> LateSensor(task_id='b', dag=dag)
        """,
    )
    assert [t.operator for t in dag.tasks] == ["FrobnicateOperator", "LateSensor"]
    assert edges(dag) == {("a", "b")}


def test_a_mapped_task_is_marked(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        BashOperator.partial(task_id='m', dag=dag).expand(bash_command=['echo 1', 'echo 2'])
        """,
    )
    assert task(dag, "m").mapped


@pytest.mark.parametrize(
    ("operator", "skips"),
    [
        ("BranchPythonOperator", Skips.DIRECT),
        ("ShortCircuitOperator", Skips.ALL),
        ("LatestOnlyOperator", Skips.DIRECT),
        ("PythonOperator", Skips.NOTHING),
    ],
)
def test_operators_that_skip_say_so(tmp_path: Path, operator: str, skips: Skips) -> None:
    dag = read_body(
        tmp_path,
        f"""
        from airflow.operators.python import {operator}
        {operator}(task_id='t', python_callable=print, dag=dag)
        """,
    )
    assert task(dag, "t").skips is skips


def test_edges_between_the_markers_are_generated(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        a, b, c = [EmptyOperator(task_id=x, dag=dag) for x in 'abc']
        a >> b
        # lockplan: begin (ordering only; generated, edits are lost)
        c.set_upstream(b)  # user_daily: ds-6 … ds
        b.set_upstream(a)
        # lockplan: end
        """,
    )
    origins = {(e.upstream.task_id, e.downstream.task_id): e.origin for e in dag.edges}
    assert origins == {("a", "b"): Origin.DATA, ("b", "c"): Origin.GENERATED}


def test_a_cycle_leaves_the_dag_out_and_names_its_tasks(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        with DAG('c') as dag:
            a, b, z = [EmptyOperator(task_id=x) for x in 'abz']
            a >> b >> a
            b >> z
        """,
    )
    assert workflow.dags == ()
    (skipped,) = workflow.skipped
    assert (skipped.what, skipped.where.line) == ("dag", 4)
    assert "a, b" in skipped.reason or "b, a" in skipped.reason
    assert "z" not in skipped.reason.replace("cycle", "")


def test_a_second_dag_of_the_same_id_is_skipped(tmp_path: Path) -> None:
    text = """
        from airflow import DAG
        dag = DAG('same')
        """
    workflow = read_text(tmp_path, text, z__py=text)
    assert [dag.path for dag in workflow.dags] == ["flow.py"]
    assert [(s.what, s.where.path) for s in workflow.skipped] == [("dag", "z.py")]


def test_ids_that_are_not_known_are_said(tmp_path: Path) -> None:
    workflow = read_text(
        tmp_path,
        """
        import requests
        from airflow import DAG
        from airflow.models import Variable
        from airflow.operators.empty import EmptyOperator
        with DAG(Variable.get('name')) as dag:
            EmptyOperator(task_id='a')
        with DAG('known') as dag:
            EmptyOperator(task_id=requests.get('x').text)
        """,
    )
    assert [dag.dag_id for dag in workflow.dags] == ["known"]
    reasons = {s.what: s.reason for s in workflow.skipped}
    assert "Variable.get('name')" in reasons["dag"]
    assert "EmptyOperator" in reasons["task"]


@pytest.mark.parametrize(
    ("imports", "version"),
    [
        ("from airflow.sdk import DAG", "3"),
        ("from airflow.operators.python import PythonOperator", "2"),
        ("from airflow.operators.python_operator import PythonOperator", "1"),
        ("from airflow import DAG", None),
    ],
)
def test_the_imports_tell_the_airflow_version(
    tmp_path: Path, imports: str, version: str | None
) -> None:
    assert read_text(tmp_path, imports + "\n# dag").airflow_version == version


def test_a_class_of_the_folder_over_an_unknown_one_makes_tasks(tmp_path: Path) -> None:
    dag = read_body(
        tmp_path,
        """
        from acme.operators import BaseLoad
        class Load(BaseLoad):
            def __init__(self, table, *args, **kwargs):
                super(Load, self).__init__(*args, **kwargs)
                self.table = table
            def execute(self, context):
                self.cursor.execute('DELETE FROM ' + self.table)
        class Plain(BaseLoad):
            pass
        Load(task_id='a', table='t', dag=dag) >> Plain(task_id='b', dag=dag)
        """,
    )
    assert edges(dag) == {("a", "b")}
    assert texts(task(dag, "a")) == ["DELETE FROM t"]


def test_tasks_of_one_id_under_an_unknown_condition_are_one_task_that_may_do_either(
    tmp_path: Path,
) -> None:
    dag = read_body(
        tmp_path,
        """
        from airflow.models import Variable
        from airflow.operators.mysql_operator import MySqlOperator
        if Variable.get('fast') == 'yes':
            t = MySqlOperator(task_id='t', sql='DELETE FROM a', dag=dag)
        else:
            t = MySqlOperator(task_id='t', sql='DELETE FROM b', dag=dag)
        t >> EmptyOperator(task_id='end', dag=dag)
        """,
    )
    assert texts(task(dag, "t")) == ["DELETE FROM a", "DELETE FROM b"]
    assert all(statement.conditional for statement in task(dag, "t").statements)
    assert edges(dag) == {("t", "end")}
