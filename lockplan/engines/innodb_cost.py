"""Whether an index or the whole table is cheaper to read, where statistics tell.

Sources: the cost constants in MySQL's `server_cost` and `engine_cost` tables (a row 0.1, a block in
memory 0.25, which a row behind a secondary index costs) and in MariaDB up to 10.11 (a row 0.2, a
block 1); compared with EXPLAIN on MySQL 9.7 and MariaDB 10.11. Where the costs are close, or the
table may not be in memory, both ways stay open.
"""

from __future__ import annotations

from enum import Enum

from lockplan.engines.innodb_flavour import Costs
from lockplan.engines.population import Population
from lockplan.model.region import Box

SURELY_IN_MEMORY = 50_000
"""Rows of a table that a server surely keeps in memory."""
FEW_ROWS, CLEAR_IN_SMALL_TABLES = 100, 0.8
"""In a table of so few rows, fixed costs count: an index must be clearly cheaper."""
CLEAR_IN_PARTITIONS = 0.4
ROWS_A_LOOKUP_COSTS = 1.3
_ON_DISK = 4
"""How much more a block costs that is read from disk, in MySQL's constants."""
_OVERHEAD = 2.0
"""What a scan costs beside its rows."""


class Way(Enum):
    """What is cheaper."""

    INDEX = "index"
    TABLE = "table"
    OPEN = "not decided"


def cheaper(
    population: Population | None, ranges: tuple[Box, ...], costs: Costs, lookups: int
) -> Way:
    """Return whether the ranges of a secondary index cost less than the table as a whole.

    `lookups` counts them once for each partition, where a range costs even if it is empty.
    """
    shares = [population.fraction(box) for box in ranges] if population else [None]
    known = [share for share in shares if share is not None]
    if population is None or len(known) < len(shares):
        return Way.OPEN
    rows = population.rows
    found = min(1.0, sum(known)) * rows
    table = costs.row * rows + _OVERHEAD
    index = (costs.row + costs.lookup) * found
    dearer = _ON_DISK if rows > SURELY_IN_MEMORY else 1
    margin = population.margin
    clear = min(costs.sure_index, CLEAR_IN_SMALL_TABLES) if rows < FEW_ROWS else costs.sure_index
    touched = max(found * margin, ROWS_A_LOOKUP_COSTS * lookups)
    if (costs.row + dearer * costs.lookup) * touched < clear * table:
        return Way.INDEX
    return Way.TABLE if index > costs.sure_table * table * margin else Way.OPEN
