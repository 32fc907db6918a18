"""Which partitions of a table a statement may touch: what servers prune, and no more than that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from lockplan.model.region import FULL, Box, Interval, Value, boxes_overlap
from lockplan.model.schema import Partition, Partitioning, PartitionMethod, PartitionValue

_TICK = timedelta(microseconds=1)
_DAYS_BEFORE_PYTHON = 365
"""MySQL counts days from a year 0, Python from year 1."""


def _days(moment: datetime) -> int:
    return moment.toordinal() + _DAYS_BEFORE_PYTHON


def _seconds(moment: datetime) -> int:
    clock = moment.hour * 3600 + moment.minute * 60 + moment.second
    return _days(moment) * 86400 + clock


_RISING: Mapping[str, Callable[[datetime], int]] = MappingProxyType(
    {"to_days": _days, "to_seconds": _seconds, "year": lambda moment: moment.year}
)
"""Functions for which servers prune ranges of the column too."""
_OTHERS: Mapping[str, Callable[[datetime], int]] = MappingProxyType(
    {
        "month": lambda moment: moment.month,
        "quarter": lambda moment: (moment.month + 2) // 3,
        "day": lambda moment: moment.day,
        "dayofmonth": lambda moment: moment.day,
        "dayofyear": lambda moment: moment.timetuple().tm_yday,
        "dayofweek": lambda moment: moment.isoweekday() % 7 + 1,
        "weekday": lambda moment: moment.weekday(),
        "hour": lambda moment: moment.hour,
    }
)
_WALL_CLOCK = "unix_timestamp"
"""Rises too; its bounds are kept as the moments that they mean."""
_NULL_FOR_INVALID = frozenset({"to_days", "to_seconds"})
FUNCTIONS = frozenset((*_RISING, *_OTHERS, _WALL_CLOCK))
"""Lower-case names of the functions that `parts` computes."""


def value_of(function: str, moment: datetime) -> Value:
    """Return what a function of `FUNCTIONS` makes of a moment, as bounds of partitions have it."""
    if function == _WALL_CLOCK:
        return moment
    return Decimal((_RISING.get(function) or _OTHERS[function])(moment))


def rises(function: str | None) -> bool:
    """Whether a function keeps the order of its column; without one the column itself decides."""
    return function is None or function in _RISING or function == _WALL_CLOCK


def parts(partitioning: Partitioning, box: Box) -> frozenset[str] | None:
    """Return the names of the partitions that a statement over a resolved box touches.

    None means that it is not known. Measured on MySQL 9.7 and MariaDB 10.11, which agree:
    where a range does not lie in one month, TO_DAYS and TO_SECONDS have the partition with NULL
    searched too, for dates that do not exist.
    """
    if not partitioning.columns or not partitioning.partitions:
        return None
    if not any(box.limits(column) for column in partitioning.columns):
        return frozenset(partition.name for partition in partitioning.partitions)
    image = _image(partitioning, box)
    if image is None:
        return None
    if partitioning.method is PartitionMethod.HASH:
        (column,) = partitioning.columns
        alone = all(interval.is_equality for interval in box.intervals(column))
        return _remainders(partitioning, image) if alone else None
    with_null = _searches_null(partitioning, box)
    return frozenset(
        partition.name
        for index, partition in enumerate(partitioning.partitions)
        if any(boxes_overlap(image, rows) for rows in _rows(partitioning, partition))
        or (with_null and _holds_null(partitioning.method, index, partition))
    )


def _image(partitioning: Partitioning, box: Box) -> Box | None:
    """Return the box in the values that the partitions' bounds have; None without any limit.

    Servers use the columns from the left, and behind a range none.
    """
    found: dict[str, tuple[Interval, ...]] = {}
    if partitioning.method is PartitionMethod.KEY:
        return None
    for column in partitioning.columns:
        intervals = tuple(_through(partitioning.function, i) for i in box.intervals(column))
        if FULL in intervals:
            break
        found[column] = intervals
        if not all(interval.is_equality for interval in box.intervals(column)):
            break
    return Box.of(found) if found else None


def _through(function: str | None, interval: Interval) -> Interval:
    """Return the values that a function takes on an interval."""
    if interval.beyond_day and function != "to_days":
        interval = _from_day_before(interval)
    if function is None:
        return interval
    if not rises(function) and not interval.is_equality:
        return FULL
    high = interval.high
    if isinstance(high, datetime) and not interval.high_closed and high > datetime.min:
        high -= _TICK
    return Interval(_at(function, interval.low), _at(function, high))


def _from_day_before(interval: Interval) -> Interval:
    """Return an interval as servers see ``> day``: only TO_DAYS tells them that days are whole.

    The day itself stays in it, because ``>= '2026-01-08 12:00'`` is written so too.
    """
    assert isinstance(interval.low, datetime)
    return replace(interval, low=interval.low - timedelta(days=1))


def _at(function: str, value: object) -> Value | None:
    return value_of(function, value) if isinstance(value, datetime) else None


def _rows(partitioning: Partitioning, partition: Partition) -> Iterator[Box]:
    """Yield boxes that hold a partition's rows between them."""
    if partitioning.method is PartitionMethod.LIST and partition.values:
        for values in partition.values:
            pairs = zip(partitioning.columns, values, strict=False)
            yield Box.of({name: (Interval(v, v),) for name, v in pairs if v is not None})
        return
    single = len(partitioning.columns) == 1
    low, high = _first(partition.low), _first(partition.high)
    yield Box.of({partitioning.columns[0]: (Interval(low, high, high_closed=not single),)})


def _first(values: tuple[PartitionValue, ...]) -> PartitionValue:
    return values[0] if values else None


def _remainders(partitioning: Partitioning, image: Box) -> frozenset[str] | None:
    """Return the partitions of single numbers."""
    ((_, points),) = image.columns
    numbers = [point.low for point in points if isinstance(point.low, Decimal)]
    if len(numbers) < len(points) or any(number % 1 for number in numbers):
        return None
    names = [partition.name for partition in partitioning.partitions]
    return frozenset(names[abs(int(number)) % len(names)] for number in numbers)


def _searches_null(partitioning: Partitioning, box: Box) -> bool:
    if partitioning.function not in _NULL_FOR_INVALID:
        return False
    return not all(_in_one_month(each) for each in box.intervals(partitioning.columns[0]))


def _in_one_month(interval: Interval) -> bool:
    low, high = interval.low, interval.high
    if interval.is_equality:
        return True
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return False
    ends = {low, low - timedelta(days=interval.beyond_day)}
    ends |= {high, high + timedelta(days=interval.before_day)}
    return len({(end.year, end.month) for end in ends}) == 1


def _holds_null(method: PartitionMethod, index: int, partition: Partition) -> bool:
    if method is PartitionMethod.LIST:
        return any(None in values for values in partition.values)
    return index == 0
