"""All locks of a task in plain words, statement by statement; nothing is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from lockplan.engines.interface import AccessLocks, LockKind, LockRequest
from lockplan.engines.models import model_for, tables_of
from lockplan.engines.tables import Tables
from lockplan.engines.words import describe_boxes, describe_lock
from lockplan.model.access import Access, Footprint, Transaction
from lockplan.model.connection import TableId
from lockplan.model.dates import RunDates
from lockplan.model.pair import HeldLock, LockedStatement, LockedTable
from lockplan.model.schema import Schema

NEXT_KEY = "next-key"
"""A record and the gap before it, locked as one."""


def locks_in_words(
    footprint: Footprint, schema: Schema, dates: RunDates
) -> tuple[LockedStatement, ...]:
    """Return each statement of a task with the locks that it asks for.

    The footprint's regions hold concrete values; rows are described relative to `dates`.
    """
    tables = tables_of(schema)
    found: dict[int, list[LockedTable]] = defaultdict(list)
    for transaction in footprint.transactions:
        for sequence, locked in _locked(transaction, tables, dates):
            found[sequence].append(locked)
    return tuple(
        LockedStatement(statement, tuple(found[number]))
        for number, statement in enumerate(footprint.statements)
    )


def _locked(
    transaction: Transaction, tables: Tables, dates: RunDates
) -> Iterator[tuple[int, LockedTable]]:
    model = model_for(transaction, transaction, tables)
    parts: dict[tuple[int, TableId], list[AccessLocks]] = defaultdict(list)
    for locks in model.locks(transaction, tables):
        parts[locks.sequence, locks.table].append(locks)
    for (sequence, table), found in parts.items():
        accesses = [a for a in transaction.accesses if (a.sequence, a.table) == (sequence, table)]
        yield sequence, _table(table, accesses, found, dates)


def _table(
    table: TableId, accesses: Sequence[Access], found: Sequence[AccessLocks], dates: RunDates
) -> LockedTable:
    decided = [lock for locks in found if len(locks.plans) == 1 for lock in locks.plans[0]]
    open_ways = [plan for locks in found if len(locks.plans) > 1 for plan in locks.plans]
    ways = [[*decided, *plan] for plan in open_ways] or [decided]
    return LockedTable(
        str(table),
        tuple(dict.fromkeys(str(access.role) for access in accesses)),
        tuple(dict.fromkeys(tuple(_in_words(way, dates)) for way in ways)),
        tuple(dict.fromkeys(text for locks in found for text in locks.undecided)),
    )


def _in_words(locks: Sequence[LockRequest], dates: RunDates) -> Iterator[HeldLock]:
    kept = {kind: {_place(lock) for lock in locks if lock.kind is kind} for kind in LockKind}
    next_keys = kept[LockKind.RECORD] & kept[LockKind.GAP]
    seen: dict[HeldLock, None] = {}
    for lock in locks:
        joined = lock.kind in (LockKind.RECORD, LockKind.GAP) and _place(lock) in next_keys
        if not (joined and lock.kind is LockKind.GAP):
            seen[_held(lock, joined, dates)] = None
    yield from seen


def _place(lock: LockRequest) -> tuple[object, ...]:
    return (lock.index, lock.mode, lock.keeps, lock.sure)


def _held(lock: LockRequest, next_key: bool, dates: RunDates) -> HeldLock:
    text = describe_lock(lock)
    return HeldLock(
        kind=NEXT_KEY if next_key else str(lock.kind),
        mode=str(lock.mode.value),
        text=f"{text} and on the gaps between them" if next_key else text,
        index=lock.index,
        rows=_rows(lock, dates),
        until=_until(lock),
        sure=lock.sure,
        rule=lock.rule,
        missing=lock.missing,
    )


def _rows(lock: LockRequest, dates: RunDates) -> str:
    if lock.kind in (LockKind.METADATA, LockKind.AUTO_INCREMENT, LockKind.WHOLE):
        return "the whole table"
    boxes = lock.keeps if lock.asks is None else lock.asks
    rows = describe_boxes(boxes or (), dates)
    return f"the first row behind {rows}" if lock.kind is LockKind.NEXT_RECORD else rows


def _until(lock: LockRequest) -> str:
    if lock.keeps is None:
        return "asked for, not kept"
    return "until the statement ends" if lock.while_running else "until the transaction ends"
