"""A simulated run: when each task waits for a lock and when it works."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lockplan.model.workflow import TaskKey


class RunState(StrEnum):
    """How a task's run ended."""

    SUCCESS = "success"
    FAILED = "failed"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class LockWait:
    """A stretch of time in which a task waits for another task's lock."""

    start_s: float
    end_s: float
    holder: TaskKey
    table: str


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One task of a simulated run, in seconds from the run's start."""

    task: TaskKey
    state: RunState
    ready_s: float
    """When its dependencies let it go; it may wait for a slot from here."""
    start_s: float
    end_s: float
    waits: tuple[LockWait, ...] = ()
    error: str | None = None
    """The server's error, where the task failed: ``1205`` or ``1213``."""

    @property
    def work_s(self) -> float:
        """Seconds in which the task works."""
        return self.end_s - self.start_s - sum(wait.end_s - wait.start_s for wait in self.waits)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A simulated run of one DAG."""

    runs: tuple[TaskRun, ...]

    @property
    def makespan_s(self) -> float:
        """When the last task ended."""
        return max((run.end_s for run in self.runs), default=0.0)

    @property
    def lock_wait_s(self) -> float:
        """Seconds that all tasks together waited for locks."""
        return sum(wait.end_s - wait.start_s for run in self.runs for wait in run.waits)

    def failed(self) -> tuple[TaskRun, ...]:
        """Return the tasks that the server's error ended."""
        return tuple(run for run in self.runs if run.state is RunState.FAILED)
