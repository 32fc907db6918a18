"""Whose failure holds up whom, once the plan's edges stand in the file."""

import json
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

import lockplan
from lockplan.advice import failures
from lockplan.model.place import Span
from lockplan.model.timeline import RunState
from lockplan.model.workflow import Dag, Edge, Origin, Task, TaskKey, TriggerRule
from lockplan.reports.json import to_json
from lockplan.reports.text import to_text
from lockplan.simulation.trigger_rules import Decision, decide

WITHOUT_SKIPS = (
    TriggerRule.ALL_SUCCESS,
    TriggerRule.NONE_FAILED,
    TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    TriggerRule.ONE_SUCCESS,
    TriggerRule.ALL_DONE,
    TriggerRule.ALWAYS,
)
ENDS = {Decision.RUN: RunState.SUCCESS, Decision.FAIL: RunState.UPSTREAM_FAILED}


def key(n: int) -> TaskKey:
    return TaskKey("night", f"t{n}")


def dag(rules: list[TriggerRule], authored: list[tuple[int, int]]) -> Dag:
    tasks = tuple(
        Task(key(n), "Sql", (), (), Span("night.py", 1), trigger_rule=rule)
        for n, rule in enumerate(rules)
    )
    edges = tuple(Edge(key(a), key(b)) for a, b in authored)
    return Dag("night", "night.py", None, tasks, edges, Span("night.py", 1))


def generated(*pairs: tuple[int, int]) -> tuple[Edge, ...]:
    return tuple(Edge(key(a), key(b), Origin.GENERATED) for a, b in pairs)


def test_a_failure_stops_the_later_task_and_what_follows_it():
    found = failures(dag([TriggerRule.ALL_SUCCESS] * 4, [(1, 2)]), generated((0, 1)))
    (failure,) = found.of_tasks
    assert (failure.task, failure.stopped) == (key(0), (key(1), key(2)))
    assert found.through_edges == ((key(1), key(2)),)


def test_what_waited_for_the_earlier_task_before_is_not_counted():
    found = failures(dag([TriggerRule.ALL_SUCCESS] * 3, [(0, 2), (1, 2)]), generated((0, 1)))
    assert found.through_edges == ((key(1),),)


def test_a_task_that_runs_whatever_happened_is_not_stopped():
    rules = [TriggerRule.ALL_SUCCESS, TriggerRule.ALL_DONE]
    found = failures(dag(rules, []), generated((0, 1)))
    assert (found.of_tasks, found.through_edges) == ((), ((),))


def after_failure(dag: Dag, edges: list[tuple[int, int]], failing: int) -> set[TaskKey]:
    """Return the tasks that do not run where one fails, as the simulated scheduler has it."""
    states: list[RunState] = []
    for n, task in enumerate(dag.tasks):
        above = [states[a] for a, b in sorted(edges) if b == n]
        states.append(ENDS[decide(task.trigger_rule, above)])
        if n == failing and states[n] is RunState.SUCCESS:
            states[n] = RunState.FAILED
    return {dag.tasks[n].key for n, state in enumerate(states) if state is RunState.UPSTREAM_FAILED}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_simulated_scheduler_stops_the_same_tasks(data):
    rules = data.draw(st.lists(st.sampled_from(WITHOUT_SKIPS), min_size=2, max_size=7))
    forward = [(a, b) for b in range(len(rules)) for a in range(b)]
    authored = sorted(data.draw(st.sets(st.sampled_from(forward))))
    added = sorted(data.draw(st.sets(st.sampled_from(forward))) - set(authored))
    night = dag(rules, authored)
    stopped = {each.task: set(each.stopped) for each in failures(night, generated(*added)).of_tasks}
    for n in range(len(rules)):
        before = after_failure(night, authored, n)
        after = after_failure(night, [*authored, *added], n)
        assert stopped.get(key(n), set()) == after - before


DAG = """
from datetime import datetime
from airflow import DAG
from airflow.providers.mysql.operators.mysql import MySqlOperator
dag = DAG('night', start_date=datetime(2024, 1, 1), schedule='0 4 * * *', max_active_runs=1)
def run(name, table):
    return MySqlOperator(task_id=name, sql=f'UPDATE {table} SET x = 1', mysql_conn_id='db', dag=dag)
run('a', 't')
run('b', 't') >> run('c', 'u')
"""


def test_text_and_json_say_what_a_failure_stops(tmp_path):
    (tmp_path / "night.py").write_text(DAG, encoding="utf-8")
    found = lockplan.analyze(tmp_path, logical_date=datetime(2026, 11, 15)).analysis
    assert "if b fails, 1 more task does not run: a" in to_text(found)
    document = json.loads(to_json(found))
    stopped = {"tasks": 1, "task_ids": ["a"]}
    assert document["plan"]["edges"][0]["newly_stopped"] == stopped
    assert document["coupled_failures"] == [
        {"dag_id": "night", "task_id": "b", "newly_stopped": stopped}
    ]
