"""Which server a command-line client talks to."""

from __future__ import annotations

from collections.abc import Mapping

from lockplan.model.connection import Connection, Engine
from lockplan.model.statement import Unknown
from lockplan.workflow.databases.targets import (
    database_file,
    from_arguments,
    from_dsn,
    sqlite_file,
)
from lockplan.workflow.shell.clients import Client
from lockplan.workflow.shell.holes import Holes
from lockplan.workflow.values import Text, Value

_LOCAL = (Engine.MYSQL, Engine.MARIADB, Engine.POSTGRESQL)
"""Engines whose clients talk to this machine where they are told nothing."""
_HOSTS = ("PGHOST", "MYSQL_HOST")

Roles = Mapping[str, list[str]]


def connection_of(
    name: str, client: Client, given: Roles, environment: Mapping[str, str], holes: Holes
) -> Connection:
    """Return the connection that a client opens with these words."""
    autocommit = client.autocommit and not _is_one_transaction(given)
    address = (given.get("database") or [environment.get("PGDATABASE", "")])[-1]
    if name == "sqlite3":
        return sqlite_file(holes.value(address), autocommit)
    if name == "duckdb":
        return database_file(name, client.engine, holes.value(address), autocommit)
    if client.engine is Engine.BIGQUERY:
        project = holes.value((given.get("project") or [""])[-1])
        known = f"bigquery:{project}" if project and isinstance(project, str) else "bigquery"
        return Connection(known, client.engine, autocommit=autocommit)
    if _names_a_server(name, address):
        return from_dsn(name, client.engine, _dsn(address, holes), autocommit)
    hosts = given.get("host") or [environment[key] for key in _HOSTS if key in environment]
    host = holes.value(hosts[-1]) if hosts else _usual_host(name, client, given, address, holes)
    port = (given.get("port") or [environment.get("PGPORT", "")])[-1]
    database = None if name == "sqlplus" else holes.value(address) or None
    return from_arguments(
        name, client.engine, host, holes.value(port) or None, database, autocommit
    )


def _names_a_server(name: str, address: str) -> bool:
    return "@" in address if name == "sqlplus" else "://" in address or "=" in address


def _dsn(address: str, holes: Holes) -> str | Text:
    """Return a URL or a list of fields in the form that drivers take."""
    if address.startswith("jdbc:"):
        address = address.removeprefix("jdbc:").replace("hive2://", "hive://").partition(";")[0]
    return holes.unmarked(address)


def _usual_host(name: str, client: Client, given: Roles, address: str, holes: Holes) -> Value:
    """Return the host where the command line names none: one that its settings may name."""
    settings = given.get("settings")
    if settings:
        return Unknown(f"the settings in {holes.shown(settings[-1])}")
    whole = holes.value(address)
    if isinstance(whole, Unknown):
        return whole
    return "localhost" if client.engine in _LOCAL else Unknown(f"the server of {name}")


def _is_one_transaction(given: Roles) -> bool:
    """Whether ``psql --single-transaction`` was asked for."""
    flags = given.get("flag", [])
    return any(f == "--single-transaction" or (f[:2] != "--" and "1" in f) for f in flags)
