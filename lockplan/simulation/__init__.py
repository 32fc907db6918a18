"""Simulation: one night as it would go, with workers, pools, priorities and waits for locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lockplan.model.problem import Pair, Problem
from lockplan.model.timeline import Timeline
from lockplan.planning.validation import check
from lockplan.simulation.execution import Execution
from lockplan.simulation.locks import Locks, Meeting, Patience

__all__ = ["Meeting", "Patience", "simulate"]


def simulate(
    problem: Problem,
    meetings: Mapping[Pair, Meeting],
    *,
    edges: Iterable[Pair] = (),
    lock_wait_timeout_s: float = 50.0,
) -> Timeline:
    """Run the DAG once and return what each task did and waited for.

    Tasks are dispatched as Airflow does: when their trigger rule lets them, into free workers and
    pool slots, by the default weight rule. Simplified, and so stated: a task takes all its locks
    when it starts and holds them to its end; one that meets a task which started before waits in
    its slot, first come first served; two that would deadlock cost the later one its transaction
    at once. Failed tasks are not retried, branches skip nothing.

    Parameters
    ----------
    problem : Problem
        Tasks, order, workers and pools; its conflicts are not looked at.
    meetings : mapping
        For pairs of positions that meet: what happens. A race makes nobody wait.
    edges : iterable of pairs
        Ordering edges in addition to the problem's order.
    lock_wait_timeout_s : float
        A task that waits longer in all fails with error 1205, unless its meetings say otherwise.

    Raises
    ------
    InputError
        The problem cannot run: no workers, a cycle, a task that its pool never holds.
    """
    graph = check(problem, edges)
    execution = Execution(problem, graph, Locks(meetings), lock_wait_timeout_s)
    return Timeline(execution.run())
