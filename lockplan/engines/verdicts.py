"""From blocks and races to one verdict on a pair of tasks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lockplan.engines.blocks import Block
from lockplan.engines.interface import LockKind
from lockplan.engines.words import describe_locks, describe_where
from lockplan.model.dates import RunDates
from lockplan.model.verdict import FREE, Certainty, Outcome, Side, Verdict, Wait

MOST_WAITS = 20
_RANK = {Certainty.CERTAIN: 2, Certainty.POSSIBLE: 1, Certainty.NONE: 0}


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was found on a pair of tasks."""

    blocks: tuple[Block, ...]
    races: tuple[Wait, ...]
    opaque: tuple[str, ...]
    """What would have to be known of work that cannot be seen."""


def verdict(findings: Findings, dates: RunDates) -> Verdict:
    """Return the worst of the findings, with all waits that lead to it."""
    if findings.blocks:
        return _blocked(findings, dates)
    if findings.opaque:
        return Verdict(
            Certainty.POSSIBLE,
            Outcome.WAIT,
            missing=findings.opaque,
            rule="LP501",
            race=bool(findings.races),
        )
    return _race(findings.races) if findings.races else FREE


def _blocked(findings: Findings, dates: RunDates) -> Verdict:
    ordered = sorted(findings.blocks, key=_worst_first)
    worst = ordered[0]
    outcome = Outcome.DEADLOCK if worst.deadlock else Outcome.WAIT
    chosen = [block for block in ordered if block.deadlock] if worst.deadlock else ordered
    surest = max(ordered, key=lambda block: block.rank)
    rule = _deadlock_rule(chosen) if worst.deadlock else worst.meeting.rule
    return Verdict(
        certainty=surest.meeting.certainty,
        outcome=outcome,
        waits=_distinct(_wait(block, dates) for block in ordered),
        missing=() if surest.rank == 2 else _missing(chosen, findings.opaque),
        rule=rule,
        help=_help(worst) if rule == worst.meeting.rule else None,
        race=bool(findings.races),
    )


def _race(found: tuple[Wait, ...]) -> Verdict:
    certain = any(wait.certain for wait in found)
    return Verdict(
        certainty=Certainty.CERTAIN if certain else Certainty.POSSIBLE,
        outcome=Outcome.RACE,
        waits=_distinct(sorted(found, key=lambda wait: not wait.certain)),
        rule="LP601",
        race=True,
    )


def _worst_first(block: Block) -> tuple[bool, int, int, int, bool]:
    sequences = (block.holder_sequence, block.requester_sequence)
    return (not block.deadlock, -block.rank, *sequences, block.holder is Side.B)


def _wait(block: Block, dates: RunDates) -> Wait:
    held, asked = block.meeting.held, block.meeting.asked
    return Wait(
        holder=block.holder,
        requester=Side.B if block.holder is Side.A else Side.A,
        table=str(held.table),
        lock=describe_locks(block.meeting),
        index=held.index or asked.index,
        interval=describe_where(block.meeting, dates),
        certain=block.rank == _RANK[Certainty.CERTAIN],
        holder_sequence=block.holder_sequence,
        requester_sequence=block.requester_sequence,
        metadata=held.kind is LockKind.METADATA,
        counter=held.kind is LockKind.AUTO_INCREMENT,
        while_running=held.while_running,
        deadlock=block.deadlock,
    )


def _distinct(waits: Iterable[Wait]) -> tuple[Wait, ...]:
    found: dict[Wait, None] = {}
    for wait in waits:
        found.setdefault(wait)
        if len(found) == MOST_WAITS:
            break
    return tuple(found)


def _missing(blocks: Iterable[Block], opaque: tuple[str, ...]) -> tuple[str, ...]:
    named = (text for block in blocks for text in block.meeting.missing)
    return tuple(dict.fromkeys((*named, *opaque)))


def _deadlock_rule(halves: list[Block]) -> str:
    arrivals = [block.meeting.asked.kind is LockKind.INSERT_INTENTION for block in halves]
    sides = {block.holder for block, arrives in zip(halves, arrivals, strict=True) if arrives}
    return "LP201" if sides == {Side.A, Side.B} else "LP202"


def _help(block: Block) -> str | None:
    """Name the index that would keep the two apart, where the lack of one is the reason.

    Columns with single values come first: behind a range, an index leads nowhere.
    """
    if block.meeting.rule != "LP102":
        return None
    held, asked = block.meeting.held, block.meeting.asked
    for lock in (asked, held):
        columns = [column for box in lock.matching for column in box.columns]
        columns.sort(key=lambda column: not all(part.is_point for part in column[1]))
        names = dict.fromkeys(name for name, _ in columns)
        if names and lock.kind is LockKind.RECORD and not lock.arrived:
            return f"Create an index on {lock.table} ({', '.join(names)})."
    return None
