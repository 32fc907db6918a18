"""A footprint for one run: all dates in its regions as the values that they have then."""

from __future__ import annotations

from dataclasses import replace

from lockplan.model.access import Access, Footprint
from lockplan.model.computed import holds
from lockplan.model.connection import UNKNOWN_PREFIX, TableId
from lockplan.model.dates import RunDates
from lockplan.model.schema import ColumnType, Schema

Types = dict[str, ColumnType]


def resolve_footprint(footprint: Footprint, dates: RunDates, schema: Schema) -> Footprint:
    """Return the footprint of one run: what is sent then, with every region concrete."""
    known: dict[TableId, Types] = {}
    resolved: dict[int, Access] = {}

    def concrete(access: Access) -> Access:
        # A statement and its transaction share their accesses; hashing one costs more than `id`.
        key = id(access)
        if key not in resolved:
            if access.table not in known:
                known[access.table] = _types(access.table, schema)
            resolved[key] = _resolve(access, dates, known[access.table])
        return resolved[key]

    def made(accesses: tuple[Access, ...]) -> tuple[Access, ...]:
        return tuple(concrete(each) for each in accesses if holds(each.when, dates))

    return replace(
        footprint,
        statements=tuple(replace(s, accesses=made(s.accesses)) for s in footprint.statements),
        transactions=tuple(replace(t, accesses=made(t.accesses)) for t in footprint.transactions),
    )


def _types(table: TableId, schema: Schema) -> Types:
    """Return the types of a table's columns; none where more than one table may be meant."""
    database = "" if table.database.startswith(UNKNOWN_PREFIX) else table.database.lower()
    found = [
        t
        for t in schema.tables
        if t.name == table.table.lower()
        and (not database or t.database is None or t.database.lower() == database)
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
