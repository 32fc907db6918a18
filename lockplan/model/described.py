"""Regions as people say them, the same on every day: ``day ds-6 … ds``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from lockplan.model.computed import Computed
from lockplan.model.dates import DateExpr
from lockplan.model.region import Bound, Box, Interval, Region, Symbol
from lockplan.model.statement import Unknown

MOST_BOXES = 3


def describe_region(region: Region, columns: Collection[str] | None = None) -> str:
    """Describe a region; of `columns` only where they are given."""
    if region.is_all:
        return "all rows" if region.exact else "possibly all rows"
    if not region.boxes:
        return "no rows"
    boxes = [_only(box, columns) for box in region.boxes]
    texts = list(dict.fromkeys(_describe_box(box) for box in boxes))
    more = len(texts) - MOST_BOXES
    return " or ".join(texts[:MOST_BOXES]) + (f" or {more} more" if more > 0 else "")


def _only(box: Box, columns: Collection[str] | None) -> Box:
    if columns is None:
        return box
    return replace(box, columns=tuple(entry for entry in box.columns if entry[0] in columns))


def _describe_box(box: Box) -> str:
    return ", ".join(
        f"{column} {' or '.join(_describe_interval(interval) for interval in intervals)}"
        for column, intervals in box.columns
    )


def _describe_interval(interval: Interval) -> str:
    """Describe an interval: ``ds``, ``ds-6 … ds``, ``before ds-90``."""
    low, high = _describe_bound(interval.low), _describe_bound(interval.high)
    if low is None and high is None:
        return "any"
    if high is None:
        return f"{'from' if interval.low_closed else 'after'} {low}"
    if low is None:
        return f"{'up to' if interval.high_closed else 'before'} {high}"
    if low == high:
        return low
    low = low if interval.low_closed else f"after {low}"
    return f"{low} … {high}" if interval.high_closed else f"{low} … before {high}"


def _describe_bound(bound: Bound | None) -> str | None:
    if bound is None:
        return None
    if isinstance(bound, Symbol):
        return _describe_symbol(bound)
    if isinstance(bound, datetime):
        return str(bound).removesuffix(" 00:00:00")
    return f"'{bound}'" if isinstance(bound, str) else str(bound)


def _describe_symbol(symbol: Symbol) -> str:
    (first, *more) = symbol.parts
    if isinstance(first, DateExpr) and not more:
        date = first
        for step in symbol.steps:
            date = date.then(step)
        return str(date)
    texts = ["?" if isinstance(part, Unknown) else str(part) for part in symbol.parts]
    has_date = any(isinstance(part, DateExpr | Computed) for part in symbol.parts)
    return "".join(texts) if has_date else f"'{''.join(texts)}'"
