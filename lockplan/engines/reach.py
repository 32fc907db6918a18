"""How far the locks around a range reach, up to the rows that lie next to it in an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from lockplan.engines.interface import Boxes
from lockplan.engines.population import Neighbour, Population
from lockplan.model.region import Bound, Box, Interval, Symbol


@dataclass(frozen=True, slots=True)
class Reach:
    """What lies around one range of an index."""

    gap: Boxes
    """The places where arriving rows may be stopped."""
    sure_gap: Boxes
    """The places where they surely are."""
    next: Boxes
    """Where the first row behind the range lies; none where there is none."""
    next_known: bool
    """Whether the columns of the index tell that row."""
    between: Boxes
    """The places of rows that, once there, are the first behind the range."""


@dataclass(frozen=True, slots=True)
class Order:
    """How an index sorts."""

    columns: tuple[str, ...]
    """Its columns, those of the primary key at the end; none where they do not all ascend."""
    clustered: bool


UNORDERED = Order((), clustered=False)
ROW_ID = "db_row_id"
"""The hidden column that sorts the rows of a table without a primary key."""
LAST_ROW_ID = Decimal(0)
"""What stands for the greatest one that is there: the server counts up for all new rows."""


def reaches(population: Population | None, ranges: Boxes, order: Order) -> tuple[Reach, ...] | None:
    """Return how far each range of an index reaches; None where that is not known."""
    if population is None:
        return None
    found: list[Reach] = []
    for box in ranges:
        used = [column for column in order.columns if box.limits(column)]
        if not used:
            return None
        found += _of_box(population, box, used, order)
    return tuple(found)


def place_reaches(
    population: Population | None, boxes: Boxes, order: Order
) -> tuple[Reach, ...] | None:
    """Return the gap of an index where new rows would go; None where that is not known."""
    if population is None or not order.columns:
        return None
    return tuple(_place(population, box, order) for box in boxes)


def _of_box(population: Population, box: Box, used: list[str], order: Order) -> Iterator[Reach]:
    *before, column = used
    for prefix in _points(box, before):
        for part in box.intervals(column):
            yield _Line(population, order, prefix, column).reach(part)


def _points(box: Box, names: list[str]) -> Iterator[Box]:
    """Yield the single values of the leading columns, one box for each combination."""
    if not names:
        yield Box()
        return
    *others, last = names
    for prefix in _points(box, others):
        for part in box.intervals(last):
            yield Box.of({**dict(prefix.columns), last: (part,)})


def _place(population: Population, box: Box, order: Order) -> Reach:
    column = order.columns[0]
    parts = box.intervals(column)
    part = parts[0] if len(parts) == 1 else Interval()
    line = _Line(population, order, Box(), column)
    below, above = line.around(part)
    if population.may_hold(Box.of({column: (part,)})):
        below = Neighbour(part.low, part.low)  # type: ignore[arg-type]  # it is resolved
    return line.between(part, below, above)


@dataclass(frozen=True, slots=True)
class _Line:
    """The entries of an index that share the values of its leading columns."""

    population: Population
    order: Order
    prefix: Box
    column: str

    @property
    def names(self) -> tuple[str, ...]:
        return (*(name for name, _ in self.prefix.columns), self.column)

    @property
    def ties_by(self) -> str | None:
        """The column that sorts the entries of one value; None where there is only one."""
        position = self.order.columns.index(self.column) + 1
        return next(iter(self.order.columns[position:]), None)

    def reach(self, part: Interval) -> Reach:
        """Return what lies around a range of the line."""
        if not self.prefix.columns:
            return self.between(part, *self.around(part))
        if self.population.is_complete(self.names):
            below, above = self.around(part)
            found = self.between(part, below, above)
            return self._beyond(found, below, above)
        found = self.between(part, Neighbour(part.low, None), Neighbour(part.high, None))  # type: ignore[arg-type]
        vague = (self._near_lines(),)
        return replace(found, gap=(*found.gap, *vague), next=vague, next_known=False, between=vague)

    def around(self, part: Interval) -> tuple[Neighbour, Neighbour]:
        """Return the values next to a range; an end that is left out may be one of them."""
        below = self.population.below(self.column, part.low)
        above = self.population.above(self.column, part.high)
        if not part.low_closed:
            below = self._at_end(part.low, below)
        if not part.high_closed:
            above = self._at_end(part.high, above)
        return below, above

    def _at_end(self, end: Bound | None, further: Neighbour) -> Neighbour:
        point = Box.of({self.column: (Interval(end, end),)})
        if isinstance(end, Symbol) or end is None or not self.population.may_hold(point):
            return further
        return Neighbour(end, end if self.population.surely_holds(point) else further.far)

    def between(self, part: Interval, below: Neighbour, above: Neighbour) -> Reach:
        """Return what lies between two values next to a range."""
        known = above.near == above.far
        behind = () if known and above.far is None else (self._first_of(above),)
        high = self._tied_above(above.far)
        return Reach(
            gap=(
                self._at(Interval(below.far, above.far, False, False)),
                *self._tied_below(below.far),
                *high,
            ),
            sure_gap=(
                self._at(Interval(below.near, above.near, False, False)),
                *(self._surely_tied(below, upper=False)),
                *(self._surely_tied(above, upper=True)),
            ),
            next=behind if part.high is not None else (),
            next_known=known,
            between=(
                (self._at(Interval(part.high, above.far, False, False)), *high)
                if part.high is not None
                else ()
            ),
        )

    def _first_of(self, above: Neighbour) -> Box:
        """Return where the first entry of the next value lies."""
        complete, first, _ = self._ties()
        only = complete and above.near == above.far and first is not None
        ties = Interval(first, first) if only else None
        return self._at(Interval(above.near, above.far), ties)

    def _at(self, interval: Interval, ties: Interval | None = None) -> Box:
        columns = {**dict(self.prefix.columns), self.column: (interval,)}
        if ties is not None and self.ties_by is not None:
            columns[self.ties_by] = (ties,)
        return Box.of(columns)

    def _ties(self) -> tuple[bool, Bound | None, Bound | None]:
        """Return whether ties have no hole, and their first and last value where known."""
        name = self.ties_by
        if name is None:
            return (True, None, None)
        if name == ROW_ID:
            return (False, None, LAST_ROW_ID)
        complete = self.population.is_complete((*self.names, name))
        return (complete, self.population.first(name), self.population.last(name))

    def _tied_below(self, value: Bound | None) -> Boxes:
        """Return the places behind entries of the value below."""
        if value is None or self.ties_by is None:
            return ()
        complete, first, last = self._ties()
        # A new entry comes behind one of the same key that was deleted and is still in its place.
        ties = Interval(last, None, not self.order.clustered) if complete else Interval(first, None)
        return (self._at(Interval(value, value), ties),)

    def _tied_above(self, value: Bound | None) -> Boxes:
        """Return the places before entries of the value above."""
        if value is None or self.ties_by is None:
            return ()
        complete, first, last = self._ties()
        ties = Interval(None, first, True, False) if complete else Interval(None, last)
        return (self._at(Interval(value, value), ties),)

    def _surely_tied(self, next: Neighbour, *, upper: bool) -> Boxes:
        """Return the places among entries of a neighbour that surely lie on the range's side."""
        _, first, last = self._ties()
        if next.near is None or next.near != next.far or first is None or last is None:
            return ()
        ties = Interval(None, first, True, False) if upper else Interval(last, None, False)
        return (self._at(Interval(next.near, next.near), ties),)

    def _beyond(self, found: Reach, below: Neighbour, above: Neighbour) -> Reach:
        """Return the reach with the neighbouring lines, where the range may end its own."""
        if above.far is None:
            entry, gap, known = self._neighbour_line(upwards=True)
            known = known and above.near is None
            found = replace(
                found,
                gap=(*found.gap, *gap),
                sure_gap=(*found.sure_gap, *(gap if known else ())),
                next=(*found.next, *entry),
                next_known=known,
                between=(*found.between, *gap),
            )
        if below.far is None:
            _, gap, known = self._neighbour_line(upwards=False)
            sure = gap if known and below.near is None else ()
            found = replace(found, gap=(*found.gap, *gap), sure_gap=(*found.sure_gap, *sure))
        return found

    def _neighbour_line(self, *, upwards: bool) -> tuple[Boxes, Boxes, bool]:
        """Return where the near end of the next line is, the places before, and if that is sure."""
        *rest, (name, parts) = self.prefix.columns
        if rest or name != self.order.columns[0]:
            vague = (self._near_lines(),)
            return vague, vague, False
        value = parts[0].high if upwards else parts[0].low
        line = (self.population.above if upwards else self.population.below)(name, value)
        known = line.near == line.far
        low, high = (value, line.far) if upwards else (line.far, value)
        new_lines = Box.of({name: (Interval(low, high, False, False),)})
        perhaps = () if known else (new_lines,)
        if line.far is None:
            return perhaps, (new_lines,), known
        end = self.population.first(self.column) if upwards else self.population.last(self.column)
        places = Interval(None, end, True, False) if upwards else Interval(end, None, False)
        at = {name: (Interval(line.far, line.far),)}
        corner = Box.of({**at, self.column: (Interval(end, end),)})
        return (*perhaps, corner), (new_lines, Box.of({**at, self.column: (places,)})), known

    def _near_lines(self) -> Box:
        """Return the lines in which a neighbour may lie."""
        *rest, (name, parts) = self.prefix.columns
        if rest:
            return Box()
        low = self.population.below(name, parts[0].low).far
        high = self.population.above(name, parts[0].high).far
        return Box.of({name: (Interval(low, high),)})
