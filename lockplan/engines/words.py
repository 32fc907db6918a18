"""Locks and rows in plain words."""

from __future__ import annotations

from datetime import datetime

from lockplan.engines.interface import (
    Boxes,
    LockKind,
    LockMode,
    LockRequest,
    Meeting,
    MetadataMode,
)
from lockplan.engines.reach import ROW_ID
from lockplan.model.access import TableLock
from lockplan.model.dates import NO_RUN, RunDates, relative_day
from lockplan.model.region import Bound, Box, Interval

_MODES = {
    LockMode.KEY_SHARED: "shared locks on the keys of the rows",
    LockMode.SHARED: "shared locks on the rows",
    LockMode.NO_KEY_EXCLUSIVE: "exclusive locks on the rows",
    LockMode.EXCLUSIVE: "exclusive locks on the rows",
}
_METADATA = {
    MetadataMode.READ: "a metadata lock (the definition must stay while it is read)",
    MetadataMode.WRITE: "a metadata lock (the definition must stay while rows change)",
    MetadataMode.READ_ONLY: "a table lock (others may only read)",
    MetadataMode.NO_READ_WRITE: "a table lock (others may neither read nor write)",
    MetadataMode.EXCLUSIVE: "an exclusive metadata lock (the definition changes)",
}
_WHOLE = {
    (LockMode.KEY_SHARED, False): "the lock for reading",
    (LockMode.SHARED, False): "the lock for reading",
    (LockMode.NO_KEY_EXCLUSIVE, False): "the lock for writing",
    (LockMode.EXCLUSIVE, False): "the lock for writing",
    (LockMode.SHARED, True): "the snapshot that a transaction keeps",
    (LockMode.EXCLUSIVE, True): "work that waits until all older snapshots are gone",
}
"""Locks on a file, or table, as one; or, True, snapshots of a database."""
_RESOURCE = {LockMode.SHARED: "the resource to read", LockMode.EXCLUSIVE: "the resource to write"}
MOST_VALUES = 4


def describe_locks(meeting: Meeting) -> str:
    """Say what is held against what is asked for."""
    return f"{_held(meeting.held)} against {_asked(meeting.asked)}"


def describe_lock(lock: LockRequest) -> str:
    """Say what a lock is, by itself."""
    return _asked(lock) if lock.kind is LockKind.INSERT_INTENTION else _held(lock)


def _held(lock: LockRequest) -> str:
    if lock.kind is LockKind.GAP:
        return "locks on the gaps between the rows (nothing may be inserted there)"
    if lock.arrived:
        return "exclusive locks on rows that are new and not committed"
    return _common(lock)


def _asked(lock: LockRequest) -> str:
    if lock.kind is LockKind.INSERT_INTENTION:
        return "rows that are to be inserted there"
    return _common(lock)


def _common(lock: LockRequest) -> str:
    if isinstance(lock.mode, TableLock):
        return f"a table lock ({lock.mode})"
    if isinstance(lock.mode, MetadataMode):
        return _METADATA[lock.mode]
    if lock.kind is LockKind.RESOURCE:
        return _RESOURCE[lock.mode]
    if lock.kind is LockKind.NEXT_RECORD:
        return _MODES[lock.mode].replace("the rows", "the first row behind the range")
    if lock.kind is LockKind.AUTO_INCREMENT:
        return "the lock on the AUTO_INCREMENT counter"
    if lock.kind is LockKind.WHOLE:
        return _WHOLE[lock.mode, lock.rule == "LP108"]
    if lock.rule == "LP106":
        return _MODES[lock.mode].replace("the rows", "rows with the same unique key")
    if lock.rule == "LP107":
        return f"{_MODES[lock.mode]}, taken by the foreign key"
    return _MODES[lock.mode]


def describe_where(meeting: Meeting, dates: RunDates) -> str:
    """Say on which rows two locks meet, dates relative to the run."""
    if meeting.held.kind is LockKind.METADATA:
        return "the whole table"
    if meeting.held.kind is LockKind.RESOURCE:
        whole = any(not box.columns for box in meeting.where)
        return "all of it" if whole else describe_boxes(meeting.where, NO_RUN)
    rows = describe_boxes(meeting.where, dates)
    if meeting.held.kind is LockKind.GAP:
        return f"new rows: {rows}"
    kinds = (meeting.held.kind, meeting.asked.kind)
    return f"the first row behind {rows}" if LockKind.NEXT_RECORD in kinds else rows


def describe_boxes(boxes: Boxes, dates: RunDates) -> str:
    """Describe rows: ``day ds-6 … ds, game_id 3``."""
    texts = dict.fromkeys(_box(box, dates) for box in boxes[:MOST_VALUES])
    if not texts or "" in texts:
        return "every row"
    return " or ".join(texts) + (" or more" if len(boxes) > MOST_VALUES else "")


def _box(box: Box, dates: RunDates) -> str:
    shown = ((name, parts) for name, parts in box.columns if name != ROW_ID)
    return ", ".join(f"{name} {_intervals(parts, dates)}" for name, parts in shown)


def _intervals(parts: tuple[Interval, ...], dates: RunDates) -> str:
    texts = [_interval(part, dates) for part in parts[:MOST_VALUES]]
    return ", ".join(texts) + (", …" if len(parts) > MOST_VALUES else "")


def _interval(part: Interval, dates: RunDates) -> str:
    low, high = _bound(part.low, dates), _bound(part.high, dates)
    if part.is_point:
        return low
    if part.low is None:
        return f"up to {high}" if part.high_closed else f"before {high}"
    if part.high is None:
        return f"from {low}" if part.low_closed else f"after {low}"
    return f"{low} … {high}" if part.high_closed else f"{low} … before {high}"


def _bound(bound: Bound | None, dates: RunDates) -> str:
    if isinstance(bound, datetime):
        return relative_day(bound, dates)
    return "" if bound is None else str(bound)
