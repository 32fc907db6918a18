"""Start a server program on new data in a temporary folder, and take both away again."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from servers.server import LABELS, SHORT_WAITS, Kind, NoServerError, Server

INITIALISE_S = 120
START_S = 60
STOP_S = 30

OWN_OPTIONS: dict[Kind, tuple[str, ...]] = {
    "mysql": ("--secure-file-priv=NULL", "--mysqlx=OFF"),
    "mariadb": (),
    "postgresql": (),
}


@contextmanager
def started(kind: Kind, program: Path) -> Iterator[Server]:
    """Initialise, start and at the end stop a server; its root user has no password."""
    # A short folder name, because a socket's path may have no more than 107 characters.
    with tempfile.TemporaryDirectory(prefix="lockplan-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        initialise(kind, program, folder)
        port = free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*ending_with_us(), *serve_command(kind, program, folder, port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            server = Server(kind, "", "127.0.0.1", port, "root", "")
            yield replace(server, version=version_when_ready(server, process, folder / "log"))
        finally:
            stop(process)


def initialise(kind: Kind, program: Path, folder: Path) -> None:
    """Write the data folder of a new server."""
    if kind == "postgresql":
        return initialise_postgresql(program, folder)
    where = [*as_current_user(), f"--datadir={folder / 'data'}"]
    command: Sequence[str | Path] = [program, "--no-defaults", "--initialize-insecure", *where]
    if kind == "mariadb":
        command = [
            installer(program),
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *where,
        ]
    return run_once(command)


def initialise_postgresql(program: Path, folder: Path) -> None:
    """Write the data folder of a new PostgreSQL, which root may not do."""
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    options = ["--auth=trust", "--username=root", "--encoding=UTF8", "--no-locale", "--no-sync"]
    data = f"--pgdata={folder / 'data'}"
    run_once([*as_postgres(), program.parent / "initdb", *options, data])


def as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root: its package's user takes over."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise NoServerError("root cannot start PostgreSQL without setpriv")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def run_once(command: Sequence[str | Path]) -> None:
    """Run what prepares a server; what it says last is why it cannot be had."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INITIALISE_S,
        check=False,
        cwd="/",
    )
    if done.returncode:
        raise NoServerError(f"{command[0]} failed on a new data folder: {last_line(done.stdout)}")


def installer(program: Path) -> str:
    """Give MariaDB's program that writes a data folder."""
    beside = [str(program.parent), str(program.parent.parent / "scripts")]
    path = os.pathsep.join([*beside, os.environ.get("PATH", os.defpath), "/usr/bin"])
    for name in ("mariadb-install-db", "mysql_install_db"):
        if found := shutil.which(name, path=path):
            return found
    raise NoServerError(f"{program} has no mariadb-install-db: apt-get install mariadb-server")


def serve_command(kind: Kind, program: Path, folder: Path, port: int) -> list[str | Path]:
    """Give the command that serves the folder on a port of this machine only."""
    if kind == "postgresql":
        where = ["-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", str(port)]
        return [*as_postgres(), *ending_with_us(), program, *where, "-c", "fsync=off"]
    waits = [f"--{name.replace('_', '-')}={seconds}" for name, seconds in SHORT_WAITS.items()]
    return [
        program,
        "--no-defaults",
        *as_current_user(),
        f"--datadir={folder / 'data'}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        "--skip-networking=OFF",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        "--innodb-buffer-pool-size=64M",
        *waits,
        *OWN_OPTIONS[kind],
    ]


def as_current_user() -> list[str]:
    """Servers refuse to run as root unless told to."""
    return ["--user=root"] if os.geteuid() == 0 else []


def ending_with_us() -> list[str]:
    """Give the prefix that ends the server when this process is killed (Linux; else nothing)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def free_port() -> int:
    """Give a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def version_when_ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the first answer and give the version that the server tells."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return server.answered_version()
        except refusals():
            time.sleep(0.1)
    said = last_line(log.read_text(errors="replace"))
    raise NoServerError(f"{LABELS[server.kind]} was found but did not start: {said}")


def refusals() -> tuple[type[Exception], ...]:
    """Give what drivers raise while a server does not answer yet."""
    import psycopg
    import pymysql

    return (pymysql.err.OperationalError, psycopg.OperationalError)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, by force if it does not go."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def last_line(text: str) -> str:
    """Give what a program said last, or that it said nothing."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
