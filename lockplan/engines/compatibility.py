"""Which lock waits for which: the one place where a held lock meets one that is asked for.

Sources: MySQL manual, InnoDB Locking, and its table of conflicting modes; gaps are only
inhibitive: they stop rows that arrive and nothing else. PostgreSQL manual, Explicit Locking, Row-
Level Locks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from itertools import product

from lockplan.engines.geometry import (
    adjacent,
    boxes_meet,
    covers,
    may_lie_behind,
    shared,
)
from lockplan.engines.interface import (
    Boxes,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
    Meeting,
    MetadataMode,
)
from lockplan.engines.reach import Reach
from lockplan.engines.table_locks import TABLE_LOCK_CONFLICTS
from lockplan.model.access import TableLock
from lockplan.model.verdict import Certainty

_NONE, _POSSIBLE, _CERTAIN = Certainty.NONE, Certainty.POSSIBLE, Certainty.CERTAIN
_RANK = {_NONE: 0, _POSSIBLE: 1, _CERTAIN: 2}

_CONFLICTS: Mapping[LockMode | MetadataMode, Collection[LockMode | MetadataMode]] = {
    LockMode.KEY_SHARED: {LockMode.EXCLUSIVE},
    LockMode.SHARED: {LockMode.NO_KEY_EXCLUSIVE, LockMode.EXCLUSIVE},
    LockMode.NO_KEY_EXCLUSIVE: {LockMode.SHARED, LockMode.NO_KEY_EXCLUSIVE, LockMode.EXCLUSIVE},
    LockMode.EXCLUSIVE: set(LockMode),
    MetadataMode.READ: {MetadataMode.NO_READ_WRITE, MetadataMode.EXCLUSIVE},
    MetadataMode.WRITE: {
        MetadataMode.READ_ONLY,
        MetadataMode.NO_READ_WRITE,
        MetadataMode.EXCLUSIVE,
    },
    MetadataMode.READ_ONLY: {
        MetadataMode.WRITE,
        MetadataMode.NO_READ_WRITE,
        MetadataMode.EXCLUSIVE,
    },
    MetadataMode.NO_READ_WRITE: set(MetadataMode),
    MetadataMode.EXCLUSIVE: set(MetadataMode),
}


def suffices(held: LockRequest, asked: LockRequest) -> bool:
    """Whether who holds a lock needs no other to have what is asked for too."""
    if isinstance(held.mode, TableLock) or isinstance(asked.mode, TableLock):
        return True
    return set(_CONFLICTS[asked.mode]) <= set(_CONFLICTS[held.mode])


def meets(held: LockRequest, asked: LockRequest) -> Meeting | None:
    """Return how a held lock stops one that is asked for, None where it does not.

    That both lie on the same table, and that the one's sort stops the other's, is the caller's to
    check.
    """
    if held.keeps is None or asked.asks is None:
        return None
    if _apart(held.partitions, asked.partitions):
        return None
    decide = _DECISIONS[held.kind, asked.kind]
    meeting = decide(held, asked, held.keeps, asked.asks)
    return meeting and _capped(meeting)


def _apart(a: frozenset[str] | None, b: frozenset[str] | None) -> bool:
    return a is not None and b is not None and not a & b


def _capped(meeting: Meeting) -> Meeting:
    """Lower the certainty to what both locks allow, and say what is missing."""
    held, asked = meeting.held, meeting.asked
    if meeting.certainty is _CERTAIN and held.sure and asked.sure and not held.while_running:
        return meeting if not meeting.missing else _with(meeting, _CERTAIN, ())
    missing = dict.fromkeys((*meeting.missing, *held.missing, *asked.missing))
    return _with(meeting, _POSSIBLE, tuple(missing))


def _with(meeting: Meeting, certainty: Certainty, missing: tuple[str, ...]) -> Meeting:
    return Meeting(
        certainty, meeting.held, meeting.asked, meeting.rule, meeting.where, missing=missing
    )


def _records(held: LockRequest, asked: LockRequest, keeps: Boxes, asks: Boxes) -> Meeting | None:
    if held.arrived and asked.committed_only:
        return None
    certainty, where = shared(keeps, held.extent, asks, asked.extent)
    if certainty is _NONE:
        return None
    stored = held.population or asked.population
    if stored and not held.arrived and not any(stored.may_hold(box) for box in where):
        return None
    if certainty is _CERTAIN and not held.arrived and not _common_partition_holds(held, asked):
        certainty = _POSSIBLE
    elif certainty is _POSSIBLE and _shares_a_known_row(held, asked, where):
        certainty = _CERTAIN
    rows_meet = any(boxes_meet(x, y) for x in held.matching for y in asked.matching)
    rule = max(held.rule, asked.rule) if rows_meet else "LP102"
    return Meeting(certainty, held, asked, rule, where)


def _shares_a_known_row(held: LockRequest, asked: LockRequest, where: Boxes) -> bool:
    """Whether two locks on all rows of their boxes share one that statistics tell of."""
    stored = held.population
    if stored is None or held.arrived or not held.extent is asked.extent is Extent.ALL:
        return False
    return any(stored.surely_holds(box) for box in where)


def _common_partition_holds(held: LockRequest, asked: LockRequest) -> bool:
    """Whether there is surely a row where two scans of whole partitions meet."""
    stored = held.population
    if stored is None or held.partitions is None or asked.partitions is None:
        return True
    return any(stored.may_hold(box) for box in (*held.matching, *asked.matching))


def _unique(held: LockRequest, asked: LockRequest, keeps: Boxes, asks: Boxes) -> Meeting | None:
    """Values of one key meet; those of another are other values."""
    if held.index != asked.index and None not in (held.index, asked.index):
        return None
    return _records(held, asked, keeps, asks)


def _next_record(
    held: LockRequest, asked: LockRequest, keeps: Boxes, asks: Boxes
) -> Meeting | None:
    behind, other = (held, asked) if held.kind is LockKind.NEXT_RECORD else (asked, held)
    ranges, rows = (keeps, asks) if behind is held else (asks, keeps)
    certainty = _at_next_record(behind, other, ranges, rows)
    if certainty is _NONE:
        return None
    missing = (_neighbours(behind),) if certainty is _POSSIBLE else ()
    return Meeting(certainty, held, asked, "LP103", ranges, missing)


def _at_next_record(
    behind: LockRequest, other: LockRequest, ranges: Boxes, rows: Boxes
) -> Certainty:
    if behind.column is None or behind.both_ways:
        return _POSSIBLE
    if behind.reach is not None:
        found = (_at_next(each, behind, other, ranges, rows) for each in behind.reach)
        return max(found, key=_RANK.__getitem__)
    if other.kind is LockKind.NEXT_RECORD:
        return _POSSIBLE
    if not may_lie_behind(ranges, rows, behind.column):
        return _NONE
    return _CERTAIN if _touches(behind, other, ranges, rows) else _POSSIBLE


def _at_next(
    reach: Reach, behind: LockRequest, other: LockRequest, ranges: Boxes, rows: Boxes
) -> Certainty:
    """Return how surely another lock lies on the first row behind a range."""
    if other.kind is LockKind.NEXT_RECORD:
        return _same_next(reach, other)
    places = reach.between if other.arrived else reach.next
    if not any(boxes_meet(place, row) for place in places for row in rows):
        return _NONE
    if behind.extent is Extent.MAYBE or other.extent is not Extent.ALL:
        return _POSSIBLE
    if other.arrived:
        known = reach.next_known and any(covers(place, row) for place in places for row in rows)
    else:
        known = reach.next_known and _both_reach_it(behind, other)
        known = known and all(any(covers(row, place) for row in rows) for place in places)
    return _CERTAIN if known or _touches(behind, other, ranges, rows) else _POSSIBLE


def _touches(behind: LockRequest, other: LockRequest, ranges: Boxes, rows: Boxes) -> bool:
    """Whether other rows, which are there, begin right behind a range of the same index."""
    return (
        behind.column is not None
        and other.index == behind.index
        and other.extent is Extent.ALL
        and behind.extent is not Extent.MAYBE
        and adjacent(ranges, rows, behind.column, behind.whole_days)
    )


def _both_reach_it(behind: LockRequest, other: LockRequest) -> bool:
    """Whether two scans meet at one row although they may come by different indexes."""
    return behind.index == other.index or behind.mode is other.mode is LockMode.EXCLUSIVE


def _same_next(reach: Reach, other: LockRequest) -> Certainty:
    """Compare the first rows behind two ranges."""
    if other.reach is None:
        return _POSSIBLE
    meeting = [
        theirs
        for theirs in other.reach
        if any(boxes_meet(x, y) for x in reach.next for y in theirs.next)
    ]
    if not meeting:
        return _NONE
    known = reach.next_known and any(theirs.next_known for theirs in meeting)
    return _CERTAIN if known else _POSSIBLE


def _gap(held: LockRequest, asked: LockRequest, keeps: Boxes, asks: Boxes) -> Meeting | None:
    if held.index and asked.indexes is not None and held.index not in asked.indexes:
        return None
    rule = held.rule if held.rule != "LP101" else "LP104"
    certainty = _in_gap(held, asked, keeps, asks)
    if certainty is _NONE:
        return None
    missing = (_neighbours(held),) if certainty is _POSSIBLE else ()
    return Meeting(certainty, held, asked, rule, asks, missing)


def _in_gap(held: LockRequest, asked: LockRequest, keeps: Boxes, asks: Boxes) -> Certainty:
    certainty, _ = shared(keeps, held.extent, asks, asked.extent)
    if certainty is _CERTAIN:
        return certainty
    if held.reach is None:
        return _POSSIBLE
    if not any(boxes_meet(place, row) for r in held.reach for place in r.gap for row in asks):
        return _NONE
    sure = [place for reach in held.reach for place in reach.sure_gap]
    firm = held.extent is not Extent.MAYBE and asked.extent is not Extent.MAYBE
    surely = firm and any(covers(place, row) for place in sure for row in asks)
    return _CERTAIN if surely else _POSSIBLE


def _neighbours(lock: LockRequest) -> str:
    return f"which rows of {lock.table} lie next to the range"


def _always(held: LockRequest, asked: LockRequest, keeps: Boxes, asks: Boxes) -> Meeting | None:
    _, where = shared(keeps, held.extent, asks, asked.extent)
    return Meeting(_CERTAIN, held, asked, max(held.rule, asked.rule), where)


def _parts(held: LockRequest, asked: LockRequest, keeps: Boxes, asks: Boxes) -> Meeting | None:
    certainty, where = shared(keeps, held.extent, asks, asked.extent)
    return None if certainty is _NONE else Meeting(_CERTAIN, held, asked, held.rule, where)


_Decision = Callable[[LockRequest, LockRequest, Boxes, Boxes], Meeting | None]
_DECISIONS: dict[tuple[LockKind, LockKind], _Decision] = {
    (LockKind.RECORD, LockKind.RECORD): _records,
    (LockKind.RECORD, LockKind.NEXT_RECORD): _next_record,
    (LockKind.NEXT_RECORD, LockKind.RECORD): _next_record,
    (LockKind.NEXT_RECORD, LockKind.NEXT_RECORD): _next_record,
    (LockKind.GAP, LockKind.INSERT_INTENTION): _gap,
    (LockKind.UNIQUE, LockKind.UNIQUE): _unique,
    (LockKind.METADATA, LockKind.METADATA): _always,
    (LockKind.AUTO_INCREMENT, LockKind.AUTO_INCREMENT): _always,
    (LockKind.WHOLE, LockKind.WHOLE): _always,
    (LockKind.RESOURCE, LockKind.RESOURCE): _parts,
}

_Mode = LockMode | MetadataMode | TableLock
_SORTS: dict[tuple[LockKind, _Mode], int] = {
    sort: 1 << n for n, sort in enumerate(product(LockKind, (*LockMode, *MetadataMode, *TableLock)))
}
"""What a lock lies on and how it excludes others, as one bit."""


@cache
def _stopped(kind: LockKind, mode: _Mode) -> int:
    others = TABLE_LOCK_CONFLICTS[mode] if isinstance(mode, TableLock) else _CONFLICTS[mode]
    return sum(
        bit
        for (asked, other), bit in _SORTS.items()
        if (kind, asked) in _DECISIONS and other in others
    )


def sort_of(lock: LockRequest) -> int:
    """Return the sort of a lock that is asked for."""
    return _SORTS[lock.kind, lock.mode]


def sorts_stopped(lock: LockRequest) -> int:
    """Return the sorts that a held lock stops where they meet."""
    return _stopped(lock.kind, lock.mode)
