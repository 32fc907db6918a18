"""The locks of rows that arrive: their place and the rows themselves.

Sources: MySQL manual, Locks Set by Different SQL Statements in InnoDB (INSERT, REPLACE, ON
DUPLICATE KEY UPDATE); measured on MySQL 9.7.
"""

from __future__ import annotations

from lockplan.engines.innodb_arrivals import Arrival
from lockplan.engines.innodb_duplicates import duplicate_locks
from lockplan.engines.innodb_flavour import Setting
from lockplan.engines.innodb_index import clustered_index, indexes_of, name_of
from lockplan.engines.interface import Boxes, LockKind, LockMode, LockRequest
from lockplan.model.schema import Index


def arrival_locks(arrival: Arrival, setting: Setting) -> tuple[LockRequest, ...]:
    """Return the locks of rows that arrive."""
    places = [
        _place(arrival, boxes, names) for names, boxes in _by_indexes(arrival).items() if boxes
    ]
    rows = _new_rows(arrival)
    new = LockRequest(
        arrival.table,
        LockKind.RECORD,
        LockMode.EXCLUSIVE,
        asks=None,
        keeps=rows or None,
        matching=rows,
        extent=arrival.extent,
        population=arrival.population,
        arrived=True,
    )
    return (*places, new, *duplicate_locks(arrival, setting))


def _place(arrival: Arrival, boxes: Boxes, names: frozenset[str] | None) -> LockRequest:
    return LockRequest(
        arrival.table,
        LockKind.INSERT_INTENTION,
        LockMode.EXCLUSIVE,
        asks=boxes,
        keeps=None,
        extent=arrival.extent,
        indexes=names,
        population=arrival.population,
    )


def _by_indexes(arrival: Arrival) -> dict[frozenset[str] | None, Boxes]:
    """Return the rows by the indexes whose places they ask for; None stands for all indexes.

    A row whose key surely exists gets no further than the index that says so.
    """
    found: dict[frozenset[str] | None, Boxes] = {}
    for box in arrival.boxes:
        repeated = arrival.repeated_in(box)
        names = _names(arrival) if repeated is None else _before(arrival, repeated)
        found[names] = (*found.get(names, ()), box)
    return found


def _new_rows(arrival: Arrival) -> Boxes:
    return tuple(box for box in arrival.boxes if arrival.repeated_in(box) is None)


def _names(arrival: Arrival) -> frozenset[str] | None:
    if arrival.definition is None or arrival.indexes == indexes_of(arrival.definition):
        return None
    return frozenset(map(name_of, arrival.indexes))


def _before(arrival: Arrival, last: Index) -> frozenset[str]:
    """Return the indexes that a row enters before `last`, the clustered one first."""
    assert arrival.definition is not None
    clustered = clustered_index(arrival.definition)
    order = (clustered, *(index for index in arrival.indexes if index != clustered))
    return frozenset(map(name_of, order[: order.index(last)]))
