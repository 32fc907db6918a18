"""What differs between the servers that run InnoDB, by engine and version.

Sources: MySQL bug 29508068 (fixed in 8.0.18: a range scan of the clustered index locks no row
behind its range); MySQL and MariaDB manuals, AUTO_INCREMENT Handling in InnoDB; MySQL 8.0.21 and
MariaDB 11.1 release notes (a subquery of an UPDATE becomes a semi-join) and measurements (an UPDATE
with a join or a semi-join waits for locked rows that do not match). A version that is not known
takes the union of all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lockplan.model.connection import Connection, Engine, Isolation

VERSION_UNKNOWN = "server version unknown"


@dataclass(frozen=True, slots=True)
class Costs:
    """What an optimiser counts for a row."""

    row: float
    """To look at it."""
    lookup: float
    """To find it through a secondary index."""
    sure_index: float = 0.97
    """An index is surely taken below so much of the cost of the whole table."""
    sure_table: float = 1.25
    """The whole table is surely read above so much of its cost."""
    rows_for_a_lookup: int = 10
    """With fewer rows for each range that is looked up, the whole table may be read."""


@dataclass(frozen=True, slots=True)
class Flavour:
    """A server's own ways; None means that its version does not tell."""

    clustered_next_row: bool | None
    """Whether a range scan of the clustered index locks the row behind its range."""
    keeps_other_rows: bool | None
    """Whether READ COMMITTED keeps rows locked that a scan met and did not want: the one behind a
    range, and those that an index merge ruled out."""
    joined_update_reads_past: bool | None
    """Whether an UPDATE with a join reads past locked rows that do not match, at READ COMMITTED;
    None where the plan decides."""
    subquery_update_reads_past: bool | None
    """Whether one with a subquery does: no longer where the server makes a join of the two."""
    primary_gap_after_duplicate: bool | None
    """Whether a duplicate on a secondary unique key leaves a gap lock in the primary key."""
    counter_lock: bool | None
    """Whether an INSERT of unknown length locks the AUTO_INCREMENT counter while it runs."""
    costs: Costs
    overtakes: bool = False
    """Whether one who shares a row and goes on to change it passes those that wait for the row: so
    MySQL 9.7; not MariaDB 10.11, nor, for all that is known, older ones."""


_COSTS = Costs(row=0.1, lookup=0.25, rows_for_a_lookup=4)
_MARIADB_10_COSTS = Costs(row=0.2, lookup=1.0, sure_table=1.15)
_UNKNOWN_COSTS = Costs(row=0.1, lookup=0.5, sure_index=0.5, sure_table=6.0)

_MARIADB_10 = Flavour(True, True, False, True, False, True, _MARIADB_10_COSTS)
_MARIADB = replace(_MARIADB_10, subquery_update_reads_past=None, costs=_UNKNOWN_COSTS)
_MYSQL_8_0_21 = Flavour(False, False, None, None, True, False, _COSTS)
_MYSQL_9_7 = replace(_MYSQL_8_0_21, overtakes=True)
_MYSQL_8_0_18 = replace(_MYSQL_8_0_21, subquery_update_reads_past=True)
_MYSQL_8_0 = replace(_MYSQL_8_0_18, clustered_next_row=True)
_MYSQL_8 = replace(_MYSQL_8_0_21, clustered_next_row=None)
_MYSQL_5 = Flavour(True, False, None, True, True, True, _UNKNOWN_COSTS)
_MYSQL = replace(_MYSQL_8, counter_lock=None)
_UNKNOWN = Flavour(None, None, None, None, None, None, _UNKNOWN_COSTS)


def flavour(connection: Connection) -> Flavour:
    """Return the ways of the server behind a connection."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", connection.version or "")[:3])
    if connection.engine is Engine.MARIADB or "mariadb" in (connection.version or "").lower():
        return _MARIADB_10 if numbers and numbers < (11, 1) else _MARIADB
    if connection.engine is not Engine.MYSQL:
        return _UNKNOWN
    if not numbers:
        return _MYSQL
    if numbers[0] < 8:
        return _MYSQL_5
    if numbers in ((8,), (8, 0)):
        return _MYSQL_8
    if numbers >= (9, 7):
        return _MYSQL_9_7
    if numbers < (8, 0, 18):
        return _MYSQL_8_0
    return _MYSQL_8_0_18 if numbers < (8, 0, 21) else _MYSQL_8_0_21


@dataclass(frozen=True, slots=True)
class Setting:
    """The ground on which one transaction locks."""

    isolation: Isolation
    flavour: Flavour

    @property
    def locks_gaps(self) -> bool:
        """Whether scans lock gaps: from REPEATABLE READ upwards."""
        return self.isolation in (Isolation.REPEATABLE_READ, Isolation.SERIALIZABLE)
