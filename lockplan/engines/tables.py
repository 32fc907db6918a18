"""Looking up tables of a schema: by name, and from a parent to the tables that reference it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from lockplan.engines.interface import Boxes
from lockplan.engines.population import Population
from lockplan.model.connection import UNKNOWN_PREFIX, TableId
from lockplan.model.schema import ForeignKey, Schema, Table


class Tables:
    """A schema with its names indexed."""

    def __init__(self, schema: Schema, changed: Mapping[str, Boxes] | None = None) -> None:
        self.schema = schema
        self.counted = any(table.statistics for table in schema.tables)
        """Whether statistics tell of any table's rows."""
        self._changed = changed or {}
        self._populations: dict[TableId, Population | None] = {}
        self._by_name: dict[str, list[Table]] = defaultdict(list)
        self._children: dict[str, list[tuple[Table, ForeignKey]]] = defaultdict(list)
        for table in schema.tables:
            self._by_name[table.name.lower()].append(table)
            for key in table.foreign_keys:
                self._children[_unqualified(key.parent)].append((table, key))

    def get(self, id: TableId) -> Table | None:
        """Return the definition of a table; a database counts where both sides know theirs."""
        candidates = self._by_name.get(id.table.lower(), ())
        return next((table for table in candidates if _may_hold(table, id)), None)

    def population(self, id: TableId) -> Population | None:
        """Return which rows a table holds; None where that is not known, or only estimated."""
        counts = self.counts(id)
        return counts if counts and not counts.estimated else None

    def counts(self, id: TableId) -> Population | None:
        """Return what an optimiser knows of a table's rows; None where nothing is told."""
        if id not in self._populations:
            self._populations[id] = self._counted(id)
        return self._populations[id]

    def _counted(self, id: TableId) -> Population | None:
        table = self.get(id)
        if table is None or table.statistics is None:
            return None
        return Population(table, table.statistics, self._changed.get(id.table.lower(), ()))

    def children(self, id: TableId) -> tuple[tuple[TableId, Table, ForeignKey], ...]:
        """Return the tables that reference `id`, with the key by which they do."""
        found = self._children.get(id.table.lower(), ())
        return tuple((sibling(id, table.name), table, key) for table, key in found)

    def parents(self, id: TableId) -> tuple[tuple[TableId, ForeignKey], ...]:
        """Return the tables that `id` references."""
        table = self.get(id)
        keys = table.foreign_keys if table else ()
        return tuple((sibling(id, key.parent), key) for key in keys)


def sibling(id: TableId, name: str) -> TableId:
    """Return the table that `name` means next to `id`."""
    database, dot, table = name.rpartition(".")
    return TableId(id.server, database if dot else id.database, table)


def _unqualified(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _may_hold(table: Table, id: TableId) -> bool:
    if not table.database or not id.database or id.database.startswith(UNKNOWN_PREFIX):
        return True
    return table.database.lower() == id.database.lower()
