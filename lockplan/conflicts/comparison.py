"""Comparing two footprints over many runs, each distinct situation once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from lockplan.engines import compare
from lockplan.footprints import resolve_footprint
from lockplan.model.access import Footprint
from lockplan.model.dates import Anchor, DateExpr, DateStep, RunDates, Shift, Truncate, Unit
from lockplan.model.region import Bound, Box, Symbol, parse_value
from lockplan.model.schema import ColumnType, Schema
from lockplan.model.verdict import FREE, Certainty, Outcome, Verdict

_OUTCOMES = {None: 0, Outcome.RACE: 1, Outcome.WAIT: 2, Outcome.DEADLOCK: 3}
_CERTAINTIES = {Certainty.NONE: 0, Certainty.POSSIBLE: 1, Certainty.CERTAIN: 2}

_DAY_FORMATS = ("%Y-%m-%d", "%Y%m%d")

Fingerprint = tuple[object, ...]
"""All bounds of all regions relative to a run, in a fixed order: equal ones lock alike."""


def severity(verdict: Verdict) -> tuple[int, int]:
    """Rank verdicts: deadlocks before waits before races, then the surer ones."""
    return (_OUTCOMES[verdict.outcome], _CERTAINTIES[verdict.certainty])


@dataclass(frozen=True, slots=True)
class Meeting:
    """The worst that two tasks do to each other over the runs compared."""

    verdict: Verdict
    a: Footprint
    """Resolved for the run in which it happens."""
    b: Footprint
    dates: RunDates


@dataclass(frozen=True, slots=True)
class _Resolved:
    footprint: Footprint
    fingerprint: Fingerprint


class Comparison:
    """Compares footprints by position; what was resolved or compared once is kept."""

    def __init__(self, footprints: tuple[Footprint, ...], schema: Schema) -> None:
        self.footprints = footprints
        self.schema = schema
        self._resolved: dict[tuple[int, RunDates, RunDates], _Resolved] = {}
        self._moves_in_days = [_moves_in_days(footprint) for footprint in footprints]

    def worst(self, a: int, b: int, runs: Iterable[tuple[RunDates, RunDates]]) -> Meeting | None:
        """Return the worst meeting of two tasks over pairs of runs, None where they never meet.

        Each pair holds the dates of `a`'s run and of `b`'s. A verdict depends on dates only
        through the bounds of regions, and not on where all of them stand in the calendar.
        """
        worst: Meeting | None = None
        seen: set[tuple[Fingerprint, Fingerprint]] = set()
        for dates_a, dates_b in runs:
            first, second = self._resolve(a, dates_a, dates_a), self._resolve(b, dates_b, dates_a)
            key = (first.fingerprint, second.fingerprint)
            if key not in seen:
                seen.add(key)
                verdict = compare(first.footprint, second.footprint, self.schema, dates_a)
                if severity(verdict) > severity(worst.verdict if worst else FREE):
                    worst = Meeting(verdict, first.footprint, second.footprint, dates_a)
            if dates_a == dates_b and self._moves_in_days[a] and self._moves_in_days[b]:
                break
        return worst

    def _resolve(self, position: int, dates: RunDates, reference: RunDates) -> _Resolved:
        key = (position, dates, reference)
        found = self._resolved.get(key)
        if found is None:
            footprint = resolve_footprint(self.footprints[position], dates, self.schema)
            found = _Resolved(footprint, _fingerprint(footprint, reference))
            self._resolved[key] = found
        return found


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


def _fingerprint(footprint: Footprint, reference: RunDates) -> Fingerprint:
    def relative(bound: Bound | None) -> timedelta | Bound | None:
        return bound - reference.logical_date if isinstance(bound, datetime) else bound

    return tuple(
        (name, tuple((relative(i.low), relative(i.high)) for i in intervals))
        for box in _boxes(footprint)
        for name, intervals in box.columns
    )


def _moves_in_days(footprint: Footprint) -> bool:
    """Whether every date of the footprint is the logical date plus a fixed number of days.

    Two such footprints lie to each other alike in every run.
    """
    return all(_is_day_of_run(bound) for bound in _bounds(footprint))


def _is_day_of_run(bound: Bound | None) -> bool:
    if isinstance(bound, Symbol):
        steps = bound.steps
        for part in bound.parts:
            if not isinstance(part, DateExpr) or len(bound.parts) > 1:
                return False
            if part.anchor is not Anchor.LOGICAL_DATE or part.format not in _DAY_FORMATS:
                return False
            steps = part.steps + steps
        return all(_is_day_step(step) for step in steps)
    return bound is None or parse_value(str(bound), ColumnType.DATE) is None


def _is_day_step(step: DateStep) -> bool:
    if isinstance(step, Shift):
        return not step.months and not step.seconds
    return isinstance(step, Truncate) and step.unit is Unit.DAY
