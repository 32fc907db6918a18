"""Which tasks a page draws: DAGs with something to order first, never more than can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.timeline import TaskRun
from lockplan.model.workflow import TaskKey
from lockplan.reports.bars import in_order
from lockplan.reports.critical import critical_path
from lockplan.reports.words import count, has_trouble

MOST_TASKS = 300


@dataclass(frozen=True, slots=True)
class Drawn:
    """Tasks of one DAG that are drawn, as they start in the planned run."""

    plan: DagPlan
    tasks: tuple[TaskKey, ...]


def drawn(analysis: Analysis, most: int = MOST_TASKS) -> tuple[Drawn, ...]:
    """Return what is drawn of each DAG, those with conflicts first."""
    plans = sorted(analysis.plans, key=lambda plan: not has_trouble(plan))
    shown = []
    for plan in plans:
        tasks = _weightiest(plan, analysis, most) if most else ()
        most -= len(tasks)
        if tasks:
            shown.append(Drawn(plan, tasks))
    return tuple(shown)


def left_out(analysis: Analysis, shown: Iterable[Drawn]) -> str:
    """Say what is not drawn; empty where all is."""
    number = sum(len(dag.plan.after.runs) - len(dag.tasks) for dag in shown)
    named = {dag.plan.dag.dag_id for dag in shown}
    missing = [plan for plan in analysis.plans if plan.dag.dag_id not in named]
    number += sum(len(plan.after.runs) for plan in missing)
    if not number:
        return ""
    dags = f" and {count(len(missing), 'whole DAG')}" if missing else ""
    return (
        f"The {MOST_TASKS} tasks that matter most are drawn; {count(number, 'task')} less "
        f"concerned{dags} are left out here, all in the JSON report."
    )


def _weightiest(plan: DagPlan, analysis: Analysis, most: int) -> tuple[TaskKey, ...]:
    """Return all tasks where they are few enough, else those with trouble, edges or conflicts."""
    order = list(dict.fromkeys(run.task for run in in_order(plan.after)))
    if len(order) <= most:
        return tuple(order)
    chosen = list(dict.fromkeys(_concerned(plan, analysis)))[:most]
    return tuple(task for task in order if task in set(chosen))


def _concerned(plan: DagPlan, analysis: Analysis) -> Iterator[TaskKey]:
    """Yield a DAG's tasks, the most concerned first."""
    yield from (run.task for run in plan.before.runs if _suffers(run))
    yield from (task for edge in plan.plan.edges for task in (edge.upstream, edge.downstream))
    yield from critical_path(plan.after, (*plan.dag.edges, *plan.plan.edges))
    own = {run.task for run in plan.after.runs}
    yield from (task for each in analysis.graph.unordered() for task in each.key if task in own)
    yield from (run.task for run in in_order(plan.after))


def _suffers(run: TaskRun) -> bool:
    return bool(run.waits or run.error)
