"""What a task does to tables: accesses, in transactions, as one footprint."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lockplan.model.computed import Computed
from lockplan.model.connection import Connection, TableId
from lockplan.model.place import Skipped
from lockplan.model.region import Region
from lockplan.model.statement import Statement
from lockplan.model.workflow import TaskKey


class Role(StrEnum):
    """What a statement does to one of its tables."""

    READ = "read"
    """A read without a locking clause; whether it locks depends on the statement's kind."""
    READ_SHARE = "locking read (share)"
    READ_UPDATE = "locking read (update)"
    READ_KEY_SHARE = "locking read (key share)"
    READ_NO_KEY_UPDATE = "locking read (no key update)"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    DDL = "ddl"
    LOCK_READ = "lock table (read)"
    LOCK_WRITE = "lock table (write)"
    METADATA = "metadata only"


class TableLock(StrEnum):
    """How a whole table is locked, by PostgreSQL's names; the weakest comes first."""

    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"


class StatementKind(StrEnum):
    """The statement that an access belongs to: servers lock a read by what it is read for."""

    SELECT = "select"
    INSERT = "insert"
    INSERT_IGNORE = "insert ignore"
    UPSERT = "upsert"
    REPLACE = "replace"
    UPDATE = "update"
    DELETE = "delete"
    CREATE_TABLE_AS = "create table as select"
    SET = "set"
    DDL = "ddl"
    LOCK = "lock tables"
    OTHER = "other"


class HintKind(StrEnum):
    """What a statement tells the optimiser of some indexes."""

    USE = "use"
    FORCE = "force"
    IGNORE = "ignore"
    OTHER = "other"
    """A hint whose effect is not known."""


@dataclass(frozen=True, slots=True)
class IndexHint:
    """A hint in the statement that bears on the choice of an index."""

    kind: HintKind
    indexes: tuple[str, ...] = ()
    """Lower-case names."""


@dataclass(frozen=True, slots=True)
class RowSearch:
    """What is known of the way to a statement's rows beside the region that an index can lead to.

    A function on a column hides the column from every index, so the rows that the WHERE wants may
    be fewer than those of the access's region, all of which are examined.
    """

    matching: Region
    """Rows for which the WHERE holds."""
    whole: bool
    """Whether a scan surely examines every row of the access's region, be it wanted or not."""
    limit: int | None = None
    """Rows after which the scan ends; None where it does not, or where that is not known."""
    order: tuple[tuple[str, bool], ...] = ()
    """Lower-case columns of an ORDER BY, each with whether it descends."""
    equated: tuple[str, ...] = ()
    """Lower-case columns that are compared by ``=`` with columns of other tables."""
    counted: str | None = None
    """The AUTO_INCREMENT column where it is compared with LAST_INSERT_ID()."""
    hints: tuple[IndexHint, ...] = ()

    @property
    def descends(self) -> bool:
        """Whether an index may be read from its end."""
        return any(descends for _, descends in self.order)


@dataclass(frozen=True, slots=True)
class Access:
    """One table as one statement touches it."""

    table: TableId
    role: Role
    region: Region
    """Rows that the WHERE examines; for an insert, rows that arrive."""
    kind: StatementKind
    sequence: int
    """Position of the statement in its task, from 0."""
    transaction: int
    arrives: Region | None = None
    """For an update that assigns key columns: where the moved rows arrive."""
    written: tuple[str, ...] = ()
    """Lower-case columns that the statement assigns; empty where not known or all. For an upsert:
    those that it assigns in a row that is there."""
    from_select: bool = False
    """For an insert: the rows come from a SELECT, so their number is not known."""
    joined: bool = False
    """For a read in UPDATE or DELETE: through a join, not a subquery."""
    conditional: bool = False
    """Whether the statement may not run at all."""
    given: tuple[str, ...] | None = None
    """For an insert: the lower-case columns that new rows get a value for; None where not known."""
    reads: tuple[str, ...] | None = None
    """For a read: lower-case columns that it surely needs; None where not known."""
    when: Computed | None = None
    """The condition on the run's dates under which it is made; None where it always is."""
    search: RowSearch | None = None
    """None where the region says all of it, and for inserts."""
    table_lock: TableLock | None = None
    """The lock on the whole table, where the statement and not its role decides it."""
    waits_out: TableLock | None = None
    """For work done CONCURRENTLY: the lock whose holders it waits for and does not stop."""
    runs_alone: bool = False
    """Whether it may not stand in a transaction of several statements (VACUUM, CONCURRENTLY)."""
    skips: bool = False
    """Whether it passes over what is locked instead of waiting (SKIP LOCKED, try-locks)."""


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """One SQL statement with its accesses: a Statement's text may hold several."""

    statement: Statement
    sql: str
    """The statement as sent, rendered for the run that was shown."""
    line: int
    """Line of `statement.built_at.path` where this one begins."""
    accesses: tuple[Access, ...]
    transaction: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """Accesses that one session makes between a begin and its commit, in order."""

    connection: Connection
    accesses: tuple[Access, ...]


@dataclass(frozen=True, slots=True)
class Footprint:
    """All that is known of one task's work on databases."""

    task: TaskKey
    statements: tuple[ReadStatement, ...]
    transactions: tuple[Transaction, ...]
    unread: tuple[tuple[Connection | None, Skipped], ...] = ()
    """Statements that could not be read, with the connection they run on where that is known."""
