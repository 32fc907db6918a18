"""Boxes against boxes: whether two locks may share a row, surely do, or what lies behind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from lockplan.engines.interface import Boxes, Extent
from lockplan.model.region import (
    Bound,
    Box,
    Interval,
    comparable,
    intervals_overlap,
)
from lockplan.model.verdict import Certainty


def shared(a: Boxes, a_extent: Extent, b: Boxes, b_extent: Extent) -> tuple[Certainty, Boxes]:
    """Return how surely two locks share a row, and the boxes where they do."""
    certainty, where = Certainty.NONE, []
    for mine in a:
        for other in b:
            if not boxes_meet(mine, other):
                continue
            where.append(intersection(mine, other))
            if surely_meet(mine, a_extent, other, b_extent):
                certainty = Certainty.CERTAIN
            elif certainty is Certainty.NONE:
                certainty = Certainty.POSSIBLE
    return certainty, tuple(where)


def boxes_meet(a: Box, b: Box) -> bool:
    """Whether two boxes may share a row."""
    if not a.columns or not b.columns:
        return True
    others = dict(b.columns)
    return all(
        name not in others or any(_meet(x, y) for x in mine for y in others[name])
        for name, mine in a.columns
    )


def surely_meet(a: Box, a_extent: Extent, b: Box, b_extent: Extent) -> bool:
    """Whether two boxes that may share a row surely do, given that ranges hold rows.

    Two full boxes do where one limits no column but the other's: then their meeting is a range like
    any other. A part of a box surely meets only what covers the box, and a key that may not exist
    only what names the same key.
    """
    low, high = sorted((a_extent, b_extent))
    if low is Extent.MAYBE or high is not Extent.ALL or not _same_kinds(a, b):
        return False
    if low is Extent.KEYS:
        key, other = (a, b) if a_extent is Extent.KEYS else (b, a)
        (named,) = project((other,), (name for name, _ in key.columns))
        return covers(key, named) and covers(named, key)
    if low is Extent.ALL:
        mine, theirs = ({name for name, _ in box.columns} for box in (a, b))
        return mine <= theirs or theirs <= mine
    return covers(b, a) if b_extent is Extent.ALL else covers(a, b)


def covers(outer: Box, inner: Box) -> bool:
    """Whether every row of `inner` surely lies in `outer`."""
    others = dict(inner.columns)
    return all(
        name in others and all(any(_holds(o, i) for o in intervals) for i in others[name])
        for name, intervals in outer.columns
    )


def intersection(a: Box, b: Box) -> Box:
    """Return the box of the rows that lie in both."""
    if not a.columns or not b.columns:
        return a if a.columns else b
    columns = dict(a.columns)
    for name, theirs in b.columns:
        mine = columns.get(name)
        columns[name] = theirs if mine is None else _intersect(mine, theirs)
    return Box.of(columns)


def project(boxes: Boxes, names: Iterable[str]) -> Boxes:
    """Return the boxes with only the given columns limited."""
    kept = frozenset(names)
    return tuple(Box(tuple(part for part in box.columns if part[0] in kept)) for box in boxes)


def rename(boxes: Boxes, names: dict[str, str]) -> Boxes:
    """Return the boxes over other columns: those that `names` maps, under their new names."""
    return tuple(
        Box.of({names[column]: parts for column, parts in box.columns if column in names})
        for box in boxes
    )


def pinned(box: Box, columns: Iterable[str]) -> bool:
    """Whether the box gives every one of the columns single values."""
    return all(all(part.is_point for part in box.intervals(column)) for column in columns)


def may_lie_behind(ranges: Boxes, others: Boxes, column: str) -> bool:
    """Whether rows of `others` may come after a range of `ranges` in the order of `column`."""
    highs = [part.high for box in ranges for part in box.intervals(column)]
    ends = [part.high for box in others for part in box.intervals(column)]
    return any(_may_exceed(end, high) for high in highs if high is not None for end in ends)


def lie_behind(others: Boxes, ranges: Boxes, column: str) -> bool:
    """Whether all rows of `others` surely come after all ranges in the order of `column`."""
    ends = [part for box in ranges for part in box.intervals(column)]
    return all(
        _comparable(end, part) and _ends_before(end, part)
        for end in ends
        for other in others
        for part in other.intervals(column)
    )


def adjacent(ranges: Boxes, others: Boxes, column: str, whole_days: bool) -> bool:
    """Whether `others` surely begin right behind a range: the next day, or the same instant."""
    return any(
        _follows(theirs, mine, whole_days)
        for box in ranges
        for mine in box.intervals(column)
        for other in others
        if {name for name, _ in other.columns} == {column}
        for theirs in other.intervals(column)
    )


def _follows(later: Interval, earlier: Interval, whole_days: bool) -> bool:
    low, high = later.low, earlier.high
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return False
    if low == high:
        return later.low_closed and not earlier.high_closed
    closed = later.low_closed and earlier.high_closed
    return whole_days and closed and low - high == timedelta(days=1)


def _may_exceed(end: Bound | None, high: Bound) -> bool:
    if end is None or not _ordered(end, high):
        return True
    return end >= high  # type: ignore[operator]  # _ordered() has checked the kinds


def _meet(a: Interval, b: Interval) -> bool:
    """Whether two intervals may share a value; beyond ASCII, collations hold much for equal."""
    return intervals_overlap(a, b) or any(
        isinstance(end, str) and not end.isascii() for end in (a.low, b.low)
    )


def is_plain(text: str) -> bool:
    """Whether all collations sort such text alike: letters and digits, or a date's hyphens."""
    return text.isascii() and text.replace("-", "").isalnum()


def _ordered(a: Bound, b: Bound) -> bool:
    """Whether ``<`` on the two means what the server's order means."""
    if isinstance(a, str) and isinstance(b, str):
        return is_plain(a) and is_plain(b)
    return comparable(a, b)  # type: ignore[arg-type]  # regions are resolved before they meet


def _same_kinds(a: Box, b: Box) -> bool:
    return not b.columns or all(
        any(_surely_meet(x, y) for x in mine for y in b.intervals(name)) for name, mine in a.columns
    )


def _surely_meet(a: Interval, b: Interval) -> bool:
    """Whether two intervals share a value, also where texts are compared letter by letter."""
    return _comparable(a, b) and not (_ends_before(a, b) or _ends_before(b, a))


def _ends_before(a: Interval, b: Interval) -> bool:
    if a.high is None or b.low is None:
        return False
    if a.high == b.low:
        return not (a.high_closed and b.low_closed)
    return a.high < b.low  # type: ignore[operator]  # the caller has compared the kinds


def _comparable(a: Interval, b: Interval) -> bool:
    mine = [end for end in (a.low, a.high) if end is not None]
    theirs = [end for end in (b.low, b.high) if end is not None]
    return all(comparable(x, y) for x in mine for y in theirs)  # type: ignore[arg-type]


def _holds(outer: Interval, inner: Interval) -> bool:
    return _low_enough(outer, inner) and _high_enough(outer, inner)


def _low_enough(outer: Interval, inner: Interval) -> bool:
    if outer.low is None:
        return True
    if inner.low is None or not _ordered(outer.low, inner.low):
        return outer.low == inner.low
    if outer.low == inner.low:
        return outer.low_closed or not inner.low_closed
    return outer.low < inner.low  # type: ignore[operator]  # _ordered() has checked the kinds


def _high_enough(outer: Interval, inner: Interval) -> bool:
    if outer.high is None:
        return True
    if inner.high is None or not _ordered(outer.high, inner.high):
        return outer.high == inner.high
    if outer.high == inner.high:
        return outer.high_closed or not inner.high_closed
    return outer.high > inner.high  # type: ignore[operator]  # _ordered() has checked the kinds


def _intersect(mine: tuple[Interval, ...], theirs: tuple[Interval, ...]) -> tuple[Interval, ...]:
    if mine == theirs:
        return mine
    return tuple(_narrower(x, y) for x in mine for y in theirs if _meet(x, y)) or mine


def _narrower(a: Interval, b: Interval) -> Interval:
    low = b if _low_enough(a, b) and b.low is not None else a
    high = b if _high_enough(a, b) and b.high is not None else a
    return Interval(low.low, high.high, low.low_closed, high.high_closed)
