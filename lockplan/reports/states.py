"""What a task does when: stretches of working and waiting that never overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from lockplan.model.timeline import RunState, TaskRun


class State(StrEnum):
    """What a bar stands for; the value says it in the legend."""

    WORKS = "working"
    LOCKED = "waiting for a lock"
    PAUSES = "pause before the next try"
    WRITES = "holds locks, changes the table"
    READS = "holds locks, only reads the table"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in one state."""

    start_s: float
    end_s: float
    state: State


def stretches(run: TaskRun) -> Iterator[Stretch]:
    """Yield what a task does from its start to its end, in the order of time."""
    for start_s, end_s in run.tries:
        yield from _of_a_try(run, start_s, end_s)
    for (_, end_s), (start_s, _) in pairwise(run.tries):
        yield Stretch(end_s, start_s, State.PAUSES)


def _of_a_try(run: TaskRun, start_s: float, end_s: float) -> Iterator[Stretch]:
    at = start_s
    waits = (wait for wait in run.waits if start_s <= wait.start_s < end_s)
    for wait in sorted(waits, key=lambda wait: wait.start_s):
        if wait.start_s > at:
            yield Stretch(at, wait.start_s, State.WORKS)
        yield Stretch(max(at, wait.start_s), wait.end_s, State.LOCKED)
        at = max(at, wait.end_s)
    if end_s > at or start_s == end_s:
        yield Stretch(at, end_s, State.WORKS)


def failures(run: TaskRun) -> Iterator[float]:
    """Yield the moments in which the tries of a task failed."""
    yield from (each.end_s for each in run.failed_tries)
    if run.state is RunState.FAILED:
        yield run.end_s
