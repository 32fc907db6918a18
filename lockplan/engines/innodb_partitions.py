"""Locks of a partitioned table: they lie in the partitions that a statement is not kept out of.

Sources: MySQL manual, Partition Pruning and Partitioning and Locking; measured on MySQL 9.7: a scan
locks rows and gaps in the partitions that it touches, each an index of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lockplan.engines.interface import EVERYTHING, Boxes, LockRequest
from lockplan.model.partitions import parts, rises
from lockplan.model.schema import Partitioning, PartitionMethod, Table


def in_partitions(
    locks: Iterable[LockRequest], definition: Table | None, boxes: Boxes, *, arriving: bool = False
) -> tuple[LockRequest, ...]:
    """Return the locks of a statement on rows in `boxes`, placed in the table's partitions.

    A scan that nothing keeps out goes through all partitions; rows that are `arriving` go to one.
    """
    partitioning = definition.partitioning if definition else None
    if partitioning is None:
        return tuple(locks)
    touched = _touched(partitioning, boxes)
    found = tuple(_placed(lock, partitioning, touched) for lock in locks)
    if touched is None or (arriving and len(touched) > 1):
        return tuple(_unsure(lock) for lock in found)
    return found


def _runs_along(partitioning: Partitioning, column: str) -> bool:
    """Whether each partition holds a stretch of a column: its next row is the table's, or none."""
    in_ranges = partitioning.method is PartitionMethod.RANGE and rises(partitioning.function)
    return in_ranges and partitioning.columns == (column,)


def _unsure(lock: LockRequest) -> LockRequest:
    """Return a lock that lies in some partitions, not known which."""
    return replace(lock, sure=False, missing=(*lock.missing, f"partitions of {lock.table}"))


def _touched(partitioning: Partitioning, boxes: Boxes) -> frozenset[str] | None:
    found: set[str] = set()
    for box in boxes:
        names = parts(partitioning, box)
        if names is None:
            return None
        found |= names
    return frozenset(found)


def _placed(
    lock: LockRequest, partitioning: Partitioning, touched: frozenset[str] | None
) -> LockRequest:
    """Return a lock in its partitions: what lies next to a range there is not what lies there."""
    if lock.reach is None:
        return replace(lock, partitions=touched)
    if lock.column is not None and _runs_along(partitioning, lock.column):
        reach = tuple(replace(each, next_known=False) for each in lock.reach)
        return replace(lock, partitions=touched, reach=reach)
    reach = tuple(
        replace(each, gap=EVERYTHING, next=EVERYTHING, next_known=False, between=EVERYTHING)
        for each in lock.reach
    )
    return replace(lock, partitions=touched, reach=reach)
