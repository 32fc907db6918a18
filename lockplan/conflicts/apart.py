"""What keeps runs of two DAGs from meeting: a later start, or a sensor that waits for the other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from lockplan.conflicts.conditions import RunPairs
from lockplan.conflicts.horizon import RUNS, Clock
from lockplan.conflicts.overlap import MOST_RUNS, SPAN
from lockplan.model.dates import RunDates

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Apart:
    """Changes of the later of two DAGs; None where one does not help."""

    minutes_later: int | None
    sensor_delta: timedelta | None


def ways_apart(
    clocks: tuple[Clock, Clock], lengths_s: tuple[int, int], overlaps: RunPairs, start: datetime
) -> Apart:
    """Return what keeps the runs of two DAGs apart, each given the earlier one first.

    Runs last `lengths_s` seconds; `overlaps` are those that may run at the same time.
    """
    return Apart(minutes_later(*clocks, lengths_s, start), sensor_delta(*clocks, overlaps, start))


def minutes_later(
    earlier: Clock, later: Clock, lengths_s: tuple[int, int], start: datetime
) -> int | None:
    """Return by how many minutes `later` must start later so that its runs meet none of `earlier`.

    None where no shift that is shorter than the time between two of its runs is enough.
    """
    begins = _begins(earlier, start - SPAN)
    moved = _begins(later, start)[:RUNS]
    within = min((after - before for before, after in pairwise(moved)), default=SPAN)
    least = timedelta()
    for low, high in sorted(_meetings(begins, moved, lengths_s, within)):
        if low >= least:
            break
        least = max(least, ceil(high / MINUTE) * MINUTE)
    return least // MINUTE if least < within else None


def _begins(clock: Clock, start: datetime) -> list[datetime]:
    return sorted({run.run_time for run in clock.runs(start, MOST_RUNS)})


def _meetings(
    begins: Sequence[datetime],
    moved: Sequence[datetime],
    lengths_s: tuple[int, int],
    within: timedelta,
) -> set[tuple[timedelta, timedelta]]:
    """Return the open intervals of shifts, up to `within`, by which two runs would overlap."""
    length, own = (timedelta(seconds=seconds) for seconds in lengths_s)
    found = set()
    for begin in moved:
        first = bisect_right(begins, begin - length)
        last = bisect_left(begins, begin + within + own)
        found |= {(other - begin - own, other - begin + length) for other in begins[first:last]}
    return found


def sensor_delta(
    earlier: Clock, later: Clock, overlaps: RunPairs, start: datetime
) -> timedelta | None:
    """Return how far a run's logical date lies behind the one that its sensor must wait for.

    None where a sensor would wait for a run that never comes, or where a run overlaps others, too.
    """
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
