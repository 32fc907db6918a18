"""Regions while they are built: intersection and union that may grow but never lose a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from lockplan.model.dates import RunDates
from lockplan.model.region import ALL, Bound, Box, Interval, Region, Symbol, Value, comparable
from lockplan.model.schema import ColumnType

MAX_BOXES = 64
_EPOCH = datetime(1970, 1, 1)
_NO_RUN = RunDates(_EPOCH, _EPOCH, _EPOCH)


def fixed(bound: Bound | None, type: ColumnType | None) -> Value | None:
    """Return the value of a bound that is the same in every run; None for others."""
    if isinstance(bound, Symbol):
        if all(isinstance(part, str) for part in bound.parts):
            return bound.resolve(_NO_RUN, type)
        return None
    return bound


def only(column: str, intervals: Iterable[Interval]) -> Region:
    """Return the rows whose column lies in one of the intervals."""
    return Region((Box(((column, tuple(intervals)),)),))


def union(regions: Iterable[Region]) -> Region:
    """Return the rows that lie in any of the regions."""
    regions = tuple(regions)
    exact = all(region.exact for region in regions)
    if any(region.is_all for region in regions):
        return Region((Box(),), exact)
    boxes = _joined([box for region in regions for box in region.boxes])
    return Region(tuple(boxes), exact) if len(boxes) <= MAX_BOXES else ALL


def _joined(boxes: list[Box]) -> list[Box]:
    """Make one box of those that limit nothing but the same column."""
    singles: dict[str, list[Interval]] = {}
    others: dict[Box, None] = {}
    for box in boxes:
        if len(box.columns) == 1:
            name, intervals = box.columns[0]
            singles.setdefault(name, []).extend(intervals)
        else:
            others[box] = None
    lines = [Box(((name, tuple(dict.fromkeys(found))),)) for name, found in singles.items()]
    return [*lines, *others]


def intersection(a: Region, b: Region, types: dict[str, ColumnType]) -> Region:
    """Return the rows that lie in both, or more where bounds depend on the run."""
    exact = a.exact and b.exact
    if a.is_all or b.is_all:
        return Region((b if a.is_all else a).boxes, exact)
    if len(a.boxes) * len(b.boxes) > MAX_BOXES:
        return Region(min(a.boxes, b.boxes, key=len), exact=False)
    boxes: dict[Box, None] = {}
    for mine in a.boxes:
        for other in b.boxes:
            box, decided = _both(mine, other, types)
            exact = exact and decided
            boxes[box] = None
    return Region(tuple(boxes), exact)


def _both(a: Box, b: Box, types: dict[str, ColumnType]) -> tuple[Box, bool]:
    columns = dict(a.columns)
    decided = True
    for name, intervals in b.columns:
        if name in columns:
            met = _meet(columns[name], intervals, types.get(name))
            decided = decided and met is not None
            intervals = met or min(columns[name], intervals, key=_width)
        columns[name] = intervals
    return Box.of(columns), decided


def _width(intervals: tuple[Interval, ...]) -> tuple[bool, int]:
    return (not all(interval.is_point for interval in intervals), len(intervals))


def _meet(
    a: tuple[Interval, ...], b: tuple[Interval, ...], type: ColumnType | None
) -> tuple[Interval, ...] | None:
    """Return the common part of two unions; None where it is empty or depends on the run."""
    if len(a) * len(b) > MAX_BOXES:
        return None
    found: dict[Interval, None] = {}
    for mine in a:
        for other in b:
            low = _tighter(mine.low, mine.low_closed, other.low, other.low_closed, type, 1)
            high = _tighter(mine.high, mine.high_closed, other.high, other.high_closed, type, -1)
            if low is None or high is None:
                return None
            interval = Interval(low[0], high[0], low[1], high[1])
            if not _is_empty(interval, type):
                found[interval] = None
    return tuple(found) or None


def _tighter(
    a: Bound | None,
    a_closed: bool,
    b: Bound | None,
    b_closed: bool,
    type: ColumnType | None,
    sign: int,
) -> tuple[Bound | None, bool] | None:
    """Return the inner one of two ends; None where that depends on the run."""
    if a is None or b is None:
        return (b, b_closed) if a is None else (a, a_closed)
    if a == b:
        return a, a_closed and b_closed
    order = _order(a, b, type)
    if order is None:
        return None
    if order == 0:
        return a, a_closed and b_closed
    return (a, a_closed) if order * sign > 0 else (b, b_closed)


def _order(a: Bound, b: Bound, type: ColumnType | None) -> int | None:
    x, y = fixed(a, type), fixed(b, type)
    if x is None or y is None or not comparable(x, y):
        return None
    if isinstance(x, Decimal) and type in (ColumnType.DATE, ColumnType.DATETIME):
        return None  # 20240105 and 240105 are one day
    return 0 if x == y else (1 if x > y else -1)  # type: ignore[operator]  # of one kind


def _is_empty(interval: Interval, type: ColumnType | None) -> bool:
    if interval.low is None or interval.high is None:
        return False
    order = _order(interval.low, interval.high, type)
    return order == 1 or (order == 0 and not (interval.low_closed and interval.high_closed))
