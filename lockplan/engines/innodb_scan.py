"""The locks of one scan: rows, gaps, the row behind the range, by isolation level and server.

Sources: MySQL manual, Locks Set by Different SQL Statements in InnoDB; Transaction Isolation
Levels; and measurements on MySQL 9.7 and MariaDB 10.11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lockplan.engines.geometry import covers, pinned
from lockplan.engines.innodb_flavour import VERSION_UNKNOWN, Setting
from lockplan.engines.innodb_index import Scan
from lockplan.engines.interface import (
    Boxes,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
)
from lockplan.engines.population import Population
from lockplan.engines.reach import reaches
from lockplan.model.connection import TableId
from lockplan.model.region import Box


@dataclass(frozen=True, slots=True)
class Search:
    """What a statement looks for in a table, and how it locks what it finds."""

    table: TableId
    matching: Boxes
    mode: LockMode
    extent: Extent
    reads_past: bool | None = False
    """Whether it reads a locked row's committed version first, at READ COMMITTED; None where the
    server's plan decides."""
    rule: str = "LP101"
    missing: tuple[str, ...] = ()
    population: Population | None = None
    made: Boxes = ()
    """Rows that surely are there because the transaction has put them there before."""
    backwards: bool = False
    """Whether the server may read an index from its end: the row that it meets next lies before."""


def scan_locks(search: Search, scan: Scan, setting: Setting) -> tuple[LockRequest, ...]:
    """Return the locks that a search takes on its way through an index."""
    record = LockRequest(
        search.table,
        LockKind.RECORD,
        search.mode,
        asks=scan.ranges,
        keeps=scan.ranges,
        matching=search.matching,
        extent=search.extent,
        index=scan.name,
        column=scan.column,
        whole_days=scan.whole_days,
        rule=search.rule,
        missing=search.missing,
        population=search.population,
        reach=None if search.backwards else reaches(search.population, scan.ranges, scan.order),
    )
    behind = _next_row(record, scan, setting, turned=search.backwards or scan.descending)
    if setting.locks_gaps:
        return (record, *_gap(record, scan, search.made), *behind)
    if scan.merged and setting.flavour.keeps_other_rows is not False:
        return (record,)
    if search.reads_past is not False and scan.clustered and not scan.point:
        past = replace(record, asks=search.matching, keeps=search.matching, committed_only=True)
        return (past,) if search.reads_past else (past, _waiting(record))
    return (replace(record, keeps=search.matching), *behind)


def _waiting(record: LockRequest) -> LockRequest:
    """Return the lock on rows that a scan perhaps waits for although it does not want them."""
    missing = f"whether the server reads past locked rows of {record.table}"
    return replace(record, keeps=None, sure=False, missing=(*record.missing, missing))


def _gap(record: LockRequest, scan: Scan, made: Boxes) -> tuple[LockRequest, ...]:
    """Return the lock on the gaps: for one value of a unique key, only where it does not exist."""
    if scan.point and all(_exists(record, box, made) for box in scan.ranges):
        return ()
    extent = Extent.MAYBE if scan.point else record.extent
    return (replace(record, kind=LockKind.GAP, asks=None, extent=extent),)


def _exists(record: LockRequest, key: Box, made: Boxes) -> bool:
    """Whether a key is surely there: from before, or brought by the transaction itself."""
    stored = record.population
    if stored is not None and stored.surely_holds(key):
        return True
    names = [name for name, _ in key.columns]
    return any(pinned(row, names) and covers(key, row) for row in made)


def _next_row(
    record: LockRequest, scan: Scan, setting: Setting, *, turned: bool
) -> tuple[LockRequest, ...]:
    """Return the lock on the first row behind a range; single values and full scans have none.

    Where the scan is `turned`, that row lies before the range, also before a single value.
    """
    ways = setting.flavour
    downwards = turned
    if scan.point or (scan.equality and not downwards) or scan.column is None:
        return ()
    behind = replace(record, kind=LockKind.NEXT_RECORD, both_ways=downwards)
    if not setting.locks_gaps:
        if ways.keeps_other_rows is False:
            return (replace(behind, keeps=None),)
        return (behind if ways.keeps_other_rows else _unsure(behind),)
    if not scan.clustered or ways.clustered_next_row or downwards:
        return (behind,)
    return () if ways.clustered_next_row is False else (_unsure(behind),)


def _unsure(lock: LockRequest) -> LockRequest:
    return replace(lock, sure=False, missing=(*lock.missing, VERSION_UNKNOWN))
