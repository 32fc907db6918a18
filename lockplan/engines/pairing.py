"""Two transactions side by side: who waits for whom, and whether both wait at once.

This is the same for every server; what differs is which locks a lock model hands in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from lockplan.engines.compatibility import meets
from lockplan.engines.interface import AccessLocks, LockRequest, Meeting
from lockplan.model.connection import Sameness, TableId, same_table
from lockplan.model.verdict import Certainty, Side

_RANK = {Certainty.CERTAIN: 2, Certainty.POSSIBLE: 1, Certainty.NONE: 0}


@dataclass(frozen=True, slots=True)
class Block:
    """One statement of a transaction that stops one of another."""

    holder: Side
    holder_sequence: int
    requester_sequence: int
    meeting: Meeting
    deadlock: bool = False
    """Whether it is half of a deadlock."""

    @property
    def rank(self) -> int:
        """How sure it is, as a number that sorts."""
        return _RANK[self.meeting.certainty]


@dataclass(frozen=True, slots=True)
class TransactionLocks:
    """All locks of one transaction, arranged for pairing."""

    by_table: dict[TableId, tuple[AccessLocks, ...]]
    positions: dict[int, int]
    """The position of each statement among those that lock, by its sequence."""


def arrange(locks: tuple[AccessLocks, ...]) -> TransactionLocks:
    """Arrange the locks of a transaction for pairing."""
    by_table: dict[TableId, list[AccessLocks]] = defaultdict(list)
    for lock in locks:
        by_table[lock.table].append(lock)
    sequences = sorted({lock.sequence for lock in locks})
    return TransactionLocks(
        {table: tuple(found) for table, found in by_table.items()},
        {sequence: n for n, sequence in enumerate(sequences)},
    )


def blocks(a: TransactionLocks, b: TransactionLocks) -> tuple[Block, ...]:
    """Return every statement of one transaction that stops one of the other, deadlocks marked."""
    found: list[Block] = []
    for table, mine in a.by_table.items():
        for other, theirs in b.by_table.items():
            same = Sameness.SAME if table == other else same_table(table, other)
            if same is Sameness.DIFFERENT:
                continue
            unsure = () if same is Sameness.SAME else _which_server(table, other)
            found += _one_way(Side.A, mine, theirs, unsure)
            found += _one_way(Side.B, theirs, mine, unsure)
    if {block.holder for block in found} != {Side.A, Side.B}:
        return tuple(found)
    halves = _deadlock_halves(found, a, b)
    return tuple(
        replace(block, deadlock=True) if _key(block) in halves else block for block in found
    )


def _one_way(
    holder: Side,
    held: tuple[AccessLocks, ...],
    asked: tuple[AccessLocks, ...],
    unsure: tuple[str, ...],
) -> Iterator[Block]:
    for mine in held:
        for theirs in asked:
            meeting = access_meeting(mine, theirs)
            if meeting is not None:
                meeting = _unsure(meeting, unsure) if unsure else meeting
                yield Block(holder, mine.sequence, theirs.sequence, meeting)


def _which_server(a: TableId, b: TableId) -> tuple[str, ...]:
    return (f"whether {max(str(a), str(b), key=len)} is one table for both tasks",)


def access_meeting(held: AccessLocks, asked: AccessLocks) -> Meeting | None:
    """Return the strongest way in which one access stops another.

    It is certain where it is certain in every way that the server may go.
    """
    first: Meeting | None = None
    every = True
    for mine in held.plans:
        for theirs in asked.plans:
            meeting = _strongest(mine, theirs)
            every = every and meeting is not None and meeting.certainty is Certainty.CERTAIN
            first = first or meeting
    undecided = (*held.undecided, *asked.undecided)
    if first is None:
        first = _further(held, asked)
        if first is None:
            return None
        undecided = ("isolation level unknown",)
    conditional = held.conditional or asked.conditional
    if every and not conditional:
        return first
    condition = ("whether the conditional statement runs",) if conditional else ()
    return _unsure(first, (*undecided, *condition))


def _further(held: AccessLocks, asked: AccessLocks) -> Meeting | None:
    """Return a meeting on ways that are not expected but cannot be excluded."""
    if not held.further and not asked.further:
        return None
    mine, theirs = held.plans + held.further, asked.plans + asked.further
    return next((found for x, y in product(mine, theirs) if (found := _strongest(x, y))), None)


def _strongest(held: Iterable[LockRequest], asked: tuple[LockRequest, ...]) -> Meeting | None:
    best: Meeting | None = None
    for mine in held:
        if mine.keeps is None:
            continue
        for theirs in asked:
            meeting = meets(mine, theirs)
            if meeting is None:
                continue
            if meeting.certainty is Certainty.CERTAIN:
                return meeting
            best = best or meeting
    return best


def _unsure(meeting: Meeting, missing: tuple[str, ...]) -> Meeting:
    return replace(
        meeting,
        certainty=Certainty.POSSIBLE,
        missing=tuple(dict.fromkeys((*meeting.missing, *missing))),
    )


_Key = tuple[Side, int, int]


def _key(block: Block) -> _Key:
    return (block.holder, block.holder_sequence, block.requester_sequence)


def _deadlock_halves(found: list[Block], a: TransactionLocks, b: TransactionLocks) -> set[_Key]:
    """Return the blocks that together make a deadlock.

    Both sides must come to the statement at which they wait: a state (p, q) of statements done is
    reached where no step to it surely waits, and it is a deadlock where both next ones wait.
    """
    mine, theirs = a.positions, b.positions
    waits_a = _waits(found, Side.B, mine)
    waits_b = _waits(found, Side.A, theirs)
    reached = {(0, 0)}
    halves: set[_Key] = set()
    for p, q in product(range(len(mine) + 1), range(len(theirs) + 1)):
        if (p, q) not in reached:
            continue
        stop_a = [block for block in waits_a.get(p, ()) if theirs[block.holder_sequence] < q]
        stop_b = [block for block in waits_b.get(q, ()) if mine[block.holder_sequence] < p]
        if stop_a and stop_b:
            halves |= {_key(block) for block in (*stop_a, *stop_b)}
        if p < len(mine) and not any(block.rank == 2 for block in stop_a):
            reached.add((p + 1, q))
        if q < len(theirs) and not any(block.rank == 2 for block in stop_b):
            reached.add((p, q + 1))
    return halves


def _waits(found: list[Block], holder: Side, requesters: dict[int, int]) -> dict[int, list[Block]]:
    """Return the blocks by the position of the statement that waits."""
    waits: dict[int, list[Block]] = defaultdict(list)
    for block in found:
        if block.holder is holder and not block.meeting.held.while_running:
            waits[requesters[block.requester_sequence]].append(block)
    return waits
