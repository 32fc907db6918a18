"""How far the locks around a range reach, up to the rows that lie next to it in an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lockplan.engines.interface import Boxes
from lockplan.engines.population import Neighbour, Population
from lockplan.model.region import Bound, Box, Interval, Symbol


@dataclass(frozen=True, slots=True)
class Reach:
    """One range of an index, and what lies below and above it."""

    column: str
    """The last column of the index that the range limits."""
    prefix: Box
    """Single values of the columns before it."""
    part: Interval
    below: Neighbour
    above: Neighbour
    spills: Box | None
    """Where the neighbours may have other values of the columns before; None where they do not."""
    ties_by: str | None
    """The column that orders rows of equal values; None where there is none or it is not known."""

    def gap(self, *, ties_last: bool) -> Boxes:
        """Return the places where arriving rows may be stopped.

        `ties_last` says that a row comes behind all others of equal values.
        """
        places = Interval(self.below.far, self.above.far, True, not ties_last)
        return (self._box(places), *((self.spills,) if self.spills else ()))

    def sure_gap(self, *, ties_last: bool) -> Box:
        """Return the places where arriving rows are surely stopped."""
        if self.spills:
            return self._box(self.part)
        known = ties_last and self.below.near == self.below.far
        return self._box(Interval(self.below.near, self.above.near, known, False))

    def behind(self) -> Boxes:
        """Return the box in which the first row behind the range lies; none where there is none."""
        if self.spills:
            return (self.spills,)
        if self.above.near is None and self.above.far is None:
            return ()
        return (self._box(Interval(self.above.near, self.above.far)),)

    def between(self) -> Boxes:
        """Return the places of rows that, once there, are the first behind the range."""
        if self.spills:
            return (self.spills,)
        return (self._box(Interval(self.part.high, self.above.far, False, False)),)

    @property
    def next_is_known(self) -> bool:
        """Whether the first row behind the range has a known value."""
        return not self.spills and self.above.near == self.above.far

    def _box(self, interval: Interval) -> Box:
        return Box.of({**dict(self.prefix.columns), self.column: (interval,)})


def reaches(
    population: Population | None, ranges: Boxes, order: tuple[str, ...]
) -> tuple[Reach, ...] | None:
    """Return how far each range of an index reaches; None where that is not known.

    `order` holds the columns by which the index sorts, those of the primary key at its end.
    """
    if population is None:
        return None
    found: list[Reach] = []
    for box in ranges:
        used = [column for column in order if box.limits(column)]
        if not used:
            return None
        found += _reaches_of(population, box, used, order)
    return tuple(found)


def _reaches_of(
    population: Population, box: Box, used: list[str], order: tuple[str, ...]
) -> Iterator[Reach]:
    *before, column = used
    following = order[len(used) :]
    for prefix in _points(box, before):
        for part in box.intervals(column):
            below, above = _around(population, column, part)
            yield Reach(
                column,
                prefix,
                part,
                below,
                above,
                _spills(population, prefix, below, above, column),
                following[0] if following else None,
            )


def _around(population: Population, column: str, part: Interval) -> tuple[Neighbour, Neighbour]:
    """Return the values next to an interval; an end that is left out may be one of them."""
    below, above = population.below(column, part.low), population.above(column, part.high)
    if not part.low_closed:
        below = _at_end(population, column, part.low, below)
    if not part.high_closed:
        above = _at_end(population, column, part.high, above)
    return below, above


def _at_end(population: Population, column: str, end: Bound | None, next: Neighbour) -> Neighbour:
    point = Box.of({column: (Interval(end, end),)})
    if isinstance(end, Symbol) or end is None or not population.may_hold(point):
        return next
    return Neighbour(end, end if population.surely_holds(point) else next.far)


def _points(box: Box, names: list[str]) -> Iterator[Box]:
    """Yield the single values of the leading columns, one box for each combination."""
    if not names:
        yield Box()
        return
    *others, last = names
    for prefix in _points(box, others):
        for part in box.intervals(last):
            yield Box.of({**dict(prefix.columns), last: (part,)})


def _spills(
    population: Population, prefix: Box, below: Neighbour, above: Neighbour, column: str
) -> Box | None:
    """Return where the neighbours lie that have other values of the leading columns."""
    if not prefix.columns:
        return None
    ends = (below.far, above.far)
    if None not in ends and population.is_complete((*(n for n, _ in prefix.columns), column)):
        return None
    *rest, last = prefix.columns
    low, high = last[1][0].low, last[1][-1].high
    around = Interval(population.below(last[0], low).far, population.above(last[0], high).far)
    return Box() if rest else Box.of({last[0]: (around,)})


def place_reaches(
    population: Population | None, boxes: Boxes, order: tuple[str, ...]
) -> tuple[Reach, ...] | None:
    """Return the gap of an index where new rows would go; None where that is not known."""
    if population is None or not order:
        return None
    return tuple(_place(population, box, order) for box in boxes)


def _place(population: Population, box: Box, order: tuple[str, ...]) -> Reach:
    column, *following = order
    (part, *more) = box.intervals(column)
    if more:
        part = Interval()
    below, above = _around(population, column, part)
    if population.may_hold(Box.of({column: (part,)})):
        below = Neighbour(part.low, part.low)  # type: ignore[arg-type]  # it is resolved
    ties_by = following[0] if following else None
    return Reach(column, Box(), part, below, above, None, ties_by)
