"""What each task does to tables: its statements read, its transactions cut, its tables named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lockplan.footprints.identity import table_id
from lockplan.footprints.resolve import resolve_footprint
from lockplan.footprints.sessions import Ledger, Session
from lockplan.model.access import Access, Footprint, ReadStatement
from lockplan.model.connection import Connection, TableId
from lockplan.model.dates import RunDates
from lockplan.model.place import Skipped, Span
from lockplan.model.schema import Schema
from lockplan.model.statement import Statement
from lockplan.model.workflow import Task
from lockplan.sql.interface import Reading, TableAccess
from lockplan.sql.scan import Piece, split
from lockplan.sql.text import Holes, bind

__all__ = ["footprint", "resolve_footprint"]

Resolve = Callable[[Connection], Connection]


def footprint(task: Task, schema: Schema, resolve: Resolve, shown: RunDates) -> Footprint:
    """Return what a task does to tables.

    Parameters
    ----------
    task
        The task as it was read.
    schema
        The tables that are known.
    resolve
        Gives a connection as it is configured: engine, server, database, isolation.
    shown
        The run for which the statements' texts are written out.
    """
    reader = _TaskReader(schema, shown)
    for statement in task.statements:
        reader.read(statement, resolve(statement.connection))
    skipped = tuple((None, skip) for skip in task.skipped if skip.what == "statement")
    return Footprint(
        task.key,
        tuple(reader.statements),
        reader.ledger.transactions(),
        (*reader.unread, *skipped),
    )


class _TaskReader:
    """Reads one task's statements in order and gathers what they do."""

    def __init__(self, schema: Schema, shown: RunDates) -> None:
        self.schema = schema
        self.shown = shown
        self.ledger = Ledger()
        self.statements: list[ReadStatement] = []
        self.unread: list[tuple[Connection | None, Skipped]] = []

    def read(self, statement: Statement, connection: Connection) -> None:
        """Read one text, which may hold several statements."""
        text, holes = bind(statement, connection.engine)
        session = self.ledger.session(connection)
        for piece in split(text, connection.engine):
            self._read_piece(piece, holes, statement, session)

    def _read_piece(
        self, piece: Piece, holes: Holes, statement: Statement, session: Session
    ) -> None:
        from lockplan.sql.accesses import read_statement

        connection = session.connection
        reading = read_statement(piece, holes, connection.engine, self.schema, session.database)
        line = statement.built_at.line + piece.line
        sure = piece.sure and not statement.conditional and statement.when is None
        number = self.ledger.place(statement.transaction, session, reading, sure=sure)
        accesses = self._accesses(reading, statement, session, number)
        self.ledger.add(number, accesses, session)
        for reason in reading.unread:
            where = Span(statement.built_at.path, line)
            self.unread.append((connection, Skipped(where, "statement", reason)))
        sql = holes.render(piece.sent, self.shown)
        resolved = replace(statement, connection=connection)
        self.statements.append(ReadStatement(resolved, sql, line, accesses, number))

    def _accesses(
        self, reading: Reading, statement: Statement, session: Session, number: int
    ) -> tuple[Access, ...]:
        """Return the accesses to tables that other sessions can see."""
        found = [(self._id(access, session), access) for access in reading.accesses]
        session.temporary |= {
            table_id(name, session.connection, session.database)
            for name in reading.created_temporary
        }
        accesses = tuple(
            Access(
                table,
                access.role,
                access.region,
                access.kind,
                len(self.statements),
                number,
                access.arrives,
                access.written,
                access.from_select,
                access.joined,
                statement.conditional,
                access.given,
                access.reads,
                statement.when,
            )
            for table, access in found
            if table not in session.temporary
        )
        session.temporary -= {
            table_id(name, session.connection, session.database) for name in reading.dropped
        }
        return accesses

    def _id(self, access: TableAccess, session: Session) -> TableId:
        return table_id(access.name, session.connection, session.database)
