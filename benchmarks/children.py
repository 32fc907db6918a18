"""Work done in a process of its own: it ends by a limit, and its time and memory are its own."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What a child returned and what it took."""

    result: T | None
    """None where the limit ended it."""
    cpu_s: float
    """User and system seconds of all its threads."""
    memory_mb: float
    """The most that was resident."""


def in_child(limit_cpu_s: float, work: Callable[[], T]) -> Done[T]:
    """Run `work` in a forked process that may use so many CPU seconds."""
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_run, args=(work, sender, limit_cpu_s))
    child.start()
    sender.close()
    try:
        result, cpu_s, memory_mb = receiver.recv()
    except EOFError:
        result, cpu_s, memory_mb = None, limit_cpu_s, float("nan")
    child.join()
    if child.exitcode not in (0, -signal.SIGXCPU):
        raise RuntimeError(f"a child ended with {child.exitcode}")
    return Done(result, cpu_s, memory_mb)


def _run(work: Callable[[], T], sender: Connection, limit_cpu_s: float) -> None:
    before = os.times()
    limit = int(before.user + before.system + limit_cpu_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    result = work()
    after = os.times()
    cpu_s = after.user + after.system - before.user - before.system
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sender.send((result, cpu_s, memory_kb / 1024))
