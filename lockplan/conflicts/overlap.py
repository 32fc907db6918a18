"""Runs of two DAGs that may be active at the same time, by their schedules."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise, takewhile
from operator import attrgetter

from lockplan.conflicts.conditions import FAR, RunPairs
from lockplan.conflicts.conditions import RUNS as MOST_RUNS_FAR
from lockplan.conflicts.facts import DagFacts
from lockplan.conflicts.horizon import RUNS, Clock
from lockplan.model.dates import RunDates

MOST_RUNS = 500
SPAN = timedelta(days=70)
WEEK = timedelta(days=7)
_ONE_DAY = timedelta(days=1)
_RUN_TIME = attrgetter("run_time")
_MOST_BESIDE = 200
"""With how many runs of the other DAG one is compared, spread evenly where there are more."""


class Overlaps:
    """Pairs of runs of two DAGs that may be active at once; what was found once is kept."""

    def __init__(self, facts: Mapping[str, DagFacts], start: datetime) -> None:
        self._facts = facts
        self._start = start
        numbers: dict[DagFacts, int] = {}
        self.kinds = {
            dag_id: numbers.setdefault(each, len(numbers)) for dag_id, each in facts.items()
        }
        """A number for each DAG, the same for those whose runs are active at the same times."""
        self._runs: dict[tuple[int, int], RunPairs] = {}
        self._any: dict[tuple[int, int], bool] = {}

    def runs(self, a: str, b: str) -> RunPairs:
        """Return the pairs of runs of two DAGs to compare; none where one has no schedule."""
        key = (self.kinds[a], self.kinds[b])
        if key not in self._runs:
            self._runs[key] = tuple(self._within(a, b, SPAN, MOST_RUNS))
        return self._runs[key]

    def any(self, a: str, b: str) -> bool:
        """Whether any such pair exists."""
        key = (self.kinds[a], self.kinds[b])
        if key not in self._any:
            first = next(self._within(a, b, SPAN, MOST_RUNS), None)
            self._any[key] = first is not None
        return self._any[key]

    def far(self, a: str, b: str) -> Iterator[tuple[RunDates, RunDates]]:
        """Yield pairs of runs of four years, among which those with rare dates are."""
        return self._within(a, b, FAR, MOST_RUNS_FAR)

    def _within(
        self, a: str, b: str, span: timedelta, most: int
    ) -> Iterator[tuple[RunDates, RunDates]]:
        first, second = self._facts[a], self._facts[b]
        if not (first.scheduled and second.scheduled):
            return iter(())
        lengths = (first.busy_s, second.busy_s)
        clocks = (first.beside, second.beside)
        return overlapping_runs(*clocks, lengths, self._start, span, most)


def overlapping_runs(
    a: Clock,
    b: Clock,
    lengths_s: tuple[int, int],
    start: datetime,
    span: timedelta = SPAN,
    most: int = MOST_RUNS,
) -> Iterator[tuple[RunDates, RunDates]]:
    """Yield pairs of runs that may overlap, from `start` on.

    Of the DAG that runs less often, at most `most` runs within `span` are looked at, a few at
    least. A run may be at work for `lengths_s` seconds after its clock's moment.
    """
    length_a, length_b = (timedelta(seconds=length) for length in lengths_s)
    if _starts(a, start).usual < _starts(b, start).usual:
        turned = overlapping_runs(b, a, (lengths_s[1], lengths_s[0]), start, span, most)
        yield from ((run_a, run_b) for run_b, run_a in turned)
        return
    others = _starts(b, start)
    last = start + span
    for number, run in enumerate(_first_runs(a, start, most)):
        if run.run_time > last and number >= RUNS:
            break
        for other in others.between(run.run_time - length_b, run.run_time + length_a):
            yield run, other


class _Starts:
    """The runs of a clock by the time at which they start, worked out stretch by stretch."""

    def __init__(self, clock: Clock, start: datetime) -> None:
        self._clock = clock
        self._start = start
        dates = sorted({run.logical_date for run in clock.runs(start, RUNS)})
        gaps = [later - one for one, later in pairwise(dates)]
        self._longest = max(gaps, default=SPAN)
        """The longest time from one run to the next."""
        self.usual = sum(gaps, timedelta()) / len(gaps) if gaps else SPAN
        """The mean of it."""
        # Before each stretch a longest time is looked through again: it is to be a small part.
        self._stretch = max(WEEK, 8 * self.usual)
        self._stretches: dict[int, list[RunDates]] = {}

    def between(self, after: datetime, before: datetime) -> list[RunDates]:
        """Return runs that start after the one moment and before the other.

        Where there are very many, some spread evenly.
        """
        first, last = ((moment - self._start) // self._stretch for moment in (after, before))
        stretches = map(self._runs, range(first, last + 1))
        runs = [run for stretch in stretches for run in _started(stretch, after, before)]
        return runs[:: len(runs) // _MOST_BESIDE + 1]

    def _runs(self, number: int) -> list[RunDates]:
        if number not in self._stretches:
            begin = self._start + number * self._stretch
            end = begin + self._stretch
            # Of an interval's run, the logical date lies one interval before its start.
            runs = self._clock.runs(begin - self._longest - _ONE_DAY)
            near = takewhile(lambda run: run.logical_date < end, runs)
            found = (run for run in near if begin <= run.run_time < end)
            self._stretches[number] = sorted(found, key=_RUN_TIME)
        return self._stretches[number]


def _started(runs: list[RunDates], after: datetime, before: datetime) -> list[RunDates]:
    """Return of runs in order those that start after the one moment and before the other."""
    first = bisect_right(runs, after, key=_RUN_TIME)
    return runs[first : bisect_left(runs, before, first, key=_RUN_TIME)]


@lru_cache(maxsize=512)
def _first_runs(clock: Clock, start: datetime, most: int) -> tuple[RunDates, ...]:
    return tuple(islice(clock.runs(start, most), most))


@lru_cache(maxsize=1024)
def _starts(clock: Clock, start: datetime) -> _Starts:
    return _Starts(clock, start)
