from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from lockplan.model.dates import Anchor, DateExpr, RunDates, Shift, relative_day
from lockplan.model.region import (
    Box,
    Interval,
    Region,
    Symbol,
    intervals_overlap,
    parse_value,
    regions_overlap,
)
from lockplan.model.schema import ColumnType
from lockplan.model.statement import Unknown

DS = datetime(2026, 11, 15, 4)
DATES = RunDates(DS, DS, DS)
ds = DateExpr(Anchor.LOGICAL_DATE, (), "%Y-%m-%d")


def days(low: int, high: int) -> Region:
    def bound(offset: int) -> Symbol:
        return Symbol((ds.then(Shift(days=offset)),))

    return Region((Box.of({"day": [Interval(bound(low), bound(high))]}),))


def resolved(region: Region) -> Region:
    return region.resolve(DATES, {"day": ColumnType.DATE})


@given(st.tuples(*[st.integers(-60, 60)] * 4))
def test_windows_of_days_overlap_as_their_offsets_do(offsets):
    a, b, c, d = offsets
    a, b, c, d = min(a, b), max(a, b), min(c, d), max(c, d)
    meets = regions_overlap(resolved(days(a, b)), resolved(days(c, d)))
    assert meets == (a <= d and c <= b)


def test_a_half_open_range_of_days_ends_on_the_day_before():
    region = Region(
        (Box.of({"day": [Interval("2026-11-01", "2026-11-08", high_closed=False)]}),)
    ).resolve(DATES, {"day": ColumnType.DATE})
    (interval,) = region.boxes[0].intervals("day")
    assert interval == Interval(datetime(2026, 11, 1), datetime(2026, 11, 7), before_day=True)


def test_a_bound_that_is_not_known_widens_the_region_and_says_so():
    unknown = Symbol((Unknown("Variable.get('x')"),))
    region = Region((Box.of({"day": [Interval(unknown, unknown)]}),)).resolve(DATES, {})
    assert region.is_all
    assert not region.exact


def test_texts_are_separated_only_where_every_collation_separates_them():
    def point(text: str) -> Interval:
        value = parse_value(text, ColumnType.TEXT)
        return Interval(value, value)

    assert intervals_overlap(point("Café"), point("cafe"))
    assert not intervals_overlap(point("web"), point("store"))
    assert intervals_overlap(Interval("a", "c"), Interval("d", "f"))
    assert not intervals_overlap(Interval("2026-w01", "2026-w02"), Interval("2026-w03", "2026-w09"))


def test_a_number_does_not_limit_a_text_column_as_the_server_converts_every_row():
    seven = parse_value("7", ColumnType.NUMBER)
    region = Region((Box.of({"code": [Interval(seven, seven)]}),))
    assert region.resolve(DATES, {"code": ColumnType.TEXT}).is_all


def test_values_of_different_kinds_may_be_equal():
    assert intervals_overlap(Interval("x", "x"), Interval(DS, DS))


def test_days_are_written_relative_to_the_run():
    assert relative_day(datetime(2026, 11, 9), DATES) == "ds-6"
    assert relative_day(datetime(2026, 11, 15), DATES) == "ds"
    assert relative_day(datetime(2019, 1, 1), DATES) == "2019-01-01"
