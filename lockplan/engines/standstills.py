"""Where two transactions stand still for good, from the statements at which each may wait.

A state (p, q) tells how many statements each transaction has done. It is reached where no step to
it surely waits, and it is a deadlock where both next statements wait. All q of one p are the bits
of one number, so that transactions of thousands of statements take a moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """A statement that waits as soon as the other transaction has done one of its own."""

    position: int
    """Of the statement that waits, in its transaction."""
    behind: int
    """Position of the other's statement that it waits for."""
    certain: bool


@dataclass(frozen=True, slots=True)
class Standstills:
    """By the statement that waits for ever: how far the other transaction can be by then."""

    a: Mapping[int, int]
    b: Mapping[int, int]


def standstills(
    stops_a: Iterable[Stop], stops_b: Iterable[Stop], steps_a: int, steps_b: int
) -> Standstills:
    """Return the deadlocks of two transactions of so many statements."""
    first_a, surely_a = _first(stops_a)
    first_b, surely_b = _first(stops_b)
    every = (1 << (steps_b + 1)) - 1
    stopping, surely = _by_holder(first_b), _by_holder(surely_b)
    reached, waiting, free = 1, 0, every >> 1
    rows: dict[int, int] = {}
    for p in range(steps_a + 1):
        waiting |= stopping.get(p - 1, 0)
        free &= ~surely.get(p - 1, 0)
        reached |= _filled(reached & free, free)
        if p in first_a and (dead := reached & waiting & ~_up_to(first_a[p])):
            rows[p] = dead
        if p in surely_a:
            reached &= _up_to(surely_a[p])
    return Standstills({p: dead.bit_length() - 1 for p, dead in rows.items()}, _last_rows(rows))


def _first(stops: Iterable[Stop]) -> tuple[dict[int, int], dict[int, int]]:
    """Return behind which statement each one first waits: perhaps, and surely."""
    perhaps: dict[int, int] = {}
    surely: dict[int, int] = {}
    for stop in stops:
        for first in (perhaps, surely) if stop.certain else (perhaps,):
            first[stop.position] = min(stop.behind, first.get(stop.position, stop.behind))
    return perhaps, surely


def _by_holder(first: Mapping[int, int]) -> dict[int, int]:
    """Return, for each statement of the other side, the bits of those that wait behind it."""
    found: dict[int, int] = defaultdict(int)
    for position, behind in first.items():
        found[behind] |= 1 << position
    return found


def _up_to(position: int) -> int:
    return (1 << (position + 1)) - 1


def _filled(starts: int, free: int) -> int:
    """Return the bits that are come to from `starts` through free ones: a carry runs over them."""
    return (starts + free) ^ free


def _last_rows(rows: Mapping[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    seen = 0
    for p, dead in sorted(rows.items(), reverse=True):
        found.update(dict.fromkeys(_bits(dead & ~seen), p))
        seen |= dead
    return found


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
