"""What a problem must fulfil before it is planned or simulated, with messages for its owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from lockplan.errors import InputError
from lockplan.model.airflow_order import CycleError, OrderGraph
from lockplan.model.problem import Job, Pair, Problem
from lockplan.model.workflow import Pool


def check(problem: Problem, extra: Iterable[Pair] = ()) -> OrderGraph:
    """Return the problem's order, `extra` edges included, or say what is wrong with it.

    Raises
    ------
    InputError
        No workers, a negative duration, a task that its pool can never hold, a cycle.
    ValueError
        A pair names a position that is no task: a mistake of the caller, not of the user.
    """
    edges = (*problem.order, *extra)
    _check_positions(problem, (*edges, *problem.conflicts))
    return check_jobs(problem.jobs, edges, problem.workers, problem.pools)


def check_jobs(
    jobs: Sequence[Job], edges: Sequence[Pair], workers: int, pools: Iterable[Pool]
) -> OrderGraph:
    """Return the order of jobs, of one DAG or several, or say why they cannot run.

    Raises InputError as `check` does.
    """
    if workers < 1:
        raise InputError("workers", f"{workers} cannot run a task", "Give 1 or more.")
    slots = {pool.name: pool.slots for pool in pools}
    for job in jobs:
        _check_job(job, slots)
    try:
        return OrderGraph(jobs, edges)
    except CycleError as error:
        raise _cycle_named(jobs, edges, error) from error


def _check_positions(problem: Problem, pairs: Sequence[Pair]) -> None:
    count = len(problem.jobs)
    known = frozenset(range(count))
    if not known.issuperset(chain.from_iterable(pairs)):
        pair = next(pair for pair in pairs if not known.issuperset(pair))
        raise ValueError(f"pair {pair} is outside of the {count} tasks")


def _check_job(job: Job, slots: dict[str, int]) -> None:
    if job.duration_s < 0:
        raise InputError(str(job.key), f"its duration of {job.duration_s} s is negative")
    if job.pool_slots < 1:
        raise InputError(str(job.key), f"pool_slots is {job.pool_slots}", "Give 1 or more.")
    if 0 <= slots.get(job.pool, -1) < job.pool_slots:
        raise InputError(
            str(job.key),
            f"it takes {job.pool_slots} slots of pool {job.pool!r}, which has {slots[job.pool]}",
            "Give the pool more slots: the task would never start.",
        )


def _cycle_named(jobs: Sequence[Job], edges: Iterable[Pair], error: CycleError) -> InputError:
    """Walk upstream among the nodes that could not be sorted until one comes again."""
    stuck = set(error.nodes)
    above = {b: a for a, b in sorted(edges, reverse=True) if a in stuck and b in stuck}
    walk = [min(above)]
    while above[walk[-1]] not in walk:
        walk.append(above[walk[-1]])
    circle = [*walk[walk.index(above[walk[-1]]) :], above[walk[-1]]]
    names = " → ".join(jobs[node].key.task_id for node in reversed(circle))
    return InputError(jobs[circle[0]].key.dag_id, f"its tasks wait for each other: {names}")
