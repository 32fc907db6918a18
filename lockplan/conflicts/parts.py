"""Parts of declared resources that overlap, by one sweep along each resource: never all pairs.

Only here may intervals alone decide what is compared. A server's locks reach beyond the rows that a
statement names: to the gaps beside them, and to every row where it reads the whole table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from lockplan.model.access import Access, Footprint, Role
from lockplan.model.connection import Engine
from lockplan.model.region import Bound

Position = int


@dataclass(frozen=True, slots=True)
class _Part:
    position: Position
    writes: bool
    low: Bound | None
    """None where nothing bounds it."""
    high: Bound | None


def overlapping_parts(footprints: Sequence[Footprint]) -> Iterator[tuple[Position, Position]]:
    """Yield the pairs of positions that share a part of a resource which one of them writes.

    The smaller position first; a pair may come more than once.
    """
    by_resource: dict[str, list[_Part]] = defaultdict(list)
    for position, footprint in enumerate(footprints):
        for transaction in footprint.transactions:
            if transaction.connection.engine is Engine.RESOURCE:
                for access in transaction.accesses:
                    by_resource[access.table.table.lower()] += _parts(position, access)
    for parts in by_resource.values():
        yield from _meeting(_comparable(parts))


def _parts(position: Position, access: Access) -> Iterator[_Part]:
    for box in access.region.boxes:
        intervals = [interval for _, found in box.columns for interval in found]
        ends = [(interval.low, interval.high) for interval in intervals] or [(None, None)]
        for low, high in ends:
            yield _Part(position, access.role is not Role.READ, low, high)


def _comparable(parts: list[_Part]) -> list[_Part]:
    """Return the parts without their ends where some are numbers and others dates."""
    ends = [end for part in parts for end in (part.low, part.high) if end is not None]
    if len({type(end) for end in ends}) <= 1:
        return parts
    return [replace(part, low=None, high=None) for part in parts]


def _meeting(parts: list[_Part]) -> Iterator[tuple[Position, Position]]:
    """Sweep from the lowest part to the highest, with those at hand that have not ended."""
    parts.sort(key=lambda part: (0,) if part.low is None else (1, part.low))
    readers: set[int] = set()
    writers: set[int] = set()
    ends: list[tuple[Bound, int]] = []
    for number, part in enumerate(parts):
        while ends and part.low is not None and ends[0][0] < part.low:  # type: ignore[operator]
            _, ended = heappop(ends)
            (writers if parts[ended].writes else readers).discard(ended)
        for other in writers | readers if part.writes else writers:
            pair = sorted((part.position, parts[other].position))
            if pair[0] != pair[1]:
                yield pair[0], pair[1]
        (writers if part.writes else readers).add(number)
        if part.high is not None:
            heappush(ends, (part.high, number))
