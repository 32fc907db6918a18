"""Operators that hold SQL in their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.checks import built_sql
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.defaults import HookDefaults
from lockplan.workflow.databases.operator_fields import SqlField
from lockplan.workflow.databases.operators import (
    METADATA_ONLY,
    OPERATORS,
    names_a_database,
    operator_defaults,
)
from lockplan.workflow.databases.recorder import Recorder, Session, recorder_of, sql_parts
from lockplan.workflow.databases.targets import first_given, from_conn_id
from lockplan.workflow.values import OneOf, Site, Text, Value, options, origin_of

Render = Callable[[Value], Value]
_PLACE = re.compile(r"\{([\w.]*?)(\.?)\}")
_HOLDS_SQL = re.compile(r"(?:.*_)?(?:sqls?|hql|bql|query|queries|pre_?operator|post_?operator)$")


def run_sql(task: TaskObject, render: Render, site: Site, *, is_the_task: bool) -> Value:
    """Note the statements that an operator's arguments hold, and its texts if it is the task."""
    recorder = recorder_of(site)
    if recorder is None:
        return None
    name = task.operator if task.operator in OPERATORS else task.base
    work = _Work(recorder, task, render, site)
    built = built_sql(name, _all_given(task), site)
    for field in _fields(task, name, built=bool(built)):
        value = work.rendered(field)
        if value is not None and work.applies(field):
            work.send(field, value)
            if is_the_task and not field.template:
                note_texts(recorder, value)
    for text in built:
        made = render(text)
        work.send(SqlField("sql"), made)
        if is_the_task:
            note_texts(recorder, made)
    if not recorder.statements or _writes_elsewhere(name):
        _say_not_modelled(recorder, task, name)
    return Unknown(f"result of task {task.task_id}")


def note_texts(recorder: Recorder, value: Value) -> None:
    """Note each text of an SQL argument, as the operator gets it."""
    if isinstance(value, list | tuple | OneOf):
        for item in value if isinstance(value, list | tuple) else options(value):
            note_texts(recorder, item)
        return
    # what a file that was only found by its name holds where Airflow runs is another question
    origin = origin_of(value)
    name = recorder.names_of_files.get(origin.path) if origin is not None else None
    parts = sql_parts(value if name is None else name)
    if not isinstance(parts, Unknown):
        recorder.sql_texts.append(parts)


def holds_sql(argument: str) -> bool:
    """Whether the folder's own classes would call so what holds SQL."""
    return _HOLDS_SQL.match(argument) is not None


def _fields(task: TaskObject, name: str, *, built: bool) -> Iterator[SqlField]:
    for field in operator_defaults(name).fields:
        if not (built and field.template):
            yield field


def _all_given(task: TaskObject) -> dict[str, Value]:
    """Return all arguments: the folder's own class may have changed them when it was made."""
    held = task.instance.attributes if task.instance is not None else {}
    given = {**task.arguments, **held}
    return {**given, **flattened(given.get("configuration"))}


def flattened(configuration: Value, prefix: str = "") -> dict[str, Value]:
    """Return BigQuery's nested ``configuration={"query": {"query": …}}`` by dotted names."""
    made: dict[str, Value] = {}
    for name, value in configuration.items() if isinstance(configuration, dict) else ():
        made |= flattened(value, f"{prefix}{name}.") if isinstance(value, dict) else {}
        made[f"{prefix}{name}"] = value
    return made


def _say_not_modelled(recorder: Recorder, task: TaskObject, name: str) -> None:
    """Say what an operator of a database does besides the SQL in its known arguments."""
    if name in OPERATORS:
        if "**" in task.arguments:
            recorder.skip(task.defined_at, f"the arguments of this {name} are not known")
    elif names_a_database(name) and not name.endswith("Sensor") and name not in METADATA_ONLY:
        recorder.skip(task.defined_at, f"what {name} sends to the database is not modelled")


def _writes_elsewhere(name: str) -> bool:
    """Whether a transfer's second half is a database: ``S3ToRedshiftOperator``."""
    return names_a_database(name.partition("To")[2])


class _Work:
    """An operator's work, field by field."""

    def __init__(self, recorder: Recorder, task: TaskObject, render: Render, site: Site) -> None:
        self.recorder, self.task, self.render = recorder, task, render
        name = task.operator if task.operator in OPERATORS else task.base
        self.given = _all_given(task)
        defaults = operator_defaults(name)
        self.own_server = defaults.server
        servers = [field.server for field in defaults.fields if field.server is not None]
        self.of_others = {server.conn_id_argument for server in servers}
        self.own = replace(site, span=task.defined_at, literal=None)
        self.sessions: dict[HookDefaults, Session] = {}

    def rendered(self, field: SqlField) -> Value:
        """Return a field's value: the folder's own class may have changed it when it was made."""
        value = self.given.get(field.argument)
        return None if value is None else self.render(value)

    def applies(self, field: SqlField) -> bool:
        """Whether a statement is sent at all, as far as another argument decides it."""
        if field.only_with is None:
            return True
        name, values = field.only_with
        decides = self.given.get(name)
        return isinstance(decides, Unknown) or decides in values

    def send(self, field: SqlField, value: Value) -> None:
        """Note what is sent for a field."""
        server = field.server or self.own_server
        session = self.sessions.setdefault(server, self._session(server, field))
        if not field.template:
            parameters = self.render(first_given(self.given, "parameters", "query_params"))
            for sql in value if isinstance(value, list | tuple) else [value]:
                self.recorder.run(session, sql, self.own, parameters, repeated=self.task.mapped)
            return
        unsure = field.only_with and isinstance(self.given.get(field.only_with[0]), Unknown)
        at = replace(self.own, conditional=True) if unsure else self.own
        rows = Unknown("rows made while running") if field.repeats else None
        for table in value if isinstance(value, list | tuple) else [value]:
            sql = self._filled(field.template, table)
            self.recorder.run(session, sql, at, rows, repeated=field.repeats)

    def _filled(self, template: str, table: Value) -> Value:
        """Put a table's name, as far as it is known, into a statement; the field's own is last."""
        pieces: list[str | Text | Unknown] = []
        end, places = 0, list(_PLACE.finditer(template))
        for place in places:
            name, dot = place.groups()
            value = table if place is places[-1] else self.render(self.given.get(name))
            if not isinstance(table, str | Text):
                return table if isinstance(table, Unknown) else Unknown("a table not named")
            pieces += [template[end : place.start()], *_piece(value, dot)]
            end = place.end()
        return Text.join([*pieces, template[end:]])

    def _session(self, server: HookDefaults, field: SqlField) -> Session:
        names = [server.conn_id_argument]
        if field.server is None and server is self.own_server:
            ids = [name for name in self.given if name.endswith("conn_id")]
            names += ["conn_id", *(name for name in ids if name not in self.of_others)]
        conn_id = first_given(self.given, *names)
        autocommit = self.given.get("autocommit", server.autocommit)
        connection = from_conn_id(
            conn_id if conn_id is not None else server.conn_id or Unknown("not given"),
            server.engine,
            first_given(self.given, "database", "schema"),
            autocommit if isinstance(autocommit, bool) else None,
        )
        return Session(connection)


def _piece(value: Value, dot: str) -> list[str | Text | Unknown]:
    if isinstance(value, str | Text) and value:
        return [value, dot]
    return [] if value is None or value == "" else [Unknown("part of a table's name"), dot]
