"""Who meets whom after a change of isolation, of an index, of commits or of the tables' sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement, product

from lockplan.conflicts import DagFacts, compared_again
from lockplan.model.access import Footprint, Transaction
from lockplan.model.analysis import Analysis
from lockplan.model.conflict import ConflictGraph
from lockplan.model.connection import Engine, Isolation
from lockplan.model.schema import Index, Schema, Table
from lockplan.model.workflow import Dag, TaskKey, Workflow
from lockplan.settings import Settings
from lockplan.study.changes import SqlChanges

WITH_LEVELS = frozenset({Engine.MYSQL, Engine.MARIADB, Engine.POSTGRESQL})
"""Engines whose locks depend on the isolation level, as far as there are models."""
LOOSER = (Isolation.READ_UNCOMMITTED, Isolation.READ_COMMITTED)
"""Under which a pair that is free by the servers' defaults stays free."""
HALF_A_DAY_S = 12 * 3600
"""Runs that start so far from each other are of one night."""
WHAT_IF = "what_if"
"""Begins the name of an index that is not there."""


def changed_graph(
    analysis: Analysis,
    settings: Settings,
    facts: Mapping[str, DagFacts],
    changes: SqlChanges,
) -> tuple[tuple[Footprint, ...], ConflictGraph]:
    """Return the footprints and the graph after changes; only pairs concerned are compared."""
    footprints = tuple(_changed(each, changes) for each in analysis.footprints)
    graph = compared_again(
        analysis.graph,
        frozenset(_concerned(analysis, settings.schema, changes)),
        _backfilled(analysis.workflow, changes),
        footprints,
        changed_schema(settings.schema, changes),
        {dag_id: _changed_facts(dag_id, fact, changes) for dag_id, fact in facts.items()},
        settings.logical_date,
    )
    return footprints, graph


def _backfilled(workflow: Workflow, changes: SqlChanges) -> Workflow:
    if changes.max_active_runs is None:
        return workflow
    dags = (backfilled(dag, changes) for dag in workflow.dags)
    return replace(workflow, dags=tuple(dags))


def backfilled(dag: Dag, changes: SqlChanges) -> Dag:
    """Return a DAG with the limit on its runs that it has in a backfill."""
    if changes.max_active_runs is None or dag.dag_id not in changes.backfilled:
        return dag
    return replace(dag, max_active_runs=changes.max_active_runs)


def _changed_facts(dag_id: str, facts: DagFacts, changes: SqlChanges) -> DagFacts:
    if dag_id in changes.backfilled:
        facts = replace(facts, catches_up=True)
    if any(dag_id in pair for pair in changes.together):
        facts = replace(facts, late_s=max(facts.late_s, HALF_A_DAY_S))
    return facts


def changed_schema(schema: Schema, changes: SqlChanges) -> Schema:
    """Return the tables with the indexes and rows that they have then."""
    tables = tuple(_changed_table(table, changes) for table in schema.tables)
    return replace(schema, tables=tables)


def _changed_table(table: Table, changes: SqlChanges) -> Table:
    added = [columns for name, columns in changes.indexes if name == _full_name(table)]
    indexes = tuple(Index("_".join((WHAT_IF, *columns)), columns) for columns in added)
    statistics = table.statistics
    if statistics is not None:
        statistics = replace(statistics, rows=round(statistics.rows * changes.data_scale))
    kept = tuple(each for each in table.indexes if not _begins_one(each, added))
    return replace(table, indexes=(*kept, *indexes), statistics=statistics)


def _begins_one(index: Index, added: Sequence[tuple[str, ...]]) -> bool:
    """Whether a plain index is the beginning of another one, which then serves in its place."""
    plain = not (index.unique or index.primary)
    return plain and any(columns[: len(index.columns)] == index.columns for columns in added)


def _full_name(table: Table) -> str:
    return f"{table.database}.{table.name}" if table.database else table.name


def index_on(table: Table, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return an index as changes hold it."""
    return (_full_name(table), columns)


def _changed(footprint: Footprint, changes: SqlChanges) -> Footprint:
    if footprint.task in changes.committing:
        footprint = _committing(footprint)
    if changes.isolation is None:
        return footprint
    levelled = tuple(_at_level(each, changes.isolation) for each in footprint.transactions)
    return replace(footprint, transactions=levelled)


def _at_level(transaction: Transaction, level: Isolation) -> Transaction:
    connection = transaction.connection
    if connection.engine not in WITH_LEVELS:
        return transaction
    return replace(transaction, connection=replace(connection, isolation=level))


def _committing(footprint: Footprint) -> Footprint:
    """Return a task's work with a transaction for each of its statements."""
    parts = [part for each in footprint.transactions for part in _single(each)]
    transactions = tuple(
        replace(part, accesses=tuple(replace(a, transaction=n) for a in part.accesses))
        for n, part in enumerate(parts)
    )
    number = {access.sequence: access.transaction for t in transactions for access in t.accesses}
    statements = tuple(
        replace(
            statement,
            transaction=number.get(n, len(parts) + n),
            accesses=tuple(replace(a, transaction=number[n]) for a in statement.accesses),
        )
        for n, statement in enumerate(footprint.statements)
    )
    return replace(footprint, transactions=transactions, statements=statements)


def _single(transaction: Transaction) -> Iterator[Transaction]:
    for sequence in dict.fromkeys(access.sequence for access in transaction.accesses):
        own = tuple(access for access in transaction.accesses if access.sequence == sequence)
        yield replace(transaction, accesses=own)


def _concerned(
    analysis: Analysis, schema: Schema, changes: SqlChanges
) -> Iterator[tuple[int, int]]:
    """Yield the pairs that may meet in another way than before."""
    tasks = range(len(analysis.footprints))
    if changes.isolation is not None and changes.isolation not in LOOSER:
        yield from combinations_with_replacement(tasks, 2)
        return
    position = {key: n for n, key in enumerate(analysis.graph.tasks)}
    if changes.isolation is not None:
        yield from ((a, b) for a, b in _pairs(analysis.graph, position) if a <= b)
    for names in _tables_concerned(schema, changes):
        touching = [n for n in tasks if names & _tables(analysis.footprints[n])]
        yield from combinations_with_replacement(touching, 2)
    for dag in analysis.workflow.dags:
        if dag.dag_id in changes.backfilled and backfilled(dag, changes).max_active_runs != 1:
            yield from combinations_with_replacement([position[t.key] for t in dag.tasks], 2)
    for pair in changes.together:
        first, second = ([n for key, n in position.items() if key.dag_id == each] for each in pair)
        yield from ((min(a, b), max(a, b)) for a, b in product(first, second))
    committing = {position[key] for key in changes.committing}
    for a, b in _pairs(analysis.graph, position):
        if {a, b} & committing:
            yield a, b


def _pairs(graph: ConflictGraph, position: Mapping[TaskKey, int]) -> Iterator[tuple[int, int]]:
    for conflict in graph.conflicts:
        a, b = sorted(position[key] for key in conflict.key)
        yield a, b


def _tables_concerned(schema: Schema, changes: SqlChanges) -> Iterator[frozenset[str]]:
    """Yield each table whose indexes or known sizes change, with those that refer to it."""
    changed = {name.rpartition(".")[2] for name, _ in changes.indexes}
    if changes.data_scale != 1.0:
        changed |= {table.name for table in schema.tables if table.statistics}
    for name in sorted(changed):
        referring = (t.name for t in schema.tables if any(k.parent == name for k in t.foreign_keys))
        parents = (k.parent.lower() for t in schema.named(name) for k in t.foreign_keys)
        yield frozenset({name, *referring, *parents})


def _tables(footprint: Footprint) -> frozenset[str]:
    return frozenset(
        access.table.table.lower()
        for transaction in footprint.transactions
        for access in transaction.accesses
    )
