"""Where a server comes from: an address in the environment, else a program on this machine."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from servers.launch import started
from servers.server import LABELS, Kind, NoServerError, Server

PROGRAMS: dict[Kind, tuple[str, ...]] = {
    "mysql": ("mysqld",),
    "mariadb": ("mariadbd", "mysqld"),
    "postgresql": ("postgres",),
}
PACKAGES: dict[Kind, str] = {"mysql": "pymysql", "mariadb": "pymysql", "postgresql": "psycopg"}
HOW_TO_GET: dict[Kind, str] = {
    "mysql": "no mysqld of MySQL found: run .ci/get-mysql, or set LOCKPLAN_MYSQL_URL",
    "mariadb": "no mariadbd found: apt-get install mariadb-server, or set LOCKPLAN_MARIADB_URL",
    "postgresql": "no postgres found: apt-get install postgresql, or set LOCKPLAN_POSTGRESQL_URL",
}
PORTS: dict[Kind, int] = {"mysql": 3306, "mariadb": 3306, "postgresql": 5432}


@contextmanager
def find_server(kind: Kind) -> Iterator[Server]:
    """Give a server of this kind for as long as the context lasts.

    ``LOCKPLAN_MYSQL_URL``, ``LOCKPLAN_MARIADB_URL`` or ``LOCKPLAN_POSTGRESQL_URL`` names a running
    scratch server; it is used as it is. Otherwise a program of this machine is started on new data,
    and both end together.

    Raises
    ------
    NoServerError
        If there is neither, with the way to get one.
    """
    if find_spec(PACKAGES[kind]) is None:  # a reason, not an error
        raise NoServerError(f"{PACKAGES[kind]} is missing: pip install 'lockplan[test]'")
    if url := os.environ.get(f"LOCKPLAN_{kind.upper()}_URL"):
        yield named_by(url, kind)
        return
    with started(kind, find_program(kind)) as server:
        yield server


def named_by(url: str, kind: Kind) -> Server:
    """Give the server at ``mysql://user:password@host:port/``; one that does not answer raises."""
    parts = urlsplit(url)
    server = Server(
        kind=kind,
        version="",
        host=parts.hostname or "127.0.0.1",
        port=parts.port or PORTS[kind],
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
    )
    version = server.answered_version()
    if kind != "postgresql" and ("MariaDB" in version) != (kind == "mariadb"):
        raise ValueError(f"LOCKPLAN_{kind.upper()}_URL names a server {version}")
    return replace(server, version=version)


def find_program(kind: Kind) -> Path:
    """Give the server program, from ``LOCKPLAN_MYSQLD`` / ``LOCKPLAN_MARIADBD`` or usual places."""
    variable = f"LOCKPLAN_{kind.upper()}D"
    if named := os.environ.get(variable):
        if kind_of(Path(named)) != kind:
            raise NoServerError(f"{variable}={named} is not a {LABELS[kind]} server that runs")
        return Path(named)
    for program in usual_places(kind):
        if kind_of(program) == kind:
            return program
    raise NoServerError(HOW_TO_GET[kind])


def usual_places(kind: Kind) -> Iterator[Path]:
    """Give the candidates: the search path, the system folder, where `.ci/get-mysql` unpacks."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", *map(str, debian)])
    for name in PROGRAMS[kind]:
        if found := shutil.which(name, path=path):
            yield Path(found)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    yield cache / "lockplan" / "mysql" / "mysqld"


def kind_of(program: Path) -> Kind | None:
    """Tell MySQL from MariaDB, whose Debian package calls itself ``mysqld`` too."""
    asked = ["--version"] if program.name == "postgres" else ["--no-defaults", "--version"]
    try:
        answer = subprocess.run(
            [program, *asked],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = {"PostgreSQL": "postgresql", "MariaDB": "mariadb"}
    found: list[Any] = [kind for word, kind in said.items() if word in answer.stdout]
    return found[0] if found else "mysql"
