"""From collected objects to the frozen values of the model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

from lockplan.model.airflow_order import CycleError, OrderGraph
from lockplan.model.place import Skipped
from lockplan.model.statement import Unknown
from lockplan.model.workflow import (
    DEFAULT_QUEUE,
    Dag,
    Edge,
    Reach,
    Skips,
    Task,
    TaskKey,
    TriggerRule,
    WeightRule,
)
from lockplan.workflow.airflow.between_dags import RetryDelays, external_wait, run_trigger
from lockplan.workflow.airflow.dags import NOT_GIVEN, DagObject
from lockplan.workflow.airflow.schedules import UNKNOWN, asset_ids, schedule_of, zone_from
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.recorder import Recorder
from lockplan.workflow.values import Native, Value

_BRANCHES = ("_BranchPython", "_BranchExternalPython", "Branch", "BaseBranch")
_SHORT_CIRCUITS = ("ShortCircuitOperator", "_ShortCircuitDecoratedOperator")
_OWN_PAST = ("depends_on_past", "wait_for_downstream")
"""Either makes a task wait for its own run before: the second one implies the first."""
_INSTANCES = ("max_active_tis_per_dag", "task_concurrency")
"""The limit of a task's instances over all runs; the second name is Airflow 1's."""
_MOST_ACTIVE_RUNS = 16
"""Airflow's own default, for a limit that is computed when the DAG is loaded."""
_DAILY_BY_DEFAULT = ("1", "2")
_ALIASES = MappingProxyType({"DummyOperator": "EmptyOperator"})
"""Names that Airflow keeps for a class since it was renamed, after Airflow 1."""
_TRIGGER_RULES = MappingProxyType(
    {rule.value: rule for rule in TriggerRule}
    | {
        "dummy": TriggerRule.ALWAYS,
        "none_failed_or_skipped": TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    }
)
"""By what Airflow calls them; the last two are names until Airflow 3."""
_USUAL_WEIGHTS = WeightRule.DOWNSTREAM
_WEIGHT_RULES = MappingProxyType({rule.value: rule for rule in WeightRule})
"""A strategy of the team's own counts as the usual one: it decides who starts first, not order."""

T = TypeVar("T")


def make_task(
    task: TaskObject,
    dag_id: str,
    recorder: Recorder,
    version: str | None,
) -> Task:
    """Return the task as a value, with what it sends to servers."""
    arguments = task.arguments
    retries = _number(arguments.get("retries"), 0)
    delays = RetryDelays.of(arguments)
    trigger_rule, unknown_rule = _trigger_rule(task)
    return Task(
        key=TaskKey(dag_id, task.task_id),
        operator=_operator(task),
        upstream=tuple(sorted(task.above)),
        statements=tuple(recorder.statements),
        defined_at=task.defined_at,
        skipped=(*recorder.skipped, *unknown_rule),
        trigger_rule=trigger_rule,
        skips=_skips(task, version),
        pool=_text(arguments.get("pool"), "default_pool"),
        pool_slots=_number(arguments.get("pool_slots"), 1),
        priority_weight=_number(arguments.get("priority_weight"), 1),
        retries=retries,
        retry_wait_s=int(delays.altogether(retries).total_seconds()),
        retry_delay_s=int(delays.first.total_seconds()),
        retry_delay_doubles=delays.doubles,
        max_retry_delay_s=int(delays.longest.total_seconds()) if delays.doubles else None,
        weight_rule=_WEIGHT_RULES.get(_text(arguments.get("weight_rule"), ""), _USUAL_WEIGHTS),
        queue=_text(arguments.get("queue"), DEFAULT_QUEUE),
        mapped=task.mapped,
        mapped_group=task.group.outermost_mapped() if task.group else None,
        depends_on_past=any(arguments.get(name) is True for name in _OWN_PAST),
        wait_for_downstream=arguments.get("wait_for_downstream") is True,
        max_active_tis_per_dag=_limit(arguments, *_INSTANCES),
        max_active_tis_per_dagrun=_limit(arguments, "max_active_tis_per_dagrun"),
        sql_texts=tuple(recorder.sql_texts),
        conditional=task.conditional,
        waits_for=external_wait(task.base, arguments),
        starts=run_trigger(task.base, arguments),
        outlets=_outlets(arguments.get("outlets")),
    )


def _outlets(given: Value) -> tuple[str, ...]:
    return tuple(each for each in asset_ids(given) if each != UNKNOWN)


def _limit(arguments: Mapping[str, Value], *names: str) -> int | None:
    given = (arguments.get(name) for name in names)
    return next((value for value in given if isinstance(value, int)), None)


def make_dag(
    dag: DagObject,
    tasks: tuple[Task, ...],
    version: str | None,
    reaches: tuple[Reach, ...] = (),
) -> Dag | Skipped:
    """Return the DAG as a value, or why it is none: a cycle."""
    dag_id = dag.dag_id or ""
    edges = tuple(
        sorted(
            Edge(TaskKey(dag_id, up), TaskKey(dag_id, down), origin)
            for (up, down), origin in dag.edges.items()
        )
    )
    cycle = _cycle(tasks, edges)
    if cycle:
        reason = f"DAG {dag_id} has a cycle through {', '.join(cycle)}"
        return Skipped(dag.defined_at, "dag", reason)
    arguments = dag.arguments
    concurrency = arguments.get("concurrency") or arguments.get("max_active_tasks")
    runs, catchup = arguments.get("max_active_runs"), arguments.get("catchup")
    schedule = _schedule(dag, version)
    timing = timedelta(days=1) if schedule and dag.schedule == NOT_GIVEN else dag.timing
    cadences, assets = schedule_of(timing, dag.begin)
    return Dag(
        dag_id=dag_id,
        path=dag.defined_at.path,
        schedule=schedule,
        cadences=cadences,
        assets=assets,
        tasks=tasks,
        edges=edges,
        defined_at=dag.defined_at,
        max_active_runs=_told(runs, int, _MOST_ACTIVE_RUNS),
        max_active_tasks=concurrency if isinstance(concurrency, int) else None,
        catchup=_told(catchup, bool, True),
        reaches=reaches,
        zone=zone_from(dag.begin),
    )


def _told(value: Value, kind: type[T], widest: T) -> T | None:
    """Return what a DAG says; the widest where that is not known, None where it says nothing."""
    if value is None or isinstance(value, kind):
        return value
    return widest


def _schedule(dag: DagObject, version: str | None) -> str | None:
    if dag.schedule != NOT_GIVEN:
        return dag.schedule
    return "timedelta(days=1)" if version in _DAILY_BY_DEFAULT else None


def _cycle(tasks: tuple[Task, ...], edges: tuple[Edge, ...]) -> list[str]:
    positions = {task.key: n for n, task in enumerate(tasks)}
    pairs = [(positions[edge.upstream], positions[edge.downstream]) for edge in edges]
    try:
        OrderGraph(tasks, pairs)
    except CycleError as error:
        return _on_cycle({tasks[n].key.task_id for n in error.nodes}, edges)
    return []


def _on_cycle(behind: set[str], edges: tuple[Edge, ...]) -> list[str]:
    """Return one cycle's task ids in order: every task left over has a predecessor left over."""
    above = {
        edge.downstream.task_id: edge.upstream.task_id
        for edge in edges
        if edge.upstream.task_id in behind
    }
    path = [min(behind)]
    while above[path[-1]] not in path:
        path.append(above[path[-1]])
    start = path.index(above[path[-1]])
    return path[start:][::-1]


def _operator(task: TaskObject) -> str:
    """Return the class name; an old name that is only an alias counts as what it stands for.

    Old imports alone do not tell Airflow 1.10: all of 2.x takes them.
    """
    own = task.instance is not None
    return task.operator if own else _ALIASES.get(task.operator, task.operator)


def _trigger_rule(task: TaskObject) -> tuple[TriggerRule, tuple[Skipped, ...]]:
    """Return when the task starts; a rule that is not known counts as one that never waits."""
    given = task.arguments.get("trigger_rule")
    if given is None:
        return TriggerRule.ALL_SUCCESS, ()
    if isinstance(given, str) and given in _TRIGGER_RULES:
        return _TRIGGER_RULES[given], ()
    reason = f"its trigger rule is not known: {_shown(given)}; no order into it counts as kept"
    return TriggerRule.ALWAYS, (Skipped(task.defined_at, "task", reason),)


def _shown(value: Value) -> str:
    match value:
        case str():
            return f"`{value}`"
        case Unknown():
            return value.reason
        case Native():
            return value.describe()
    return type(value).__name__


def _skips(task: TaskObject, version: str | None) -> Skips:
    base = task.base
    if base in _SHORT_CIRCUITS:
        only_direct = task.arguments.get("ignore_downstream_trigger_rules") is False
        return Skips.DIRECT if only_direct else Skips.ALL
    if base == "LatestOnlyOperator":
        return Skips.ALL if version == "1" else Skips.DIRECT
    return Skips.DIRECT if base.startswith(_BRANCHES) else Skips.NOTHING


def _text(value: Value, default: str) -> str:
    return str(value) if isinstance(value, str) else default


def _number(value: Value, default: int) -> int:
    return int(value) if isinstance(value, int) else default
