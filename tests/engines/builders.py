"""Footprints from one-line descriptions, over a small schema that has every kind of key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from lockplan.model.access import Access, Footprint, Role, StatementKind, Transaction
from lockplan.model.connection import Connection, Engine, Isolation, TableId
from lockplan.model.dates import RunDates
from lockplan.model.region import WHOLE, Box, Interval, Region, Value, as_value
from lockplan.model.schema import (
    Column,
    ColumnType,
    ForeignKey,
    Index,
    Partitioning,
    PartitionMethod,
    Schema,
    Table,
    Trigger,
    View,
)
from lockplan.model.workflow import TaskKey

RUN_DAY = datetime(2026, 3, 10)
DATES = RunDates(RUN_DAY, RUN_DAY, RUN_DAY)
ISOLATIONS = {
    "RR": Isolation.REPEATABLE_READ,
    "RC": Isolation.READ_COMMITTED,
    "SER": Isolation.SERIALIZABLE,
}

_ID = Column("id", ColumnType.NUMBER, nullable=False, auto_increment=True)
_DAY = Column("day", ColumnType.DATE, nullable=False)
_GAME = Column("game", ColumnType.NUMBER, nullable=False)
_NAME = Column("name", ColumnType.TEXT, nullable=False)
_VALUE = Column("value", ColumnType.NUMBER)


def _table(name: str, columns: Iterable[Column], *indexes: Index, **more: object) -> Table:
    return Table(name, tuple(columns), indexes, engine="InnoDB", **more)  # type: ignore[arg-type]


def _primary(*columns: str) -> Index:
    return Index("PRIMARY", columns, unique=True, primary=True)


SCHEMA = Schema(
    (
        _table("by_day", (_DAY, _ID, _VALUE), _primary("day", "id"), Index("k_id", ("id",))),
        _table("day_game", (_DAY, _GAME, _VALUE), _primary("day", "game")),
        _table("day_key", (_ID, _DAY, _GAME, _VALUE), _primary("id"), Index("k_day", ("day",))),
        _table("no_key", (_ID, _DAY, _GAME, _VALUE), _primary("id")),
        _table(
            "unique_day",
            (_ID, _DAY, _GAME, _VALUE),
            _primary("id"),
            Index("u_day", ("day", "game"), unique=True),
        ),
        _table("named", (_NAME, _VALUE), _primary("name")),
        _table("parent", (_ID, _VALUE), _primary("id")),
        _table(
            "child",
            (_ID, Column("parent_id", ColumnType.NUMBER), _VALUE),
            _primary("id"),
            Index("k_parent", ("parent_id",)),
            foreign_keys=(ForeignKey(("parent_id",), "parent", ("id",)),),
        ),
        _table(
            "grandchild",
            (_ID, Column("child_id", ColumnType.NUMBER), _VALUE),
            _primary("id"),
            foreign_keys=(ForeignKey(("child_id",), "child", ("id",)),),
        ),
        _table(
            "two_keys",
            (_ID, _DAY, _GAME, _VALUE),
            _primary("id"),
            Index("k_day", ("day",)),
            Index("k_game", ("game",)),
        ),
        _table(
            "timed",
            (_ID, Column("at", ColumnType.DATETIME), _VALUE),
            _primary("id"),
            Index("k_at", ("at",)),
        ),
        _table(
            "parted",
            (_ID, _DAY, _VALUE),
            _primary("id", "day"),
            partitioning=Partitioning(PartitionMethod.RANGE),
        ),
    ),
    views=(View("some_view"),),
    triggers=(Trigger("after_write", "no_key"),),
)

_VERBS = {
    "select": (Role.READ, StatementKind.SELECT),
    "share": (Role.READ_SHARE, StatementKind.SELECT),
    "lock": (Role.READ_UPDATE, StatementKind.SELECT),
    "source": (Role.READ, StatementKind.INSERT),
    "set": (Role.READ, StatementKind.SET),
    "insert": (Role.INSERT, StatementKind.INSERT),
    "upsert": (Role.INSERT, StatementKind.UPSERT),
    "replace": (Role.INSERT, StatementKind.REPLACE),
    "update": (Role.UPDATE, StatementKind.UPDATE),
    "delete": (Role.DELETE, StatementKind.DELETE),
    "truncate": (Role.DDL, StatementKind.DDL),
    "lock-read": (Role.LOCK_READ, StatementKind.LOCK),
    "lock-write": (Role.LOCK_WRITE, StatementKind.LOCK),
}


def connection(
    engine: str = "mysql", isolation: str | None = "RR", version: str | None = "8.4"
) -> Connection:
    """Return a connection to the database `stats` of one server."""
    level = ISOLATIONS[isolation] if isolation else None
    return Connection("stats", Engine(engine), "db", "stats", level, version, autocommit=False)


def access(text: str, sequence: int = 0) -> Access:
    """Read ``update day_key day=3..9 set value``; days are days of March 2026."""
    text, _, assigned = text.partition(" set ")
    text, _, target = text.partition(" to ")
    verb, table, *limits = text.split()
    role, kind = _VERBS[verb]
    columns = tuple(assigned.split(",")) if assigned else ()
    given = tuple(limit.partition("=")[0] for limit in limits) if role is Role.INSERT else None
    if kind is StatementKind.UPSERT:
        columns = columns or ("value",)
    return Access(
        TableId("db", "stats", table),
        role,
        region(limits),
        kind,
        sequence,
        0,
        arrives=region([target]) if target else None,
        written=columns,
        given=given,
    )


def region(limits: list[str]) -> Region:
    """Read ``day=3..9``, ``day=3``, ``day=3,5`` or ``day=3..``; nothing is the whole table."""
    if not limits:
        return WHOLE
    named = (limit.partition("=") for limit in limits)
    return Region((Box.of({name: _intervals(name, values) for name, _, values in named}),))


def _intervals(name: str, text: str) -> list[Interval]:
    return [_interval(name, part) for part in text.split(",")]


def _interval(name: str, text: str) -> Interval:
    low, dots, high = text.partition("..")
    first, last = (
        _value(name, end) if end else None for end in ((low, high) if dots else (low, low))
    )
    return Interval(first, last)


def _value(name: str, text: str) -> Value:
    if name in ("day", "at"):
        return datetime(2026, 3, int(text))
    return as_value(int(text)) if re.fullmatch(r"\d+", text) else text


def footprint(name: str, lines: Iterable[str], on: Connection | None = None) -> Footprint:
    """Return a task whose statements are one transaction."""
    accesses = tuple(access(line, n) for n, line in enumerate(lines))
    return Footprint(TaskKey("dag", name), (), (Transaction(on or connection(), accesses),))
