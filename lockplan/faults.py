"""What would keep tasks from ever starting: all of it is told before anything is analysed."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from lockplan.errors import InputError, InputsError
from lockplan.model.place import Span
from lockplan.model.remedy import DEFAULT_POOL
from lockplan.model.workflow import Dag, Pool, Task, TaskKey, Workflow

NEVER_STARTS = "the task would never start."


def check(workflow: Workflow, pools: Sequence[Pool], pools_file: Path | None) -> None:
    """Raise InputsError where a task waits for itself or for nothing, or finds no room.

    `pools` are those whose slots are told. `pools_file` names the file that tells all pools that
    there are, None where some may be missing.
    """
    problems = tuple(
        InputError(_located(workflow, span), problem, way_out)
        for dag in workflow.dags
        for span, problem, way_out in _faults(dag, {pool.name: pool for pool in pools}, pools_file)
    )
    if problems:
        raise InputsError(problems)


Fault = tuple[Span, str, str]
"""Where it is, what it is, and the way out."""


def _faults(dag: Dag, pools: Mapping[str, Pool], pools_file: Path | None) -> Iterator[Fault]:
    if dag.max_active_tasks is not None and dag.max_active_tasks < 1 and dag.tasks:
        problem = f"DAG {dag.dag_id} has max_active_tasks={dag.max_active_tasks}"
        yield dag.defined_at, problem, "Give 1 or more: its tasks would never start."
    for task in dag.tasks:
        yield from _of_task(task, pools, pools_file)
    yield from _of_order(dag)


def _of_task(task: Task, pools: Mapping[str, Pool], pools_file: Path | None) -> Iterator[Fault]:
    where, pool = task.defined_at, pools.get(task.pool)
    if task.duration_s is not None and task.duration_s < 0:
        yield where, f"{task.key} has a duration of {task.duration_s} s", "Give 0 or more."
    if task.pool_slots < 1:
        yield where, f"{task.key} has pool_slots={task.pool_slots}", "Give 1 or more."
    if pool is None and pools_file is not None and task.pool != DEFAULT_POOL:
        problem = f"{task.key} is in pool `{task.pool}`, which {pools_file} does not name"
        yield where, problem, f"Create the pool: {NEVER_STARTS}"
    if pool is not None and 0 <= pool.slots < task.pool_slots:
        slots = "1 slot" if task.pool_slots == 1 else f"{task.pool_slots} slots"
        problem = f"{task.key} takes {slots} of pool `{pool.name}`, which has {pool.slots}"
        yield where, problem, f"Give the pool more: {NEVER_STARTS}"


def _of_order(dag: Dag) -> Iterator[Fault]:
    upstream: dict[TaskKey, set[TaskKey]] = {task.key: set() for task in dag.tasks}
    for edge in dag.edges:
        for key in (edge.upstream, edge.downstream):
            if key not in upstream:
                yield dag.defined_at, f"an edge names {key}, which is no task of the DAG", ""
        upstream.setdefault(edge.downstream, set()).add(edge.upstream)
    try:
        TopologicalSorter(upstream).prepare()
    except CycleError as error:
        names = " → ".join(key.task_id for key in error.args[1])
        yield dag.defined_at, f"tasks of DAG {dag.dag_id} wait for each other: {names}", ""


def _located(workflow: Workflow, span: Span) -> str:
    return f"{posixpath.normpath(posixpath.join(workflow.root, span.path))}:{span.line}"
