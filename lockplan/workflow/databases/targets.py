"""Which server a call reaches: connections made from driver arguments, URLs and Airflow's ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from lockplan.model.connection import DEFAULT_PORTS, Connection, Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.defaults import engine_of_url
from lockplan.workflow.values import Native, Text, Value

_AIRFLOW_FIELD = "Airflow connection "
_FIELD_OF = re.compile(rf"{_AIRFLOW_FIELD}(\S+?)\.\w+")


def connection_field(conn_id: str, field: str) -> Unknown:
    """Return the unknown value of one field of an Airflow connection, which it still names."""
    return Unknown(f"{_AIRFLOW_FIELD}{conn_id}.{field}")


def from_arguments(
    driver: str, engine: Engine, host: Value, port: Value, database: Value, autocommit: bool | None
) -> Connection:
    """Make the connection of a driver's ``connect(host=…, database=…)``."""
    conn_id = _airflow_id(host) or _airflow_id(database)
    server = _server(engine, host, port)
    schema = database if isinstance(database, str) else None
    name = conn_id or f"{driver}:{server or _reason(host)}/{schema or _reason(database)}"
    return Connection(name, engine, server, schema, autocommit=autocommit)


def from_url(library: str, url: Value, autocommit: bool | None = None) -> Connection:
    """Make the connection of a database URL; its password goes nowhere."""
    conn_id = _airflow_id(url)
    text = url if isinstance(url, str) else _visible(url)
    scheme, separator, _ = text.partition("://")
    engine = engine_of_url(scheme) if separator else Engine.UNKNOWN
    if conn_id or not isinstance(url, str) or not separator:
        name = conn_id or f"{library}:{_reason(url) or 'url'}"
        return Connection(name, engine, autocommit=autocommit)
    if engine is Engine.SQLITE:
        return sqlite_file(text.partition(":///")[2], autocommit)
    return _from_known_url(library, text, engine, autocommit)


def sqlite_file(path: Value, autocommit: bool | None = None) -> Connection:
    """Make the connection to an SQLite file; the file is the server."""
    if isinstance(path, str) and path:
        return Connection(f"sqlite3:{path}", Engine.SQLITE, path, "main", autocommit=autocommit)
    return Connection(f"sqlite3:{_reason(path)}", Engine.SQLITE, autocommit=autocommit)


def from_dsn(driver: str, dsn: str, autocommit: bool | None = None) -> Connection:
    """Make the connection of a libpq string: ``host=db dbname=stats user=batch``."""
    if "://" in dsn:
        return from_url(driver, dsn, autocommit)
    fields = dict(re.findall(r"(\w+)\s*=\s*'?([^\s']+)", dsn))
    return from_arguments(
        driver,
        Engine.POSTGRESQL,
        fields.get("host", "localhost"),
        fields.get("port"),
        fields.get("dbname"),
        autocommit,
    )


def from_conn_id(
    conn_id: Value, engine: Engine, database: Value, autocommit: bool | None
) -> Connection:
    """Make the connection that Airflow keeps under an id."""
    name = conn_id if isinstance(conn_id, str) and conn_id else f"conn_id {_reason(conn_id)}"
    schema = database if isinstance(database, str) and database else None
    return Connection(name, engine, database=schema, autocommit=autocommit)


def first_given(arguments: Mapping[str, Value], *names: str) -> Value:
    """Return the first of several arguments that is given."""
    return next((arguments[name] for name in names if arguments.get(name) is not None), None)


def _from_known_url(library: str, url: str, engine: Engine, autocommit: bool | None) -> Connection:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "localhost", parts.port
    except ValueError:
        return Connection(f"{library}:url", engine, autocommit=autocommit)
    database = unquote(parts.path.strip("/")) or None
    return from_arguments(library, engine, host, port, database, autocommit)


def _server(engine: Engine, host: Value, port: Value) -> str | None:
    """Return host and port, None where one of them is not known; a socket path counts as host."""
    if not isinstance(host, str) or not host:
        return None
    if port is None or port == "" or str(port) == str(DEFAULT_PORTS.get(engine)):
        return host
    return f"{host}:{port}" if isinstance(port, int | str) else None


def _airflow_id(value: Value) -> str | None:
    match = _FIELD_OF.search(_reason(value))
    return match.group(1) if match else None


def _reason(value: Value) -> str:
    """Say in a connection's name why a part of it is not known."""
    if isinstance(value, Unknown):
        return f"({value.reason})"
    if isinstance(value, Text):
        return "".join(_reason(part) for part in value.parts if not isinstance(part, str))
    return f"({value.describe()})" if isinstance(value, Native) else ""


def _visible(value: Value) -> str:
    """Return the known beginning of a partly known text."""
    first = value.parts[0] if isinstance(value, Text) else ""
    return first if isinstance(first, str) else ""
