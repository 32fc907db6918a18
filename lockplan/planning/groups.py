"""Groups of tasks that never run together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockplan.planning.instance import Instance


def groups(instance: Instance) -> list[tuple[int, ...]]:
    """Return cliques that hold each pair of rivals at least once, every pair in them checked.

    What is known from the tables comes first; then the first pair that no group holds yet takes in
    all that fit to it. Tasks that precedence keeps apart fit as well: they make the groups larger
    and the solver's reasoning stronger.
    """
    rivals = masks(instance.rivals)
    apart = [own | order for own, order in zip(rivals, _ordered(instance), strict=True)]
    left = list(rivals)
    found = []

    def hold(clique: tuple[int, ...]) -> None:
        found.append(clique)
        within = sum(1 << task for task in clique)
        for task in clique:
            left[task] &= ~within

    for known in instance.known:
        clique = checked(known, apart)
        if any(left[task] for task in clique):
            hold(_grown(instance.durations, clique, 0, rivals, apart))
    for seed in range(instance.size):
        while left[seed]:
            hold(_grown(instance.durations, (seed,), left[seed], rivals, apart))
    return found


def masks(lists: Iterable[Iterable[int]]) -> list[int]:
    """Return sets of positions as bits."""
    return [sum(1 << member for member in listed) for listed in lists]


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
    durations: Sequence[int],
    clique: Sequence[int],
    first: int,
    rivals: Sequence[int],
    apart: Sequence[int],
) -> tuple[int, ...]:
    """Return a clique with all that fit to the given one.

    Members of `first` come before others, then rivals of a member, then the longest.
    """
    near, fits = 0, -1
    for member in clique:
        near |= rivals[member]
        fits &= apart[member]

    def preference(task: int) -> tuple[bool, bool, int, int]:
        return (not first >> task & 1, not near >> task & 1, -durations[task], task)

    grown = list(clique)
    for task in sorted(members(fits), key=preference):
        if fits >> task & 1:
            grown.append(task)
            fits &= apart[task]
    return tuple(sorted(grown))


def checked(group: Iterable[int], apart: Sequence[int]) -> tuple[int, ...]:
    """Return the members of a group that are apart from all those before them."""
    within = 0
    for task in group:
        if not within & ~apart[task]:
            within |= 1 << task
    return tuple(members(within))


def members(mask: int) -> list[int]:
    """Return the positions of a set given as bits."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
