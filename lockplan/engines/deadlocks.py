"""Where two transactions come to wait for each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

from lockplan.engines.blocks import Block, BlockKey, TransactionLocks
from lockplan.engines.compatibility import meets, sort_of, sorts_stopped, suffices
from lockplan.engines.geometry import covers, lie_behind
from lockplan.engines.interface import AccessLocks, Extent, LockKind, LockRequest, Meeting
from lockplan.engines.standstills import Stop, standstills
from lockplan.model.connection import Sameness, same_table
from lockplan.model.verdict import Certainty, Side

Waits = dict[int, list[Block]]
MOST_STATES = 2_500
"""How many pairs of statements are looked at one by one."""


def deadlock_halves(found: list[Block], a: TransactionLocks, b: TransactionLocks) -> set[BlockKey]:
    """Return the blocks that together make a deadlock.

    Both sides must come to the statement at which they wait: a state (p, q) of statements done is
    reached where no step to it surely waits, and it is a deadlock where both next ones wait. One
    of the two may wait for the other's statement that waits itself, for what that has locked on
    its way.
    """
    mine, theirs = a.positions, b.positions
    if len(mine) * len(theirs) > MOST_STATES:
        return _of_long_transactions(found, a, b)
    waits_a = _waits(found, Side.B, mine)
    waits_b = _waits(found, Side.A, theirs)
    reached = {(0, 0)}
    halves: set[BlockKey] = set()
    for p, q in product(range(len(mine) + 1), range(len(theirs) + 1)):
        if (p, q) not in reached:
            continue
        stop_a = _held_before(waits_a.get(p, ()), theirs, q)
        stop_b = _held_before(waits_b.get(q, ()), mine, p)
        if stop_a and not stop_b:
            halves_b = _on_the_way(waits_b.get(q, ()), mine, p, stop_a, a, b)
            halves |= {block.key for block in (*stop_a, *halves_b) if halves_b}
        elif stop_b and not stop_a:
            halves_a = _on_the_way(waits_a.get(p, ()), theirs, q, stop_b, b, a)
            halves |= {block.key for block in (*stop_b, *halves_a) if halves_a}
        elif stop_a and stop_b:
            halves |= {block.key for block in (*stop_a, *stop_b)}
        if p < len(mine) and not any(map(_surely_stops, stop_a)):
            reached.add((p + 1, q))
        if q < len(theirs) and not any(map(_surely_stops, stop_b)):
            reached.add((p, q + 1))
    return halves


def _waits(found: Iterable[Block], holder: Side, requesters: dict[int, int]) -> Waits:
    """Return the blocks by the position of the statement that waits."""
    waits: Waits = defaultdict(list)
    for block in found:
        if block.holder is holder:
            waits[requesters[block.requester_sequence]].append(block)
    return waits


def _surely_stops(block: Block) -> bool:
    """Whether a statement stops another in every case: rows that both want may not be there."""
    held = block.meeting.held
    on_rows = held.kind in (LockKind.RECORD, LockKind.NEXT_RECORD) and not held.arrived
    return block.rank == 2 and not (on_rows and held.population is None)


def _held_before(blocks: Iterable[Block], holders: dict[int, int], done: int) -> list[Block]:
    """Return the blocks by a statement that is done, and by a lock that outlives it."""
    return [
        block
        for block in blocks
        if holders[block.holder_sequence] < done and not block.meeting.held.while_running
    ]


def _on_the_way(
    blocks: Iterable[Block],
    holders: dict[int, int],
    running: int,
    stops: list[Block],
    holder: TransactionLocks,
    requester: TransactionLocks,
) -> list[Block]:
    """Return the blocks by a statement that itself is stopped, for what it has locked until then.

    It has not come further than to the rows that the other has locked, and for these the other has
    no more to ask.
    """
    return [
        block
        for block in blocks
        if holders[block.holder_sequence] == running
        and any(
            not _has_it(meeting, stops, requester)
            for meeting in _meetings(
                holder.at(block.holder_sequence), requester.at(block.requester_sequence)
            )
        )
    ]


def _meetings(held: Iterable[AccessLocks], asked: Iterable[AccessLocks]) -> Iterable[Meeting]:
    for mine, theirs in product(held, asked):
        if same_table(mine.table, theirs.table) is Sameness.DIFFERENT:
            continue
        for one, other in product(_requests(mine), _requests(theirs)):
            if one.keeps is None or other.asks is None or not sort_of(other) & sorts_stopped(one):
                continue
            meeting = meets(one, other)
            if meeting is not None:
                yield meeting


def _requests(locks: AccessLocks) -> list[LockRequest]:
    """Return all locks of an access, those that several ways share once."""
    every = (request for plan in (*locks.plans, *locks.further) for request in plan)
    return list({id(request): request for request in every}.values())


def _has_it(meeting: Meeting, stops: Iterable[Block], requester: TransactionLocks) -> bool:
    """Whether the one that asks has that locked already, or the other did not come to it.

    One that only shares it comes behind the other, which waits already, unless it overtakes.
    """
    all_own = [stop.meeting for stop in stops if stop.meeting.held.table == meeting.asked.table]
    own = [each for each in all_own if not _comes_behind(each.held, meeting.asked, requester)]
    whole = [each for each in own if _holds_all(each)]
    boxes = [box for each in whole for box in each.held.keeps or ()]
    rows = bool(boxes) and all(any(covers(box, row) for box in boxes) for row in meeting.where)
    return (
        rows
        or any(_is_ahead(each, meeting) for each in all_own)
        or any(
            _is_same(each.held, meeting.asked) or _is_that_row(each.asked, meeting.held)
            for each in own
        )
    )


def _holds_all(meeting: Meeting) -> bool:
    """Whether the holder has all rows of its boxes: a join reaches some of them only."""
    return meeting.held.extent in (Extent.ALL, Extent.KEYS)


def _comes_behind(held: LockRequest, asked: LockRequest, owner: TransactionLocks) -> bool:
    """Whether the owner of a lock that asks for a stronger one queues with the others.

    Measured: for the definition of a table always, on MySQL 9.7 and MariaDB 10.11.
    """
    queues = asked.kind is LockKind.METADATA or not owner.overtakes
    return queues and not suffices(held, asked)


def _is_same(held: LockRequest, asked: LockRequest) -> bool:
    """Whether a lock is the one that is held, its next record or its gap included."""
    return (held.kind, held.index, held.keeps) == (asked.kind, asked.index, asked.asks)


def _is_that_row(asked: LockRequest, held: LockRequest) -> bool:
    """Whether the row that would be held is the one waited for: the one with a new row's key."""
    found_by_key = asked.rule == held.rule == "LP106" and not (asked.arrived or held.arrived)
    if not found_by_key or asked.asks != held.keeps or held.keeps is None or len(held.keeps) != 1:
        return False
    return all(len(parts) == 1 and parts[0].is_point for _, parts in held.keeps[0].columns)


def _is_ahead(stop: Meeting, meeting: Meeting) -> bool:
    """Whether a scan upwards that surely waits at some rows has those of another meeting ahead."""
    scan = stop.asked
    upwards = scan.kind is LockKind.RECORD and scan.extent is not Extent.MAYBE
    if not upwards or stop.certainty is not Certainty.CERTAIN or scan.column is None:
        return False
    return meeting.held.index == scan.index and lie_behind(meeting.where, stop.where, scan.column)


def _of_long_transactions(
    found: list[Block], a: TransactionLocks, b: TransactionLocks
) -> set[BlockKey]:
    """Return the blocks that make a deadlock, without what a statement that waits has locked."""
    places = {Side.A: (b.positions, a.positions), Side.B: (a.positions, b.positions)}
    stops: dict[Side, dict[tuple[Side, int, int, int], Stop]] = {Side.A: {}, Side.B: {}}
    for block in found:
        if not block.meeting.held.while_running:
            waiting, holding = places[block.holder]
            at, behind = waiting[block.requester_sequence], holding[block.holder_sequence]
            key = (*block.key, block.rank)
            stops[block.holder][key] = Stop(at, behind, block.rank == 2)
    by_a, by_b = stops[Side.A], stops[Side.B]
    still = standstills(by_b.values(), by_a.values(), len(a.positions), len(b.positions))
    return {
        key[:3]
        for held, reach in ((by_a, still.b), (by_b, still.a))
        for key, stop in held.items()
        if stop.behind < reach.get(stop.position, 0)
    }
