"""What keeps runs of two DAGs from meeting: a later start, or a sensor that waits for the other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from math import ceil

from lockplan.conflicts.facts import DagFacts
from lockplan.conflicts.horizon import RUNS, Clock
from lockplan.conflicts.overlap import SPAN, overlapping_runs
from lockplan.model.dates import RunDates

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MOST_LOOKED_AT = 2000
"""Runs of the DAG that stays; over these the other may move."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Changes of the later of two DAGs; None where one does not help."""

    minutes_later: int | None
    sensor_delta: timedelta | None


def ways_apart(earlier: DagFacts, later: DagFacts, start: datetime) -> Apart:
    """Return what keeps the runs of two DAGs apart; none where a clock is not all that starts one.

    Neither a shift nor a sensor meets a run whose start is not known to the minute.
    """
    if earlier.late_s or later.late_s:
        return Apart(None, None)
    clocks = (earlier.clock, later.clock)
    lengths = (timedelta(seconds=earlier.busy_s), timedelta(seconds=later.busy_s))
    return Apart(
        minutes_later(*clocks, lengths, start),
        sensor_delta(*clocks, lengths, start),
    )


def minutes_later(
    earlier: Clock, later: Clock, lengths: tuple[timedelta, timedelta], start: datetime
) -> int | None:
    """Return by how many minutes `later` must start later so that its runs meet none of `earlier`.

    None where no shift that is shorter than the time between two of its runs is enough, or where
    `earlier` runs too often to look at all its runs.
    """
    moved = _begins(later, start, RUNS)
    within = min((after - before for before, after in pairwise(moved)), default=SPAN)
    begins = _begins(earlier, start - (lengths[0].days + 1) * DAY, MOST_LOOKED_AT)
    seen = [begin for begin in moved if begin + within + lengths[1] <= begins[-1]]
    if not seen:
        return None
    least = timedelta()
    for low, high in sorted(_meetings(begins, seen, lengths, within)):
        if low >= least:
            break
        least = max(least, ceil(high / MINUTE) * MINUTE)
    return least // MINUTE if least < within else None


@lru_cache(maxsize=1024)
def _begins(clock: Clock, start: datetime, count: int) -> list[datetime]:
    return sorted({run.run_time for run in clock.runs(start, count)})


def _meetings(
    begins: Sequence[datetime],
    moved: Sequence[datetime],
    lengths: tuple[timedelta, timedelta],
    within: timedelta,
) -> set[tuple[timedelta, timedelta]]:
    """Return the open intervals of shifts, up to `within`, by which two runs would overlap."""
    length, own = lengths
    found = set()
    for begin in moved:
        first = bisect_right(begins, begin - length)
        last = bisect_left(begins, begin + within + own)
        found |= {(other - begin - own, other - begin + length) for other in begins[first:last]}
    return found


def sensor_delta(
    earlier: Clock, later: Clock, lengths: tuple[timedelta, timedelta], start: datetime
) -> timedelta | None:
    """Return how far a run's logical date lies behind the one that its sensor must wait for.

    None where a sensor would wait for a run that never comes, or where the run that has waited
    would meet another one.
    """
    length_s, own_s = (round(length.total_seconds()) for length in lengths)
    overlaps = overlapping_runs(earlier, later, (length_s, length_s + own_s), start)
    deltas = {b.logical_date - a.logical_date for a, b in overlaps if _alike(a, b)}
    if len(deltas) != 1:
        return None
    (delta,) = deltas
    awaited = {run.logical_date for run in earlier.runs(start - delta, RUNS)}
    waiting = [run.logical_date for run in later.runs(start, RUNS)]
    last = max(awaited) + delta
    return delta if all(each - delta in awaited for each in waiting if each <= last) else None


def _alike(a: RunDates, b: RunDates) -> bool:
    """Whether two runs are as one version of Airflow starts them, before midnight."""
    major_3 = [run.interval_end == run.logical_date for run in (a, b)]
    return major_3[0] == major_3[1] and all(run.run_time == run.interval_end for run in (a, b))
