"""Runs of one DAG that may be active at the same time, and what keeps their tasks apart.

Sources: Airflow's `max_active_runs_per_dag` (16 by default) and ``PrevDagrunDep``, 2.11 and 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from math import ceil

from lockplan.conflicts.facts import DagFacts
from lockplan.conflicts.horizon import RUNS, Clock
from lockplan.model.airflow_order import OrderGraph
from lockplan.model.dates import RunDates
from lockplan.model.workflow import Dag

DEFAULT_MAX_ACTIVE_RUNS = 16


def runs_apart(dag: Dag, facts: DagFacts, start: datetime) -> int:
    """Return how many runs later another may begin while one is active; 0 where none may.

    Runs pile up while a DAG catches up, or when one lasts longer than the schedule's interval.
    """
    most = (dag.max_active_runs or DEFAULT_MAX_ACTIVE_RUNS) - 1
    if facts.catches_up:
        return most
    interval_s = min(_intervals_s(facts.clock, start), default=0)
    return min(most, ceil(facts.lasts_s / interval_s) - 1) if interval_s and facts.lasts_s else 0


def _intervals_s(clock: Clock, start: datetime) -> Iterator[float]:
    dates = sorted({run.logical_date for run in clock.runs(start, RUNS)})
    return ((later - earlier).total_seconds() for earlier, later in pairwise(dates))


def successive_runs(
    clock: Clock, start: datetime, apart: int, count: int = RUNS
) -> Iterator[tuple[RunDates, RunDates]]:
    """Yield pairs of an earlier and a later run, at most `apart` runs from each other."""
    by_date: dict[datetime, list[RunDates]] = {}
    for run in clock.runs(start, count + apart):
        by_date.setdefault(run.logical_date, []).append(run)
    runs = list(by_date.values())
    for distance in range(1, apart + 1):
        for earlier, later in zip(runs, runs[distance:], strict=False):
            yield from zip(earlier, later, strict=True)


class PastOrder:
    """Which tasks of later runs wait for tasks of earlier ones, through `depends_on_past`."""

    def __init__(self, dag: Dag, order: OrderGraph) -> None:
        self._order = order
        self._pairs_only = (dag.max_active_runs or DEFAULT_MAX_ACTIVE_RUNS) <= 2
        self._links = [
            n for n, task in enumerate(dag.tasks) if task.depends_on_past and not task.mapped
        ]
        self._tasks = dag.tasks

    def orders(self, earlier: int, later: int) -> bool:
        """Whether `later` of a later run never starts before `earlier` of the earlier has ended."""
        return any(
            self._awaited_by(link, earlier) and self._begins_after(link, later)
            for link in self._links
        )

    def _awaited_by(self, link: int, earlier: int) -> bool:
        """Whether `earlier` has ended when `link` of the next run begins."""
        sure = self._pairs_only or link not in self._order.skippable
        waits = sure and self._tasks[link].wait_for_downstream
        below = self._order.downstream[link] if waits else ()
        return any(self._ends_by(earlier, awaited) for awaited in (link, *below))

    def _ends_by(self, task: int, link: int) -> bool:
        # A skipped task lets the next run's begin while those above it may still be at work, and
        # itself, too, in the run before its own.
        if link in self._order.skippable:
            return task == link and self._pairs_only
        return task == link or self._order.orders(task, link)

    def _begins_after(self, link: int, task: int) -> bool:
        # A link that is skipped or fails with an upstream task has not waited for its past.
        return task == link or self._order.requires(link, task)
