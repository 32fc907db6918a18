"""Processes of a test: each a group of its own with a log, ended with the test."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from servers.launch import ending_with_us

STOP_S = 15


class DidNotStartError(Exception):
    """A program ended, or did not answer in time; the text has the end of its log."""


@contextmanager
def running(
    command: Sequence[str | Path], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for as long as the context lasts; what it starts ends with it."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*ending_with_us(), *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(ready: Callable[[], bool], what: str, seconds: float, log: Path) -> None:
    """Ask again and again until `ready`; raise with the log's end when that takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise DidNotStartError(f"{what} within {seconds:.0f} s. Log ends:\n{_end_of(log)}")
        time.sleep(0.5)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:])
