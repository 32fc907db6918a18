"""Two transactions side by side: who waits for whom, and whether both wait at once.

This is the same for every server; what differs is which locks a lock model hands in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product

from lockplan.engines.blocks import Arranged, Block, TransactionLocks, Way
from lockplan.engines.compatibility import meets, sort_of, sorts_stopped
from lockplan.engines.deadlocks import deadlock_halves
from lockplan.engines.interface import AccessLocks, LockRequest, Meeting
from lockplan.engines.memo import IdentityMemo
from lockplan.model.connection import Sameness, TableId, same_table
from lockplan.model.verdict import Certainty, Side

_ARRANGED: IdentityMemo[Arranged] = IdentityMemo(20_000)
_MEETINGS: IdentityMemo[Meeting | None] = IdentityMemo(50_000)


def arrange(locks: tuple[AccessLocks, ...], *, overtakes: bool = True) -> TransactionLocks:
    """Arrange the locks of a transaction for pairing."""
    by_table: dict[TableId, list[Arranged]] = defaultdict(list)
    for lock in locks:
        by_table[lock.table].append(_ARRANGED.get((lock,), partial(_arranged, lock)))
    sequences = sorted({lock.sequence for lock in locks})
    names = frozenset(table.table.lower() for table in by_table)
    return TransactionLocks(
        {table: tuple(found) for table, found in by_table.items()},
        {sequence: n for n, sequence in enumerate(sequences)},
        overtakes,
        None if any("{" in name for name in names) else names,
    )


def _arranged(locks: AccessLocks) -> Arranged:
    plans, further = tuple(map(_way, locks.plans)), tuple(map(_way, locks.further))
    stops = asks = 0
    for way in (*plans, *further):
        for _, sorts in way.held:
            stops |= sorts
        for _, sort in way.asked:
            asks |= sort
    return Arranged(locks, plans, further, stops, asks)


def _way(locks: tuple[LockRequest, ...]) -> Way:
    return Way(
        tuple((lock, sorts_stopped(lock)) for lock in locks if lock.keeps is not None),
        tuple((lock, sort_of(lock)) for lock in locks if lock.asks is not None),
    )


def blocks(a: TransactionLocks, b: TransactionLocks) -> tuple[Block, ...]:
    """Return every statement of one transaction that stops one of the other, deadlocks marked."""
    if a.shares_no_table(b):
        return ()
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
    halves = deadlock_halves(found, a, b)
    return tuple(replace(block, deadlock=True) if block.key in halves else block for block in found)


def _one_way(
    holder: Side,
    held: tuple[Arranged, ...],
    asked: tuple[Arranged, ...],
    unsure: tuple[str, ...],
) -> Iterator[Block]:
    for mine in held:
        for theirs in asked:
            if not mine.stops & theirs.asks:
                continue
            meeting = _MEETINGS.get((mine, theirs), partial(_access_meeting, mine, theirs))
            if meeting is not None:
                meeting = _unsure(meeting, unsure) if unsure else meeting
                yield Block(holder, mine.access.sequence, theirs.access.sequence, meeting)


def _which_server(a: TableId, b: TableId) -> tuple[str, ...]:
    return (f"whether {max(str(a), str(b), key=len)} is one table for both tasks",)


def _access_meeting(held: Arranged, asked: Arranged) -> Meeting | None:
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
    undecided = (*held.access.undecided, *asked.access.undecided)
    if first is None:
        first = _further(held, asked)
        if first is None:
            return None
        undecided = ("isolation level unknown",)
    conditional = held.access.conditional or asked.access.conditional
    if every and not conditional:
        return first
    condition = ("whether the conditional statement runs",) if conditional else ()
    return _unsure(first, (*undecided, *condition))


def _further(held: Arranged, asked: Arranged) -> Meeting | None:
    """Return a meeting on ways that are not expected but cannot be excluded."""
    if not held.further and not asked.further:
        return None
    mine, theirs = held.plans + held.further, asked.plans + asked.further
    return next((found for x, y in product(mine, theirs) if (found := _strongest(x, y))), None)


def _strongest(held: Way, asked: Way) -> Meeting | None:
    best: Meeting | None = None
    for mine, stops in held.held:
        for theirs, sort in asked.asked:
            if not stops & sort:
                continue
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
