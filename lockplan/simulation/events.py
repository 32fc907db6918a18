"""What happens in a simulated night, and what is noted of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

TOLD = ""
"""The error of a task that was told to fail."""


class Chance(Protocol):
    """What differs from night to night."""

    def duration_s(self, task: int) -> float:
        """Return the seconds of work of one try."""
        ...

    def skipped_by(self, task: int, /) -> Sequence[int]:
        """Return the tasks that a branch skips when it has succeeded."""
        ...


class Event(IntEnum):
    """What happens; at the same second, work ends before patience does."""

    RELEASE = 0
    END = 1
    GONE = 2
    """A task whose statement failed has ended."""
    READY = 3
    RUN = 4
    ASK = 5
    LOOK = 6
    """A server looks for a deadlock."""
    TIMEOUT = 7


class Stretch(NamedTuple):
    """A task waits for one other."""

    task: int
    start_s: float
    end_s: float
    holder: int
    encounter: int
    others: tuple[int, ...]
    """More tasks that were in the way at its start."""


class Error(NamedTuple):
    """A try that failed."""

    task: int
    start_s: float
    end_s: float
    error: str
    holder: int
    """Who was in its way; -1 where the task was told to fail."""


class Passed(NamedTuple):
    """A task has come to one of its points; -1 is the end of a try."""

    task: int
    point: int
    at_s: float
