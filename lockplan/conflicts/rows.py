"""Rows as people say them, the same on every day: ``day ds-6 … ds``."""

from __future__ import annotations

from collections.abc import Collection

from lockplan.model.access import Access, Footprint, Role
from lockplan.model.described import describe_region
from lockplan.model.region import Region
from lockplan.model.schema import Schema, Table

NEW_ROWS = "new rows"


def describe_rows(footprint: Footprint, sequence: int, table: str, schema: Schema) -> str:
    """Describe what one statement touches of one table; `footprint` is not resolved for a run."""
    texts = [
        _describe_access(access, schema)
        for transaction in footprint.transactions
        for access in transaction.accesses
        if access.sequence == sequence and str(access.table) == table
    ]
    return "; ".join(dict.fromkeys(texts))


def _describe_access(access: Access, schema: Schema) -> str:
    region = access.arrives or access.region
    if access.role is not Role.INSERT:
        return describe_region(region)
    definition = schema.table(access.table.table, access.table.database)
    keys = _key_columns(definition) if definition else None
    return describe_region(region, keys) if _limits(region, keys) else NEW_ROWS


def _key_columns(table: Table) -> frozenset[str]:
    return frozenset(column for index in table.indexes for column in index.columns)


def _limits(region: Region, columns: Collection[str] | None) -> bool:
    return any(
        columns is None or name in columns for box in region.boxes for name, _ in box.columns
    )
