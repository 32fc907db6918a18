"""SQL to footprints in one call, and one assertion that reads like the rule it checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lockplan.footprints import footprint, resolve_footprint
from lockplan.model.access import Access, Footprint, Role
from lockplan.model.connection import Connection, Engine
from lockplan.model.dates import Anchor, DateExpr, RunDates, Shift
from lockplan.model.place import Span
from lockplan.model.region import Box, Interval, Region, Value
from lockplan.model.schema import Schema
from lockplan.model.statement import Param, Parts, Statement, Unknown
from lockplan.model.workflow import Task, TaskKey
from lockplan.sql import read_schema

RUN = RunDates(datetime(2024, 5, 10), datetime(2024, 5, 11), datetime(2024, 5, 11, 4, 30))
MYSQL = Connection("stats", Engine.MYSQL, "db1", "stats")
NO_SCHEMA = Schema()

SQL = str | Parts | Statement


def ds(days: int = 0, format: str | None = "%Y-%m-%d") -> DateExpr:
    """Return the run's day, some days later, as text."""
    steps = (Shift(days=days),) if days else ()
    return DateExpr(Anchor.LOGICAL_DATE, steps, format)


def statement(
    sql: str | Parts,
    connection: Connection = MYSQL,
    *,
    params: Sequence[Param] | Unknown | None = None,
    transaction: int = 0,
    conditional: bool = False,
    repeated: bool = False,
) -> Statement:
    """Return a statement that begins on line 10 of lib.py."""
    return Statement(
        (sql,) if isinstance(sql, str) else sql,
        params if isinstance(params, Unknown) or params is None else tuple(params),
        connection,
        transaction,
        Span("lib.py", 10),
        Span("lib.py", 20),
        conditional,
        repeated,
    )


def task_of(*sql: SQL, connection: Connection = MYSQL) -> Task:
    """Return a task that runs these statements one after the other."""
    statements = tuple(s if isinstance(s, Statement) else statement(s, connection) for s in sql)
    return Task(TaskKey("dag", "task"), "PythonOperator", (), statements, Span("dag.py", 1))


def symbolic(*sql: SQL, connection: Connection = MYSQL, schema: Schema = NO_SCHEMA) -> Footprint:
    """Return the footprint with its dates relative to the run."""
    return footprint(task_of(*sql, connection=connection), schema, lambda c: c, RUN)


def read(*sql: SQL, connection: Connection = MYSQL, schema: Schema = NO_SCHEMA) -> Footprint:
    """Return the footprint for the run of 2024-05-10."""
    return resolve_footprint(symbolic(*sql, connection=connection, schema=schema), RUN, schema)


def on(engine: Engine) -> Connection:
    """Return a connection to another kind of server."""
    return replace(MYSQL, engine=engine)


def accesses(*sql: SQL, connection: Connection = MYSQL, schema: Schema = NO_SCHEMA) -> list[Access]:
    """Return all accesses in order."""
    found = read(*sql, connection=connection, schema=schema)
    return [access for transaction in found.transactions for access in transaction.accesses]


_WORDS = {
    Role.READ: "reads",
    Role.READ_SHARE: "shares",
    Role.READ_UPDATE: "locks",
    Role.READ_KEY_SHARE: "shares the keys of",
    Role.READ_NO_KEY_UPDATE: "locks, but for the keys,",
    Role.INSERT: "inserts",
    Role.UPDATE: "updates",
    Role.DELETE: "deletes",
    Role.DDL: "defines",
    Role.METADATA: "names",
    Role.LOCK_READ: "locks to read",
    Role.LOCK_WRITE: "locks to write",
}


def said(access: Access) -> str:
    """Describe an access in one line: ``deletes fact where day in [2024-05-10]``."""
    return f"{_WORDS[access.role]} {access.table}{rows(access.region)}"


def rows(region: Region) -> str:
    """Describe a region; ``~`` marks one that is not exact."""
    boxes = " or ".join(_box(box) for box in region.boxes)
    return (f" where {boxes}" if boxes else "") + ("" if region.exact else " ~")


def _box(box: Box) -> str:
    return " and ".join(
        f"{name} in {' '.join(_interval(interval) for interval in intervals)}"
        for name, intervals in box.columns
    )


def _interval(interval: Interval) -> str:
    if interval.is_point:
        return f"[{_value(interval.low)}]"
    left, right = "[" if interval.low_closed else "(", "]" if interval.high_closed else ")"
    return f"{left}{_value(interval.low)}, {_value(interval.high)}{right}"


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time().isoformat() == "00:00:00" else f"{value}"
    return str(value)


def assert_locks(
    sql: SQL,
    *expected: str,
    connection: Connection = MYSQL,
    schema: Schema = NO_SCHEMA,
    unread: Sequence[str] = (),
) -> None:
    """Assert what a statement touches, in the order in which it does."""
    found = read(sql, connection=connection, schema=schema)
    lines = [said(a).strip() for t in found.transactions for a in t.accesses]
    assert lines == [line.strip() for line in expected]
    assert [skipped.reason for _, skipped in found.unread] == list(unread)


def schema_of(tmp_path: Path, ddl: str) -> Schema:
    """Return the schema that DDL text defines, all of which must be readable."""
    file = tmp_path / "schema.sql"
    file.write_text(ddl, encoding="utf-8")
    schema, skipped = read_schema([file])
    assert skipped == ()
    return schema


def contains(region: Region, row: dict[str, Value | None]) -> bool:
    """Whether a resolved region holds a row; NULL lies in no interval."""
    return any(all(_holds(box, name, row[name]) for name in row) for box in region.boxes)


def _holds(box: Box, column: str, value: Value | None) -> bool:
    if not box.limits(column):
        return True
    if value is None:
        return False
    point = Interval(value, value)
    return any(_meets(point, interval) for interval in box.intervals(column))


def _meets(point: Interval, interval: Interval) -> bool:
    from lockplan.model.region import intervals_overlap

    return intervals_overlap(point, interval)
