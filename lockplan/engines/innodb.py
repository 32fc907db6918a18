"""The lock model of InnoDB, in MySQL and MariaDB."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lockplan.engines.foreign_keys import foreign_key_locks, lacks_parent
from lockplan.engines.innodb_arrivals import arrivals
from lockplan.engines.innodb_cost import CLEAR_IN_PARTITIONS
from lockplan.engines.innodb_flavour import VERSION_UNKNOWN, Costs, Setting, flavour
from lockplan.engines.innodb_history import History, history
from lockplan.engines.innodb_index import scans
from lockplan.engines.innodb_insert import arrival_locks
from lockplan.engines.innodb_partitions import in_partitions
from lockplan.engines.innodb_reads import read_lock
from lockplan.engines.innodb_scan import Search, scan_locks
from lockplan.engines.interface import (
    EVERYTHING,
    AccessLocks,
    Extent,
    LockKind,
    LockMode,
    LockRequest,
)
from lockplan.engines.metadata import access_metadata
from lockplan.engines.population import Population
from lockplan.engines.tables import Tables
from lockplan.model.access import Access, Role, Transaction
from lockplan.model.connection import Connection, Isolation, TableId
from lockplan.model.region import Box, Region
from lockplan.model.schema import ColumnType, Table

_SCANS = (Role.READ, Role.READ_SHARE, Role.READ_UPDATE, Role.UPDATE, Role.DELETE)
_READS = (Role.READ, Role.READ_SHARE, Role.READ_UPDATE)
Plan = tuple[LockRequest, ...]
Before = defaultdict[TableId, list[Access]]


@dataclass(frozen=True, slots=True)
class _Target:
    """The table of an access, as it is when the access is made."""

    definition: Table | None
    population: Population | None
    counts: Population | None
    """What the optimiser knows of its rows."""
    own: History
    """What the transaction has done to it before."""
    refused: bool
    """Whether a foreign key may have the server refuse rows that arrive."""


class InnoDb:
    """Row, gap and metadata locks of MySQL and MariaDB."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return all locks of a transaction, in the order of its statements."""
        statements: dict[int, list[Access]] = defaultdict(list)
        for access in transaction.accesses:
            statements[access.sequence].append(access)
        settings = _settings(transaction.connection)
        before: Before = defaultdict(list)
        found: list[AccessLocks] = []
        for _, accesses in sorted(statements.items()):
            for access in accesses:
                found += _access(access, accesses, before, settings, tables)
            for access in accesses:
                before[access.table].append(access)
        return tuple(found)


def _access(
    access: Access,
    siblings: list[Access],
    before: Before,
    settings: tuple[Setting, ...],
    tables: Tables,
) -> Iterator[AccessLocks]:
    """Yield the locks of one access: on its own table, then on those behind foreign keys.

    `before` holds what the transaction did before, by table.
    """
    yield AccessLocks(
        access.table,
        access.sequence,
        plans=((access_metadata(access),),),
        conditional=access.conditional,
    )
    definition = tables.get(access.table)
    target = _Target(
        definition,
        tables.population(access.table),
        tables.counts(access.table),
        history(definition, before[access.table]),
        lacks_parent(access, before, tables),
    )
    expected, *further = [_plans(access, siblings, target, setting) for setting in settings]
    if expected or any(further):
        yield AccessLocks(
            access.table,
            access.sequence,
            plans=expected or ((),),
            further=tuple(plan for plans in further for plan in plans),
            undecided=_undecided(access, target.definition, len(expected)),
            conditional=access.conditional,
        )
    for table, locks in foreign_key_locks(access, before, tables, settings[0]):
        yield AccessLocks(table, access.sequence, plans=(locks,), conditional=access.conditional)


def _settings(connection: Connection) -> tuple[Setting, ...]:
    """Return the ground that is expected, then what cannot be excluded.

    Where the isolation level is not known, the server's default is expected.
    """
    ways = flavour(connection)
    expected = Setting(connection.isolation or Isolation.REPEATABLE_READ, ways)
    if connection.isolation is not None:
        return (expected,)
    return (expected, replace(expected, isolation=Isolation.READ_COMMITTED))


def _undecided(access: Access, definition: Table | None, plans: int) -> tuple[str, ...]:
    if definition is None:
        return (f"no schema for {access.table}",)
    return (f"row counts of {access.table} unknown",) if plans > 1 else ()


def _plans(
    access: Access, siblings: list[Access], target: _Target, setting: Setting
) -> tuple[Plan, ...]:
    """Return the row locks of an access, once for each way that the server may go."""
    definition = target.definition
    fixed = _fixed(access, target, setting)
    search = _search(access, siblings, definition, setting)
    if search is None:
        return (fixed,) if fixed else ()
    if definition is not None and _is_table_locked(definition):
        return ((_table_lock(access, search.mode),),)
    search = replace(search, population=target.population, made=target.own.made)
    ways = scans(
        definition,
        access.region.boxes,
        any(other.joined for other in siblings),
        access.reads if access.role in _READS else (),
        target.counts,
        _costs(access, definition, setting),
        access.search.hints if access.search else (),
    )
    found = (scan_locks(search, scan, setting) for scan in ways)
    scanned = tuple(in_partitions(locks, definition, access.region.boxes) for locks in found)
    return tuple((*locks, *fixed) for locks in scanned) or (fixed,)


def _costs(access: Access, definition: Table | None, setting: Setting) -> Costs:
    """Return what the optimiser counts; MariaDB's plans for reads were seen to differ.

    An index of a partitioned table is looked through once for each partition.
    """
    costs = setting.flavour.costs
    if definition is not None and definition.partitioned:
        costs = replace(costs, sure_index=min(costs.sure_index, CLEAR_IN_PARTITIONS))
    if access.role in _READS and setting.flavour.clustered_next_row is not False:
        return replace(costs, sure_table=2 * costs.sure_table)
    return costs


def _fixed(access: Access, target: _Target, setting: Setting) -> Plan:
    """Return the locks that do not depend on the way to the rows."""
    definition = target.definition
    arriving = tuple(
        arrivals(access, definition, target.population, target.own, refused=target.refused)
    )
    if arriving and definition is not None and _is_table_locked(definition):
        return (_table_lock(access, LockMode.EXCLUSIVE),)
    locks = tuple(
        lock
        for arrival in arriving
        for lock in in_partitions(
            arrival_locks(arrival, setting), definition, arrival.boxes, arriving=True
        )
    )
    if access.role is Role.INSERT and definition is not None:
        locks += _counter(access, definition, setting)
    return locks


def _search(
    access: Access, siblings: list[Access], definition: Table | None, setting: Setting
) -> Search | None:
    """Return what an access looks for under lock, None where it locks no rows that it reads."""
    if access.role not in _SCANS:
        return None
    mode, rule = LockMode.EXCLUSIVE, "LP101"
    if access.role is Role.READ_SHARE:
        mode = LockMode.SHARED
    if access.role is Role.READ:
        if not read_lock(access, siblings, setting):
            return None
        mode, rule = LockMode.SHARED, "LP105"
    known = _is_known(access, setting)
    return Search(
        access.table,
        _matching(access).boxes,
        mode,
        extent=_extent(access, siblings, definition, known),
        reads_past=_reads_past(access, siblings, setting),
        rule=rule,
        missing=() if known else (f"which rows of {access.table} are read",),
        backwards=_may_descend(access),
    )


def _may_descend(access: Access) -> bool:
    if access.search is None:
        return not access.region.exact
    return access.search.descends


def _matching(access: Access) -> Region:
    """Return the rows that the WHERE wants, which may be fewer than those that are examined."""
    return access.search.matching if access.search else access.region


def _is_known(access: Access, setting: Setting) -> bool:
    """Whether the rows are known that keep their locks: at READ COMMITTED only the wanted ones."""
    if access.search is None or not setting.locks_gaps:
        return _matching(access).exact
    return access.search.whole


def _reads_past(access: Access, siblings: list[Access], setting: Setting) -> bool | None:
    """Whether a scan at READ COMMITTED reads past locked rows whose committed version differs.

    Only an UPDATE of one table surely does; with ORDER BY and LIMIT it may go through an index of
    that order, where it does not.
    """
    if access.role is not Role.UPDATE:
        return False
    if any(other.joined for other in siblings):
        return setting.flavour.joined_update_reads_past
    if any(other.role is Role.READ for other in siblings):
        return setting.flavour.subquery_update_reads_past
    return True if access.search is None or access.search.whole else None


def _extent(
    access: Access, siblings: list[Access], definition: Table | None, known: bool
) -> Extent:
    """Return how much of its boxes an access surely locks.

    A join reaches some rows only, and a single instant of a DATETIME column may hold none.
    """
    if not known:
        return Extent.MAYBE
    if definition is not None and any(_is_instant(definition, b) for b in access.region.boxes):
        return Extent.KEYS
    return Extent.SOME if any(other.joined for other in siblings) else Extent.ALL


def _is_instant(definition: Table, box: Box) -> bool:
    columns = (definition.column(name) for name, parts in box.columns if parts[0].is_point)
    return any(column is not None and column.type is ColumnType.DATETIME for column in columns)


def _is_table_locked(definition: Table) -> bool:
    return definition.engine is not None and definition.engine.lower() != "innodb"


def _table_lock(access: Access, mode: LockMode) -> LockRequest:
    return LockRequest(
        access.table,
        LockKind.WHOLE,
        mode,
        rule="LP401",
        while_running=True,
        missing=(f"a lock model for the storage engine of {access.table}",),
    )


def _counter(access: Access, definition: Table, setting: Setting) -> Plan:
    """Return the lock on the AUTO_INCREMENT counter, which every INSERT needs for a moment."""
    held = setting.flavour.counter_lock
    if held is False or not any(column.auto_increment for column in definition.columns):
        return ()
    missing = () if held else (VERSION_UNKNOWN,)
    return (
        LockRequest(
            access.table,
            LockKind.AUTO_INCREMENT,
            LockMode.EXCLUSIVE,
            keeps=EVERYTHING if access.from_select else None,
            while_running=True,
            missing=missing,
        ),
    )
