"""Comparing two footprints over many runs, each distinct situation once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from lockplan.conflicts.conditions import RunPairs, conditions, in_zones, zones_for
from lockplan.conflicts.horizon import IN_UTC, ClockZones
from lockplan.engines import compare, locks_whole_tables
from lockplan.engines.memo import IdentityMemo
from lockplan.footprints import Runs, clocks_read
from lockplan.model.access import Footprint
from lockplan.model.dates import (
    NO_RUN,
    Anchor,
    DateExpr,
    DateStep,
    InZone,
    RunDates,
    Shift,
    Truncate,
    Unit,
)
from lockplan.model.region import Bound, Box, Symbol, parse_value
from lockplan.model.schema import ColumnType, Schema
from lockplan.model.verdict import FREE, Certainty, Outcome, Verdict
from lockplan.model.zones import fixed_offset

_OUTCOMES = {None: 0, Outcome.RACE: 1, Outcome.WAIT: 2, Outcome.DEADLOCK: 3}
_CERTAINTIES = {Certainty.NONE: 0, Certainty.POSSIBLE: 1, Certainty.CERTAIN: 2}

_WHOLE_DATES = (None, "%Y-%m-%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+00:00")
"""Formats that lose nothing but parts of the day."""
_PARTS_OF_A_DAY = (Unit.SECOND, Unit.MINUTE, Unit.HOUR, Unit.DAY)

_ONE_DAY = timedelta(days=1)
_SOME_DATE = "a date"

Shape = tuple[object, ...]
"""The accesses made, then all bounds of all regions in a fixed order, dates left out."""


def severity(verdict: Verdict) -> tuple[int, int]:
    """Rank verdicts: deadlocks before waits before races, then the surer ones."""
    return (_OUTCOMES[verdict.outcome], _CERTAINTIES[verdict.certainty])


def _rank(verdict: Verdict) -> tuple[int, int, str, str]:
    """Sort the worst first, and equally bad ones alike whatever run comes first."""
    outcome, certainty = severity(verdict)
    table = verdict.waits[0].table if verdict.waits else ""
    return (-outcome, -certainty, verdict.rule or "", table)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The worst that two tasks do to each other over the runs compared."""

    verdict: Verdict
    a: Footprint
    """Resolved for the run in which it happens; of this task, or of one that does alike."""
    b: Footprint
    dates: RunDates
    other_dates: RunDates
    """The dates of the run of `b`."""


@dataclass(frozen=True, slots=True)
class _Resolved:
    footprint: Footprint
    shape: Shape
    moments: tuple[datetime, ...]
    """The bounds that are dates, in the order in which the shape leaves them out."""


class Comparison:
    """Compares footprints by position; what was resolved or compared once is kept."""

    def __init__(
        self,
        footprints: tuple[Footprint, ...],
        schema: Schema,
        clock_zones: tuple[ClockZones, ...] = (IN_UTC,),
    ) -> None:
        self.footprints = footprints
        self.schema = schema
        self.kinds = _kinds(footprints)
        self._distinct: IdentityMemo[RunPairs] = IdentityMemo(1000)
        self._runs = {
            kind: Runs(footprint, schema)
            for kind, footprint in zip(self.kinds, footprints, strict=True)
        }
        self._resolved: dict[tuple[int, tuple[datetime | bool, ...]], _Resolved] = {}
        self._moves_along = [_moves_along(footprint) for footprint in footprints]
        self._by_table = [locks_whole_tables(footprint) for footprint in footprints]
        self._dated = [_names_dated_tables(footprint) for footprint in footprints]
        self._clock_zones = clock_zones
        self._clocks_read = [clocks_read(footprint) for footprint in footprints]
        self._zoned: dict[tuple[ClockZones, ...], IdentityMemo[RunPairs]] = {}
        self._conditional = [bool(conditions(footprint)) for footprint in footprints]
        self._met: dict[tuple[int, int, Hashable], Meeting | None] = {}

    def worst_of_kinds(
        self,
        a: int,
        b: int,
        calendar: Hashable,
        runs: RunPairs,
        further: Iterable[tuple[RunDates, RunDates]] = (),
        *,
        races: bool = True,
    ) -> Meeting | None:
        """Return the same as `worst`, found once for all pairs that do alike on one calendar.

        Two calls with equal calendars must mean the same runs for tasks of the same kinds.
        """
        key = (self.kinds[a], self.kinds[b], calendar)
        if key not in self._met:
            self._met[key] = self.worst(a, b, runs, further, races=races)
        return self._met[key]

    def worst(
        self,
        a: int,
        b: int,
        runs: RunPairs,
        further: Iterable[tuple[RunDates, RunDates]] = (),
        *,
        races: bool = True,
    ) -> Meeting | None:
        """Return the worst meeting of two tasks over pairs of runs, None where they never meet.

        Each pair holds the dates of `a`'s run and of `b`'s; `further` are those that the tasks'
        conditions add. Of dates, a verdict depends only on which come first, which are equal and
        which are neighbouring days. Where `races` do not matter, one may be missed.
        """
        worst: Meeting | None = None
        any_run_decides = self._alike_in_all_runs(a, b)
        dated = self._dated[a] or self._dated[b]
        seen: set[object] = set()
        still = not any(self._runs[self.kinds[each]].differ for each in (a, b))
        if still:
            runs = runs[:1]  # all are alike, and no date is near or far from them
        zones = zones_for(self._clocks_read[a] | self._clocks_read[b], self._clock_zones)
        if len(zones) > 1:
            runs, further = self._in_zones(runs, zones), in_zones(further, zones)
        if self._moves_along[a] and self._moves_along[b] and not still:
            runs = self._distinct_of(runs)
        for dates_a, dates_b in chain(runs, further):
            first, second = self._resolve(a, dates_a), self._resolve(b, dates_b)
            key = (first.shape, second.shape, _layout(first.moments + second.moments))
            if key not in seen:
                seen.add(key)
                shown = NO_RUN if still else dates_a
                verdict = compare(first.footprint, second.footprint, self.schema, shown)
                if _rank(verdict) < _rank(worst.verdict if worst else FREE):
                    worst = Meeting(verdict, first.footprint, second.footprint, dates_a, dates_b)
                waits = worst is not None and worst.verdict.outcome is not Outcome.RACE
                if any_run_decides and (waits or not (races or dated)):
                    break
        return worst

    def _in_zones(self, runs: RunPairs, zones: tuple[ClockZones, ...]) -> RunPairs:
        if zones not in self._zoned:
            self._zoned[zones] = IdentityMemo(1000)
        return self._zoned[zones].get((runs,), lambda: tuple(in_zones(runs, zones)))

    def _distinct_of(self, runs: RunPairs) -> RunPairs:
        return self._distinct.get((runs,), lambda: _distinct(runs))

    def _alike_in_all_runs(self, a: int, b: int) -> bool:
        """Whether two tasks that wait for each other in one run do so in all."""
        by_table = self._by_table[a] or self._by_table[b]
        return by_table and not (self._conditional[a] or self._conditional[b])

    def _resolve(self, position: int, dates: RunDates) -> _Resolved:
        # Tasks of one kind share what was resolved, so that lock models meet the same values again.
        kind = self.kinds[position]
        runs = self._runs[kind]
        key = (kind, runs.asked(dates))
        found = self._resolved.get(key)
        if found is None:
            footprint = runs.at(dates)
            bounds = (bound for bound in _bounds(footprint) if isinstance(bound, datetime))
            found = _Resolved(footprint, _shape(footprint), tuple(bounds))
            self._resolved[key] = found
        return found


def _kinds(footprints: tuple[Footprint, ...]) -> tuple[int, ...]:
    """Return a number for each footprint; tasks that do the same on databases share theirs."""
    numbers: dict[object, int] = {}
    return tuple(
        numbers.setdefault((each.transactions, each.unread), len(numbers)) for each in footprints
    )


def _names_dated_tables(footprint: Footprint) -> bool:
    """Whether a name of a table is made of a date: other runs meet other tables."""
    return any(
        "{" in access.table.table
        for transaction in footprint.transactions
        for access in transaction.accesses
    )


def _boxes(footprint: Footprint) -> Iterator[Box]:
    for transaction in footprint.transactions:
        for access in transaction.accesses:
            yield from access.region.boxes
            if access.arrives is not None:
                yield from access.arrives.boxes


def _bounds(footprint: Footprint) -> Iterator[Bound | None]:
    for box in _boxes(footprint):
        for _, intervals in box.columns:
            for interval in intervals:
                yield from (interval.low, interval.high)


def _shape(footprint: Footprint) -> Shape:
    made = tuple(
        tuple(access.sequence for access in transaction.accesses)
        for transaction in footprint.transactions
    )
    bounds = (
        (name, tuple((_undated(i.low), _undated(i.high)) for i in intervals))
        for box in _boxes(footprint)
        for name, intervals in box.columns
    )
    return (made, *bounds)


def _undated(bound: Bound | None) -> object:
    return _SOME_DATE if isinstance(bound, datetime) else bound


def _layout(moments: tuple[datetime, ...]) -> tuple[int, ...]:
    """Return each moment's place in their order; only neighbouring days are one apart."""
    numbers: dict[datetime, int] = {}
    number, last = 0, datetime.min
    for moment in sorted(set(moments)):
        number += 1 if moment - last == _ONE_DAY else 2
        numbers[moment] = number
        last = moment
    return tuple(numbers[moment] for moment in moments)


def _distinct(runs: RunPairs) -> RunPairs:
    """Return the first of all pairs whose dates lie alike to each other."""
    found: dict[tuple[object, ...], tuple[RunDates, RunDates]] = {}
    for pair in runs:
        found.setdefault(_distances(*pair), pair)
    return tuple(found.values())


def _distances(a: RunDates, b: RunDates) -> tuple[object, ...]:
    """Return how far the dates of two runs lie from each other, and the time of the day."""
    zero = a.logical_date
    return (zero.time(), *(dates.of(anchor) - zero for dates in (a, b) for anchor in Anchor))


def _moves_along(footprint: Footprint) -> bool:
    """Whether every date of the footprint is one of the run's dates plus a fixed time.

    Two such footprints lie to each other alike in all runs with the same distances, as long as
    each sends the same in all runs.
    """
    return not conditions(footprint) and all(
        _is_fixed_distance(bound) for bound in _bounds(footprint)
    )


def _is_fixed_distance(bound: Bound | None) -> bool:
    if not isinstance(bound, Symbol):
        return bound is None or not _is_date(str(bound))
    if all(isinstance(part, str) for part in bound.parts):
        return not _is_date("".join(map(str, bound.parts)))
    (only, *more) = bound.parts
    if more or not isinstance(only, DateExpr) or only.format not in _WHOLE_DATES:
        return False
    return all(_is_fixed_step(step) for step in only.steps + bound.steps)


def _is_date(text: str) -> bool:
    return parse_value(text, ColumnType.DATE) is not None


def _is_fixed_step(step: DateStep) -> bool:
    if isinstance(step, Shift):
        return not step.months
    if isinstance(step, InZone):
        return fixed_offset(step.zone) is not None
    return isinstance(step, Truncate) and step.unit in _PARTS_OF_A_DAY
