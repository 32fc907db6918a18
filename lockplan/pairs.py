"""Two tasks given as SQL, or one statement alone: what would a server do with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lockplan.engines import compare
from lockplan.footprints import footprint, resolve_footprint
from lockplan.model.access import Footprint
from lockplan.model.connection import Connection, Engine, Isolation
from lockplan.model.dates import RunDates
from lockplan.model.place import Span
from lockplan.model.schema import Schema
from lockplan.model.statement import Statement
from lockplan.model.verdict import Certainty, Outcome, Verdict
from lockplan.model.workflow import Task, TaskKey
from lockplan.sql import read_ddl, with_statistics

MEASURED_VERSIONS = {Engine.MYSQL: "9.7.4", Engine.MARIADB: "10.11.19"}
"""The servers that the lock models were measured on, which are taken where no version is told."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The server on which two tasks meet."""

    engine: Engine
    isolation: Isolation
    schema: Schema
    dates: RunDates
    version: str | None

    def connection(self, autocommit: bool) -> Connection:
        """Return the way to the server."""
        return Connection(
            "server", self.engine, "server", "db", self.isolation, self.version, autocommit
        )

    def footprint(self, name: str, sql: Sequence[str], autocommit: bool) -> Footprint:
        """Return what a task of these statements does to tables."""
        connection = self.connection(autocommit)
        statements = tuple(
            Statement((text,), None, connection, 0, place, place)
            for number, text in enumerate(sql, 1)
            for place in (Span(name, number),)
        )
        task = Task(TaskKey("sql", name), "SQL", (), statements, Span(name, 1))
        found = footprint(task, self.schema, lambda same: same, self.dates)
        return resolve_footprint(found, self.dates, self.schema)


def compare_sql(
    a: Sequence[str],
    b: Sequence[str],
    *,
    engine: str = "mysql",
    isolation: str = "REPEATABLE READ",
    schema: str | Schema | None = None,
    statistics: Mapping[str, Mapping[str, Any]] | None = None,
    autocommit_a: bool = False,
    autocommit_b: bool = False,
    now: datetime | None = None,
    version: str | None = None,
) -> Verdict:
    """Return what a server would do if two tasks ran at the same time.

    Parameters
    ----------
    a, b
        The statements of each task, in order.
    engine, isolation
        The server, and the level at which both work.
    schema
        CREATE statements as text, or what was read of them.
    statistics
        For each table ``{"rows": n, "columns": {name: {"min": …, "max": …, "distinct": …}}}``.
    autocommit_a, autocommit_b
        Whether each statement is a transaction of its own.
    now
        The server's clock, which CURDATE() and NOW() read.
    version
        The server's version; by default the one that the lock model was measured on.

    Returns
    -------
    Verdict
        Its certainty is that of a wait or a deadlock; a plain read of rows that the other task
        writes makes nobody wait: it is `none`, and `race` says it.
    """
    kind = Engine(engine)
    clock = now or datetime.now()
    ground = Ground(
        kind,
        Isolation(isolation.upper()),
        with_statistics(_schema(schema), statistics or {}),
        RunDates(clock, clock, clock),
        version or MEASURED_VERSIONS.get(kind),
    )
    first = ground.footprint("a", a, autocommit_a)
    second = ground.footprint("b", b, autocommit_b)
    return _of_waiting(compare(first, second, ground.schema, ground.dates))


def _schema(given: str | Schema | None) -> Schema:
    if isinstance(given, Schema):
        return given
    return read_ddl(given)[0] if given else Schema()


def _of_waiting(verdict: Verdict) -> Verdict:
    """Return the verdict with the certainty of a wait alone."""
    if verdict.outcome is not Outcome.RACE:
        return verdict
    return replace(verdict, certainty=Certainty.NONE)
