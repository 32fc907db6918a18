"""A footprint for one run: all dates in its regions as the values that they have then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lockplan.model.access import Access, Footprint
from lockplan.model.computed import holds
from lockplan.model.connection import UNKNOWN_PREFIX, TableId
from lockplan.model.dates import RunDates
from lockplan.model.region import Region, Symbol
from lockplan.model.schema import ColumnType, Schema

Types = dict[str, ColumnType]


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
        self.differ = bool(self._dated) or any(a.when is not None for a in accesses.values())
        """Whether the date of a run decides what the task touches."""
        self._fixed: dict[int, Access] = {}

    def at(self, dates: RunDates) -> Footprint:
        """Return the footprint of one run: what is sent then, with every region concrete."""
        resolved: dict[int, Access] = {}

        def concrete(access: Access) -> Access:
            kept = resolved if id(access) in self._dated else self._fixed
            found = kept.get(id(access))
            if found is None:
                found = kept[id(access)] = _resolve(access, dates, self._types_of(access.table))
            return found

        def made(accesses: tuple[Access, ...]) -> tuple[Access, ...]:
            return tuple(concrete(each) for each in accesses if holds(each.when, dates))

        footprint = self._footprint
        return replace(
            footprint,
            statements=tuple(replace(s, accesses=made(s.accesses)) for s in footprint.statements),
            transactions=tuple(
                replace(t, accesses=made(t.accesses)) for t in footprint.transactions
            ),
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
    return any(
        isinstance(bound, Symbol) and bound.is_dated
        for region in _regions(access)
        for box in region.boxes
        for _, intervals in box.columns
        for interval in intervals
        for bound in (interval.low, interval.high)
    )


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
