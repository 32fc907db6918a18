"""What would keep two tasks apart: changes that are tried on the lock model before they are named.

A change works on footprints, so each is judged by the same rules as the tasks themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

from lockplan.engines import compare
from lockplan.model.access import Access, Footprint, Role, StatementKind, Transaction
from lockplan.model.connection import Isolation, TableId
from lockplan.model.dates import RunDates
from lockplan.model.pair import Remedy
from lockplan.model.region import Box
from lockplan.model.schema import Index, Schema
from lockplan.model.verdict import Certainty, Outcome, Verdict

Trial = tuple[str, Footprint, Footprint, Schema]
"""The advice, and the tasks and tables as they were if it were followed."""

_CERTAINTIES = (Certainty.NONE, Certainty.POSSIBLE, Certainty.CERTAIN)


def remedies(
    a: Footprint, b: Footprint, schema: Schema, dates: RunDates, verdict: Verdict
) -> tuple[Remedy, ...]:
    """Return the changes after which less is left to fear than `verdict` says, the best first."""
    if _severity(verdict) == 0:
        return ()
    found = []
    for advice, first, second, tables in _trials(a, b, schema):
        left = compare(first, second, tables, dates)
        if _severity(left) < _severity(verdict):
            kind = None if left.outcome is Outcome.RACE else left.outcome
            found.append((_severity(left), Remedy(advice, _of_waits(left), kind)))
    return tuple(remedy for _, remedy in sorted(found, key=lambda item: item[0]))


def _of_waits(verdict: Verdict) -> Certainty:
    return Certainty.NONE if verdict.outcome is Outcome.RACE else verdict.certainty


def _severity(verdict: Verdict) -> int:
    """Return how bad a verdict is: a deadlock is worse than a wait of the same certainty."""
    certainty = _CERTAINTIES.index(_of_waits(verdict))
    return 2 * certainty + verdict.deadlock if certainty else 0


def _trials(a: Footprint, b: Footprint, schema: Schema) -> Iterator[Trial]:
    for table, index in _indexes(a, b, schema):
        columns = ", ".join(index.columns)
        yield f"Create an index on {table} ({columns}).", a, b, _with_index(schema, table, index)
    for advice, change in _CHANGES:
        first, second = _changed(a, change), _changed(b, change)
        if (first, second) != (a, b):
            yield advice, first, second, schema


Change = Callable[[Transaction], tuple[Transaction, ...]]


def _changed(footprint: Footprint, change: Change) -> Footprint:
    transactions = tuple(part for each in footprint.transactions for part in change(each))
    return replace(footprint, transactions=transactions)


def _read_committed(transaction: Transaction) -> tuple[Transaction, ...]:
    connection = replace(transaction.connection, isolation=Isolation.READ_COMMITTED)
    return (replace(transaction, connection=connection),)


def _commit_between(transaction: Transaction) -> tuple[Transaction, ...]:
    statements: dict[int, list[Access]] = defaultdict(list)
    for access in transaction.accesses:
        statements[access.sequence].append(access)
    return tuple(replace(transaction, accesses=tuple(accesses)) for accesses in statements.values())


def _select_into(transaction: Transaction) -> tuple[Transaction, ...]:
    """Read variables' values by SELECT … INTO, which takes no row locks."""
    accesses = tuple(
        replace(access, kind=StatementKind.SELECT) if access.kind is StatementKind.SET else access
        for access in transaction.accesses
    )
    return (replace(transaction, accesses=accesses),)


def _upsert(transaction: Transaction) -> tuple[Transaction, ...]:
    """Write over the rows that are there in place of deleting and inserting them."""
    deleted = {access.table for access in transaction.accesses if access.role is Role.DELETE}
    inserted = {access.table for access in transaction.accesses if access.role is Role.INSERT}
    both = deleted & inserted
    accesses = tuple(
        _as_upsert(access) if access.table in both and access.role is Role.INSERT else access
        for access in transaction.accesses
        if access.table not in both or access.role is not Role.DELETE
    )
    return (replace(transaction, accesses=accesses),)


def _as_upsert(access: Access) -> Access:
    plain = access.kind is StatementKind.INSERT
    return replace(access, kind=StatementKind.UPSERT) if plain else access


_CHANGES: tuple[tuple[str, Change], ...] = (
    ("Write SELECT … INTO in place of SET @… = (SELECT …).", _select_into),
    ("Run both at READ COMMITTED.", _read_committed),
    ("Commit after each statement.", _commit_between),
    (
        "Write over the rows with INSERT … ON DUPLICATE KEY UPDATE in place of DELETE and INSERT, "
        "where a unique key names them.",
        _upsert,
    ),
)


def _indexes(a: Footprint, b: Footprint, schema: Schema) -> Iterator[tuple[TableId, Index]]:
    """Yield the indexes that would lead to the rows that the tasks look for."""
    seen: set[tuple[TableId, tuple[str, ...]]] = set()
    for access in (x for side in (a, b) for t in side.transactions for x in t.accesses):
        table = schema.table(access.table.table, _database(access.table))
        columns = _leading(access.region.boxes)
        if access.role is Role.INSERT or table is None or not columns:
            continue
        had = any(index.columns[: len(columns)] == columns for index in table.indexes)
        if not had and (access.table, columns) not in seen:
            seen.add((access.table, columns))
            yield access.table, Index("new", columns)


def _database(table: TableId) -> str | None:
    return None if table.database.startswith("?") else table.database


def _leading(boxes: tuple[Box, ...]) -> tuple[str, ...]:
    """Return the columns of an index for these rows: single values first, then one range."""
    if len({tuple(name for name, _ in box.columns) for box in boxes}) != 1:
        return ()
    columns = boxes[0].columns
    points = [name for name, parts in columns if all(part.is_point for part in parts)]
    return tuple([*points, *(name for name, _ in columns if name not in points)][: len(points) + 1])


def _with_index(schema: Schema, wanted: TableId, index: Index) -> Schema:
    target = schema.table(wanted.table, _database(wanted))
    tables = tuple(
        replace(table, indexes=(*table.indexes, index)) if table is target else table
        for table in schema.tables
    )
    return replace(schema, tables=tables)
