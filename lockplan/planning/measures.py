"""How long the way to and from each task is, and how much each task is in others' way."""

from __future__ import annotations

from collections.abc import Sequence

from lockplan.planning.instance import Instance


def heads(instance: Instance) -> list[int]:
    """Return how long each task must wait for those above it, at least."""
    early = [0] * instance.size
    for task in instance.topological:
        ends = sorted(early[up] + instance.durations[up] for up in instance.upstream[task])
        needed = instance.needs[task]
        early[task] = ends[needed - 1] if needed else 0
    return early


def tails(instance: Instance, weights: Sequence[float] | None = None) -> list[float]:
    """Return the longest way from each task's end to the end, by durations or by `weights`."""
    weight = instance.durations if weights is None else weights
    late = [0.0] * instance.size
    for task in reversed(instance.topological):
        late[task] = max(
            (
                weight[down] + late[down]
                for down in instance.downstream[task]
                if instance.needs[down] == len(instance.upstream[down])
            ),
            default=0,
        )
    return late


def conflict_work(instance: Instance) -> list[int]:
    """Return the seconds of work that each task keeps waiting while it runs."""
    return [sum(instance.durations[rival] for rival in rivals) for rivals in instance.rivals]


def work_below(instance: Instance, weights: Sequence[int] | None = None) -> list[int]:
    """Return the seconds of work, or the `weights`, of all tasks below each task."""
    weight = instance.durations if weights is None else weights
    below = [0] * instance.size
    for task in reversed(instance.topological):
        for down in instance.downstream[task]:
            below[task] |= below[down] | 1 << down
    return [_weight(members, weight) for members in below]


def _weight(members: int, weights: Sequence[int]) -> int:
    total = 0
    while members:
        lowest = members & -members
        total += weights[lowest.bit_length() - 1]
        members ^= lowest
    return total
