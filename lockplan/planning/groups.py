"""Groups of tasks that never run together, which cover every pair of rivals."""

from __future__ import annotations

from lockplan.planning.instance import Instance


def groups(instance: Instance) -> list[tuple[int, ...]]:
    """Return cliques that hold each pair of rivals at least once, every pair in them checked.

    Greedy: the first pair that no group holds yet takes in all that fit to it, rivals of both
    first, the longest first. Tasks that precedence keeps apart fit as well: they make the groups
    larger and the solver's reasoning stronger.
    """
    rivals = _masks(instance)
    apart = [own | order for own, order in zip(rivals, _ordered(instance), strict=True)]
    left = list(rivals)
    found = []
    for seed in range(instance.size):
        while left[seed]:
            clique = _grown(instance, seed, left, rivals, apart)
            found.append(clique)
            members = sum(1 << task for task in clique)
            for task in clique:
                left[task] &= ~members
    return found


def _masks(instance: Instance) -> list[int]:
    return [sum(1 << rival for rival in rivals) for rivals in instance.rivals]


def _ordered(instance: Instance) -> list[int]:
    """Return for each task all that precedence keeps apart from it."""
    above = [0] * instance.size
    for task in instance.topological:
        for up in instance.upstream[task]:
            above[task] |= above[up] | 1 << up
    below = [0] * instance.size
    for task in reversed(instance.topological):
        for down in instance.downstream[task]:
            below[task] |= below[down] | 1 << down
    return [up | down for up, down in zip(above, below, strict=True)]


def _grown(
    instance: Instance, seed: int, left: list[int], rivals: list[int], apart: list[int]
) -> tuple[int, ...]:
    """Return a clique with `seed` and one of the rivals that it is not yet in a group with."""

    def preference(task: int) -> tuple[bool, bool, int, int]:
        return (
            not left[seed] >> task & 1,
            not rivals[seed] >> task & 1,
            -instance.durations[task],
            task,
        )

    clique, fits = [seed], apart[seed]
    for task in sorted(members(apart[seed]), key=preference):
        if fits >> task & 1:
            clique.append(task)
            fits &= apart[task]
    return tuple(sorted(clique))


def members(mask: int) -> list[int]:
    """Return the positions of a set given as bits."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
