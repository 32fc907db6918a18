"""Better schedules from good ones: justification to both sides, and a search by random steps."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from lockplan.planning.budget import Budget
from lockplan.planning.instance import Instance, Starts
from lockplan.planning.list_schedules import serial, serial_work

ROUNDS = 6
"""Justifications of one schedule: later ones hardly ever gain."""
WINDOWS = (0.05, 0.1, 0.2)
"""How far a start may be shaken, as shares of the makespan."""
IDLE = 3
"""Steps per task without a shorter schedule after which the random search ends."""


def justified(instance: Instance, starts: Starts, budget: Budget) -> Iterator[Starts]:
    """Push the tasks to the end and back again while that shortens the schedule.

    Forward-backward improvement (Li and Willis 1992). The schedules pushed to the end are kept
    too: they are as short, and their order may need fewer edges.
    """
    backwards = instance.reversed()
    for _ in range(ROUNDS):
        if not budget.take(2 * serial_work(instance)):
            return
        before = instance.makespan(starts)
        late, starts = _to_the_end_and_back(instance, backwards, starts)
        yield late
        yield starts
        if instance.makespan(starts) >= before:
            return


def _to_the_end_and_back(
    instance: Instance, backwards: Instance, starts: Starts
) -> tuple[Starts, Starts]:
    late = _mirrored(backwards, serial(backwards, [-end for end in instance.ends(starts)]))
    return late, serial(instance, late)


def _mirrored(instance: Instance, starts: Starts) -> Starts:
    ends = instance.ends(starts)
    last = max(ends, default=0)
    return tuple(last - end for end in ends)


def shaken(
    instance: Instance, starts: Starts, bound: int, budget: Budget, seed: int
) -> Iterator[Starts]:
    """Shake the order of a schedule, push it to both sides, and keep what is not longer."""
    random = Random(seed)
    backwards = instance.reversed()
    best, length = starts, instance.makespan(starts)
    step = 0
    while length > bound and step < IDLE * instance.size and budget.take(3 * serial_work(instance)):
        window = length * WINDOWS[step % 3]
        tried = serial(instance, [start + random.uniform(0, window) for start in best])
        pushed = min(
            (tried, *_to_the_end_and_back(instance, backwards, tried)), key=instance.makespan
        )
        step += 1
        if instance.makespan(pushed) <= length:
            step = step if instance.makespan(pushed) == length else 0
            best, length = pushed, instance.makespan(pushed)
    if best != starts:
        yield best
