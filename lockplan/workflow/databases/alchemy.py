"""SQLAlchemy: engines, connections, sessions, ``text()``."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.driver_defaults import DRIVERS, Driver
from lockplan.workflow.databases.drivers import DbConnection
from lockplan.workflow.databases.methods import Factory, WithMethods, argument
from lockplan.workflow.databases.recorder import Session, SqlText, recorder_of
from lockplan.workflow.databases.targets import from_url
from lockplan.workflow.values import Native, Site, Value

RAW = Driver("sqlalchemy", DRIVERS["pymysql"].engine, execute_returns_cursor=True)
"""The driver connection under an engine, whose kind does not matter once it is connected."""


@dataclass(slots=True, eq=False, repr=False)
class Executor(WithMethods):
    """Anything of SQLAlchemy that sends SQL."""

    session: Session

    def do_execute(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``execute(statement, parameters)``."""
        sql = argument(args, kwargs, 0, "statement", "clause", "object_")
        params = argument(args, kwargs, 1, "parameters", "params")
        recorder = recorder_of(site)
        if recorder:
            recorder.run(self.session, sql, site, _named(params))
        return Unknown("result of a query")

    do_exec_driver_sql = do_execute
    do_scalar = do_execute
    do_scalars = do_execute


@dataclass(slots=True, eq=False, repr=False)
class SaConnection(Executor):
    """A connection or ORM session: one transaction until it commits or closes."""

    commits_at_exit: bool = False

    def describe(self) -> str:
        return "SQLAlchemy connection"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "connection":
            return DbConnection(self.session, RAW)
        return WithMethods.attribute(self, name, site)

    def exit(self, site: Site) -> None:
        recorder = recorder_of(site)
        if recorder:
            recorder.end(self.session, site)

    def do_begin(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``begin()`` gives an object with `commit`, usable in ``with``."""
        return self

    def do_commit(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """End the transaction."""
        self.exit(site)
        return None

    do_rollback = do_commit
    do_close = do_commit

    def do_connection(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Return the ORM session's own connection, which shares its transaction."""
        return self

    def do_execution_options(
        self, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """Options change nothing that is modelled."""
        return self


@dataclass(slots=True, eq=False, repr=False)
class SaEngine(Executor):
    """An engine: each connection taken from it is a session of its own."""

    def describe(self) -> str:
        return "SQLAlchemy engine"

    def do_execute(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``engine.execute`` takes a connection for this one statement."""
        return SaConnection(Session(self.session.connection)).do_execute(args, kwargs, site)

    def do_connect(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Take a connection."""
        return SaConnection(Session(self.session.connection))

    do_begin = do_connect

    def do_raw_connection(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Take the driver's own connection."""
        return DbConnection(Session(self.session.connection), RAW)

    def do_execution_options(
        self, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> Value:
        """Options change nothing that is modelled."""
        return self


def session_of(value: Value) -> Session | None:
    """Return the session behind any modelled object that can send SQL."""
    if isinstance(value, SaEngine):
        return Session(value.session.connection)
    if isinstance(value, Executor | DbConnection):
        return value.session
    return None


def resolve(dotted: str) -> Native | None:
    """Return the model of ``sqlalchemy.create_engine`` and its kind."""
    if not dotted.startswith(("sqlalchemy.", "sqlmodel.")):
        return None
    makers = {
        "create_engine": _create_engine,
        "text": _text,
    }
    name = dotted.rpartition(".")[2]
    return Factory(dotted, makers[name]) if name in makers else None


def _create_engine(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    url = argument(args, kwargs, 0, "name_or_url", "url")
    level = kwargs.get("isolation_level")
    autocommit = True if level == "AUTOCOMMIT" else None if isinstance(level, Unknown) else False
    return SaEngine(Session(from_url("sqlalchemy", url, autocommit)))


def _text(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return SqlText(argument(args, kwargs, 0, "text"), site.literal or site.span)


def _named(params: Value) -> Value:
    """Return one row of parameters; of several rows, none is known."""
    if isinstance(params, list) and len(params) == 1 and isinstance(params[0], dict):
        return params[0]
    if isinstance(params, list) and any(isinstance(row, dict) for row in params):
        return Unknown("several rows of parameters")
    return params
