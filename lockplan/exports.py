"""What Airflow exports: Variables, Connections and pools, as `airflow … export` writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lockplan.config import ConnectionConfig
from lockplan.errors import InputError
from lockplan.model.connection import DEFAULT_PORTS, Engine
from lockplan.model.workflow import Pool

_ENGINES: Mapping[str, Engine] = {
    "mysql": Engine.MYSQL,
    "mariadb": Engine.MARIADB,
    "postgres": Engine.POSTGRESQL,
    "postgresql": Engine.POSTGRESQL,
    "sqlite": Engine.SQLITE,
    "redshift": Engine.REDSHIFT,
    "snowflake": Engine.SNOWFLAKE,
    "hive_cli": Engine.HIVE,
    "hiveserver2": Engine.HIVE,
    "google_cloud_platform": Engine.BIGQUERY,
    "gcpbigquery": Engine.BIGQUERY,
    "mssql": Engine.MSSQL,
    "oracle": Engine.ORACLE,
    "trino": Engine.TRINO,
    "presto": Engine.TRINO,
    "athena": Engine.TRINO,
    "clickhouse": Engine.CLICKHOUSE,
    "databricks": Engine.DATABRICKS,
    "duckdb": Engine.DUCKDB,
    "teradata": Engine.TERADATA,
}
"""Airflow's connection types; another one is a server without a lock model of its own."""
_BY_HOST = (
    *(Engine.MYSQL, Engine.MARIADB, Engine.POSTGRESQL, Engine.REDSHIFT, Engine.MSSQL),
    *(Engine.ORACLE, Engine.TRINO, Engine.CLICKHOUSE, Engine.DATABRICKS, Engine.TERADATA),
    Engine.OTHER,
)


def read_variables(file: Path) -> Mapping[str, str]:
    """Return Airflow's Variables by key, from `airflow variables export FILE`.

    A value that is no text is one that Airflow stores as JSON. Raises InputError for a file that is
    no JSON object.
    """
    return {key: _variable(value) for key, value in _document(file, "variables").items()}


def read_connections(file: Path) -> Mapping[str, ConnectionConfig]:
    """Return engine, server and database by connection id, from `airflow connections export FILE`.

    Takes JSON with fields or URIs, and lines of `id=URI`. Logins and passwords are not kept. Raises
    InputError, naming the connection, for what is neither.
    """
    if file.suffix == ".env":
        return {name: _from_uri(uri) for name, uri in _lines(file)}
    found = _document(file, "connections")
    return {name: _connection(f"{file}: {name}", said) for name, said in found.items()}


def read_pools(file: Path) -> tuple[Pool, ...]:
    """Return Airflow's pools, sorted by name, from `airflow pools export FILE`.

    Raises InputError, naming the pool, for one without slots.
    """
    found = _document(file, "pools")
    return tuple(
        Pool(name, _slots(f"{file}: {name}", said)) for name, said in sorted(found.items())
    )


def _slots(where: str, said: Any) -> int:
    slots = said.get("slots") if isinstance(said, Mapping) else None
    if isinstance(slots, bool) or not isinstance(slots, int):
        raise InputError(where, "has no number of slots", "Export the pools again")
    return slots


def _variable(value: Any) -> str:
    if isinstance(value, Mapping) and "value" in value and value.keys() <= {"value", "description"}:
        value = value["value"]
    return value if isinstance(value, str) else json.dumps(value, indent=2)


def _document(file: Path, what: str) -> Mapping[str, Any]:
    way_out = f"Give what `airflow {what} export FILE.json` writes"
    text = _read(file, way_out)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}"
        raise InputError(where, f"is not JSON: {error.msg}", way_out) from error
    if not isinstance(document, Mapping):
        raise InputError(str(file), f"holds no {what} by name", way_out)
    return document


def _read(file: Path, way_out: str) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(file), f"cannot be read: {error}", way_out) from error


def _lines(file: Path) -> list[tuple[str, str]]:
    lines = _read(file, "Give lines of `id=URI`").splitlines()
    pairs = [line.partition("=") for line in lines if line.strip() and line[0] != "#"]
    return [(name.strip(), uri.strip()) for name, _, uri in pairs]


def _connection(where: str, said: Any) -> ConnectionConfig:
    if isinstance(said, str):
        return _from_uri(said)
    if not isinstance(said, Mapping) or not isinstance(said.get("conn_type"), str):
        raise InputError(where, "has no conn_type", "Export the connections again")
    text: Callable[[str], str] = lambda name: str(said.get(name) or "")  # noqa: E731
    return _made(text("conn_type"), text("host"), text("port"), text("schema"))


def _from_uri(uri: str) -> ConnectionConfig:
    try:
        parts = urlsplit(uri)
        host, port = unquote(parts.hostname or ""), parts.port
    except ValueError:  # such as a port that is no number: the type is still told
        return _made(uri.partition("://")[0], "", "", "")
    schema = unquote(parts.path.strip("/"))
    return _made(parts.scheme.replace("-", "_"), host, str(port or ""), schema)


def _made(conn_type: str, host: str, port: str, schema: str) -> ConnectionConfig:
    engine = _ENGINES.get(conn_type.replace("-", "_"), Engine.OTHER)
    if engine is Engine.SQLITE:
        return ConnectionConfig(engine, server=host or None, database="main")
    usual = port in ("", str(DEFAULT_PORTS.get(engine, "")))
    server = (host if usual else f"{host}:{port}") if host and engine in _BY_HOST else None
    return ConnectionConfig(engine, server=server, database=schema or None)
