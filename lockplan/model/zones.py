"""Time zones: between a zone's wall clock and UTC, as Airflow reckons where clocks are changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?(\d\d))?")
_YEARS = range(2015, 2038)
"""Over these a zone counts as one whose clocks are never changed."""


@dataclass(frozen=True, slots=True)
class Zone:
    """The time zone that something is meant in."""

    name: str | None = None
    """As the IANA names it, or an offset such as ``+09:00``; None is Airflow's default."""
    known: bool = True
    """Where not, it may be any, and the name only stands for the others."""

    def or_default(self, default: Zone) -> Zone:
        """Return this zone, or Airflow's default where it is that one."""
        return self if self.name else Zone(default.name, self.known and default.known)


UTC_ZONE = Zone("UTC")
DEFAULT_ZONE = Zone()
NOT_FOUND = "Python finds no list of zones on some machines: `pip install tzdata`"
"""The way out where a name is right and still not found."""
ALL_OFFSETS = tuple(f"{hours:+03}:00" for hours in range(-12, 15))
"""With an hour of leeway: everywhere on earth."""


@lru_cache(maxsize=512)
def tzinfo_of(name: str) -> tzinfo | None:
    """Return a zone by its name or its offset, None where there is none of that name.

    Without the system's own list of zones, Python needs the package `tzdata` to know any but UTC.
    """
    if name.lower() in ("utc", "z", "etc/utc", "gmt"):
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        sign, *numbers = offset.groups()
        hours, minutes, seconds = (int(number or 0) for number in numbers)
        distance = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return timezone(-distance if sign == "-" else distance)
    from zoneinfo import ZoneInfo  # only who names a zone waits for it

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return None


def name_of(zone: tzinfo | None) -> str | None:
    """Return the name or the offset by which `tzinfo_of` finds a zone; None of one without."""
    return None if zone is None else getattr(zone, "key", None) or _offset_name(zone)


def _offset_name(zone: tzinfo) -> str:
    return "UTC" if zone == UTC else str(zone).removeprefix("UTC")


@lru_cache(maxsize=65536)
def to_wall(moment: datetime, name: str) -> datetime:
    """Return what a zone's clocks show at a moment of UTC; both are naive.

    An unknown name counts as UTC: whoever asks has looked at `tzinfo_of` before.
    """
    zone = tzinfo_of(name)
    if zone is None or zone is UTC:
        return moment
    try:
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        return moment


@lru_cache(maxsize=65536)
def to_utc(wall: datetime, name: str) -> datetime:
    """Return the moment of UTC at which a zone's clocks show `wall`; both are naive.

    As in Airflow: a time that exists twice is the second one, and one that does not exist is as
    long after the change as it would be without it.
    """
    zone = tzinfo_of(name)
    if zone is None or zone is UTC:
        return wall
    try:
        offsets = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
        return wall - min(offset for offset in offsets if offset is not None)
    except (OverflowError, ValueError):
        return wall


@lru_cache(maxsize=512)
def fixed_offset(name: str) -> timedelta | None:
    """Return a zone's distance from UTC where its clocks are never changed."""
    zone = tzinfo_of(name)
    if zone is None:
        return None
    moments = (datetime(year, month, 1) for year in _YEARS for month in range(1, 13))
    offsets = {zone.utcoffset(moment) for moment in moments}
    return offsets.pop() if len(offsets) == 1 else None
