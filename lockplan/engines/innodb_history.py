"""What a transaction itself has done to a table's rows before a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lockplan.engines.innodb_index import indexes_of
from lockplan.engines.interface import EVERYTHING, Boxes
from lockplan.model.access import Access, Role, StatementKind
from lockplan.model.region import Box
from lockplan.model.schema import Index, Table


@dataclass(frozen=True, slots=True)
class History:
    """Rows that a transaction has put into a table, and rows that it has taken out of it."""

    came: Boxes = ()
    """Rows that may be there and were not."""
    made: Boxes = ()
    """Single rows that surely are there."""
    gone: Boxes = ()
    """Rows that may not be there any more under the keys that they had."""


NO_HISTORY = History()


def history(definition: Table | None, own: Sequence[Access]) -> History:
    """Return what the accesses that a transaction has made of a table have done to it."""
    keys = tuple(i for i in indexes_of(definition) if i.unique) if definition else ()
    return History(
        tuple(box for access in own for box in _came(access)),
        tuple(box for access in own if _surely_makes(access, keys) for box in access.region.boxes),
        tuple(box for access in own for box in _gone(access, keys)),
    )


def _came(access: Access) -> Iterator[Box]:
    if access.role is Role.INSERT:
        yield from access.region.boxes
    elif access.role is Role.UPDATE and (access.arrives is not None or not access.written):
        yield from access.arrives.boxes if access.arrives else EVERYTHING


def _surely_makes(access: Access, keys: tuple[Index, ...]) -> bool:
    """Whether all rows of an INSERT are there after it: a SELECT may have found none.

    A row that is kept out by one key does not bring the value of another.
    """
    if access.role is not Role.INSERT or access.from_select or access.conditional:
        return False
    stays = access.kind in (StatementKind.INSERT, StatementKind.REPLACE) or len(keys) == 1
    return stays and access.region.exact


def _gone(access: Access, keys: tuple[Index, ...]) -> Boxes:
    if access.role is Role.DELETE:
        return access.region.boxes
    if access.kind is StatementKind.REPLACE and access.role is Role.INSERT:
        return EVERYTHING if len(keys) > 1 else ()
    if access.role is Role.UPDATE:
        return access.region.boxes if _rekeys(access, keys) else ()
    upserts = access.role is Role.INSERT and access.kind is StatementKind.UPSERT
    return EVERYTHING if upserts and _rekeys(access, keys) else ()


def _rekeys(access: Access, keys: tuple[Index, ...]) -> bool:
    """Whether an access may write a column of a unique key."""
    return not access.written or any(not key.read.isdisjoint(access.written) for key in keys)
