"""Plain reads of rows that the other task writes: nobody waits, but chance decides what is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from lockplan.engines.geometry import shared
from lockplan.engines.interface import Boxes, Extent
from lockplan.engines.memo import IdentityMemo
from lockplan.engines.words import describe_boxes
from lockplan.model.access import Access, Role, Transaction
from lockplan.model.connection import Sameness, same_table
from lockplan.model.dates import RunDates
from lockplan.model.region import Region
from lockplan.model.verdict import Certainty, Side, Wait

_WRITES = (Role.INSERT, Role.UPDATE, Role.DELETE)


def races(a: Transaction, b: Transaction, dates: RunDates) -> tuple[Wait, ...]:
    """Return where one transaction plainly reads rows that the other writes."""
    mine, theirs = (_TOUCHED.get((side,), partial(_touched, side)) for side in (a, b))
    return (*_one_way(Side.A, mine, theirs, dates), *_one_way(Side.B, theirs, mine, dates))


@dataclass(frozen=True, slots=True)
class _Touched:
    """What a transaction reads plainly and what it writes, by the tables' lower-case names."""

    reads: Mapping[str, list[Access]]
    writes: tuple[tuple[str, Access], ...]
    written: frozenset[str]


_TOUCHED: IdentityMemo[_Touched] = IdentityMemo(20_000)


def _touched(transaction: Transaction) -> _Touched:
    reads: dict[str, list[Access]] = defaultdict(list)
    writes: list[tuple[str, Access]] = []
    for access in transaction.accesses:
        name = access.table.table.lower()
        if access.role is Role.READ:
            reads[name].append(access)
        elif access.role in _WRITES:
            writes.append((name, access))
    return _Touched(reads, tuple(writes), frozenset(name for name, _ in writes))


def _one_way(writer: Side, writing: _Touched, reading: _Touched, dates: RunDates) -> Iterator[Wait]:
    if writing.written.isdisjoint(reading.reads):
        return
    for name, access in writing.writes:
        for read in reading.reads.get(name, ()):
            yield from _race(writer, access, read, dates)


def _race(writer: Side, write: Access, read: Access, dates: RunDates) -> Iterator[Wait]:
    same = same_table(write.table, read.table)
    if same is Sameness.DIFFERENT:
        return
    certainty, where = _meeting(_written(write), read.region)
    if certainty is Certainty.NONE:
        return
    known = same is Sameness.SAME and not (write.conditional or read.conditional)
    yield Wait(
        holder=writer,
        requester=Side.B if writer is Side.A else Side.A,
        table=str(write.table),
        lock="no lock: a plain read beside rows that are written",
        index=None,
        interval=describe_boxes(where, dates),
        certain=certainty is Certainty.CERTAIN and known,
        holder_sequence=write.sequence,
        requester_sequence=read.sequence,
    )


def _written(write: Access) -> tuple[Region, ...]:
    return (write.region,) if write.arrives is None else (write.region, write.arrives)


def _meeting(written: Iterable[Region], read: Region) -> tuple[Certainty, Boxes]:
    best: tuple[Certainty, Boxes] = (Certainty.NONE, ())
    for region in written:
        found = shared(region.boxes, _extent(region), read.boxes, _extent(read))
        if found[0] is Certainty.CERTAIN:
            return found
        best = best if found[0] is Certainty.NONE else found
    return best


def _extent(region: Region) -> Extent:
    return Extent.ALL if region.exact else Extent.MAYBE
