"""What is known of the tables: columns, keys, foreign keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

_WORD = re.compile(r"\w+")


class ColumnType(StrEnum):
    """The families of types that decide how values compare."""

    DATE = "date"
    DATETIME = "datetime"
    NUMBER = "number"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    type: ColumnType
    nullable: bool = True
    auto_increment: bool = False
    generated: str | None = None
    """The expression that computes it, as the server writes it."""
    fractional: bool = False
    """Whether it is a number that may lie between two whole ones."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index; the clustered one of an InnoDB table is its primary key."""

    name: str
    columns: tuple[str, ...]
    """Lower-case column names in order; an expression is kept as its text in parentheses."""
    unique: bool = False
    primary: bool = False
    descending: bool = False
    """Whether some column is sorted from the greatest value down."""
    hidden: bool = False
    """Whether the optimiser leaves it out: INVISIBLE on MySQL, IGNORED on MariaDB."""

    @property
    def read(self) -> frozenset[str]:
        """The names that decide where a row stands in it, those inside of expressions included."""
        expressions = " ".join(name for name in self.columns if name.startswith("("))
        return frozenset((*self.columns, *_WORD.findall(expressions)))


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from a child table to a parent table."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_delete: str = "RESTRICT"
    on_update: str = "RESTRICT"


class PartitionMethod(StrEnum):
    """How the rows of a table are put into its partitions."""

    RANGE = "range"
    LIST = "list"
    HASH = "hash"
    """The remainder of a number, whose sign does not count (MySQL's ``HASH``)."""
    KEY = "key"
    """A hash of the server's own: ``KEY``, ``LINEAR HASH``, all hashes of PostgreSQL."""


PartitionValue = datetime | Decimal | str | None


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition; without bounds and values it may hold any row."""

    name: str
    """Lower-case; in PostgreSQL the name of the table that it is."""
    low: tuple[PartitionValue, ...] = ()
    """RANGE: the least values in it, one for each column; None, or too few, is unbounded."""
    high: tuple[PartitionValue, ...] = ()
    """RANGE: the least values beyond it."""
    values: tuple[tuple[PartitionValue, ...], ...] = ()
    """LIST: the values in it; None is NULL."""


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a table is cut into partitions."""

    method: PartitionMethod
    columns: tuple[str, ...] = ()
    """Lower-case names of the columns that decide; empty where the expression is not understood."""
    function: str | None = None
    """The function of the one column (``to_days``), None where its own value decides."""
    partitions: tuple[Partition, ...] = ()
    """In the server's order; empty where they are not known."""


@dataclass(frozen=True, slots=True)
class View:
    """A view's definition."""

    name: str
    """Lower-case, without the database."""
    query: str = ""
    """The SELECT that it stands for; empty where it is not known."""
    columns: tuple[str, ...] = ()
    """The names that the definition gives to the query's columns; empty: the query's own."""
    database: str | None = None
    materialized: bool = False
    """Whether it holds rows of its own."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Statements that run with each write of a table."""

    name: str
    table: str
    """Lower-case, without the database."""
    events: tuple[str, ...] = ()
    """``INSERT``, ``UPDATE``, ``DELETE``; empty where they are not known."""
    timing: str = ""
    """``BEFORE``, ``AFTER`` or ``INSTEAD OF``."""
    body: str = ""
    """The statement or block that runs; empty where it is not known."""
    database: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """What is known of a column's values; None where it is not."""

    low: datetime | Decimal | str | None = None
    """The smallest value, as regions write values."""
    high: datetime | Decimal | str | None = None
    distinct: int | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many rows a table has, and how the values of its columns spread."""

    rows: int
    columns: Mapping[str, ColumnStatistics] = field(default_factory=lambda: MappingProxyType({}))
    """By lower-case name."""
    estimated: bool = False
    """Whether the numbers of rows and of distinct values are a server's estimates."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's definition."""

    name: str
    """Lower-case, without the database."""
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    engine: str | None = None
    """The storage engine as written (``InnoDB``), None where the DDL does not say."""
    partitioning: Partitioning | None = None
    database: str | None = None
    statistics: Statistics | None = None
    partition_of: str | None = None
    """The partitioned table that this one is a partition of (PostgreSQL)."""
    _named: dict[str, Column] = field(default_factory=dict, init=False, repr=False, compare=False)

    def column(self, name: str) -> Column | None:
        """Return the column of that name, compared without case."""
        if not self._named:
            self._named.update((c.name.lower(), c) for c in reversed(self.columns))
        return self._named.get(name.lower())

    @property
    def partitioned(self) -> bool:
        """Whether the rows lie in partitions."""
        return self.partitioning is not None

    @property
    def counter(self) -> str | None:
        """The lower-case AUTO_INCREMENT column, None where there is none."""
        return next((c.name.lower() for c in self.columns if c.auto_increment), None)

    @property
    def primary_key(self) -> Index | None:
        """The primary key, None where the table has none."""
        return next((index for index in self.indexes if index.primary), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables that are known; a table that is not here may have any columns and any index."""

    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    journal: str | None = None
    """The journal mode of SQLite's files (``wal``, ``delete``), None where it is not known."""
    _named: dict[str, list[Table]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def named(self, name: str) -> Sequence[Table]:
        """Return the tables of that name, in every database."""
        if not self._named:
            for table in self.tables:
                self._named.setdefault(table.name, []).append(table)
        return self._named.get(name.lower(), ())

    def table(self, name: str, database: str | None = None) -> Table | None:
        """Return the table of that name; a database counts only where both sides know theirs."""
        return next((t for t in self.named(name) if _may_be(t.database, database)), None)

    def view(self, name: str, database: str | None = None) -> View | None:
        """Return the view of that name; a database counts only where both sides know theirs."""
        return next(
            (v for v in self.views if v.name == name.lower() and _may_be(v.database, database)),
            None,
        )

    def triggers_of(self, table: str, database: str | None = None) -> tuple[Trigger, ...]:
        """Return the triggers of a table."""
        return tuple(
            trigger
            for trigger in self.triggers
            if trigger.table == table.lower() and _may_be(trigger.database, database)
        )


def _may_be(known: str | None, wanted: str | None) -> bool:
    return not known or not wanted or known.lower() == wanted.lower()
