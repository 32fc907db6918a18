"""What this room hands out: the tables a statement touches, and what it does to its session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lockplan.model.access import Role, RowSearch, StatementKind, TableLock
from lockplan.model.connection import Engine, Isolation
from lockplan.model.region import Bound, Region

MYSQL_LIKE = frozenset({Engine.MYSQL, Engine.MARIADB, Engine.UNKNOWN})
"""Engines whose text is read with MySQL's rules for quotes and comments."""


IMPLICIT_COMMITTERS = frozenset({Engine.MYSQL, Engine.MARIADB})
"""Engines where a definition, or a new BEGIN, commits what is open."""


class UnreadableSQL(Exception):  # noqa: N818  # it is an outcome of reading, not a failure
    """A statement that cannot be read; the reason is one sentence for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table as the statement names it."""

    database: str | None
    """The qualifier as written; None where there is none."""
    table: str
    """A name that depends on the run shows its date: ``stage_{ds:%Y%m%d}``."""

    def __str__(self) -> str:
        return f"{self.database}.{self.table}" if self.database else self.table


@dataclass(frozen=True, slots=True)
class TableAccess:
    """One table as one statement touches it, before it is known which server that is."""

    name: TableName
    role: Role
    region: Region
    kind: StatementKind
    arrives: Region | None = None
    written: tuple[str, ...] = ()
    from_select: bool = False
    joined: bool = False
    given: tuple[str, ...] | None = None
    reads: tuple[str, ...] | None = None
    search: RowSearch | None = None
    table_lock: TableLock | None = None
    waits_out: TableLock | None = None
    runs_alone: bool = False
    skips: bool = False


class Effect(StrEnum):
    """What a statement does to the transaction that is open."""

    NONE = "none"
    BEGIN = "begin"
    END = "commit or rollback"
    IMPLICIT_COMMIT = "implicit commit"
    """Commits before and after itself."""
    LOCK = "lock tables"
    """Commits, then holds locks until an unlock, whatever commits come between."""
    UNLOCK = "unlock tables"
    AUTOCOMMIT_ON = "autocommit on"
    AUTOCOMMIT_OFF = "autocommit off"


@dataclass(frozen=True, slots=True)
class Reading:
    """One SQL statement as read."""

    accesses: tuple[TableAccess, ...] = ()
    unread: tuple[str, ...] = ()
    """Reasons why the accesses may not be all."""
    effect: Effect = Effect.NONE
    use: str | None = None
    """The database that becomes the default one."""
    isolation: Isolation | None = None
    """The isolation level that transactions have from here on."""
    attached: tuple[str, str] | None = None
    """For ATTACH: the lower-case name that a file of SQLite gets, and the file as written."""
    created_temporary: tuple[TableName, ...] = ()
    variables: tuple[tuple[str, Bound | None], ...] = ()
    """User variables that it assigns, in lower case; None where the value is not known."""
    emptied: tuple[TableName, ...] = ()
    """Tables that TRUNCATE leaves without any row."""
    undoes: bool = False
    """Whether it takes back what was done before, all or to a savepoint."""
    dropped: tuple[TableName, ...] = ()
    """Tables that DROP names: temporary ones of the session are gone, without any lock."""
