"""The rows that a statement puts into a table: new ones, and those that it moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lockplan.engines.geometry import boxes_meet, pinned, project
from lockplan.engines.innodb_history import NO_HISTORY, History
from lockplan.engines.innodb_index import HIDDEN_ROW_ID, clustered_index, indexes_of
from lockplan.engines.interface import EVERYTHING, Boxes, Extent
from lockplan.engines.population import Population
from lockplan.engines.reach import LAST_ROW_ID, ROW_ID
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.connection import TableId
from lockplan.model.region import Box, Interval, Region
from lockplan.model.schema import Index, Table


@dataclass(frozen=True, slots=True)
class Arrival:
    """Rows that a statement puts into a table."""

    table: TableId
    definition: Table | None
    rows: Region
    kind: StatementKind
    indexes: tuple[Index, ...]
    """The indexes that they enter; all of them for an INSERT."""
    given: tuple[str, ...] | None
    """Columns that get a value; None where not known."""
    population: Population | None = None
    own: History = NO_HISTORY
    """What the transaction has done to the table before."""
    from_select: bool = False
    refused: bool = False
    """Whether a foreign key may have the server refuse them."""

    @property
    def boxes(self) -> Boxes:
        """The rows, with the values that the server counts up where these are known."""
        known = {name: (rest,) for name in self.generated if (rest := self._counted(name))}
        if self._is_numbered:
            known[ROW_ID] = (Interval(LAST_ROW_ID, None, low_closed=False),)
        if not known:
            return self.rows.boxes
        return tuple(Box.of({**dict(box.columns), **known}) for box in self.rows.boxes)

    @property
    def _is_numbered(self) -> bool:
        """Whether the rows get hidden numbers; those that an UPDATE moves keep theirs."""
        if self.definition is None or self.kind is StatementKind.UPDATE:
            return False
        return clustered_index(self.definition) == HIDDEN_ROW_ID

    def _counted(self, name: str) -> Interval | None:
        last = self.population.last(name) if self.population else None
        return None if last is None else Interval(last, None, low_closed=False)

    def repeated_in(self, box: Box) -> Index | None:
        """Return the unique key that surely has a row already; None where no row is kept out."""
        if self.population is None or self.kind is StatementKind.REPLACE:
            return None
        keys = (index for index in self.indexes if index.unique)
        return next((key for key in keys if self.surely_repeats(box, key)), None)

    def surely_repeats(self, box: Box, key: Index) -> bool:
        """Whether a unique key surely has all of these rows already."""
        if self.population is None or not self.rows.exact or not self.may_repeat(key):
            return False
        (named,) = project((box,), key.columns)
        if len(named.columns) < len(key.columns) or _shares(box, key, self.own.gone):
            return False
        return self.population.surely_holds(named)

    def repeats_itself(self, box: Box, key: Index) -> bool:
        """Whether the statement may bring a key twice."""
        if self.from_select and self.kind is not StatementKind.INSERT:
            return True
        position = self.boxes.index(box)
        return _shares(box, key, (*self.boxes[:position], *self.boxes[position + 1 :]))

    def repeats_own(self, box: Box, key: Index) -> bool:
        """Whether a row may have the key of one that the transaction brought before."""
        return _shares(box, key, self.own.came)

    def may_repeat(self, key: Index) -> bool:
        """Whether a new row may have a value of this unique key that is already there."""
        return key.unique and not self.generated.intersection(key.columns)

    @property
    def generated(self) -> frozenset[str]:
        """The columns whose values the server counts up for these rows."""
        if self.definition is None or self.given is None:
            return frozenset()
        counted = (c.name.lower() for c in self.definition.columns if c.auto_increment)
        return frozenset(name for name in counted if name not in self.given)

    @property
    def extent(self) -> Extent:
        """How much of its boxes the rows fill: all of it where the boxes are single keys."""
        if self.refused or not self.rows.exact or not self.rows.boxes:
            return Extent.MAYBE
        keys = [index.columns for index in self.indexes if index.unique]
        full = any(all(pinned(box, key) for box in self.rows.boxes) for key in keys)
        return Extent.ALL if full else Extent.SOME


def _shares(box: Box, key: Index, others: Boxes) -> bool:
    (mine,) = project((box,), key.columns)
    return any(boxes_meet(mine, each) for each in project(others, key.columns))


def arrivals(
    access: Access,
    definition: Table | None,
    population: Population | None,
    own: History,
    *,
    refused: bool,
) -> Iterator[Arrival]:
    """Yield the rows that arrive by an access: new ones, and those that it moves."""
    indexes = indexes_of(definition) if definition else ()
    if access.role is Role.INSERT:
        rows, given = access.region, access.given
        kind, selects = access.kind, access.from_select
        yield Arrival(
            access.table, definition, rows, kind, indexes, given, population, own, selects, refused
        )
    upserts = access.role is Role.INSERT and access.kind is StatementKind.UPSERT
    moves = access.role is Role.UPDATE or upserts
    if access.role is Role.UPDATE and not _may_find_rows(access, population, own):
        return
    entered = _entered(definition, access.written) if moves else ()
    if entered or (access.role is Role.UPDATE and definition is None):
        rows = access.arrives or Region(EVERYTHING, exact=False)
        kind = StatementKind.UPDATE
        yield Arrival(
            access.table,
            definition,
            rows,
            kind,
            entered,
            None,
            population,
            own,
            refused=refused,
        )


def _may_find_rows(access: Access, population: Population | None, own: History) -> bool:
    """Whether an UPDATE may have a row to move: one from before, or of the transaction itself."""
    boxes = access.region.boxes
    return (
        population is None
        or any(population.may_hold(box) for box in boxes)
        or any(boxes_meet(box, row) for box in boxes for row in own.came)
    )


def _entered(definition: Table | None, written: tuple[str, ...]) -> tuple[Index, ...]:
    """Return the indexes whose entries an UPDATE of these columns moves."""
    if definition is None:
        return ()
    if not written or set(written) & set(clustered_index(definition).columns):
        return indexes_of(definition)
    return tuple(index for index in indexes_of(definition) if _holds_any(index, written))


def _holds_any(index: Index, written: Iterable[str]) -> bool:
    return not index.read.isdisjoint(written)
