"""Dispatch as Airflow does it, without locks: what may start, starts, the most urgent first."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from heapq import heappop, heappush

from lockplan.planning.instance import Instance, Starts


class _Dispatch:
    """The state of one dispatch: time runs from one end of a task to the next."""

    def __init__(self, instance: Instance, keys: Sequence[float]) -> None:
        self.instance = instance
        self.keys = keys
        self.missing = list(instance.needs)
        self.free = [capacity.limit for capacity in instance.capacities]
        self.blocked = [0] * instance.size
        """How many rivals of each task run."""
        self.ends: list[tuple[int, int]] = []
        self.starts = [0] * instance.size
        self.ready = sorted(
            (keys[task], task) for task, needed in enumerate(self.missing) if not needed
        )

    def run(self) -> Starts:
        now = 0
        self._start_what_fits(now)
        while self.ends:
            now = self.ends[0][0]
            while self.ends and self.ends[0][0] == now:
                self._end(heappop(self.ends)[1])
            self._start_what_fits(now)
        return tuple(self.starts)

    def _start_what_fits(self, now: int) -> None:
        kept = []
        looked_at = 0
        for entry in self.ready:
            if not self.free[0]:
                break
            looked_at += 1
            if self._fits(entry[1]):
                self._start(entry[1], now)
            else:
                kept.append(entry)
        self.ready[:looked_at] = kept

    def _fits(self, task: int) -> bool:
        if self.blocked[task]:
            return False
        for capacity, free in zip(self.instance.capacities, self.free, strict=True):
            if capacity.demands[task] > free:
                return False
        return True

    def _start(self, task: int, now: int) -> None:
        self._take(task, -1)
        self.starts[task] = now
        heappush(self.ends, (now + self.instance.durations[task], task))

    def _end(self, task: int) -> None:
        self._take(task, 1)
        for down in self.instance.downstream[task]:
            self.missing[down] -= 1
            if not self.missing[down]:
                insort(self.ready, (self.keys[down], down))

    def _take(self, task: int, sign: int) -> None:
        for position, capacity in enumerate(self.instance.capacities):
            self.free[position] += sign * capacity.demands[task]
        for rival in self.instance.rivals[task]:
            self.blocked[rival] -= sign


def dispatch(instance: Instance, keys: Sequence[float]) -> Starts:
    """Return when each task starts if whatever may start does, smallest key first.

    A task that does not fit (its pool is full, a rival runs) lets later ones pass, as in Airflow.
    """
    return _Dispatch(instance, keys).run()
