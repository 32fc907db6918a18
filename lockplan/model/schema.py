"""What is known of the tables: columns, keys, foreign keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


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


@dataclass(frozen=True, slots=True)
class Index:
    """An index; the clustered one of an InnoDB table is its primary key."""

    name: str
    columns: tuple[str, ...]
    """Lower-case column names in order; an expression is kept as its text in parentheses."""
    unique: bool = False
    primary: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from a child table to a parent table."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_delete: str = "RESTRICT"
    on_update: str = "RESTRICT"


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
    partitioned: bool = False
    database: str | None = None
    statistics: Statistics | None = None

    def column(self, name: str) -> Column | None:
        """Return the column of that name, compared without case."""
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)

    @property
    def primary_key(self) -> Index | None:
        """The primary key, None where the table has none."""
        return next((index for index in self.indexes if index.primary), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables that are known; a table that is not here may have any columns and any index."""

    tables: tuple[Table, ...] = ()
    views: tuple[str, ...] = ()
    """Lower-case names of views, whose base tables are not resolved."""
    triggers: tuple[str, ...] = ()
    """Lower-case names of tables with triggers."""

    def table(self, name: str, database: str | None = None) -> Table | None:
        """Return the table of that name; a database counts only where both sides know theirs."""
        for table in self.tables:
            if table.name != name.lower():
                continue
            if database and table.database and table.database.lower() != database.lower():
                continue
            return table
        return None
