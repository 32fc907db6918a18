"""What each task does to tables: its statements read, its transactions cut, its tables named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lockplan.footprints.contents import Contents
from lockplan.footprints.identity import table_id
from lockplan.footprints.resolve import Runs, clocks_read, resolve_footprint
from lockplan.footprints.resources import resource_transactions
from lockplan.footprints.sessions import Ledger, Session
from lockplan.model.access import Access, Footprint, ReadStatement, Role, StatementKind
from lockplan.model.connection import Connection, TableId
from lockplan.model.dates import RunDates
from lockplan.model.place import Skipped, Span
from lockplan.model.region import Region
from lockplan.model.schema import Schema
from lockplan.model.statement import Statement
from lockplan.model.workflow import Task
from lockplan.sql.interface import Reading, TableAccess, TableName
from lockplan.sql.scan import Piece, split
from lockplan.sql.text import Holes, bind

__all__ = ["Runs", "clocks_read", "footprint", "resolve_footprint"]

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
    sent = reader.ledger.transactions()
    declared = resource_transactions(task, len(reader.statements), len(sent))
    skipped = tuple((None, skip) for skip in task.skipped if skip.what == "statement")
    return Footprint(
        task.key,
        tuple(reader.statements),
        (*sent, *declared),
        (*reader.unread, *skipped),
    )


class _TaskReader:
    """Reads one task's statements in order and gathers what they do."""

    def __init__(self, schema: Schema, shown: RunDates) -> None:
        self.schema = schema
        self.shown = shown
        self.ledger = Ledger()
        self.contents = Contents()
        self.statements: list[ReadStatement] = []
        self.unread: list[tuple[Connection | None, Skipped]] = []

    def read(self, statement: Statement, connection: Connection) -> None:
        """Read one text, which may hold several statements."""
        text, holes = bind(statement, connection.engine)
        session = self.ledger.session(connection)
        if statement.repeated:
            session.forget()
        for piece in split(text, connection.engine):
            self._read_piece(piece, holes, statement, session)

    def _read_piece(
        self, piece: Piece, holes: Holes, statement: Statement, session: Session
    ) -> None:
        from lockplan.sql.accesses import read_statement

        connection = session.connection
        # A later pass finds what the earlier ones left; a piece that is not sure may be in a loop.
        loops = statement.repeated or not piece.sure
        reading = read_statement(
            piece,
            holes,
            connection.engine,
            self.schema,
            session.database,
            lambda name: None if loops else self._contents_of(name, session),
            session.variables,
        )
        line = statement.built_at.line + piece.line
        sure = piece.sure and not statement.conditional and statement.when is None
        number = self.ledger.place(statement.transaction, session, reading, sure=sure)
        accesses = self._accesses(reading, statement, session, number)
        self._follow(reading, session, number, sure=sure)
        self.ledger.add(number, accesses, session)
        for reason in reading.unread:
            where = Span(statement.built_at.path, line)
            self.unread.append((connection, Skipped(where, "statement", reason)))
        sql = holes.render(piece.sent, self.shown)
        resolved = replace(statement, connection=connection)
        self.statements.append(ReadStatement(resolved, sql, line, accesses, number))

    def _contents_of(self, name: TableName, session: Session) -> Region | None:
        return self.contents.of(self._table_id(name, session))

    def _accesses(
        self, reading: Reading, statement: Statement, session: Session, number: int
    ) -> tuple[Access, ...]:
        """Return the accesses to tables that other sessions can see."""
        found = [(self._id(access, session), access) for access in reading.accesses]
        session.temporary |= set(self._ids(reading.created_temporary, session))
        accesses = tuple(
            Access(
                table,
                access.role,
                self._rows(table, access, session, number),
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
                access.search,
                access.table_lock,
                access.waits_out,
                access.runs_alone,
                access.skips,
            )
            for table, access in found
            if table not in session.temporary
        )
        session.temporary -= set(self._ids(reading.dropped, session))
        return accesses

    def _rows(self, table: TableId, access: TableAccess, session: Session, number: int) -> Region:
        """Return the rows that are not locked by the transaction's own insert already."""
        own = access.search is not None and access.search.counted is not None
        return Region(()) if own and session.counted == (table, number) else access.region

    def _count(
        self, table: TableId, access: TableAccess, session: Session, number: int, *, sure: bool
    ) -> None:
        """Take over whose LAST_INSERT_ID() is known after an access."""
        if access.role is not Role.INSERT:
            return
        definition = self.schema.table(table.table)
        counter = definition.counter if definition else None
        counted = None not in (counter, access.given) and counter not in (access.given or ())
        plain = access.kind is StatementKind.INSERT and not access.from_select and sure
        session.counted = (table, number) if counted and plain else None

    def _follow(self, reading: Reading, session: Session, number: int, *, sure: bool) -> None:
        """Take over what a statement leaves in tables that the task has emptied or made."""
        for access in reading.accesses:
            table = self._id(access, session)
            self.contents.follow(table, access, sure=sure)
            self._count(table, access, session, number, sure=sure)
        if reading.undoes:
            self.contents = Contents()
        if reading.unread:
            self.contents = Contents()
            session.counted = None
            session.variables = {}
        values = {name: value if sure else None for name, value in reading.variables}
        session.variables = session.variables | values
        made = () if reading.accesses else reading.created_temporary
        self.contents.forget(self._ids((*reading.dropped, *reading.created_temporary), session))
        if sure:
            self.contents.empty(self._ids((*reading.emptied, *made), session))

    def _ids(self, names: Iterable[TableName], session: Session) -> list[TableId]:
        return [self._table_id(name, session) for name in names]

    def _id(self, access: TableAccess, session: Session) -> TableId:
        return self._table_id(access.name, session)

    def _table_id(self, name: TableName, session: Session) -> TableId:
        return table_id(name, session.connection, session.database, session.attached)
