"""A footprint for one run: all dates in its regions as the values that they have then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from lockplan.model.access import Access, Footprint, ReadStatement, Transaction
from lockplan.model.computed import Computed, truth
from lockplan.model.connection import UNKNOWN_PREFIX, TableId
from lockplan.model.dates import LOCAL_CLOCKS, Anchor, DateExpr, RunDates
from lockplan.model.region import Region, Symbol
from lockplan.model.schema import ColumnType, Schema

Types = dict[str, ColumnType]
Part = TypeVar("Part", ReadStatement, Transaction)


def resolve_footprint(footprint: Footprint, dates: RunDates, schema: Schema) -> Footprint:
    """Return the footprint of one run: what is sent then, with every region concrete."""
    return Runs(footprint, schema).at(dates)


class Runs:
    """One task's footprint in run after run; what is the same in all of them is resolved once."""

    def __init__(self, footprint: Footprint, schema: Schema) -> None:
        self._footprint = footprint
        self._schema = schema
        self._types: dict[TableId, Types] = {}
        # A statement and its transaction share their accesses; hashing one costs more than `id`.
        accesses = {id(access): access for access in _accesses(footprint)}
        self._dated = {key for key, access in accesses.items() if _is_dated(access)}
        self._differing = self._dated | {
            key for key, access in accesses.items() if access.when is not None
        }
        self.differ = bool(self._differing)
        """Whether the date of a run decides what the task touches."""
        self._anchors = tuple(sorted(set(_anchors_of_bounds(accesses.values()))))
        self._truths = {
            key: truth(access.when) for key, access in accesses.items() if access.when is not None
        }
        self._asked = tuple(dict.fromkeys(self._truths.values()))
        self._fixed: dict[int, Access] = {}
        self._fixed_parts: dict[int, ReadStatement | Transaction] = {}

    def asked(self, dates: RunDates) -> tuple[datetime | bool, ...]:
        """Return what of a run decides what the task touches: dates, and conditions that hold."""
        held = (truth.at(dates) for truth in self._asked)
        return (*map(dates.of, self._anchors), *held)

    def at(self, dates: RunDates) -> Footprint:
        """Return the footprint of one run: what is sent then, with every region concrete."""
        resolved: dict[int, Access] = {}
        left_out = {key for key, truth in self._truths.items() if not truth.at(dates)}

        def concrete(access: Access) -> Access:
            known = resolved if id(access) in self._dated else self._fixed
            found = known.get(id(access))
            if found is None:
                found = known[id(access)] = _resolve(access, dates, self._types_of(access.table))
            return found

        def made(part: Part) -> Part:
            accesses = (concrete(each) for each in part.accesses if id(each) not in left_out)
            return replace(part, accesses=tuple(accesses))

        def kept(part: Part) -> Part:
            if any(id(access) in self._differing for access in part.accesses):
                return made(part)
            if id(part) not in self._fixed_parts:
                self._fixed_parts[id(part)] = made(part)
            return self._fixed_parts[id(part)]  # type: ignore[return-value]  # made of this part

        footprint = self._footprint
        return replace(
            footprint,
            statements=tuple(map(kept, footprint.statements)),
            transactions=tuple(map(kept, footprint.transactions)),
        )

    def _types_of(self, table: TableId) -> Types:
        if table not in self._types:
            self._types[table] = _types(table, self._schema)
        return self._types[table]


def _accesses(footprint: Footprint) -> Iterator[Access]:
    for transaction in footprint.transactions:
        yield from transaction.accesses
    for statement in footprint.statements:
        yield from statement.accesses


def _is_dated(access: Access) -> bool:
    """Whether the run decides a bound of an access."""
    return any(symbol.is_dated for symbol in _symbols(access))


def _symbols(access: Access) -> Iterator[Symbol]:
    for region in _regions(access):
        for box in region.boxes:
            for _, intervals in box.columns:
                for interval in intervals:
                    yield from (b for b in (interval.low, interval.high) if isinstance(b, Symbol))


def _anchors(accesses: Collection[Access]) -> Iterator[Anchor]:
    """Yield from which of a run's dates accesses are worked out."""
    yield from _anchors_of_bounds(accesses)
    for access in accesses:
        if access.when is not None:
            yield from (leaf.anchor for leaf in access.when.leaves())


def _anchors_of_bounds(accesses: Iterable[Access]) -> Iterator[Anchor]:
    for access in accesses:
        for part in (part for symbol in _symbols(access) for part in symbol.parts):
            if isinstance(part, DateExpr):
                yield part.anchor
            elif isinstance(part, Computed):
                yield from (leaf.anchor for leaf in part.leaves())


def clocks_read(footprint: Footprint) -> frozenset[Anchor]:
    """Return which clocks, a server's and a worker's own, decide what a task touches."""
    return LOCAL_CLOCKS.intersection(_anchors(tuple(_accesses(footprint))))


def _regions(access: Access) -> Iterator[Region]:
    yield access.region
    if access.arrives is not None:
        yield access.arrives
    if access.search is not None:
        yield access.search.matching


def _types(table: TableId, schema: Schema) -> Types:
    """Return the types of a table's columns; none where more than one table may be meant."""
    database = "" if table.database.startswith(UNKNOWN_PREFIX) else table.database.lower()
    found = [
        t
        for t in schema.named(table.table)
        if not database or t.database is None or t.database.lower() == database
    ]
    return {c.name.lower(): c.type for c in found[0].columns} if len(found) == 1 else {}


def _resolve(access: Access, dates: RunDates, types: Types) -> Access:
    arrives = access.arrives and access.arrives.resolve(dates, types)
    region, search = access.region.resolve(dates, types), access.search
    if search is not None:
        widened = access.region.exact and not region.exact
        matching = search.matching.resolve(dates, types)
        search = replace(search, matching=matching, whole=search.whole and not widened)
    return replace(access, region=region, arrives=arrives, search=search)
