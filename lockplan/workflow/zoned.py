"""Symbolic dates in time zones: from one zone into another, and naive ones placed into a zone."""

from __future__ import annotations

from lockplan.model.dates import Anchor, DateExpr, InZone
from lockplan.workflow import dates
from lockplan.workflow.values import DateKind, DateValue, Unknown

_MACHINES = "a date by the worker's clock in another time zone"


def in_zone(moment: DateExpr, zone: str, kind: DateKind = DateKind.AWARE) -> DateValue | Unknown:
    """Return the same moment in another time zone; of a naive one it is not known which it is."""
    if moment.anchor is Anchor.WORKER_TIME:
        if moment.steps:
            return Unknown(_MACHINES)
        moment = dates.run_time(kind, Anchor.RUN_TIME)
    if dates.kind_of(moment) not in dates.AWARE_KINDS:
        return Unknown(_MACHINES)
    return _shown_in(_in_utc(moment), zone, kind)


def placed(moment: DateExpr, zone: str | None, kind: DateKind = DateKind.AWARE) -> DateExpr:
    """Return what the moment's clock shows as a time of a zone, of none where that is None."""
    if zone is None:
        return dates.as_kind(moment, DateKind.DATETIME)
    if dates.zone_in(moment) is None and zone == "UTC":
        return dates.as_kind(moment, kind)
    return _shown_in(dates.with_step(moment, InZone(zone, back=True), kind), zone, kind)


def _in_utc(moment: DateExpr) -> DateExpr:
    zone = dates.zone_in(moment)
    return moment if zone is None else dates.with_step(moment, InZone(zone, back=True))


def _shown_in(moment: DateExpr, zone: str, kind: DateKind) -> DateValue:
    if zone == "UTC":
        return dates.as_kind(moment, kind)
    return dates.with_step(moment, InZone(zone), kind)


def instant(moment: DateExpr) -> DateExpr:
    """Return an aware date in UTC, as it compares with others; a naive one as it is."""
    return _in_utc(moment) if dates.kind_of(moment) in dates.AWARE_KINDS else moment
