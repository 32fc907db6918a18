"""Runs that differ in what a task sends: the first of each kind, however far away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from datetime import timedelta

from lockplan.conflicts.horizon import ClockZones
from lockplan.model.access import Footprint
from lockplan.model.computed import Computed, truth
from lockplan.model.dates import Anchor, RunDates

RUNS = 1500
FAR = timedelta(days=1500)
"""How far to look: four years, in which the first of a month falls on every day of the week."""

_Calendar = tuple[Hashable, tuple[ClockZones, ...]]
RunPairs = tuple[tuple[RunDates, RunDates], ...]


def conditions(footprint: Footprint) -> tuple[Computed, ...]:
    """Return the conditions on the run's dates under which a task touches tables."""
    found = (
        access.when
        for transaction in footprint.transactions
        for access in transaction.accesses
        if access.when is not None
    )
    return tuple(dict.fromkeys(found))


def in_zones(
    pairs: Iterable[tuple[RunDates, RunDates]], zones: Sequence[ClockZones]
) -> Iterator[tuple[RunDates, RunDates]]:
    """Yield each pair of runs with its clocks in each of the zones in which they may be."""
    return ((a.with_clocks(*each), b.with_clocks(*each)) for a, b in pairs for each in zones)


def zones_for(clocks: Collection[Anchor], zones: Sequence[ClockZones]) -> tuple[ClockZones, ...]:
    """Return the zones of which one may show another day than the others by the clocks read."""
    server, worker = zones[0]
    return tuple(
        dict.fromkeys(
            (
                each[0] if Anchor.SERVER_TIME in clocks else server,
                each[1] if Anchor.WORKER_TIME in clocks else worker,
            )
            for each in zones
        )
    )


class ConditionalRuns:
    """Finds runs in which conditions hold together; what was looked through once is kept."""

    def __init__(self, clock_zones: Sequence[ClockZones]) -> None:
        self._clock_zones = clock_zones
        self._pairs: dict[_Calendar, RunPairs] = {}
        self._held: dict[tuple[_Calendar, int, Computed], tuple[bool, ...]] = {}

    def kinds(
        self,
        of: Hashable,
        pairs: Callable[[], Iterable[tuple[RunDates, RunDates]]],
        asked: Sequence[tuple[Computed, ...]],
    ) -> Iterator[tuple[RunDates, RunDates]]:
        """Yield the first pair of runs for each combination of conditions that hold in it.

        `pairs` gives the runs of two DAGs to look through, the same ones wherever `of` is equal;
        `asked` holds the conditions on the dates of the first and of the second.
        """
        if not any(asked):
            return
        read = {leaf.anchor for some in asked for each in some for leaf in each.leaves()}
        calendar = (of, zones_for(read, self._clock_zones))
        if calendar not in self._pairs:
            self._pairs[calendar] = tuple(self._in_zones(pairs(), calendar[1]))
        columns = [
            self._column(calendar, side, each) for side, some in enumerate(asked) for each in some
        ]
        seen: set[tuple[bool, ...]] = set()
        for pair, held in zip(self._pairs[calendar], zip(*columns, strict=True), strict=True):
            if held not in seen:
                seen.add(held)
                yield pair

    def _in_zones(
        self, pairs: Iterable[tuple[RunDates, RunDates]], zones: tuple[ClockZones, ...]
    ) -> Iterable[tuple[RunDates, RunDates]]:
        # The runs of a schedule come with the clocks that are shown.
        return pairs if zones == tuple(self._clock_zones[:1]) else in_zones(pairs, zones)

    def _column(self, calendar: _Calendar, side: int, asked: Computed) -> tuple[bool, ...]:
        key = (calendar, side, asked)
        if key not in self._held:
            holds = truth(asked).at
            self._held[key] = tuple(holds(pair[side]) for pair in self._pairs[calendar])
        return self._held[key]
