"""Functions and methods of libraries for data frames that fill, or read, a table they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockplan.model.connection import Connection, Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.alchemy import session_of
from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.databases.recorder import Recorder, Session, recorder_of
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.values import Native, Site, Text, Value


@dataclass(frozen=True, slots=True)
class _Load:
    """A call that fills a table, or sends a query."""

    server: Connection
    """What it reaches where no connection is given."""
    position: int
    name: str
    """The argument that names the table, or holds the query."""
    connection: tuple[int, str] | None = None
    template: str = INSERT_ROWS
    """The statement that is sent; empty where the argument is one."""


_BIGQUERY = Connection("bigquery", Engine.BIGQUERY, autocommit=True)
_SPARK = Connection("spark", Engine.DATABRICKS, autocommit=True)
_ATHENA = Connection("athena", Engine.TRINO, autocommit=True)
_UNKNOWN = Connection("con")
_QUERY = ""

_FUNCTIONS: Mapping[str, _Load] = MappingProxyType(
    {
        "snowflake.connector.pandas_tools.write_pandas": _Load(
            Connection("snowflake", Engine.SNOWFLAKE), 2, "table_name", (0, "conn")
        ),
        "pandas_gbq.to_gbq": _Load(_BIGQUERY, 1, "destination_table"),
        "pandas_gbq.read_gbq": _Load(_BIGQUERY, 0, "query_or_table", template=_QUERY),
        "pandas.read_gbq": _Load(_BIGQUERY, 0, "query", template=_QUERY),
        "polars.read_database": _Load(_UNKNOWN, 0, "query", (1, "connection"), _QUERY),
        "awswrangler.athena.read_sql_query": _Load(_ATHENA, 0, "sql", template=_QUERY),
        "awswrangler.athena.start_query_execution": _Load(_ATHENA, 0, "sql", template=_QUERY),
        **{
            f"awswrangler.{package}.{function}": load
            for package in ("mysql", "postgresql", "redshift", "sqlserver", "oracle")
            for function, load in (
                ("to_sql", _Load(_UNKNOWN, 2, "table", (1, "con"))),
                ("copy", _Load(_UNKNOWN, 3, "table", (2, "con"))),
                ("read_sql_query", _Load(_UNKNOWN, 0, "sql", (1, "con"), _QUERY)),
            )
        },
    }
)
_METHODS: Mapping[str, _Load] = MappingProxyType(
    {
        "to_gbq": _Load(_BIGQUERY, 0, "destination_table"),
        "saveAsTable": _Load(_SPARK, 0, "name"),
        "insertInto": _Load(_SPARK, 0, "tableName"),
        "write_database": _Load(_UNKNOWN, 0, "table_name", (1, "connection")),
    }
)


def resolve(dotted: str) -> Native | None:
    """Return the model of ``pandas_gbq.to_gbq`` and its kind."""
    load = _FUNCTIONS.get(dotted)
    if load is None:
        return None
    return Factory(dotted, lambda args, kwargs, site: _send(load, args, kwargs, site))


def send_method(method: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """Note what a data frame's own method fills; None where it fills no table."""
    load = _METHODS.get(method)
    return _send(load, args, kwargs, site) if load is not None else None


def _send(load: _Load, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    recorder = recorder_of(site)
    if recorder:
        given = argument(args, kwargs, load.position, load.name)
        session = _session(load, recorder, args, kwargs)
        if load.template == _QUERY:
            recorder.run(session, given, site, kwargs.get("params"))
        else:
            table, rows = _qualified(given, kwargs), Unknown("rows of a data frame")
            recorder.run(session, filled(load.template, table), site, rows, repeated=True)
    return Unknown("result of a load")


def _session(
    load: _Load, recorder: Recorder, args: list[Value], kwargs: dict[str, Value]
) -> Session:
    if load.connection is None:
        return Session(load.server)
    con = argument(args, kwargs, *load.connection)
    known = session_of(con)
    if known is not None or load.server is not _UNKNOWN:
        return known or Session(load.server)
    return recorder.named(con.reason if isinstance(con, Unknown) else load.connection[1])


def _qualified(table: Value, kwargs: dict[str, Value]) -> Value:
    schema = kwargs.get("schema")
    if isinstance(schema, str | Text) and isinstance(table, str | Text):
        return Text.join([schema, ".", table])
    return table
