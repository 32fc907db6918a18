"""From a URL to a connection that can only read; credentials stay in here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from lockplan.errors import InputError
from lockplan.model.connection import Engine

_WAY_OUT = (
    "Check server, user and password; a URL is ENGINE://USER:PASSWORD@HOST:PORT/DATABASE, "
    "with %xx for special characters"
)
_WAYS_OUT = {
    3159: "It wants TLS: add ?ssl_ca=FILE to the URL, with the certificate that signed its own",
}
"""By MySQL's number of the error, where more than the usual can be advised."""
WAIT_S = 10
"""Seconds to wait for a connection, and for the answer to any one question."""
LOCK_WAIT_S = 2
"""Seconds to wait for a table that someone is changing."""


@dataclass(frozen=True, slots=True)
class Driver:
    """How a kind of server is reached."""

    name: str
    """SQLAlchemy's name for it."""
    package: str | None
    extra: str
    """What to install where the package is missing."""
    arguments: Mapping[str, Any]
    setup: tuple[str, ...]
    """Statements that make the session read-only and short of patience."""


_MYSQL = Driver(
    "mysql+pymysql",
    "pymysql",
    "lockplan",
    {"connect_timeout": WAIT_S, "read_timeout": 60},
    ("SET SESSION TRANSACTION READ ONLY", f"SET SESSION lock_wait_timeout = {LOCK_WAIT_S}"),
)
_DRIVERS: Mapping[Engine, Driver] = {
    Engine.MYSQL: _MYSQL,
    Engine.MARIADB: _MYSQL,
    Engine.POSTGRESQL: Driver(
        "postgresql+psycopg",
        "psycopg",
        "lockplan[postgresql]",
        {"connect_timeout": WAIT_S},
        (
            "SET default_transaction_read_only = on",
            f"SET lock_timeout = '{LOCK_WAIT_S}s'",
            f"SET statement_timeout = '{WAIT_S}s'",
        ),
    ),
    Engine.SQLITE: Driver("sqlite", None, "", {"uri": True, "timeout": LOCK_WAIT_S}, ()),
}
_ENGINES = {
    "mysql": Engine.MYSQL,
    "mariadb": Engine.MARIADB,
    "postgres": Engine.POSTGRESQL,
    "postgresql": Engine.POSTGRESQL,
    "sqlite": Engine.SQLITE,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and who asks."""

    engine: Engine
    url: URL
    """Not for the eyes of anyone: it holds the password."""

    @classmethod
    def of(cls, given: str) -> Address:
        """Read a URL as SQLAlchemy and Airflow write it; raises InputError."""
        scheme, _, rest = given.partition("://")
        shown = f"{scheme}://…" if rest else "the URL"
        engine = _ENGINES.get(scheme.partition("+")[0].lower())
        if engine is None:
            known = ", ".join(f"{name}://" for name in _ENGINES)
            raise InputError(shown, "is no kind of server that can be read", f"Give {known}")
        try:
            url = make_url(given)
        except (ArgumentError, ValueError):
            raise InputError(shown, "cannot be read", _WAY_OUT) from None
        if "@" in (url.host or ""):  # the rest of a password that has one
            raise InputError(shown, "has more than one @", _WAY_OUT)
        return cls(engine, url.set(drivername=_DRIVERS[engine].name))

    def __str__(self) -> str:
        url = self.url
        if self.engine is Engine.SQLITE:
            return f"sqlite:///{url.database or ''}"
        port = f":{url.port}" if url.port else ""
        return f"{self.engine}://{url.host or 'localhost'}{port}/{url.database or ''}"

    @property
    def database(self) -> str | None:
        """The database that the URL names."""
        return self.url.database or None


@contextmanager
def connected(address: Address) -> Iterator[Connection]:
    """Give a connection that reads only; raises InputError where there is none."""
    driver = _DRIVERS[address.engine]
    try:
        engine = create_engine(
            _reading(address),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=dict(driver.arguments),
        )
        with engine.connect() as connection:
            for statement in driver.setup:
                connection.exec_driver_sql(statement)
            yield connection
    except ModuleNotFoundError as error:
        problem = f"the package {error.name} is not installed"
        raise InputError(str(address), problem, f"pip install '{driver.extra}'") from None
    except DBAPIError as error:
        raise InputError(str(address), _said(error.orig, address), _way_out(error.orig)) from None
    except RuntimeError as error:  # a driver that lacks a package to send the password with
        way_out = "pip install cryptography, or connect with TLS"
        raise InputError(str(address), _said(error, address), way_out) from None
    except (SQLAlchemyError, TypeError, OSError) as error:
        raise InputError(str(address), _said(error, address), _WAY_OUT) from None


def _reading(address: Address) -> URL:
    """Return the URL to connect to; a file of SQLite is opened for reading only."""
    if address.engine is not Engine.SQLITE:
        return address.url
    file = address.url.database
    if not file or not Path(file).is_file():
        raise InputError(str(address), "there is no such file", "Give sqlite:///FILE")
    return address.url.set(database=f"file:{quote(file)}?mode=ro", query={"uri": "true"})


def _way_out(error: BaseException | None) -> str:
    number = error.args[0] if error is not None and error.args else None
    return _WAYS_OUT.get(number, _WAY_OUT) if isinstance(number, int) else _WAY_OUT


def _said(error: BaseException | None, address: Address) -> str:
    """Return what a driver said, on one line and without the password."""
    last = error.args[-1] if error is not None and error.args else error
    said = " ".join(str(last).split()).rstrip(".?")
    password = address.url.password
    return said.replace(str(password), "***") if password else said
