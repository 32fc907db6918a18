"""Which index the optimiser would use, as far as the schema alone decides it.

Without row counts the choice between a secondary index and a full scan is open: both are returned.
A range of the clustered index is never worse than a full scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import prod

from lockplan.engines.geometry import project
from lockplan.engines.innodb_cost import Way, cheaper
from lockplan.engines.innodb_flavour import Costs
from lockplan.engines.interface import EVERYTHING, Boxes
from lockplan.engines.population import Population
from lockplan.engines.reach import ROW_ID, UNORDERED, Order
from lockplan.model.access import HintKind, IndexHint
from lockplan.model.partitions import parts
from lockplan.model.region import Box
from lockplan.model.schema import ColumnType, Index, Table

MOST_PARTITIONS = 8192
HIDDEN_ROW_ID = Index("GEN_CLUST_INDEX", (), unique=True, primary=True)


@dataclass(frozen=True, slots=True)
class Scan:
    """One way to the rows."""

    index: Index | None
    """None where nothing is known of the table's indexes."""
    ranges: Boxes
    clustered: bool
    point: bool = False
    """Whether every range is one full value of a unique key."""
    equality: bool = False
    """Whether every range is a set of single values: its end is known without a further row."""
    whole_days: bool = False
    """Whether the first column of the index is a DATE."""
    merged: bool = False
    """Whether the scan goes through several indexes at once."""
    order: Order = UNORDERED

    @property
    def name(self) -> str | None:
        """The index as the server names it."""
        return None if self.index is None else name_of(self.index)

    @property
    def descending(self) -> bool:
        """Whether the index sorts from the greatest value down."""
        return self.index is not None and self.index.descending

    @property
    def column(self) -> str | None:
        """The first column of the index."""
        return self.index.columns[0] if self.index and self.index.columns else None


def name_of(index: Index) -> str:
    """Return an index's name as the server writes it."""
    return "PRIMARY" if index.primary else index.name


def clustered_index(table: Table) -> Index:
    """Return the index that holds the rows: the primary key or the first unique not-null key."""
    if table.primary_key is not None:
        return table.primary_key
    unique = (index for index in table.indexes if index.unique and _not_null(table, index))
    return next(unique, HIDDEN_ROW_ID)


def indexes_of(table: Table) -> tuple[Index, ...]:
    """Return all indexes of a table, with those that InnoDB makes for foreign keys without one."""
    implied = (
        Index(f"({', '.join(key.columns)})", key.columns)
        for key in table.foreign_keys
        if not any(index.columns[: len(key.columns)] == key.columns for index in table.indexes)
    )
    return (*table.indexes, *implied)


def order_of(table: Table, index: Index) -> Order:
    """Return how an index sorts its entries; what descends is not told."""
    clustered = clustered_index(table)
    if index.descending or clustered.descending:
        return UNORDERED
    hidden = () if index == HIDDEN_ROW_ID else (ROW_ID,)
    columns = tuple(dict.fromkeys((*index.columns, *(clustered.columns or hidden))))
    return Order(columns, clustered=index == clustered)


def _not_null(table: Table, index: Index) -> bool:
    columns = [table.column(name) for name in index.columns]
    return all(column is not None and not column.nullable for column in columns)


def scans(
    table: Table | None,
    boxes: Boxes,
    joined: bool,
    reads: tuple[str, ...] | None,
    population: Population | None,
    costs: Costs,
    hints: tuple[IndexHint, ...] = (),
) -> tuple[Scan, ...]:
    """Return the ways that the optimiser may go, the one that locks least first.

    More than one means that what it was not told decides. A joined table may also be reached
    through the columns of the join, which only a full scan surely covers. A read that finds all
    its columns in a secondary index may scan that one, even where a range of the primary key
    would do. `reads` are the columns that it needs, empty where the rows themselves are needed.
    """
    if not boxes:
        return ()
    if table is None:
        return (Scan(None, boxes, clustered=False, point=True), _full_scan(None))
    shown = (index for index in indexes_of(table) if not index.hidden)
    usable = [scan for index in shown if (scan := _scan(table, index, boxes))]
    usable.sort(key=lambda scan: (not scan.point, not scan.clustered))
    full = _full_scan(clustered_index(table))
    usable = [scan for scan in usable if _is_allowed(scan, hints)]
    if usable and any(hint.kind is HintKind.FORCE for hint in hints):
        return tuple(usable)
    if joined or any(hint.kind is HintKind.OTHER for hint in hints):
        return (*usable, *_merged(usable), full)
    sure = [scan for scan in usable if _beats_a_full_scan(scan, table, reads, population, costs)]
    if not sure and any(scan.clustered for scan in usable):
        return (*usable, full)
    if not sure:
        return _cheapest(table, usable, full, population, costs)
    points = [scan for scan in sure if scan.point and _lookups(scan) == 1]
    if not points and _is_covered(table, reads):
        return (*usable, full)
    return tuple(points or usable)


def _is_allowed(scan: Scan, hints: tuple[IndexHint, ...]) -> bool:
    """Whether a statement's hints leave an index to the optimiser."""
    wanted = [h.indexes for h in hints if h.kind in (HintKind.USE, HintKind.FORCE)]
    ignored = [h.indexes for h in hints if h.kind is HintKind.IGNORE]
    name = (scan.name or "").lower()
    return not any(name in names for names in ignored) and (
        not wanted or any(name in names for names in wanted)
    )


def _cheapest(
    table: Table, usable: list[Scan], full: Scan, population: Population | None, costs: Costs
) -> tuple[Scan, ...]:
    """Return the ways that may be the cheapest; none of them is so for sure."""
    ways = [
        cheaper(population, s.ranges, costs, _lookups(s) * _partitions(table, s.ranges))
        for s in usable
    ]
    if all(way is Way.TABLE for way in ways):
        return (full,)
    near = [scan for scan, way in zip(usable, ways, strict=True) if way is not Way.TABLE]
    if Way.INDEX in ways:
        return (*near, *_merged(near))
    return (*near, *_merged(near), full)


def _is_covered(table: Table, reads: tuple[str, ...] | None) -> bool:
    """Whether some secondary index may hold all columns that a read needs."""
    clustered = clustered_index(table)
    held = [{*index.columns, *clustered.columns} for index in indexes_of(table)]
    return reads != () and any(
        set(reads or ()) <= columns
        for index, columns in zip(indexes_of(table), held, strict=True)
        if index != clustered
    )


def _merged(usable: list[Scan]) -> tuple[Scan, ...]:
    """Return the way that reads several secondary indexes and intersects what it finds."""
    if len(usable) < 2 or usable[0].clustered:
        return ()
    ranges = tuple(box for scan in usable for box in scan.ranges)
    return (Scan(None, ranges, clustered=False, merged=True),)


def _full_scan(clustered: Index | None) -> Scan:
    return Scan(clustered, EVERYTHING, clustered=True)


def _beats_a_full_scan(
    scan: Scan,
    table: Table,
    reads: tuple[str, ...] | None,
    population: Population | None,
    costs: Costs,
) -> bool:
    """Whether a server surely takes an index and does not read the whole table.

    It looks up each range in each partition, which may cost more than a table of few rows. One
    whose rows are not known is not taken for that small where a single range is looked up.
    """
    lookups = _lookups(scan)
    if scan.point and lookups == 1:
        return True
    if population is None or not scan.clustered:
        return scan.clustered and lookups == 1
    further = lookups * _partitions(table, scan.ranges) - 1
    least = costs.rows_for_a_lookup * further * population.margin
    return population.rows > least or (further == 0 and reads == ())


def _lookups(scan: Scan) -> int:
    return sum(prod(len(intervals) for _, intervals in box.columns) for box in scan.ranges)


def _partitions(table: Table, ranges: Boxes) -> int:
    """Return how many partitions a scan goes through at most."""
    partitioning = table.partitioning
    if partitioning is None:
        return 1
    touched = [parts(partitioning, box) for box in ranges]
    if None in touched:
        return len(partitioning.partitions) or MOST_PARTITIONS
    return len(frozenset[str]().union(*(names for names in touched if names)))


def _scan(table: Table, index: Index, boxes: Boxes) -> Scan | None:
    """Return the scan of an index, None where some box does not limit its first column."""
    prefixes = [_prefix(table, index, box) for box in boxes]
    if not all(prefixes):
        return None
    ranges = tuple(
        project((box,), columns)[0] for box, columns in zip(boxes, prefixes, strict=True)
    )
    equality = all(_equated(box, name) for box in ranges for name, _ in box.columns)
    full = all(len(columns) == len(index.columns) for columns in prefixes)
    return Scan(
        index,
        ranges,
        clustered=index == clustered_index(table),
        point=index.unique and equality and full,
        equality=equality,
        whole_days=_is_date(table, index.columns[0]),
        order=order_of(table, index),
    )


def _prefix(table: Table, index: Index, box: Box) -> tuple[str, ...]:
    """Return the columns of an index that a scan uses: equalities, then at most one range."""
    used: list[str] = []
    for column in index.columns:
        if not box.limits(column) or not _searchable(table, column, box):
            break
        used.append(column)
        if not _equated(box, column):
            break
    return tuple(used)


def _equated(box: Box, column: str) -> bool:
    """Whether a column is compared with single values; one whole day from end to end is a range."""
    return all(part.is_equality for part in box.intervals(column))


def _is_date(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.type is ColumnType.DATE


def _searchable(table: Table, name: str, box: Box) -> bool:
    """Whether the values compare as the column does: a number never searches an index on text."""
    column = table.column(name)
    if column is None or column.type is not ColumnType.TEXT:
        return True
    ends = [end for part in box.intervals(name) for end in (part.low, part.high)]
    return not any(isinstance(end, Decimal) for end in ends)
