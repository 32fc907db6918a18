"""Runs of two DAGs that may be active at the same time, by their schedules."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from lockplan.conflicts.horizon import Clock
from lockplan.model.dates import RunDates

MOST_RUNS = 500
SPAN = timedelta(days=35)


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
    second = sorted(_runs(b, start - SPAN, end, most), key=lambda run: run.run_time)
    begins = [run.run_time for run in second]
    for run in _runs(a, start, end, most):
        first = bisect_right(begins, run.run_time - length_b)
        last = bisect_left(begins, run.run_time + length_a)
        for other in second[first:last]:
            yield run, other


@lru_cache(maxsize=1024)
def _runs(clock: Clock, start: datetime, end: datetime, most: int) -> tuple[RunDates, ...]:
    return tuple(takewhile(lambda run: run.run_time <= end, clock.runs(start, most)))
