"""Rows as people say them: ``day ds-6 … ds``."""

from __future__ import annotations

from datetime import datetime

from lockplan.model.dates import RunDates, relative_day
from lockplan.model.region import Box, Interval, Region, Symbol, Value

MOST_BOXES = 3


def describe_region(region: Region, dates: RunDates) -> str:
    """Describe a resolved region with dates relative to a run."""
    if region.is_all:
        return "all rows" if region.exact else "possibly all rows"
    if not region.boxes:
        return "no rows"
    texts = [_describe_box(box, dates) for box in region.boxes[:MOST_BOXES]]
    more = len(region.boxes) - MOST_BOXES
    return " or ".join(texts) + (f" or {more} more" if more > 0 else "")


def _describe_box(box: Box, dates: RunDates) -> str:
    return ", ".join(
        f"{column} {' or '.join(describe_interval(i, dates) for i in intervals)}"
        for column, intervals in box.columns
    )


def describe_interval(interval: Interval, dates: RunDates) -> str:
    """Describe a resolved interval: ``ds``, ``ds-6 … ds``, ``before ds-90``."""
    low, high = _value(interval.low, dates), _value(interval.high, dates)
    if low is None and high is None:
        return "any"
    if high is None:
        return f"{'from' if interval.low_closed else 'after'} {low}"
    if low is None:
        return f"{'up to' if interval.high_closed else 'before'} {high}"
    if low == high:
        return low
    return f"{low} … {high}"


def _value(value: Value | Symbol | None, dates: RunDates) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return relative_day(value, dates)
    return repr(value) if isinstance(value, str) else str(value)
