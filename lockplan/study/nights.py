"""The night of a scenario, for the simulation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lockplan.conflicts import horizon
from lockplan.model.access import Footprint
from lockplan.model.conflict import Conflict
from lockplan.model.night import Night, NightRun, NightTask, ServerSettings
from lockplan.model.problem import Job
from lockplan.model.workflow import Dag, Edge, TaskKey
from lockplan.settings import Settings
from lockplan.simulation import night
from lockplan.study.base import Base
from lockplan.study.changes import Changes
from lockplan.study.dag_plan import DEFAULT_MAX_ACTIVE_TASKS
from lockplan.study.sql_changes import changed_schema


def made_night(
    base: Base,
    changes: Changes,
    settings: Settings,
    *,
    dags: Sequence[Dag],
    jobs: Mapping[TaskKey, Job],
    footprints: Iterable[Footprint],
    conflicts: Sequence[Conflict],
    edges: Sequence[Edge],
) -> Night:
    """Return the night of DAGs that are changed already; `edges` are all that hold."""
    first_s = min((_starts_s(base, changes, dag) for dag in dags), default=0.0)
    made = night(
        dags,
        jobs,
        {each.task: each for each in footprints},
        conflicts,
        executor=settings.executor,
        edges=edges,
        runs=[run for dag in dags for run in _runs(base, changes, dag, first_s)],
        pools=settings.pools,
        airflow_major=max(settings.airflow_majors),
        schema=changed_schema(settings.schema, changes.sql),
    )
    tasks = tuple(_changed(task, changes) for task in made.tasks)
    return replace(made, tasks=tasks, servers=_servers(changes))


def _starts_s(base: Base, changes: Changes, dag: Dag) -> float:
    return base.starts_s[dag.dag_id] + changes.shifts_s.get(dag.dag_id, 0.0)


def _runs(base: Base, changes: Changes, dag: Dag, first_s: float) -> Iterator[NightRun]:
    """Yield the runs of a DAG on the clock, which begins with the first DAG of all.

    One run alone stands for the worst that there is; several meet as they do on their own days.
    """
    shown = horizon(base.facts[dag.dag_id].clock, base.settings.logical_date)
    of_day = {dates.logical_date: dates for dates in reversed(shown)}
    days = sorted(of_day)[: changes.days]
    for n in range(changes.days):
        yield NightRun(
            dag.dag_id,
            n,
            _starts_s(base, changes, dag) - first_s,
            days[n] if n < len(days) else None,
            dag.max_active_tasks or DEFAULT_MAX_ACTIVE_TASKS,
            dag.max_active_runs,
            of_day[days[n]] if 1 < changes.days <= len(days) else None,
        )


def _changed(task: NightTask, changes: Changes) -> NightTask:
    key = task.job.key
    if changes.retries is not None:
        task = replace(task, retries=changes.retries[0], retry_delay_s=changes.retries[1])
    late_s = changes.late_s.get(key, task.not_before_s)
    return replace(task, not_before_s=late_s, fails=task.fails or key in changes.failing)


def _servers(changes: Changes) -> ServerSettings:
    told_s = changes.lock_wait_timeout_s
    return ServerSettings() if told_s is None else ServerSettings(innodb_lock_wait_timeout_s=told_s)
