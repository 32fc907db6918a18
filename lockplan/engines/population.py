"""Which rows a table holds, as far as its statistics tell: what lies next to a range, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from math import prod
from typing import Any

from lockplan.engines.geometry import boxes_meet, covers, is_plain, project
from lockplan.engines.interface import EVERYTHING, Boxes
from lockplan.model.access import Access, Footprint, ReadStatement, Role
from lockplan.model.region import Bound, Box, Interval, Symbol, Value, intervals_overlap
from lockplan.model.schema import ColumnStatistics, ColumnType, Statistics, Table

Step = timedelta | Decimal
FEWEST_OF_A_GRID = 10
"""Whole numbers with holes are taken as evenly spaced from so many values on, where they fit."""
LEAST_WIDE_STEP = 10
ESTIMATES_MAY_BE_OFF_BY = 2
"""How far a server's estimate of the rows in a range may change until the night."""
_ROUND = frozenset({(1,), (2,), (5,), (2, 5)})
"""The digits of round steps: 10, 20, 50, 25, 100 …"""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The value that is there next to another one: it lies between `near` and `far`."""

    near: Value | None
    """The nearest value that it may be; None where nothing is there."""
    far: Value | None
    """The farthest value that it may be; None where there may be nothing at all."""


class Population:
    """The rows of a table before two tasks begin."""

    def __init__(self, table: Table, statistics: Statistics, changed: Boxes = ()) -> None:
        self.rows = statistics.rows
        self.estimated = statistics.estimated
        """Whether the numbers are a server's own estimates: good for its choice of an index."""
        self.margin = ESTIMATES_MAY_BE_OFF_BY if statistics.estimated else 1
        self.changed = changed
        """Rows that may have come or gone since, by what a task has committed."""
        self._columns = statistics.columns
        self._types = {column.name.lower(): column.type for column in table.columns}
        self._keys = [frozenset(index.columns) for index in table.indexes if index.unique]
        self._fractional = {c.name.lower() for c in table.columns if c.fractional}

    @cached_property
    def box(self) -> Box:
        """The box that holds all rows."""
        ends = {
            name: (Interval(known.low, known.high),)
            for name, known in self._columns.items()
            if known.low is not None and known.high is not None
        }
        return Box.of(ends)

    def may_hold(self, box: Box) -> bool:
        """Whether some row may lie in a box."""
        if self.rows and boxes_meet(self.box, box) and not self._misses_grid(box):
            return True
        return any(boxes_meet(each, box) for each in self.changed)

    def _misses_grid(self, box: Box) -> bool:
        """Whether a box lies between the values of a column that are evenly spaced."""
        return any(
            self._step(name) is not None and not any(self._on_grid(name, part) for part in parts)
            for name, parts in box.columns
        )

    def _on_grid(self, name: str, part: Interval) -> bool:
        """Whether an interval may hold one of the evenly spaced values of a column."""
        first: Any = self._columns[name].low
        low: Any = part.low
        step = self._step(name)
        if low is None or part.high is None or step is None or not isinstance(low, type(first)):
            return True
        if low < first:
            return True
        at_or_below = first + step * ((low - first) // step)
        found = at_or_below if at_or_below == low else at_or_below + step
        return intervals_overlap(part, Interval(found, found)) or (
            found == low and not part.low_closed
        )

    def surely_holds(self, box: Box) -> bool:
        """Whether every point of a box is a row that is there."""
        names = [name for name, _ in box.columns]
        if any(boxes_meet(each, box) for each in self.changed):
            return False
        (ends,) = project((self.box,), names)
        whole = all(self._unit(name) for name in names)
        return whole and self.is_complete(names) and covers(ends, box)

    def is_complete(self, names: Collection[str]) -> bool:
        """Whether the columns' values occur in all combinations, without a hole.

        As many rows as combinations are all of them only where no combination has two rows.
        """
        columns = [self._columns.get(name) for name in names]
        if not all(self._step(name) for name in names):
            return False
        if len(columns) == 1:
            return True
        if not any(key.issubset(names) for key in self._keys):
            return False
        return prod((c.distinct or 0) for c in columns if c) == self.rows

    def first(self, name: str) -> Value | None:
        """Return the smallest value of a column; None where it is not known."""
        known = self._columns.get(name)
        return known.low if known else None

    def last(self, name: str) -> Value | None:
        """Return the greatest value of a column; None where it is not known."""
        known = self._columns.get(name)
        return known.high if known else None

    def fraction(self, box: Box) -> float | None:
        """Return the share of the rows that lie in a box, as an optimiser estimates it."""
        shares = [self._share(name, parts) for name, parts in box.columns]
        return None if None in shares else prod(share for share in shares if share is not None)

    def _share(self, name: str, parts: tuple[Interval, ...]) -> float | None:
        known = self._columns.get(name)
        if known is None or not known.distinct:
            return None
        shares = [_interval_share(known, part, self._step(name)) for part in parts]
        return None if None in shares else min(1.0, sum(s for s in shares if s is not None))

    def below(self, name: str, end: Bound | None) -> Neighbour:
        """Return the greatest value of a column below `end`; None is below all values."""
        return self._next_to(name, end, upwards=False)

    def above(self, name: str, end: Bound | None) -> Neighbour:
        """Return the smallest value of a column above `end`; None is above all values."""
        return self._next_to(name, end, upwards=True)

    def _next_to(self, name: str, end: Bound | None, *, upwards: bool) -> Neighbour:
        if end is None:
            return Neighbour(None, None)
        if isinstance(end, Symbol):
            raise TypeError("regions must be resolved before they meet")
        parts = [part for box in self.changed for part in box.intervals(name)]
        near, far = self._stored(name, end, upwards=upwards)
        known = near == far
        for _ in parts:
            touched = [part for part in parts if _meets_stretch(part, end, far, upwards=upwards)]
            if not touched:
                break
            near = end
            ends = [part.high if upwards else part.low for part in touched]
            if far is None or (known and not any(_holds(part, far) for part in touched)):
                break
            outer = _outermost(ends, upwards=upwards)
            if outer is None:
                return Neighbour(near, None)
            first, far = self._stored(name, outer, upwards=upwards)
            known = first == far
        return Neighbour(near, far)

    def _stored(self, name: str, end: Value, *, upwards: bool) -> tuple[Value | None, Value | None]:
        """Return the nearest and the farthest value that the next one may be."""
        known = self._columns.get(name)
        if not self.rows:
            return None, None
        if known is None:
            return end, None
        first, last = (known.low, known.high) if upwards else (known.high, known.low)
        if not isinstance(first, type(end)) or not isinstance(last, type(end)):
            return end, None
        if any(isinstance(v, str) and not is_plain(v) for v in (end, first, last)):
            return end, None
        if end == last or _is_beyond(end, last, upwards=upwards):
            return None, None
        if _is_beyond(first, end, upwards=upwards):
            return first, first
        step = self._step(name)
        if step is not None:
            value = _next_on_grid(end, known.low, step, upwards=upwards)
            return value, value
        stretch = self._longest_hole(name)
        if stretch is None:
            return end, last
        far = _moved(end, stretch if upwards else -stretch)
        return end, last if _is_beyond(far, last, upwards=upwards) else far

    def _longest_hole(self, name: str) -> timedelta | None:
        """Return within which distance the next day is: no more days than are missing lie between.

        None where the column does not hold days.
        """
        known = self._columns[name]
        if self._types.get(name) is not ColumnType.DATE or known.distinct is None:
            return None
        low, high = known.low, known.high
        if not isinstance(low, datetime) or not isinstance(high, datetime):
            return None
        return timedelta(days=(high - low).days + 2 - known.distinct)

    def _unit(self, name: str) -> Step | None:
        """Return the distance of neighbouring values of a column that has no hole."""
        step = self._step(name)
        if self._types.get(name) is ColumnType.DATETIME:
            return None
        return step if step in (timedelta(days=1), Decimal(1)) else None

    def _step(self, name: str) -> Step | None:
        """Return the distance of neighbouring values of a column where all are the same."""
        known = self._columns.get(name)
        if known is None or not known.distinct or known.distinct < 2:
            return self._single_step(name)
        low, high, kind = known.low, known.high, self._types.get(name)
        if isinstance(low, datetime) and isinstance(high, datetime):
            if kind is ColumnType.DATETIME:
                return _even_time(low, high, known.distinct)
            return timedelta(days=1) if (high - low).days + 1 == known.distinct else None
        whole = kind is ColumnType.NUMBER and name not in self._fractional
        if whole and isinstance(low, Decimal) and isinstance(high, Decimal):
            return _even_step(low, high, known.distinct)
        return None

    def _single_step(self, name: str) -> Step | None:
        """Return the distance for a column of one day only."""
        known = self._columns.get(name)
        one_day = known is not None and known.distinct == 1 and known.low == known.high
        return timedelta(days=1) if one_day and self._types.get(name) is ColumnType.DATE else None


def _even_step(low: Decimal, high: Decimal, distinct: int) -> Decimal | None:
    """Return the step of whole numbers whose ends and count make it even.

    Without a hole it is 1. A wider one is a guess, and needs a round step that both ends keep.
    """
    step, rest = divmod(high - low, distinct - 1)
    if rest or low % 1:
        return None
    if step == 1:
        return step
    fits = step >= LEAST_WIDE_STEP and distinct >= FEWEST_OF_A_GRID and not low % step
    return step if fits and step.normalize().as_tuple().digits in _ROUND else None


def _even_time(low: datetime, high: datetime, distinct: int) -> timedelta | None:
    """Return the step of moments that their ends and their count make even: whole minutes."""
    minutes, rest = divmod((high - low) / (distinct - 1), timedelta(minutes=1))
    if rest or distinct < FEWEST_OF_A_GRID or not minutes:
        return None
    return timedelta(minutes=minutes)


def _next_on_grid(value: Any, low: Any, step: Any, *, upwards: bool) -> Any:
    """Return the value of the grid next to another one that lies between its ends."""
    at_or_below = low + step * ((value - low) // step)
    if upwards:
        return at_or_below + step
    return at_or_below - step if at_or_below == value else at_or_below


def _is_beyond(a: Value, b: Value, *, upwards: bool) -> bool:
    return a > b if upwards else a < b  # type: ignore[operator]  # both are of one kind


def _moved(value: Any, step: Any) -> Any:
    """Return `value + step`: a column's values and its step are of one kind."""
    return value + step


def _meets_stretch(part: Interval, end: Value, far: Value | None, *, upwards: bool) -> bool:
    return intervals_overlap(part, Interval(end, far) if upwards else Interval(far, end))


def _holds(part: Interval, value: Value) -> bool:
    return intervals_overlap(part, Interval(value, value))


def _outermost(ends: list[Bound | None], *, upwards: bool) -> Value | None:
    """Return the last of some ends; None where one of them is open."""
    known = [end for end in ends if isinstance(end, datetime | Decimal)]
    if len(known) < len(ends):
        return None
    return max(known) if upwards else min(known)


def _interval_share(known: ColumnStatistics, part: Interval, step: Step | None) -> float | None:
    assert known.distinct
    one = 1 / known.distinct
    if part.is_point:
        return one
    low: Any = known.low
    high: Any = known.high
    start: Any = low if part.low is None else part.low
    end: Any = high if part.high is None else part.high
    kinds = {type(value) for value in (low, high, start, end)}
    if len(kinds) > 1 or not isinstance(low, datetime | Decimal):
        return None
    if step and part.low is not None and not part.low_closed:
        start += step
    if step and part.high is not None and not part.high_closed:
        end -= step
    start, end = max(start, low), min(end, high)
    if start > end:
        return 0.0
    span, piece = (_moved(x, step) if step else x for x in (high - low, end - start))
    return float(piece / span) if span else 1.0


def committed_changes(footprints: Iterable[Footprint]) -> dict[str, Boxes]:
    """Return the rows that come and go, by lower-case table, before a task has its last lock."""
    found: dict[str, Boxes] = {}
    for footprint in footprints:
        last = _open_to_the_end(footprint)
        for number, transaction in enumerate(footprint.transactions):
            for access in transaction.accesses if number != last else ():
                name = access.table.table.lower()
                found[name] = (*found.get(name, ()), *_changed_rows(access))
    return {name: boxes for name, boxes in found.items() if boxes}


def _open_to_the_end(footprint: Footprint) -> int | None:
    """Return the transaction that surely commits behind all other statements; None for none.

    It need not be the one that began last: a task may have several connections.
    """
    acting = [statement for statement in footprint.statements if statement.accesses]
    last = acting[-1].transaction if acting else None
    own = (statement for statement in acting if statement.transaction == last)
    return None if any(map(_may_commit_and_go_on, own)) else last


def _may_commit_and_go_on(statement: ReadStatement) -> bool:
    """Whether what stands beside a statement in a loop or under a condition may be a commit."""
    loose = statement.statement.repeated or statement.statement.conditional
    # Rows that are only inserted one after the other lock nothing around them.
    return loose and any(access.role is not Role.INSERT for access in statement.accesses)


def _changed_rows(access: Access) -> Boxes:
    if access.role is Role.DDL:
        return EVERYTHING
    if access.role in (Role.INSERT, Role.DELETE):
        return access.region.boxes
    if access.role is Role.UPDATE and (access.arrives is not None or not access.written):
        return (*access.region.boxes, *(access.arrives.boxes if access.arrives else EVERYTHING))
    return ()
