"""Tables that a task empties and fills itself: what it then reads from them is known."""

from __future__ import annotations

from collections.abc import Iterable

from lockplan.model.access import Role
from lockplan.model.connection import TableId
from lockplan.model.region import WHOLE, Region
from lockplan.sql.interface import TableAccess

_EMPTY = Region(())


class Contents:
    """What a task has put into the tables that it emptied or made before.

    Rows that another task puts there at the same time are left out: the two then meet at that table
    itself.
    """

    def __init__(self) -> None:
        self._rows: dict[TableId, Region] = {}

    def of(self, table: TableId) -> Region | None:
        """Return the rows of a table; None where it may hold others."""
        return self._rows.get(table)

    def empty(self, tables: Iterable[TableId]) -> None:
        """Take over that tables are without any row."""
        self._rows.update(dict.fromkeys(tables, _EMPTY))

    def forget(self, tables: Iterable[TableId]) -> None:
        """Take over that nothing is known of tables any more."""
        for table in tables:
            self._rows.pop(table, None)

    def follow(self, table: TableId, access: TableAccess, *, sure: bool) -> None:
        """Take over one access of a statement; one that is not `sure` to run empties nothing."""
        if access.role is Role.DELETE and access.region == WHOLE and sure:
            self.empty((table,))
        rows = self._rows.get(table)
        if rows is None:
            return
        if access.role is Role.INSERT and not access.written:
            self._rows[table] = Region((*rows.boxes, *access.region.boxes), rows.exact)
        elif access.role in (Role.INSERT, Role.UPDATE, Role.DDL, Role.LOCK_WRITE):
            self.forget((table,))
