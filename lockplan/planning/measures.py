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
    least = min(weight, default=0)
    planes = _planes([own - least for own in weight])
    return [
        least * members.bit_count()
        + sum((members & plane).bit_count() << power for power, plane in enumerate(planes))
        for members in below
    ]


def _planes(weights: Sequence[int]) -> list[int]:
    """Return for each power of two, as bits, the tasks whose weight it is a part of.

    Weighing a set then takes a pass per power instead of a step per member.
    """
    return [
        sum(1 << task for task, weight in enumerate(weights) if weight >> power & 1)
        for power in range(max(weights, default=0).bit_length())
    ]
