"""The two sides of a conflict: a task with the statement that meets the other's."""

from __future__ import annotations

from collections.abc import Sequence

from lockplan.conflicts.rows import describe_rows
from lockplan.model.access import Footprint, ReadStatement
from lockplan.model.conflict import ConflictSide
from lockplan.model.schema import Schema
from lockplan.model.workflow import Task


class Sides:
    """Makes sides of conflicts, each once for all that meet a task in the same way."""

    def __init__(
        self, tasks: Sequence[Task], footprints: Sequence[Footprint], schema: Schema
    ) -> None:
        self._tasks = tasks
        self._footprints = footprints
        self._schema = schema
        self._made: dict[tuple[int, int, str], ConflictSide] = {}

    def at(self, n: int, sequence: int, table: str) -> ConflictSide:
        """Return the side of a task whose statement of this number meets the other's on a table."""
        key = (n, sequence, table)
        if key not in self._made:
            self._made[key] = self._new(n, sequence, table)
        return self._made[key]

    def unread(self, n: int) -> ConflictSide:
        """Return the side of a task that has an unread statement, or meets one."""
        unread = self._footprints[n].unread
        where = unread[0][1].where if unread else self._tasks[n].defined_at
        rows = "not read" if unread else ""
        return ConflictSide(self._tasks[n].key, None, rows, where.path, where.line)

    def _new(self, n: int, sequence: int, table: str) -> ConflictSide:
        task = self._tasks[n]
        statement = _statement_at(self._footprints[n], sequence)
        rows = describe_rows(self._footprints[n], sequence, table, self._schema)
        if statement is None:
            where = task.defined_at
            return ConflictSide(task.key, None, rows, where.path, where.line)
        return ConflictSide(
            task=task.key,
            statement=statement,
            rows=rows,
            path=statement.statement.built_at.path,
            line=statement.line,
        )


def _statement_at(footprint: Footprint, sequence: int) -> ReadStatement | None:
    return next(
        (
            statement
            for statement in footprint.statements
            if any(access.sequence == sequence for access in statement.accesses)
        ),
        None,
    )
