"""Small nights for the tests: tasks by their statements, and who stops whom."""

from __future__ import annotations

from collections.abc import Sequence

from planning.strategies import job

from lockplan.model.night import (
    Encounter,
    Executor,
    LockSystem,
    Night,
    NightRun,
    NightTask,
    Step,
    StepTable,
)
from lockplan.model.timeline import TaskRun, Timeline
from lockplan.model.workflow import TaskKey

ROWS = LockSystem.INNODB_ROWS


def statements(count: int, *, autocommit: bool = False) -> tuple[Step, ...]:
    """Return statements that write one table, evenly over the time of their task."""
    return tuple(
        Step(
            n / count,
            (n + 1) / count,
            (n + 1) / count if autocommit else 1.0,
            n,
            n if autocommit else 0,
            (StepTable("stats.daily", writes=True),),
        )
        for n in range(count)
    )


def task(
    position: int, duration_s: int = 10, steps: int | Sequence[Step] = 1, **more: object
) -> NightTask:
    """Return a task of so many statements in one transaction, or of these; `more` is the task's.

    What a job has is told as ``job_pool="db"``.
    """
    own = {name[4:]: more.pop(name) for name in list(more) if name.startswith("job_")}
    sent = statements(steps) if isinstance(steps, int) else tuple(steps)
    return NightTask(job(position, duration_s, **own), steps=sent, **more)  # type: ignore[arg-type]


def stops(
    holder: tuple[int, int],
    requester: tuple[int, int],
    system: LockSystem = ROWS,
    **more: object,
) -> Encounter:
    """Let a statement, given by task and position, stop another."""
    return Encounter(
        holder[0],
        requester[0],
        holder[1],
        requester[1],
        "stats.daily",
        system=system,
        **more,  # type: ignore[arg-type]
    )


def each_other(
    a: tuple[int, int], b: tuple[int, int], system: LockSystem = ROWS, **more: object
) -> tuple[Encounter, Encounter]:
    """Let two statements stop each other."""
    return stops(a, b, system, **more), stops(b, a, system, **more)


def night(tasks: Sequence[NightTask], *encounters: Encounter, **more: object) -> Night:
    """Return a night of one run, with slots for all of its tasks."""
    told = {"runs": (NightRun("night"),), "executor": Executor(len(tasks)), **more}
    return Night(tasks=tuple(tasks), encounters=encounters, **told)  # type: ignore[arg-type]


def spans(timeline: Timeline) -> list[tuple[float, float]]:
    return [(run.start_s, run.end_s) for run in timeline.runs]


def ends(timeline: Timeline) -> list[float]:
    return [run.end_s for run in timeline.runs]


def starts(timeline: Timeline) -> list[float]:
    return [run.start_s for run in timeline.runs]


def waits(run: TaskRun) -> list[tuple[float, float, TaskKey]]:
    return [(wait.start_s, wait.end_s, wait.holder) for wait in run.waits]
