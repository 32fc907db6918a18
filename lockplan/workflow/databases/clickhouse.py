"""ClickHouse's own clients, which commit each statement: clickhouse_driver, clickhouse_connect."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.connection import Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.methods import Factory, WithMethods, argument
from lockplan.workflow.databases.recorder import Session, recorder_of
from lockplan.workflow.databases.targets import (
    DATABASE_ARGUMENTS,
    HOST_ARGUMENTS,
    first_given,
    from_arguments,
    from_url,
)
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.objects import NativeClass
from lockplan.workflow.values import Native, Site, Value

_MAKERS = {
    "clickhouse_driver": ("Client",),
    "clickhouse_driver.client": ("Client",),
    "clickhouse_connect": ("get_client", "create_client"),
    "clickhouse_connect.driver": ("create_client",),
}


@dataclass(slots=True, eq=False, repr=False)
class Client(WithMethods):
    """A client: rows to insert are given beside the statement, not in it."""

    session: Session

    def describe(self) -> str:
        return "ClickHouse client"

    def do_execute(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``execute(query, params)``: a list holds rows to insert, a mapping holds parameters."""
        sql = argument(args, kwargs, 0, "query", "cmd", "sql")
        params = argument(args, kwargs, 1, "params", "parameters")
        recorder = recorder_of(site)
        if recorder:
            rows = params if isinstance(params, dict | None) else Unknown("rows to insert")
            recorder.run(self.session, sql, site, rows)
        return Unknown("result of a query")

    do_execute_iter = do_execute
    do_execute_with_progress = do_execute
    do_query_dataframe = do_execute
    do_insert_dataframe = do_execute
    do_command = do_execute
    do_query = do_execute
    do_query_df = do_execute
    do_query_np = do_execute
    do_raw_query = do_execute

    def do_insert(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``insert(table, rows)`` of clickhouse_connect."""
        table = argument(args, kwargs, 0, "table")
        database = kwargs.get("database")
        name = filled(f"{database}.{{}}", table) if isinstance(database, str) else table
        recorder = recorder_of(site)
        if recorder:
            recorder.run(self.session, filled(INSERT_ROWS, name), site, Unknown("rows to insert"))
        return None

    do_insert_df = do_insert
    do_insert_arrow = do_insert
    do_raw_insert = do_insert

    def do_disconnect(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """Close the connection."""
        return None

    do_close = do_disconnect


@dataclass(slots=True, eq=False, repr=False)
class ClientClass(NativeClass):
    """``Client`` itself, which is also made from a URL."""

    package: str

    def describe(self) -> str:
        return f"{self.package}.Client"

    def attribute(self, name: str, site: Site) -> Value:
        return Factory("Client.from_url", self._from_url) if name == "from_url" else Unknown(name)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        given = {**dict(zip(("host",), args, strict=False)), **kwargs}
        url = first_given(given, "dsn")
        if url is not None:
            return self._from_url([url], {}, site)
        host = first_given(given, *HOST_ARGUMENTS, "**")
        database = first_given(given, *DATABASE_ARGUMENTS)
        host, port = "localhost" if host is None else host, given.get("port")
        reached = from_arguments(self.package, Engine.CLICKHOUSE, host, port, database, True)
        return Client(Session(reached))

    def _from_url(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return Client(Session(from_url(self.package, argument(args, kwargs, 0, "url"), True)))


def resolve(dotted: str) -> Native | None:
    """Return the model of ``clickhouse_driver.Client`` and its kind."""
    module, _, name = dotted.rpartition(".")
    if name not in _MAKERS.get(module, ()):
        return None
    return ClientClass(module.partition(".")[0])
