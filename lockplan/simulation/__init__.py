"""Simulation: nights as they would go, with workers, pools, priorities and waits for locks."""

from __future__ import annotations

from collections.abc import Sequence

from lockplan.model.night import Night
from lockplan.model.timeline import Timeline
from lockplan.simulation.build import night, problem_night, with_order
from lockplan.simulation.clock import Clock
from lockplan.simulation.forecast import forecast
from lockplan.simulation.prepared import Prepared
from lockplan.simulation.steps import steps_of
from lockplan.simulation.trace import timeline

__all__ = ["forecast", "night", "problem_night", "simulate", "steps_of", "with_order"]


def simulate(night: Night) -> Timeline:
    """Let a night go by once, and return what each task did and waited for.

    Tasks are dispatched as Airflow does: when their trigger rule lets them, the most urgent first,
    into the slots of executor, queues and pools. A statement asks for its locks when it is sent,
    waits for those who hold them or asked before it, and keeps them until its transaction ends;
    who waits too long, or in a circle, gets the server's error and is tried again as its task says.
    Simplified, and so stated: tasks take the time that is expected of them, a branch follows all of
    its arms, a mapped task is one task, and a statement that runs holds all its locks from its
    start.

    Raises
    ------
    InputError
        The night cannot go by: no workers, a cycle, a task that its pool or queue never holds.
    """
    clock = Clock(Prepared(night, every_step=True), Steady(night), trace=True)
    clock.run()
    return timeline(clock)


class Steady:
    """A night as it is expected."""

    def __init__(self, night: Night) -> None:
        self._durations = [float(task.job.duration_s) for task in night.tasks]

    def duration_s(self, task: int) -> float:
        """Return the expected duration."""
        return self._durations[task]

    def skipped_by(self, _task: int, /) -> Sequence[int]:
        """Skip nothing."""
        return ()
