"""Which server a call reaches: connections made from driver arguments, URLs and Airflow's ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from lockplan.model.connection import DEFAULT_PORTS, Connection, Engine
from lockplan.model.statement import Parts, Unknown
from lockplan.workflow.databases.defaults import engine_named, engine_of_url
from lockplan.workflow.values import Native, Text, Value

_AIRFLOW_FIELD = "Airflow connection "
_MARK = re.compile(r"lphole(\d+)z")
_FIELDS = re.compile(r"(\w+)\s*=\s*['{]?([^\s;'{}()](?:[^;'{}()\s]| (?![\w]+\s*=))*)")
HOST_ARGUMENTS = (
    *("host", "unix_socket", "server", "hostname", "server_hostname", "account"),
    *("hostaddr", "address"),
)
"""How drivers call the server among the arguments of `connect`."""
DATABASE_ARGUMENTS = (*("database", "db", "dbname", "service_name", "sid", "schema", "catalog"),)
"""How drivers call the default database."""
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
    text, holes = _with_marks(url)
    text = text.removeprefix("jdbc:")
    scheme, separator, _ = text.partition("://")
    engine = engine_of_url(scheme) if separator else Engine.UNKNOWN
    if conn_id or not separator or _MARK.search(scheme):
        name = conn_id or f"{library}:{_reason(url) or 'url'}"
        return Connection(name, engine, autocommit=autocommit)
    if engine is Engine.SQLITE:
        return sqlite_file(_part(text.partition(":///")[2], holes), autocommit)
    return _from_parts(library, text, holes, engine, autocommit)


def sqlite_file(path: Value, autocommit: bool | None = None) -> Connection:
    """Make the connection to an SQLite file; the file is the server."""
    if isinstance(path, str) and path:
        return Connection(f"sqlite3:{path}", Engine.SQLITE, path, "main", autocommit=autocommit)
    return Connection(f"sqlite3:{_reason(path)}", Engine.SQLITE, autocommit=autocommit)


def database_file(driver: str, engine: Engine, path: Value, autocommit: bool | None) -> Connection:
    """Make the connection to a file that an embedded database opens."""
    known = path if isinstance(path, str) and path else None
    return Connection(f"{driver}:{known or _reason(path)}", engine, known, autocommit=autocommit)


def from_dsn(
    driver: str, engine: Engine, dsn: str | Text, autocommit: bool | None = None
) -> Connection:
    """Make the connection of a string that names a server in one of the usual forms.

    Those are URLs, ``host=db dbname=stats`` of libpq, ``SERVER=db;DATABASE=stats`` of ODBC and
    ``db:1521/stats`` of Oracle.
    """
    text, holes = _with_marks(dsn)
    if "://" in text:
        return from_url(driver, dsn, autocommit)
    fields = {name.lower(): value for name, value in _FIELDS.findall(text)}
    given = {name: _part(value, holes) for name, value in fields.items()}
    if not given:
        given = _easy_connect(text, holes)
    engine = engine_of_odbc(engine, given.get("driver"))
    host = first_given(given, *HOST_ARGUMENTS)
    if host is None:
        host = Unknown("a data source") if "dsn" in given else "localhost"
    if isinstance(host, str):
        host, _, port = host.partition(",")
        given = {"port": port or None, **given}
    database = first_given(given, *DATABASE_ARGUMENTS)
    return from_arguments(driver, engine, host, given.get("port"), database, autocommit)


def engine_of_odbc(engine: Engine, driver: Value) -> Engine:
    """Return the engine that the name of an ODBC driver says, where nothing else does."""
    if engine is not Engine.UNKNOWN or not isinstance(driver, str):
        return engine
    named = engine_named(driver)
    return Engine.OTHER if named is Engine.UNKNOWN else named


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


def _easy_connect(text: str, holes: Parts) -> dict[str, Value]:
    """Read ``host:port/service``; a single word is an alias that stands for any server."""
    address, slash, service = text.rpartition("@")[2].partition("/")
    host, _, port = address.partition(":")
    if not slash:
        return {"host": Unknown(f"the alias {address}") if address else None}
    return {
        "host": _part(host, holes),
        "port": _part(port, holes) or None,
        "service_name": _part(service, holes),
    }


def _from_parts(
    library: str, url: str, holes: Parts, engine: Engine, autocommit: bool | None
) -> Connection:
    try:
        parts = urlsplit(url)
        host = _part(parts.hostname or "localhost", holes)
    except ValueError:
        return Connection(f"{library}:url", engine, autocommit=autocommit)
    port = _part(parts.netloc.rpartition("@")[2].partition(":")[2], holes)
    database = _part(unquote(parts.path.strip("/")), holes)
    return from_arguments(library, engine, host, port, database or None, autocommit)


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


def _with_marks(value: Value) -> tuple[str, Parts]:
    """Return a text with a word in the place of each hole, and the holes."""
    parts = value.parts if isinstance(value, Text) else (value,) if isinstance(value, str) else ()
    holes = tuple(part for part in parts if not isinstance(part, str))
    numbers = iter(range(len(holes)))
    return "".join(p if isinstance(p, str) else f"lphole{next(numbers)}z" for p in parts), holes


def _part(text: str, holes: Parts) -> Value:
    """Return a piece of a text with marks, an unknown where a hole is in it."""
    found = _MARK.search(text)
    hole = holes[int(found.group(1))] if found else None
    if hole is None or isinstance(hole, str):
        return text
    return hole if isinstance(hole, Unknown) else Unknown("a date of the run")
