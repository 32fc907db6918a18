"""Locks at the level of tasks: who stands in whose way, and on which table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lockplan.model.problem import Pair
from lockplan.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server lets a task wait for a lock, and what the task gets then."""

    timeout_s: float
    """Infinite where waits are short, however long the other task takes."""
    error: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """What happens when two tasks run at the same time."""

    table: str
    """The table on which they meet."""
    outcome: Outcome
    patience: Patience | None = None
    """None for that of InnoDB."""


class Locks:
    """The tasks that hold their locks or wait for them, in the order in which they asked."""

    def __init__(self, meetings: Mapping[Pair, Meeting]) -> None:
        self._meetings: dict[int, dict[int, Meeting]] = {}
        for (a, b), meeting in meetings.items():
            if meeting.outcome is not Outcome.RACE:
                self._meetings.setdefault(a, {})[b] = meeting
                self._meetings.setdefault(b, {})[a] = meeting
        self._queue: list[int] = []

    def ask(self, task: int) -> None:
        """Put a task at the end of the queue."""
        self._queue.append(task)

    def release(self, task: int) -> list[int]:
        """Take a task out of the queue, and return those behind it that met it."""
        if task not in self._queue:
            return []
        position = self._queue.index(task)
        del self._queue[position]
        meetings = self._meetings.get(task, {})
        return [other for other in self._queue[position:] if other in meetings]

    def in_the_way(self, task: int) -> dict[int, Meeting]:
        """Return the tasks that asked before this one and meet it, in the order of asking."""
        meetings = self._meetings.get(task, {})
        end = self._queue.index(task) if task in self._queue else len(self._queue)
        return {other: meetings[other] for other in self._queue[:end] if other in meetings}
