"""The protocol: what a lock model says of one transaction, in values that one pairing reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING, Protocol

from lockplan.model.access import TableLock, Transaction
from lockplan.model.connection import TableId
from lockplan.model.region import Box
from lockplan.model.verdict import Certainty

if TYPE_CHECKING:
    from lockplan.engines.population import Population
    from lockplan.engines.reach import Reach
    from lockplan.engines.tables import Tables

Boxes = tuple[Box, ...]
EVERYTHING: Boxes = (Box(),)


class LockKind(StrEnum):
    """What a lock lies on."""

    RECORD = "record"
    """Rows, whichever index led to them."""
    NEXT_RECORD = "next record"
    """The first entry of an index behind a range that was scanned."""
    GAP = "gap"
    """Places of an index where no row may arrive."""
    INSERT_INTENTION = "insert intention"
    """Asks for the place where a row arrives; nobody waits for it."""
    UNIQUE = "unique"
    """Values of a unique key that are new and not committed."""
    METADATA = "metadata"
    """The table's definition."""
    AUTO_INCREMENT = "auto-increment"
    """The table's counter."""
    WHOLE = "whole"
    """The table or the file as one."""
    RESOURCE = "resource"
    """A part of what a workflow file names."""


class LockMode(Enum):
    """How a lock excludes others."""

    KEY_SHARED = "key shared"
    SHARED = "shared"
    NO_KEY_EXCLUSIVE = "exclusive but for the key"
    EXCLUSIVE = "exclusive"


class MetadataMode(Enum):
    """How a lock on a table's definition excludes others."""

    READ = "read"
    WRITE = "write"
    READ_ONLY = "read only"
    """LOCK TABLES … READ."""
    NO_READ_WRITE = "no read, no write"
    """LOCK TABLES … WRITE."""
    EXCLUSIVE = "exclusive"


class Extent(IntEnum):
    """How much of its boxes a lock surely covers."""

    MAYBE = 0
    """Perhaps nothing."""
    KEYS = 1
    """Rows of exactly these single keys, where there are any."""
    SOME = 2
    """At least one row, not known which."""
    ALL = 3
    """Every row."""


@dataclass(frozen=True, slots=True)
class LockRequest:
    """One lock that a statement asks for and may keep."""

    table: TableId
    kind: LockKind
    mode: LockMode | MetadataMode | TableLock
    asks: Boxes | None = EVERYTHING
    """Rows for which it waits; None where it waits for nobody."""
    keeps: Boxes | None = EVERYTHING
    """Rows on which it stays; None where it is given back at once."""
    matching: Boxes = EVERYTHING
    """Rows that the WHERE wants: fewer than those locked where no index leads to them."""
    extent: Extent = Extent.ALL
    index: str | None = None
    """The index that it lies on; None for the rows themselves or an index that is not known."""
    column: str | None = None
    """The first column of that index."""
    whole_days: bool = False
    """Whether that column holds days without a time, so that one day borders on the next."""
    indexes: frozenset[str] | None = None
    """For a row that arrives: the indexes that it enters; None for all."""
    rule: str = "LP101"
    while_running: bool = False
    """Whether it is given back when the statement ends, not the transaction."""
    arrived: bool = False
    """Whether the rows are new and not committed."""
    committed_only: bool = False
    """Whether it reads the committed version of a locked row and waits only if that matches."""
    both_ways: bool = False
    """For the next record: whether the scan may also run downwards."""
    population: Population | None = None
    """The rows that are there before; None where that is not known."""
    reach: tuple[Reach, ...] | None = None
    """How far the lock reaches beyond its ranges; None where that is not known."""
    partitions: frozenset[str] | None = None
    """The partitions in which it lies; None for all of them or a table without any."""
    sure: bool = True
    """False where the server may not take it at all."""
    missing: tuple[str, ...] = ()
    """What was not told and would make it sure."""


@dataclass(frozen=True, slots=True)
class AccessLocks:
    """The locks of one statement on one table."""

    table: TableId
    sequence: int
    plans: tuple[tuple[LockRequest, ...], ...]
    """One for each way in which the server may go; what holds in all of them is certain."""
    further: tuple[tuple[LockRequest, ...], ...] = ()
    """Ways that are not expected but cannot be excluded; they make nothing certain or less so."""
    undecided: tuple[str, ...] = ()
    """What was not told and would decide between the ways."""
    conditional: bool = False
    """Whether the statement may not run at all."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A lock that is held against one that is asked for."""

    certainty: Certainty
    held: LockRequest
    asked: LockRequest
    rule: str
    where: Boxes
    """The rows on which they meet; for a gap, the rows that would arrive."""
    missing: tuple[str, ...] = ()


class LockModel(Protocol):
    """How one kind of server locks."""

    def locks(self, transaction: Transaction, tables: Tables) -> tuple[AccessLocks, ...]:
        """Return all locks of a transaction, in the order of its statements."""
        ...
