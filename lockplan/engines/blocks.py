"""What stops what between two transactions, and their locks arranged for looking that up."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.engines.interface import AccessLocks, LockRequest, Meeting
from lockplan.model.connection import TableId
from lockplan.model.verdict import Certainty, Side

_RANK = {Certainty.CERTAIN: 2, Certainty.POSSIBLE: 1, Certainty.NONE: 0}
BlockKey = tuple[Side, int, int]


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
    def key(self) -> BlockKey:
        """Which statement stops which."""
        return (self.holder, self.holder_sequence, self.requester_sequence)

    @property
    def rank(self) -> int:
        """How sure it is, as a number that sorts."""
        return _RANK[self.meeting.certainty]


@dataclass(frozen=True, slots=True)
class Way:
    """One way that the server may go, as bits of the sorts of locks: what stops what."""

    held: tuple[tuple[LockRequest, int], ...]
    """The locks that stay, each with the sorts that it stops."""
    asked: tuple[tuple[LockRequest, int], ...]
    """The locks that may wait, each with its sort."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """The locks of one access, its sorts ready for comparison."""

    access: AccessLocks
    plans: tuple[Way, ...]
    further: tuple[Way, ...]
    stops: int
    """The sorts of locks that wait for one of these."""
    asks: int
    """The sorts of these that may wait."""


@dataclass(frozen=True, slots=True)
class TransactionLocks:
    """All locks of one transaction, arranged for pairing."""

    by_table: dict[TableId, tuple[Arranged, ...]]
    positions: dict[int, int]
    """The position of each statement among those that lock, by its sequence."""
    overtakes: bool = True
    """Whether it passes those that wait for a row that it shares, where it goes on to change it."""
    names: frozenset[str] | None = None
    """The tables' lower-case names without their places; None where one is made of a date."""

    def at(self, sequence: int) -> list[AccessLocks]:
        """Return the locks of one statement."""
        found = (arranged.access for each in self.by_table.values() for arranged in each)
        return [locks for locks in found if locks.sequence == sequence]

    def shares_no_table(self, other: TransactionLocks) -> bool:
        """Whether the names alone tell that the two lock different tables."""
        if self.names is None or other.names is None:
            return False
        return self.names.isdisjoint(other.names)
