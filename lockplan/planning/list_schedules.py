"""List schedules: tasks placed one by one, or started as time goes by, in the order of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush

from lockplan.planning.budget import Budget
from lockplan.planning.dispatch import dispatch
from lockplan.planning.instance import Instance, Starts, inverse
from lockplan.planning.measures import conflict_work, heads, tails, work_below
from lockplan.planning.profile import Profile

Keys = Sequence[float]
"""A number per task: the smallest goes first."""


def _tail(instance: Instance) -> Keys:
    """Prefer the longest way to the end, the task itself included."""
    late = tails(instance)
    return [-tail - own for tail, own in zip(late, instance.durations, strict=True)]


def _conflict_work(instance: Instance) -> Keys:
    """Prefer who keeps most work waiting."""
    return [-work for work in conflict_work(instance)]


def _critical_resource(instance: Instance) -> Keys:
    """Prefer the longest way to the end on which rivals' work counts a tenth."""
    work = conflict_work(instance)
    weights = [own + other / 10 for own, other in zip(instance.durations, work, strict=True)]
    late = tails(instance, weights)
    return [-tail - weight for tail, weight in zip(late, weights, strict=True)]


def _both_works(instance: Instance) -> Keys:
    """Prefer the longest way to the end and half of the rivals' work."""
    pairs = zip(_tail(instance), conflict_work(instance), strict=True)
    return [tail - work / 2 for tail, work in pairs]


def _slack(instance: Instance) -> Keys:
    """Prefer who has the longest way to the end and the shortest way to it."""
    pairs = zip(_tail(instance), heads(instance), strict=True)
    return [tail - head for tail, head in pairs]


def _work_below(instance: Instance) -> Keys:
    """Prefer who has most work below it."""
    below = work_below(instance)
    return [-work - own for work, own in zip(below, instance.durations, strict=True)]


def _as_written(instance: Instance) -> Keys:
    """Prefer the author's order, which often needs the fewest edges."""
    return inverse(instance.topological)


RULES: tuple[Callable[[Instance], Keys], ...] = (
    _critical_resource,
    _tail,
    _conflict_work,
    _both_works,
    _slack,
    _work_below,
    _as_written,
)


def list_schedules(instance: Instance, budget: Budget) -> Iterator[Starts]:
    """Yield the schedules of all rules, dispatched and placed serially; at least one."""
    keys: list[Keys] = []
    for rule in RULES:
        if not budget.take(dispatch_work(instance)) and keys:
            return
        keys.append(rule(instance))
        yield dispatch(instance, keys[-1])
    for key in keys:
        if not budget.take(serial_work(instance)):
            return
        yield serial(instance, key)


def dispatch_work(instance: Instance) -> int:
    """Return about how many microseconds a dispatch takes."""
    return 20 * instance.size


def serial_work(instance: Instance) -> int:
    """Return about how many microseconds placing all tasks takes: profiles grow with them."""
    return instance.size * (25 + instance.size // 80) + sum(map(len, instance.rivals))


def serial(instance: Instance, keys: Keys) -> Starts:
    """Place the tasks one by one, each at the first time at which it fits."""
    return _Serial(instance).place(keys)


class _Serial:
    """A schedule that grows: later tasks may still fill the gaps that earlier ones left."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.starts = [-1] * instance.size
        self.profiles = [
            (Profile(capacity.limit), capacity.demands)
            for capacity in instance.capacities
            if capacity.limit < sum(capacity.demands)
        ]

    def place(self, keys: Keys) -> Starts:
        missing = [len(above) for above in self.instance.upstream]
        ready = [(keys[task], task) for task, count in enumerate(missing) if not count]
        heapify(ready)
        while ready:
            task = heappop(ready)[1]
            self._place(task)
            for down in self.instance.downstream[task]:
                missing[down] -= 1
                if not missing[down]:
                    heappush(ready, (keys[down], down))
        return tuple(self.starts)

    def _place(self, task: int) -> None:
        start = self._first_fit(task)
        self.starts[task] = start
        for profile, demands in self.profiles:
            profile.take(start, start + self.instance.durations[task], demands[task])

    def _first_fit(self, task: int) -> int:
        durations, duration = self.instance.durations, self.instance.durations[task]
        taken = sorted(
            (self.starts[rival], self.starts[rival] + durations[rival])
            for rival in self.instance.rivals[task]
            if self.starts[rival] >= 0
        )
        above = self.instance.upstream[task]
        start = max((self.starts[up] + durations[up] for up in above), default=0)
        while True:
            moved = _beside(taken, start, duration)
            for profile, demands in self.profiles:
                moved = profile.first_fit(moved, duration, demands[task])
            if moved == start:
                return start
            start = moved


def _beside(taken: Sequence[tuple[int, int]], start: int, duration: int) -> int:
    """Return the first time from `start` on that leaves `duration` free between taken times."""
    for begin, end in taken:
        if begin >= start + duration:
            break
        start = max(start, end)
    return start
