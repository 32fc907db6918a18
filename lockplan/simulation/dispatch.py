"""Who gets the next free slot: Airflow's scheduler with its limits, then the executor's workers."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from lockplan.simulation.prepared import Prepared

Group = tuple[str, int, int]
"""Tasks of one pool, of so many of its slots each, under one limit of active tasks."""


class Dispatcher:
    """Ready tasks, queued ones and the slots that are free.

    The scheduler queues the most urgent tasks as far as ``parallelism``, their pools and
    ``max_active_tasks`` let it; a full pool lets others pass. The queued ones occupy their pools
    and wait for a worker's slot in the order of queueing.
    """

    def __init__(self, prepared: Prepared) -> None:
        night = prepared.night
        executor = night.executor
        self._rank, self._by_rank = prepared.rank, prepared.by_rank
        self._groups = prepared.groups
        self._last = len(night.tasks)
        self._queue_of = prepared.queue_of
        self._open = executor.capacity if executor.parallelism is None else executor.parallelism
        self._pools = {pool.name: pool.slots for pool in night.pools if pool.slots >= 0}
        self._limits = list(prepared.limits)
        self._ready: dict[Group, list[int]] = {}
        self._queued: tuple[deque[int], ...] = tuple(deque() for _ in prepared.queue_slots)
        self._free = list(prepared.queue_slots)

    def add(self, task: int) -> None:
        """Let a task wait for a slot."""
        heappush(self._ready.setdefault(self._groups[task], []), self._rank[task])

    def next(self) -> list[int]:
        """Return the tasks that start now; their slots are taken."""
        while self._open > 0 and self._ready:
            group = self._most_urgent()
            if group is None:
                break
            self._queue(group)
        started = []
        for n, queue in enumerate(self._queued):
            while queue and self._free[n] > 0:
                self._free[n] -= 1
                started.append(queue.popleft())
        return started

    def give_back(self, task: int) -> None:
        """Free what a task occupied."""
        pool, slots, limit = self._groups[task]
        self._free[self._queue_of[task]] += 1
        self._move(pool, slots, limit)

    def _most_urgent(self) -> Group | None:
        """Return the group of the most urgent task for which there is room."""
        best, first = None, self._last
        for group, ready in self._ready.items():
            pool, slots, limit = group
            room = self._limits[limit] > 0 and self._pools.get(pool, slots) >= slots
            if room and ready[0] < first:
                best, first = group, ready[0]
        return best

    def _queue(self, group: Group) -> None:
        task = self._by_rank[heappop(self._ready[group])]
        if not self._ready[group]:
            del self._ready[group]
        pool, slots, limit = group
        self._move(pool, -slots, limit, -1)
        self._queued[self._queue_of[task]].append(task)

    def _move(self, pool: str, slots: int, limit: int, sign: int = 1) -> None:
        self._open += sign
        self._limits[limit] += sign
        if pool in self._pools:
            self._pools[pool] += slots
