"""Groups of tasks that conflict pairwise: the tables tell them, nobody has to search."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from lockplan.model.conflict import Conflict
from lockplan.model.problem import Pair

_MOST_OF_A_TABLE = 16
"""After so many groups of one table, the rest are pairs by themselves."""

Clique = tuple[int, ...]


def cliques(conflicts: Mapping[Pair, Conflict]) -> tuple[Clique, ...]:
    """Return groups of three or more positions of which each pair is among the conflicts.

    Writers of one table are often all in each other's way: each table gives some groups, those
    with the most conflicts on it first. Every pair in them is checked.
    """
    by_table: dict[str, list[Pair]] = defaultdict(list)
    for pair, conflict in conflicts.items():
        for table in conflict.tables:
            by_table[table].append(pair)
    rivals = _neighbours(conflicts)
    found = (clique for _, pairs in sorted(by_table.items()) for clique in _of(pairs, rivals))
    return tuple(dict.fromkeys(found))


def _of(pairs: Iterable[Pair], rivals: Mapping[int, int]) -> list[Clique]:
    """Return the groups of one table, each with a pair that none before it held."""
    left = _neighbours(pairs)
    found: list[Clique] = []
    while left and len(found) < _MOST_OF_A_TABLE:
        clique = _grown(left, rivals)
        if len(clique) > 2:
            found.append(clique)
        _take(clique, left)
    return found


def _neighbours(pairs: Iterable[Pair]) -> dict[int, int]:
    """Return for each position, as bits, those with which it makes a pair."""
    found: dict[int, int] = defaultdict(int)
    for a, b in pairs:
        found[a] |= 1 << b
        found[b] |= 1 << a
    return dict(found)


def _grown(left: Mapping[int, int], rivals: Mapping[int, int]) -> Clique:
    """Return a group with a pair that is left, from the position that has most of them."""
    first = min(left, key=lambda n: (-left[n].bit_count(), n))
    by_pairs = sorted(left, key=lambda n: (not left[first] >> n & 1, -left[n].bit_count(), n))
    clique, fits = [first], rivals[first]
    for position in by_pairs:
        if fits >> position & 1:
            clique.append(position)
            fits &= rivals[position]
    return tuple(sorted(clique))


def _take(clique: Clique, left: dict[int, int]) -> None:
    """Take the pairs within a group out of those that are left."""
    within = sum(1 << position for position in clique)
    for position in clique:
        left[position] &= ~within
        if not left[position]:
            del left[position]
