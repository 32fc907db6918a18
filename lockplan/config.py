"""`[tool.lockplan]` in pyproject.toml: what reading the DAGs cannot tell."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from lockplan.errors import ConfigError
from lockplan.model.connection import Connection, Engine, Isolation
from lockplan.model.zones import NOT_FOUND, tzinfo_of

DEFAULT_DURATION_S = 60
DEFAULT_WORKERS = 16
ASSUMED = "assumed"
"""Where a duration comes from that nothing tells."""
DEFAULT_TOLD = "default of pyproject.toml"


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """What the user says of one connection; None leaves what the DAGs say."""

    engine: Engine | None = None
    server: str | None = None
    database: str | None = None
    isolation: Isolation | None = None
    version: str | None = None
    autocommit: bool | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The user's settings; None where nothing was said."""

    connections: Mapping[str, ConnectionConfig]
    """By Airflow connection id, or by the name that lockplan prints for a connection."""
    durations: Mapping[str, int]
    """Seconds by `dag_id.task_id`, by operator class, or for `default`."""
    workers: int | None = None
    """Tasks that the executor runs at the same time."""
    airflow_version: str | None = None
    catchup_by_default: bool | None = None
    """Whether DAGs that do not say it catch up."""
    history: Path | None = None
    """A CSV file of past durations."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that the DAG files may read; the machine's own are never looked at."""
    pools: Mapping[str, int] = field(default_factory=dict)
    """Slots by Airflow pool."""
    queues: Mapping[str, int] = field(default_factory=dict)
    """Slots of the Celery workers that serve each queue."""
    server_timezone: str | None = None
    """That of the clocks of the database servers, which ``CURDATE()`` reads."""
    worker_timezone: str | None = None
    """That of the clocks of Airflow's workers, which ``date.today()`` reads."""
    source: Path | None = None
    """The file that was read."""
    exported: Mapping[str, ConnectionConfig] = field(default_factory=dict)
    """What Airflow itself knows of its connections, by id."""

    def resolve(self, connection: Connection) -> Connection:
        """Return the connection with what the user says of it.

        A configured connection of the same server also tells the version, isolation and engine of
        connections that the code opens by itself.
        """
        exported = self.exported.get(connection.name)
        if exported is not None:
            connection = _complete(connection, exported)
        own = self.connections.get(connection.name)
        if own is not None:
            connection = _overlay(connection, own)
        for other in (*self.connections.values(), *self.exported.values()):
            if connection.server and other.server and _same(connection.server, other.server):
                connection = _fill(connection, other)
        return connection

    def duration_s(self, key: str, operator: str) -> int:
        """Return the configured duration of a task without history, in seconds."""
        default = self.durations.get("default", DEFAULT_DURATION_S)
        return self.durations.get(key, self.durations.get(operator, default))

    def duration_source(self, key: str, operator: str) -> str:
        """Return where that duration comes from, for people."""
        if key in self.durations or operator in self.durations:
            return "told in pyproject.toml"
        return DEFAULT_TOLD if "default" in self.durations else ASSUMED


def _same(a: str, b: str) -> bool:
    return a.lower() == b.lower()


def _overlay(connection: Connection, said: ConnectionConfig) -> Connection:
    known = {f.name: getattr(said, f.name) for f in fields(said)}
    return replace(
        connection, **{name: value for name, value in known.items() if value is not None}
    )


def _complete(connection: Connection, exported: ConnectionConfig) -> Connection:
    """Add what Airflow's own connection says; a database that an operator names stays."""
    vague = exported.engine in (None, Engine.OTHER)
    keep = vague and connection.engine is not Engine.UNKNOWN
    return replace(
        connection,
        engine=connection.engine if keep else exported.engine or Engine.UNKNOWN,
        server=connection.server or exported.server,
        database=connection.database or exported.database,
    )


def _fill(connection: Connection, other: ConnectionConfig) -> Connection:
    engine = connection.engine
    vague = engine in (Engine.UNKNOWN, Engine.MYSQL)
    if vague and other.engine and other.engine is not Engine.OTHER:
        engine = other.engine  # the drivers of MySQL serve MariaDB, too
    return replace(
        connection,
        engine=engine,
        isolation=connection.isolation or other.isolation,
        version=connection.version or other.version,
    )


EMPTY = Config(connections={}, durations={})


def find_config(folder: Path) -> Config:
    """Return the settings of the nearest pyproject.toml with `[tool.lockplan]`, upward.

    Raises ConfigError, naming all problems at once, where that file cannot be understood.
    """
    start = folder.resolve()
    for parent in (start, *start.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            config = load_config(file)
            if config is not None:
                return config
    return EMPTY


def load_config(file: Path) -> Config | None:
    """Return the settings of one file, None where it has no `[tool.lockplan]`."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(file), f"cannot be read: {error}") from error
    tools = document.get("tool")
    table = tools.get("lockplan") if isinstance(tools, Mapping) else None
    if table is None:
        return None
    problems: list[str] = []
    config = _parse(table, file, problems)
    if problems:
        raise ConfigError(str(file), "; ".join(problems), "See `[tool.lockplan]` in the README")
    return config


Reader = Callable[[Any], Any]


def _parse(table: Mapping[str, Any], file: Path, problems: list[str]) -> Config:
    readers: dict[str, Reader] = {
        "workers": _positive,
        "airflow_version": _version,
        "catchup_by_default": _boolean,
        "history": lambda value: file.parent / _text(value),
        "server_timezone": _timezone,
        "worker_timezone": _timezone,
        "connections": lambda value: _connections(value, problems),
        "environment": lambda value: {name: _text(v) for name, v in _table(value).items()},
        "durations": lambda value: {name: _positive(s) for name, s in _table(value).items()},
        "pools": lambda value: {name: _positive(s) for name, s in _table(value).items()},
        "queues": lambda value: {name: _positive(s) for name, s in _table(value).items()},
    }
    values = _read_table("tool.lockplan", table, readers, problems)
    return Config(**{"connections": {}, "durations": {}, **values, "source": file})


def _connections(value: Any, problems: list[str]) -> dict[str, ConnectionConfig]:
    readers: dict[str, Reader] = {
        "engine": _engine,
        "server": str,
        "database": str,
        "isolation": lambda text: Isolation(str(text).upper().replace("-", " ")),
        "version": str,
        "autocommit": _boolean,
    }
    return {
        name: ConnectionConfig(
            **_read_table(f"tool.lockplan.connections.{name}", table, readers, problems)
        )
        for name, table in _table(value).items()
    }


def _read_table(
    where: str, table: Any, readers: Mapping[str, Reader], problems: list[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if not isinstance(table, Mapping):
        problems.append(f"[{where}] must be a table")
        return values
    for key, value in table.items():
        reader = readers.get(key)
        if reader is None:
            near = difflib.get_close_matches(key, readers, n=1)
            hint = f", did you mean `{near[0]}`?" if near else f", known: {', '.join(readers)}"
            problems.append(f"[{where}] has no setting `{key}`{hint}")
            continue
        try:
            values[key] = reader(value)
        except (TypeError, ValueError) as error:
            problems.append(f"[{where}] {key} = {value!r}: {error}")
    return values


def _positive(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number of 1 or more")
    return value


def _engine(value: Any) -> Engine:
    engine = Engine(value)
    if engine is Engine.RESOURCE:
        raise ValueError("is no server")
    return engine


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a table")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text in quotes")
    return value


def _timezone(value: Any) -> str:
    if tzinfo_of(_text(value)) is None:
        raise ValueError(f"must be a time zone such as 'Europe/Paris'; {NOT_FOUND}")
    return str(value)


def _version(value: Any) -> str:
    if not re.fullmatch(r"[1-9]\d*(\.\d+)*", str(value)):
        raise ValueError("must be a version such as '2.11'")
    return str(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value
