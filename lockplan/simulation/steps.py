"""A task's statements over the time of its work, as the simulation takes them."""

from __future__ import annotations

from lockplan.model.access import Footprint, ReadStatement, Role
from lockplan.model.connection import Engine
from lockplan.model.night import WHOLE_TASK, Step, StepTable

WRITES = frozenset(Role) - {Role.READ, Role.METADATA}
"""What changes a table, or locks rows of it to read them."""


def steps_of(footprint: Footprint) -> tuple[Step, ...]:
    """Return a task's statements, its work spread evenly over them.

    A transaction ends behind its last statement where its connection goes on with another one, or
    commits by itself; else with the task. What a workflow file declares is held all the time, and
    what was not read may be: each is one more statement, in this order.
    """
    count = len(footprint.statements)
    ends = _ends(footprint.statements)
    steps = [
        Step(
            at=n / count,
            until=(n + 1) / count,
            released=ends[statement.transaction],
            statement=n,
            transaction=statement.transaction,
            tables=_tables(statement),
            brief=_is_brief(statement),
        )
        for n, statement in enumerate(footprint.statements)
    ]
    whole = declares(footprint) + bool(footprint.unread)
    return (*steps, *WHOLE_TASK * whole)


def _ends(statements: tuple[ReadStatement, ...]) -> dict[int, float]:
    """Return the share of the work at which each transaction ends."""
    last = {each.transaction: n for n, each in enumerate(statements)}
    last_sent = {each.statement.connection.name: n for n, each in enumerate(statements)}
    ends = {}
    for transaction, n in last.items():
        connection = statements[n].statement.connection
        goes_on = last_sent[connection.name] > n
        commits = connection.autocommit or not statements[n].accesses  # COMMIT, or the like
        ends[transaction] = (n + 1) / len(statements) if goes_on or commits else 1.0
    return ends


def declares(footprint: Footprint) -> bool:
    """Whether the last of the transactions is what a workflow file names, beside all statements."""
    transactions = footprint.transactions
    return bool(transactions) and transactions[-1].connection.engine is Engine.RESOURCE


def _is_brief(read: ReadStatement) -> bool:
    """Whether others come in between the passes of a loop; SQLite's are taken to commit each."""
    connection = read.statement.connection
    commits = connection.autocommit or connection.engine is Engine.SQLITE
    return read.statement.repeated and bool(commits)


def _tables(statement: ReadStatement) -> tuple[StepTable, ...]:
    """Return what a statement locks; a plain read of InnoDB keeps the definition alone."""
    writes: dict[str, bool] = {}
    for access in statement.accesses:
        table = str(access.table)
        writes[table] = writes.get(table, False) or access.role in WRITES
    return tuple(StepTable(table, each) for table, each in writes.items())
