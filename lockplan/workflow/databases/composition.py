"""Psycopg's helpers: ``sql.SQL(…).format(Identifier(…))`` and ``extras.execute_values``."""

from __future__ import annotations

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.drivers import Cursor
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.databases.recorder import Recorder, Session, recorder_of
from lockplan.workflow.databases.texts import Composable, composed
from lockplan.workflow.texts import as_text
from lockplan.workflow.values import Native, Site, Text, Value


def _sql(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return Composable(argument(args, kwargs, 0, "string", "obj"))


def _identifier(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    names: list[str | Text | Unknown] = [as_text(name) for name in args]
    pieces = [piece for name in names for piece in ('"."', name)]
    return Composable(Text.join(['"', *pieces[1:], '"']))


def _literal(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    value = argument(args, kwargs, 0, "wrapped", "obj")
    if isinstance(value, str):
        return Composable("'" + value.replace("'", "''") + "'")
    if isinstance(value, Unknown):
        return Composable(value)
    return Composable("NULL" if value is None else Text.join(["'", as_text(value), "'"]))


def _placeholder(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    name = argument(args, kwargs, 0, "name")
    return Composable(f"%({name})s" if isinstance(name, str) else "%s")


def _composed(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    pieces = site.interpreter.iterate(argument(args, kwargs, 0, "seq", "obj"), site)
    return composed(pieces) if isinstance(pieces, list) else Composable(pieces)


def _execute_values(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``execute_values(cursor, "INSERT … VALUES %s", rows)``: many rows in each statement."""
    recorder = recorder_of(site)
    if recorder:
        sql, rows = argument(args, kwargs, 1, "sql"), Unknown("rows of execute_values")
        recorder.run(_session(recorder, args, kwargs), sql, site, rows, repeated=True)
    return Unknown("returned rows")


def _execute_batch(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``execute_batch(cursor, sql, rows)``: once per row."""
    recorder = recorder_of(site)
    if recorder:
        sql, rows = argument(args, kwargs, 1, "sql"), argument(args, kwargs, 2, "argslist")
        recorder.run_many(_session(recorder, args, kwargs), sql, site, rows)
    return None


def _session(recorder: Recorder, args: list[Value], kwargs: dict[str, Value]) -> Session:
    cursor = argument(args, kwargs, 0, "cur")
    if isinstance(cursor, Cursor):
        return cursor.session
    return recorder.named(cursor.reason if isinstance(cursor, Unknown) else "cursor")


_COMPOSERS = {
    "SQL": _sql,
    "Identifier": _identifier,
    "Literal": _literal,
    "Placeholder": _placeholder,
    "Composed": _composed,
}
_MAKERS = {
    **{f"psycopg2.sql.{name}": make for name, make in _COMPOSERS.items()},
    **{f"psycopg.sql.{name}": make for name, make in _COMPOSERS.items()},
    "psycopg2.extras.execute_values": _execute_values,
    "psycopg2.extras.execute_batch": _execute_batch,
}


def resolve(dotted: str) -> Native | None:
    """Return the model of ``psycopg2.sql.SQL`` and its kind."""
    return Factory(dotted, _MAKERS[dotted]) if dotted in _MAKERS else None
