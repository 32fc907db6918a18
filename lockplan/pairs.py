"""What a server would do with two tasks that are given as SQL, or with one alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lockplan.engines import compare, locks_in_words
from lockplan.footprints import footprint, resolve_footprint
from lockplan.model.access import Footprint
from lockplan.model.connection import Connection, Engine, Isolation
from lockplan.model.dates import RunDates
from lockplan.model.pair import LockReport, PairReport, ReadScript, Server
from lockplan.model.place import Skipped, Span
from lockplan.model.schema import Schema
from lockplan.model.statement import Statement
from lockplan.model.verdict import Certainty, Outcome, Verdict
from lockplan.model.workflow import Task, TaskKey
from lockplan.remedies import remedies
from lockplan.sql import read_ddl, with_statistics

MEASURED_VERSIONS = {Engine.MYSQL: "9.7.4", Engine.MARIADB: "10.11.19"}
"""The servers that the lock models were measured on, which are taken where no version is told."""

_WRITTEN_OUT = RunDates(datetime.min, datetime.min, datetime.min)
"""A run so far away that no date is described relative to it."""


@dataclass(frozen=True, slots=True)
class Script:
    """The SQL of one task."""

    name: str
    texts: tuple[str, ...]
    """Each may hold several statements."""
    autocommit: bool = False

    def statements(self, connection: Connection) -> tuple[Statement, ...]:
        """Return the texts as statements; only the lines of a single one are those of its file."""
        return tuple(
            Statement((text,), None, connection, 0, place, place)
            for number, text in enumerate(self.texts, 1)
            for place in (Span(self.name, number),)
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """The server on which tasks meet."""

    engine: Engine
    isolation: Isolation
    schema: Schema
    dates: RunDates
    version: str | None

    @classmethod
    def of(
        cls,
        engine: str,
        isolation: str,
        schema: Schema,
        statistics: Mapping[str, Mapping[str, Any]] | None = None,
        now: datetime | None = None,
        version: str | None = None,
    ) -> Ground:
        """Return the server that a user describes."""
        kind = Engine(engine)
        clock = now or datetime.now()
        return cls(
            kind,
            Isolation(isolation.upper()),
            with_statistics(schema, statistics or {}),
            RunDates(clock, clock, clock),
            version or MEASURED_VERSIONS.get(kind),
        )

    @property
    def server(self) -> Server:
        """What a report says of it."""
        return Server(self.engine, self.version, self.isolation)

    def footprint(self, script: Script) -> Footprint:
        """Return what a task does to tables."""
        connection = Connection(
            "server",
            self.engine,
            "server",
            None,
            self.isolation,
            self.version,
            script.autocommit,
        )
        place = Span(script.name, 1)
        statements = script.statements(connection)
        task = Task(TaskKey("sql", script.name), "SQL", (), statements, place)
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
    ground = Ground.of(engine, isolation, _schema(schema), statistics, now, version)
    first = ground.footprint(Script("a", tuple(a), autocommit_a))
    second = ground.footprint(Script("b", tuple(b), autocommit_b))
    return _of_waiting(compare(first, second, ground.schema, _WRITTEN_OUT))


def _schema(given: str | Schema | None) -> Schema:
    if isinstance(given, Schema):
        return given
    return read_ddl(given)[0] if given else Schema()


def _of_waiting(verdict: Verdict) -> Verdict:
    """Return the verdict with the certainty of a wait alone."""
    if verdict.outcome is not Outcome.RACE:
        return verdict
    return replace(verdict, certainty=Certainty.NONE)


def compare_scripts(a: Script, b: Script, ground: Ground) -> PairReport:
    """Return all that can be said of two tasks that run at the same time on a server."""
    first, second = ground.footprint(a), ground.footprint(b)
    found = compare(first, second, ground.schema, _WRITTEN_OUT)
    return PairReport(
        ground.server,
        _as_read(a, first),
        _as_read(b, second),
        _of_waiting(found),
        remedies(first, second, ground.schema, _WRITTEN_OUT, found),
        _unread(first, second),
    )


def script_locks(script: Script, ground: Ground) -> LockReport:
    """Return which locks the statements of a script take."""
    found = ground.footprint(script)
    statements = locks_in_words(found, ground.schema, _WRITTEN_OUT)
    return LockReport(ground.server, _as_read(script, found), statements, _unread(found))


def _as_read(script: Script, found: Footprint) -> ReadScript:
    return ReadScript(script.name, script.autocommit, found.statements)


def _unread(*footprints: Footprint) -> tuple[Skipped, ...]:
    return tuple(sorted({skipped for each in footprints for _, skipped in each.unread}))
