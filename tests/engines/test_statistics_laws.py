"""What statistics tell, against tables that are counted row by row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lockplan.engines.population import Population
from lockplan.model.region import Box, Interval, Value
from lockplan.model.verdict import Certainty
from lockplan.pairs import compare_sql
from lockplan.sql import read_ddl, with_statistics
from tests.engines.stored_rows import (
    DayIndex,
    Row,
    day,
    ends,
    games,
    numbers,
    statistics,
    tables,
    whole_rows,
)

COLUMNS = "id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, day DATE NOT NULL, game INT NOT NULL"
BY_DAY, _ = read_ddl(f"CREATE TABLE t ({COLUMNS}, KEY k_day (day)) ENGINE=InnoDB")
BY_KEY, _ = read_ddl(f"CREATE TABLE t ({COLUMNS}, UNIQUE KEY u (day, game)) ENGINE=InnoDB")

Change = tuple[tuple[int, int], tuple[int, int]]
"""Days and games among which rows come and go."""
areas = st.tuples(ends, st.tuples(games, games).map(lambda pair: (min(pair), max(pair))))
changes = st.lists(areas, max_size=2)


def as_day(number: int) -> datetime:
    return datetime(2026, 3, 1) + timedelta(days=number)


def box(days: tuple[int, int], of_games: tuple[int, int] | None = None) -> Box:
    found: dict[str, tuple[Interval, ...]] = {"day": (Interval(*map(as_day, days)),)}
    if of_games is not None:
        found["game"] = (Interval(*map(Decimal, of_games)),)
    return Box.of(found)


def population(rows: Sequence[Row], changed: Sequence[Change] = ()) -> Population:
    unique = len(set(rows)) == len(rows)
    (table,) = with_statistics(BY_KEY if unique else BY_DAY, statistics(rows)).tables
    assert table.statistics is not None
    return Population(table, table.statistics, tuple(box(*change) for change in changed))


def lies_in(row: Row, change: Change) -> bool:
    return all(low <= value <= high for value, (low, high) in zip(row, change, strict=True))


@st.composite
def later_rows(draw: st.DrawFn) -> tuple[list[Row], list[Change], list[Row]]:
    """Draw rows, where they may have changed since, and the rows that are there now."""
    before, changed = draw(tables), draw(changes)

    def is_touched(row: Row) -> bool:
        return any(lies_in(row, change) for change in changed)

    came = draw(st.lists(st.tuples(numbers, games).filter(is_touched), max_size=3 * bool(changed)))
    left = [row for row in before if not is_touched(row) or draw(st.booleans())]
    return before, changed, left + came


def is_neighbour(found: int | None, near: Value | None, far: Value | None, *, up: bool) -> bool:
    """Whether a value, or that there is none, is among what a neighbour may be."""
    if found is None:
        return far is None
    sign = timedelta(1) if up else timedelta(-1)
    late_enough = isinstance(near, datetime) and (as_day(found) - near) / sign >= 0
    return late_enough and (far is None or (far - as_day(found)) / sign >= 0)  # type: ignore[operator]


@settings(deadline=None)
@example(([(0, 1), (1, 1), (3, 1)], [((1, 1), (1, 1))], [(0, 1), (3, 1)]), 0)
@given(later_rows(), numbers)
def test_the_next_day_is_where_it_is_said_to_be(
    drawn: tuple[list[Row], list[Change], list[Row]], end: int
) -> None:
    before, changed, now = drawn
    stored, index = population(before, changed), DayIndex.of(now)
    above, below = stored.above("day", as_day(end)), stored.below("day", as_day(end))
    assert is_neighbour(index.above(end), above.near, above.far, up=True)
    assert is_neighbour(index.below(end), below.near, below.far, up=False)


@settings(deadline=None)
@given(later_rows(), st.data())
def test_rows_are_neither_overlooked_nor_made_up(
    drawn: tuple[list[Row], list[Change], list[Row]], data: st.DataObject
) -> None:
    before, changed, now = drawn
    stored = population(before, changed)
    wanted = data.draw(st.sampled_from(changed) if changed else areas)
    days = wanted[0]
    there = {row for row in now if lies_in(row, wanted)}
    assert stored.may_hold(box(*wanted)) or not there
    if stored.surely_holds(box(*wanted)):
        low, high = wanted[1]
        points = {(n, g) for n in range(days[0], days[1] + 1) for g in range(low, high + 1)}
        assert there == points
    if stored.surely_holds(box(days)):
        assert {n for n, _ in now} >= set(range(days[0], days[1] + 1))


def scan(days: tuple[int, int]) -> str:
    low, high = map(day, days)
    return f"UPDATE t FORCE INDEX (k_day) SET game = 7 WHERE day BETWEEN '{low}' AND '{high}'"


def insert(number: int) -> str:
    return f"INSERT INTO t (day, game) VALUES ('{day(number)}', 9)"


def certainty(a: Sequence[str], b: Sequence[str], rows: Sequence[Row] | None) -> Certainty:
    told = statistics(rows) if rows is not None else None
    return compare_sql(a, b, schema=BY_DAY, statistics=told, version="9.7.4").certainty


ranges = ends.filter(lambda pair: pair[0] < pair[1])


@settings(deadline=None)
@given(tables, ranges, numbers)
def test_a_new_row_in_a_locked_gap_is_never_called_free(
    rows: list[Row], days: tuple[int, int], new: int
) -> None:
    if DayIndex.of(rows).stops(*days, new):
        assert certainty([scan(days)], [insert(new)], rows) is not Certainty.NONE
        assert certainty([scan(days)], [insert(new)], None) is not Certainty.NONE


@settings(deadline=None)
@given(tables, ranges, ranges)
def test_scans_that_meet_at_a_row_are_never_called_free(
    rows: list[Row], mine: tuple[int, int], theirs: tuple[int, int]
) -> None:
    if DayIndex.of(rows).share_an_entry(mine, theirs):
        assert certainty([scan(mine)], [scan(theirs)], rows) is not Certainty.NONE
        assert certainty([scan(mine)], [scan(theirs)], None) is not Certainty.NONE


@settings(deadline=None)
@given(tables, ranges, ranges, numbers)
def test_what_a_task_has_committed_before_widens_the_gap_that_it_locks(
    rows: list[Row], gone: tuple[int, int], days: tuple[int, int], new: int
) -> None:
    low, high = map(day, gone)
    delete = f"DELETE FROM t WHERE day BETWEEN '{low}' AND '{high}'"
    left = [row for row in rows if not gone[0] <= row[0] <= gone[1]]
    if DayIndex.of(left).stops(*days, new):
        found = certainty([delete, "COMMIT", scan(days)], [insert(new)], rows)
        assert found is not Certainty.NONE


@settings(deadline=None)
@given(whole_rows, ranges, numbers)
def test_without_a_missing_day_a_new_row_is_stopped_where_a_gap_is_locked_and_only_there(
    rows: list[Row], days: tuple[int, int], new: int
) -> None:
    stopped = DayIndex.of(rows).stops(*days, new)
    assert (certainty([scan(days)], [insert(new)], rows) is Certainty.NONE) is not stopped
