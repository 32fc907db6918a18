"""Better schedules from good ones: justification to both sides, and a short search by steps."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from lockplan.planning.instance import Instance, Starts
from lockplan.planning.list_schedules import serial

BEST_KEPT = 4
"""Schedules that are worth improving."""
ROUNDS = 6
"""Justifications of one schedule: later ones hardly ever gain."""
WORK = 400_000
"""Neighbours that the search may look at; the number of its steps follows from it."""
MOST_STEPS = 60


def improved(instance: Instance, schedules: Sequence[Starts], bound: int) -> list[Starts]:
    """Return the schedules and what became of the best of them, the shortest first."""
    found = sorted(dict.fromkeys(schedules), key=instance.makespan)
    for starts in found[:BEST_KEPT]:
        found += justified(instance, starts)
    best = min(found, key=instance.makespan)
    if instance.makespan(best) > bound:
        found.append(searched(instance, best, bound))
    return sorted(dict.fromkeys(found), key=instance.makespan)


def justified(instance: Instance, starts: Starts) -> list[Starts]:
    """Push the tasks to the end and back again while that shortens the schedule.

    Forward-backward improvement (Li and Willis 1992). The schedules pushed to the end are kept
    too: they are as short, and their order may need fewer edges.
    """
    found: list[Starts] = []
    backwards = instance.reversed()
    for _ in range(ROUNDS):
        before = instance.makespan(starts)
        late, starts = _to_the_end_and_back(instance, backwards, starts)
        found += [late, starts]
        if instance.makespan(starts) >= before:
            break
    return found


def _to_the_end_and_back(
    instance: Instance, backwards: Instance, starts: Starts
) -> tuple[Starts, Starts]:
    late = _mirrored(backwards, serial(backwards, [-end for end in instance.ends(starts)]))
    return late, serial(instance, late)


def _mirrored(instance: Instance, starts: Starts) -> Starts:
    ends = instance.ends(starts)
    last = max(ends, default=0)
    return tuple(last - end for end in ends)


def searched(instance: Instance, starts: Starts, bound: int) -> Starts:
    """Shake the order of a schedule and keep what is not longer, for a fixed number of steps."""
    weight = instance.size + sum(map(len, instance.rivals)) + 1
    random = Random(0)  # fixed: the same problem gives the same plan
    backwards = instance.reversed()
    best, length = starts, instance.makespan(starts)
    for step in range(min(MOST_STEPS, WORK // weight)):
        if length <= bound:
            break
        window = length * (0.05, 0.1, 0.2)[step % 3]
        shaken = serial(instance, [start + random.uniform(0, window) for start in best])
        pushed = min(
            (shaken, *_to_the_end_and_back(instance, backwards, shaken)), key=instance.makespan
        )
        if instance.makespan(pushed) <= length:
            best, length = pushed, instance.makespan(pushed)
    return best
