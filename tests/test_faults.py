"""DAGs whose tasks could never start, from files and made by hand: all is told, nothing done."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

import lockplan
from lockplan.errors import InputError
from lockplan.model.workflow import Edge, Pool, TaskKey, Workflow

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *'{dag})
EmptyOperator(task_id='a', dag=dag{a})
EmptyOperator(task_id='b', dag=dag{b})
"""
FILE = """
tasks:
  - {id: a, duration_s: 60, writes: [{name: t, from: 0, to: 20}]}
  - {id: b, duration_s: 30, writes: [{name: t, from: 10, to: 30}]}
  - {id: c, duration_s: 30, reads: [u], upstream: [a]}
"""


def dags(tmp_path: Path, dag: str = "", a: str = "", b: str = "") -> Path:
    (tmp_path / "night.py").write_text(DAG.format(dag=dag, a=a, b=b), encoding="utf-8")
    return tmp_path


@pytest.fixture
def workflow(tmp_path) -> Workflow:
    (tmp_path / "shop.yaml").write_text(FILE, encoding="utf-8")
    return lockplan.read(tmp_path / "shop.yaml")


def key(name: str) -> TaskKey:
    return TaskKey("shop", name)


def with_edges(workflow: Workflow, *edges: Edge) -> Workflow:
    (dag,) = workflow.dags
    return replace(workflow, dags=(replace(dag, edges=edges),))


def test_all_that_is_wrong_is_told_at_once_with_its_lines(tmp_path):
    folder = dags(tmp_path, ", max_active_tasks=0", ", pool_slots=0", ", pool_slots=-2")
    with pytest.raises(InputError) as caught:
        lockplan.analyze(folder)
    for line, said in (
        (5, "DAG night has max_active_tasks=0"),
        (6, "night.a has pool_slots=0"),
        (7, "night.b has pool_slots=-2"),
    ):
        assert f"night.py:{line}: {said}" in str(caught.value)


def test_reading_alone_minds_none_of_it(tmp_path):
    listing = lockplan.study.list_tasks(dags(tmp_path, a=", pool_slots=0"))
    assert len(listing.workflow.tasks()) == 2


def test_zero_workers_are_refused_and_not_taken_for_the_default(tmp_path, workflow):
    with pytest.raises(InputError, match="workers: 0 cannot run a task"):
        lockplan.analyze(dags(tmp_path), workers=0)
    with pytest.raises(InputError, match="workers: 0 cannot run a task"):
        lockplan.plan(workflow, workers=0)


def test_resources_alone_are_enough_for_a_plan(workflow):
    planned = lockplan.plan(workflow, workers=2)
    assert [(e.upstream.task_id, e.downstream.task_id) for e in planned.edges] == [("a", "b")]
    assert (planned.makespan_s, planned.bound_s, planned.left_open) == (90, 90, ())


def test_a_cycle_made_by_hand_is_named(workflow):
    circle = with_edges(workflow, Edge(key("a"), key("b")), Edge(key("b"), key("a")))
    with pytest.raises(InputError, match="tasks of DAG shop wait for each other: "):
        lockplan.plan(circle)


def test_an_edge_from_nowhere_is_named(workflow):
    with pytest.raises(InputError, match=r"an edge names shop\.gone, which is no task of the DAG"):
        lockplan.plan(with_edges(workflow, Edge(key("gone"), key("b"))))


def test_a_negative_duration_made_by_hand_is_named(workflow):
    (dag,) = workflow.dags
    tasks = (replace(dag.tasks[0], duration_s=-5), *dag.tasks[1:])
    with pytest.raises(InputError, match=r"shop\.yaml:3: shop\.a has a duration of -5 s"):
        lockplan.plan(replace(workflow, dags=(replace(dag, tasks=tasks),)))


def test_a_pool_without_a_slot_is_named(workflow):
    (dag,) = workflow.dags
    tasks = (replace(dag.tasks[0], pool="db"), *dag.tasks[1:])
    small = replace(workflow, dags=(replace(dag, tasks=tasks),), pools=(Pool("db", 0),))
    with pytest.raises(InputError, match=r"shop\.a takes 1 slot of pool `db`, which has 0"):
        lockplan.plan(small)


def test_a_workflow_without_tasks_is_refused(workflow):
    (dag,) = workflow.dags
    with pytest.raises(InputError, match="has 0 DAGs with tasks"):
        lockplan.plan(replace(workflow, dags=(replace(dag, tasks=(), edges=()),)))


def test_analysing_a_day_with_no_fault_goes_on(tmp_path):
    found = lockplan.analyze(dags(tmp_path), logical_date=datetime(2026, 11, 15))
    assert [plan.dag.dag_id for plan in found.analysis.plans] == ["night"]
