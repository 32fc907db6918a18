"""What the readers of one statement share: the schema, the holes, and what they have found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from lockplan.model.access import Role, RowSearch, StatementKind, TableLock
from lockplan.model.connection import Engine
from lockplan.model.region import ALL, Bound, Interval, Region
from lockplan.model.schema import Schema, Table, Trigger
from lockplan.sql.constants import Constants
from lockplan.sql.interface import TableAccess, TableName, UnreadableSQL
from lockplan.sql.text import Holes

MYSQL_NAMES = frozenset({Engine.MYSQL, Engine.MARIADB, Engine.SQLITE, Engine.HIVE})
"""Engines where a name's qualifier is what the connection's default database is."""


def find_table(
    schema: Schema, name: TableName, database: str | None, engine: Engine
) -> Table | None:
    """Return the table's definition; None where it is not known, or more than one may be meant."""
    found = schema.named(name.table)
    wanted = name.database or (database if engine in MYSQL_NAMES else None)
    if wanted and engine is not Engine.SQLITE:
        found = [t for t in found if t.database is None or t.database.lower() == wanted.lower()]
    return found[0] if len(found) == 1 else None


Contents = Callable[[TableName], Region | None]


def nothing_known(_name: TableName) -> Region | None:
    """Return that a table may hold any rows."""
    return None


_OWN = ("#", "@")


@dataclass(slots=True)
class Context:
    """One statement that is being read."""

    schema: Schema
    database: str | None
    engine: Engine
    holes: Holes
    kind: StatementKind
    accesses: list[TableAccess] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    contents: Contents = nothing_known
    """What the session knows of a table's rows, because it has filled the table itself."""
    bulk: tuple[tuple[Interval, ...] | None, ...] | None = None
    """What each column of an INSERT takes, where its rows were too many to be parsed."""
    variables: Mapping[str, Bound | None] = field(default_factory=dict)
    """What the session's user variables hold, by lower-case name."""
    seen: set[int] = field(default_factory=set)
    """Table nodes that a reader has understood, by `id`."""

    @property
    def constants(self) -> Constants:
        """Reads constant expressions of this statement."""
        return Constants(self.engine, self.holes, self.variables)

    def name(self, node: exp.Expr | None) -> TableName:
        """Return the name that a table node holds; raises UnreadableSQL where it is not known."""
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Parameter):
            return TableName(None, f"@{node.this.name}")
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise UnreadableSQL("a table was expected where something else stands")
        self.seen.add(id(node))
        own = "#" if node.this.args.get("temporary") else ""
        return self.named(node.args["db"].name if node.args.get("db") else None, own + node.name)

    def named(self, database: str | None, table: str) -> TableName:
        """Put the holes of a name back; raises UnreadableSQL where it is not known."""
        for text in (database or "", table):
            reason = self.holes.unknown(text)
            if reason is not None:
                raise UnreadableSQL(f"the name of a table is not known: {reason}")
        return TableName(database and self.holes.name(database), self.holes.name(table))

    def table(self, name: TableName) -> Table | None:
        """Return the schema's definition of a table."""
        return find_table(self.schema, name, self.database, self.engine)

    def note(self, reason: str) -> None:
        """Say that the accesses may not be all."""
        if reason not in self.unread:
            self.unread.append(reason)

    def touch(
        self,
        name: TableName,
        role: Role,
        region: Region,
        *,
        arrives: Region | None = None,
        written: tuple[str, ...] = (),
        from_select: bool = False,
        joined: bool = False,
        given: tuple[str, ...] | None = None,
        reads: tuple[str, ...] | None = None,
        search: RowSearch | None = None,
        table_lock: TableLock | None = None,
        waits_out: TableLock | None = None,
        runs_alone: bool = False,
        skips: bool = False,
    ) -> None:
        """Record one access, but for T-SQL's tables that only their session sees."""
        if name.table.startswith(_OWN) and not name.table.startswith("##"):
            return
        view = self.schema.view(name.table, name.database)
        if view and not view.materialized and role not in (Role.METADATA, Role.DDL):
            region, search = ALL, None
            self.note(f"{name} is a view, whose tables are not followed")
        if role in WRITES and any(_may_set(t) for t in self.schema.triggers_of(name.table)):
            arrives = ALL if arrives else None
            region = ALL if role is Role.INSERT else region
        access = TableAccess(
            name,
            role,
            region,
            self.kind,
            arrives,
            written,
            from_select,
            joined,
            given,
            reads,
            search,
            table_lock,
            waits_out,
            runs_alone,
            skips,
        )
        if access not in self.accesses:
            self.accesses.append(access)


def _may_set(trigger: Trigger) -> bool:
    """Whether a trigger may give the rows that arrive other values."""
    return trigger.timing != "AFTER" and (not trigger.body or "new." in trigger.body.lower())


WRITES = frozenset({Role.INSERT, Role.UPDATE, Role.DELETE})
