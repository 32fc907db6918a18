"""Operators that hold SQL in their arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lockplan.model.connection import Connection
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.defaults import (
    OPERATORS,
    OperatorDefaults,
    SqlField,
    names_a_database,
    operator_defaults,
)
from lockplan.workflow.databases.recorder import Recorder, Session, recorder_of
from lockplan.workflow.databases.targets import first_given, from_conn_id
from lockplan.workflow.databases.texts import filled
from lockplan.workflow.values import Site, Value


def run_sql(task: TaskObject, render: Callable[[Value], Value], site: Site) -> Value:
    """Note the statements that an operator's arguments hold."""
    recorder = recorder_of(site)
    name = task.operator if task.operator in OPERATORS else task.base
    defaults = operator_defaults(name)
    if recorder is None:
        return None
    sessions: dict[str, Session] = {}
    for field in (*defaults.fields, *_bigquery_job(task)):
        value = _given(task, field)
        if value is not None:
            session = sessions.setdefault(field.conn_id_argument, _session(task, field, defaults))
            _run_field(recorder, session, field, task, render(value), render, site)
    if not recorder.statements or _writes_elsewhere(name):
        _say_not_modelled(recorder, task, name)
    return Unknown(f"result of task {task.task_id}")


def _say_not_modelled(recorder: Recorder, task: TaskObject, name: str) -> None:
    """Say what an operator of a database does besides the SQL in its known arguments."""
    if name in OPERATORS and "**" in task.arguments:
        recorder.skip(task.defined_at, f"the arguments of this {name} are not known")
    elif name not in OPERATORS and names_a_database(name) and not name.endswith("Sensor"):
        recorder.skip(task.defined_at, f"what {name} sends to the database is not modelled")


def _writes_elsewhere(name: str) -> bool:
    """Whether a transfer's second half is a database: ``S3ToRedshiftOperator``."""
    return names_a_database(name.partition("To")[2])


def _given(task: TaskObject, field: SqlField) -> Value:
    """Return a field's value: the folder's own class may have changed it after construction."""
    if task.instance is not None and field.argument in task.instance.attributes:
        return task.instance.attributes[field.argument]
    return task.arguments.get(field.argument)


def _run_field(
    recorder: Recorder,
    session: Session,
    field: SqlField,
    task: TaskObject,
    value: Value,
    render: Callable[[Value], Value],
    site: Site,
) -> None:
    own = replace(site, span=task.defined_at, literal=None)
    if field.template:
        repeated = field.template.startswith("INSERT")
        rows = Unknown("rows made while running") if repeated else None
        recorder.run(session, filled(field.template, value), own, rows, repeated=repeated)
        return
    parameters = render(first_given(task.arguments, "parameters", "query_params"))
    for sql in value if isinstance(value, list | tuple) else [value]:
        recorder.run(session, sql, own, parameters, repeated=task.mapped)


def _session(task: TaskObject, field: SqlField, defaults: OperatorDefaults) -> Session:
    arguments = task.arguments
    names = [field.conn_id_argument] if field.conn_id_argument else [defaults.conn_id_argument]
    if not field.conn_id_argument:
        names += ["conn_id", *(name for name in arguments if name.endswith("conn_id"))]
    conn_id = first_given(arguments, *names)
    autocommit = arguments.get("autocommit", defaults.autocommit)
    connection: Connection = from_conn_id(
        conn_id if conn_id is not None else defaults.conn_id or Unknown("not given"),
        defaults.engine,
        first_given(arguments, "database", "schema"),
        autocommit if isinstance(autocommit, bool) else None,
    )
    return Session(connection)


def _bigquery_job(task: TaskObject) -> tuple[SqlField, ...]:
    """Find the SQL inside BigQuery's ``configuration={"query": {"query": …}}``."""
    configuration = task.arguments.get("configuration")
    query = configuration.get("query") if isinstance(configuration, dict) else None
    if not isinstance(query, dict) or "query" not in query:
        return ()
    task.arguments["configuration.query"] = query["query"]
    return (SqlField("configuration.query"),)
