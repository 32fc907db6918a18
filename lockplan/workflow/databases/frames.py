"""Pandas: ``read_sql`` and its kind, and ``DataFrame.to_sql``."""

from __future__ import annotations

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.alchemy import session_of
from lockplan.workflow.databases.defaults import INSERT_ROWS
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.databases.recorder import Recorder, Session, recorder_of
from lockplan.workflow.databases.targets import from_url
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.values import Native, Site, Text, Value

_READERS = ("read_sql", "read_sql_query", "read_sql_table")


def resolve(dotted: str) -> Native | None:
    """Return the model of ``pandas.read_sql`` and its kind."""
    module, _, name = dotted.rpartition(".")
    if module not in ("pandas", "pandas.io.sql") or name not in _READERS:
        return None
    return Factory(dotted, lambda args, kwargs, site: read(name, args, kwargs, site))


def read(name: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """Note the query of a reader function."""
    recorder = recorder_of(site)
    sql = argument(args, kwargs, 0, "sql", "table_name")
    if recorder:
        session = _session(recorder, argument(args, kwargs, 1, "con"))
        if name == "read_sql_table" or _is_a_name(sql):
            sql = filled("SELECT * FROM {}", sql)
        recorder.run(session, sql, site, kwargs.get("params"))
    return Unknown("rows of a query")


def write(args: list[Value], kwargs: dict[str, Value], site: Site) -> None:
    """Note what ``frame.to_sql(table, con, if_exists=…)`` sends."""
    recorder = recorder_of(site)
    if recorder is None:
        return
    session = _session(recorder, argument(args, kwargs, 1, "con"))
    table = _qualified(argument(args, kwargs, 0, "name"), argument(args, kwargs, 2, "schema"))
    if argument(args, kwargs, 3, "if_exists", default="fail") == "replace":
        recorder.run(session, filled("DROP TABLE IF EXISTS {}", table), site)
    rows = Unknown("rows of a data frame")
    recorder.run(session, filled(INSERT_ROWS, table), site, rows, repeated=True)
    recorder.end(session, site)


def _session(recorder: Recorder, con: Value) -> Session:
    if isinstance(con, str | Text):
        return Session(from_url("pandas", con))
    reason = con.reason if isinstance(con, Unknown) else "con"
    return session_of(con) or recorder.named(reason)


def _qualified(table: Value, schema: Value) -> Value:
    if isinstance(schema, str | Text) and isinstance(table, str | Text):
        return Text.join([schema, ".", table])
    return table


def _is_a_name(sql: Value) -> bool:
    return isinstance(sql, str) and " " not in sql.strip()
