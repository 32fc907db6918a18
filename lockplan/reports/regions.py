"""Regions as data: boxes of columns, with dates relative to the run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lockplan.model.dates import DateExpr, RunDates, relative_day
from lockplan.model.region import Bound, Box, Interval, Region, Symbol
from lockplan.model.statement import render_parts

RegionData = str | list[dict[str, list[list[str | None]]]]


def region_data(region: Region, dates: RunDates) -> RegionData:
    """Return ``"all"``, or one mapping from columns to intervals per box.

    An interval is ``[low, high]``: None is unbounded, ``>`` and ``<`` begin an end that is not
    part of it.
    """
    if region.is_all:
        return "all"
    return [_box(box, dates) for box in region.boxes]


def _box(box: Box, dates: RunDates) -> dict[str, list[list[str | None]]]:
    return {name: [_interval(part, dates) for part in parts] for name, parts in box.columns}


def _interval(interval: Interval, dates: RunDates) -> list[str | None]:
    low = _bound(interval.low, "" if interval.low_closed else ">", dates)
    high = _bound(interval.high, "" if interval.high_closed else "<", dates)
    return [low, high]


def _bound(bound: Bound | None, mark: str, dates: RunDates) -> str | None:
    if bound is None:
        return None
    return mark + (_symbol(bound, dates) if isinstance(bound, Symbol) else _text(bound))


def _text(value: object) -> str:
    if not isinstance(value, datetime):
        return str(value)
    midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
    return value.date().isoformat() if value == midnight else value.isoformat(sep=" ")


def _symbol(symbol: Symbol, dates: RunDates) -> str:
    only = symbol.parts[0] if len(symbol.parts) == 1 else None
    if isinstance(only, DateExpr):
        return str(replace(only, steps=(*only.steps, *symbol.steps)))
    value = symbol.resolve(dates, None)
    if value is None:
        return render_parts(symbol.parts, dates)
    return relative_day(value, dates) if isinstance(value, datetime) else str(value)
