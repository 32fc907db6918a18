"""Small tables as lists of rows: their statistics, and what a server would find next to a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

FIRST = date(2026, 3, 1)
Row = tuple[int, int]
"""The number of a day, and a game."""


def day(number: int) -> str:
    """Return a day as SQL writes it; day 0 is the first of the month."""
    return (FIRST + timedelta(days=number)).isoformat()


def statistics(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what a server would count of the rows of a table `t`, keyed by an id from 1."""
    columns: Mapping[str, list[Any]] = {
        "id": list(range(1, len(rows) + 1)),
        "day": [day(number) for number, _ in rows],
        "game": [game for _, game in rows],
    }
    return {"t": {"rows": len(rows), "columns": {n: _counts(v) for n, v in columns.items()}}}


def _counts(values: list[Any]) -> dict[str, Any]:
    low, high = (min(values), max(values)) if values else (None, None)
    return {"min": low, "max": high, "distinct": len(set(values))}


numbers = st.integers(0, 11)
games = st.integers(1, 3)
ends = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
some_rows = st.lists(st.tuples(numbers, games), max_size=30)
whole_rows = ends.map(lambda pair: [(n, g) for n in range(pair[0], pair[1] + 1) for g in (1, 2, 3)])
tables = st.one_of(some_rows, some_rows.map(lambda rows: sorted(set(rows))), whole_rows)
"""Rows with and without duplicates, with and without a day that is missing."""


@dataclass(frozen=True, slots=True)
class DayIndex:
    """An index on the day: its entries are sorted by day, then by the order in which they came."""

    days: tuple[int, ...]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> DayIndex:
        return cls(tuple(sorted(number for number, _ in rows)))

    def below(self, low: int) -> int | None:
        """Return the day of the entry before a range."""
        return max((number for number in self.days if number < low), default=None)

    def above(self, high: int) -> int | None:
        """Return the day of the entry behind a range."""
        return min((number for number in self.days if number > high), default=None)

    def stops(self, low: int, high: int, new: int) -> bool:
        """Whether next-key locks on a range stop a new row, which comes behind others of its day.

        Such a scan locks the gaps from the entry before the range to the one behind it.
        """
        below, above = self.below(low), self.above(high)
        return (below is None or below <= new) and (above is None or new < above)

    def share_an_entry(self, mine: tuple[int, int], theirs: tuple[int, int]) -> bool:
        """Whether two scans lock one entry: of their ranges, or the first behind."""
        return bool(self._locked(*mine) & self._locked(*theirs))

    def _locked(self, low: int, high: int) -> set[int]:
        inside = {number for number in self.days if low <= number <= high}
        return inside | {above for above in (self.above(high),) if above is not None}
