"""Runs of two DAGs that may be active at the same time, by their schedules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from lockplan.conflicts.horizon import Clock
from lockplan.model.dates import RunDates

MOST_RUNS = 500
SPAN = timedelta(days=35)


def overlapping_runs(
    a: Clock, b: Clock, lengths_s: tuple[int, int], start: datetime
) -> Iterator[tuple[RunDates, RunDates]]:
    """Yield pairs of runs that may overlap within `SPAN` after `start`.

    A run may last as long as its tasks one after another, `lengths_s` seconds.
    """
    length_a, length_b = (timedelta(seconds=length) for length in lengths_s)
    second = [(run.run_time, run) for run in _runs(b, start - SPAN)]
    for run in _runs(a, start):
        begin, end = run.run_time, run.run_time + length_a
        for other_begin, other in second:
            if other_begin < end and begin < other_begin + length_b:
                yield run, other


def _runs(clock: Clock, start: datetime) -> Iterator[RunDates]:
    end = start + 2 * SPAN
    for run in clock.runs(start, MOST_RUNS):
        if run.run_time > end:
            return
        yield run
