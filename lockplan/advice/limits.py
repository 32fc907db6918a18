"""Pools and limits that hold apart tasks which are free of each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lockplan.advice.known import Known
from lockplan.model.analysis import NeedlessLimit
from lockplan.model.problem import Plan, Problem
from lockplan.model.remedy import DEFAULT_POOL, RemedyKind
from lockplan.model.workflow import Dag, Pool, Task, TaskKey, Workflow
from lockplan.planning import plan


def needless_limits(
    dag: Dag, workflow: Workflow, problem: Problem, planned: Plan, known: Known, workers: int
) -> tuple[NeedlessLimit, ...]:
    """Return the limits without which the DAG would end sooner, the largest gain first.

    Each is tried by planning again without it. A task may leave a pool where all that is in the
    pool is known and free of it, in every run; `max_active_tasks` may be raised where that is so of
    all the DAG's tasks that the plan does not keep apart.

    Parameters
    ----------
    dag, problem, planned
        The DAG and its plan.
    workflow
        All DAGs: others may be in the same pools.
    known
        What the tasks do, and which of them meet.
    workers
        Tasks that run at the same time where no limit of the DAG holds them.
    """
    tried = (
        *_pools(dag, workflow, problem, known),
        *_active_tasks(dag, problem, known, workers),
    )
    found = []
    for limit, relaxed in tried:
        sooner_s = planned.makespan_s - plan(relaxed).makespan_s
        if sooner_s > 0:
            found.append(replace(limit, sooner_s=sooner_s))
    return tuple(sorted(found, key=lambda each: (-each.sooner_s, each.kind, each.name)))


Trial = tuple[NeedlessLimit, Problem]
"""A limit, and the problem without it."""


def _pools(dag: Dag, workflow: Workflow, problem: Problem, known: Known) -> Iterator[Trial]:
    for pool in workflow.pools:
        members = [task for task in workflow.tasks() if task.pool == pool.name]
        if pool.name == DEFAULT_POOL or not _binds(pool, dag, members):
            continue
        leaving = [task for task in members if task.key.dag_id == dag.dag_id]
        leaving = [task for task in leaving if known.is_free_of(task, members)]
        if leaving:
            yield _without_pool(pool, problem, {task.key for task in leaving})


def _binds(pool: Pool, dag: Dag, members: Sequence[Task]) -> bool:
    wanted = sum(task.pool_slots for task in members if task.key.dag_id == dag.dag_id)
    return 0 <= pool.slots < wanted


def _without_pool(pool: Pool, problem: Problem, leaving: set[TaskKey]) -> Trial:
    jobs = tuple(
        replace(job, pool=DEFAULT_POOL, pool_slots=1) if job.key in leaving else job
        for job in problem.jobs
    )
    limit = NeedlessLimit(RemedyKind.POOL, pool.name, pool.slots, tuple(sorted(leaving)))
    return limit, replace(problem, jobs=jobs)


def _active_tasks(dag: Dag, problem: Problem, known: Known, workers: int) -> Iterator[Trial]:
    most = dag.max_active_tasks
    if most is None or most >= min(workers, len(dag.tasks)):
        return
    planned = {frozenset((problem.jobs[a].key, problem.jobs[b].key)) for a, b in problem.conflicts}
    if known.are_free(dag.tasks, but_for=planned):
        keys = tuple(task.key for task in dag.tasks)
        limit = NeedlessLimit(RemedyKind.MAX_ACTIVE_TASKS, dag.dag_id, most, keys)
        yield limit, replace(problem, workers=workers)
