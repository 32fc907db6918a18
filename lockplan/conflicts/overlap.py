"""Runs of two DAGs that may be active at the same time, by their schedules."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise, takewhile

from lockplan.conflicts.conditions import FAR, RUNS, RunPairs
from lockplan.conflicts.facts import DagFacts
from lockplan.conflicts.horizon import Clock
from lockplan.model.dates import RunDates

MOST_RUNS = 500
SPAN = timedelta(days=35)
INTERVALS = 10
"""Runs from which the length of a schedule's intervals is taken."""


class Overlaps:
    """Pairs of runs of two DAGs that may be active at once; what was found once is kept."""

    def __init__(self, facts: Mapping[str, DagFacts], start: datetime) -> None:
        self._facts = facts
        self._start = start
        self._runs: dict[tuple[DagFacts, DagFacts], RunPairs] = {}
        self._any: dict[tuple[DagFacts, DagFacts], bool] = {}

    def runs(self, a: str, b: str) -> RunPairs:
        """Return the pairs of runs of two DAGs to compare; none where one has no schedule."""
        key = (self._facts[a], self._facts[b])
        if key not in self._runs:
            self._runs[key] = tuple(self._within(*key, SPAN, MOST_RUNS))
        return self._runs[key]

    def any(self, a: str, b: str) -> bool:
        """Whether any such pair exists."""
        key = (self._facts[a], self._facts[b])
        if key not in self._any:
            first = next(self._within(*key, SPAN, MOST_RUNS), None)
            self._any[key] = first is not None
        return self._any[key]

    def far(self, a: str, b: str) -> Iterator[tuple[RunDates, RunDates]]:
        """Yield pairs of runs of four years, among which those with rare dates are."""
        return self._within(self._facts[a], self._facts[b], FAR, RUNS)

    def _within(
        self, a: DagFacts, b: DagFacts, span: timedelta, most: int
    ) -> Iterator[tuple[RunDates, RunDates]]:
        if not (a.scheduled and b.scheduled):
            return iter(())
        lengths = (a.serial_s, b.serial_s)
        return overlapping_runs(a.clock, b.clock, lengths, self._start, span, most)


def overlapping_runs(
    a: Clock,
    b: Clock,
    lengths_s: tuple[int, int],
    start: datetime,
    span: timedelta = SPAN,
    most: int = MOST_RUNS,
) -> Iterator[tuple[RunDates, RunDates]]:
    """Yield pairs of runs that may overlap within twice `span` after `start`.

    Of each DAG, `most` runs are looked at. A run may last as long as its tasks one after another,
    `lengths_s` seconds.
    """
    length_a, length_b = (timedelta(seconds=length) for length in lengths_s)
    end = start + 2 * span
    second, begins = _by_begin(b, start - _lookback(b, length_b, start), end, most)
    for run in _runs(a, start, end, most):
        first = bisect_right(begins, run.run_time - length_b)
        last = bisect_left(begins, run.run_time + length_a)
        for other in second[first:last]:
            yield run, other


def _lookback(clock: Clock, length: timedelta, start: datetime) -> timedelta:
    """Return how long before `start` runs may begin that are at work then.

    A run may begin one interval after its logical date. Not longer than needed: of a DAG that runs
    often, the runs that are looked at would all be over before `start`.
    """
    dates = sorted({run.logical_date for run in clock.runs(start, INTERVALS)})
    longest = max((after - before for before, after in pairwise(dates)), default=SPAN)
    return min(SPAN, length + 2 * longest)


@lru_cache(maxsize=1024)
def _by_begin(
    clock: Clock, start: datetime, end: datetime, most: int
) -> tuple[list[RunDates], list[datetime]]:
    runs = sorted(_runs(clock, start, end, most), key=lambda run: run.run_time)
    return runs, [run.run_time for run in runs]


@lru_cache(maxsize=1024)
def _runs(clock: Clock, start: datetime, end: datetime, most: int) -> tuple[RunDates, ...]:
    return tuple(takewhile(lambda run: run.run_time <= end, clock.runs(start, most)))
