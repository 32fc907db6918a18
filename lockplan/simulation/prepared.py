"""What of a night is the same in every draw, laid out for the clock to run over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from lockplan.errors import InputError
from lockplan.model.airflow_order import WAITS_FOR_ALL, OrderGraph
from lockplan.model.night import Encounter, LockSystem, Night, NightTask
from lockplan.model.problem import Pair
from lockplan.model.workflow import DEFAULT_QUEUE, Skips, TriggerRule
from lockplan.planning.validation import check_jobs
from lockplan.simulation.weights import total_weights

RUNS_AFTER_SUCCESS = WAITS_FOR_ALL - {
    TriggerRule.ALL_FAILED,
    TriggerRule.ALL_SKIPPED,
}
"""Rules under which a task runs when all upstream tasks have succeeded, and not before."""
_TO_THE_END = 1 << 30
_UNLIMITED = 1 << 30


class Obstacle(NamedTuple):
    """What may stand in the way of one statement: a lock of another task."""

    holder: int
    taken: int
    """The holder's point at which it asks for the lock."""
    given_back: int
    """The holder's point at which the lock goes."""
    run: int
    """The holder's point at which the statement that took it has run."""
    encounter: int
    queues: bool
    """Whether one that waits for the lock stands in the way of those that come after it."""
    clashes: bool
    """Whether the two statements stop each other: a deadlock while both run."""


class Point(NamedTuple):
    """A moment of a task's work at which locks come or go."""

    share: float
    asks: bool
    step: int
    """The statement that asks; -1 where locks go."""


class Prepared:
    """A night with all that can be looked up."""

    def __init__(self, night: Night, *, every_step: bool) -> None:
        """Raise InputError where the night cannot run.

        `every_step` keeps the moments of all statements, not only of those that meet another.
        """
        self.night = night
        self.graph = _checked(night)
        self.downstream = tuple(tuple(sorted(below)) for below in self.graph.downstream)
        self.upstream = tuple(tuple(sorted(above)) for above in self.graph.upstream)
        self.above = tuple(map(len, self.upstream))
        self.plain = tuple(t.job.trigger_rule in RUNS_AFTER_SUCCESS for t in night.tasks)
        self.of_run = _of_runs(night)
        self.first_of_run = tuple(tuple(filter(self._starts_alone, run)) for run in self.of_run)
        """The tasks of each run that wait for no other."""
        self.rank = _ranks(night, self.graph)
        self.by_rank = tuple(sorted(range(len(night.tasks)), key=self.rank.__getitem__))
        self.limits, limit_of = _limits(night)
        self.groups = tuple(
            (task.job.pool, task.job.pool_slots, limit_of[task.run]) for task in night.tasks
        )
        """What decides beside its urgency whether a task may be queued."""
        self.prompt = tuple(
            task.past is None and not task.not_before_s and not night.scheduler_latency_s
            for task in night.tasks
        )
        """Whether a task waits for nothing but slots as soon as its trigger rule lets it go."""
        self.smooth = tuple(
            not task.awaits and not task.fails and task.job.skips is Skips.NOTHING
            for task in night.tasks
        )
        """Whether nothing but its success follows from the end of a task's work."""
        queues = night.executor.queues or ((DEFAULT_QUEUE, night.executor.capacity),)
        self.queue_slots = tuple(slots for _, slots in queues)
        number = {name: n for n, (name, _) in enumerate(queues)}
        self.queue_of = tuple(number.get(task.queue, 0) for task in night.tasks)
        met = self._that_meet()
        self.points = _points(night, met, every_step=every_step)
        self.obstacles = self._obstacles(met)

    def _starts_alone(self, task: int) -> bool:
        rule = self.night.tasks[task].job.trigger_rule
        return not self.upstream[task] or rule is TriggerRule.ALWAYS

    def _that_meet(self) -> list[tuple[int, Encounter]]:
        """Return the encounters of tasks that their order does not keep apart."""
        tasks, graph = self.night.tasks, self.graph
        return [
            (n, each)
            for n, each in enumerate(self.night.encounters)
            if each.holder != each.requester
            and not tasks[each.holder].steps[each.holder_step].brief
            and not graph.separates(each.holder, each.requester)
        ]

    def _obstacles(
        self, met: Iterable[tuple[int, Encounter]]
    ) -> tuple[tuple[tuple[Obstacle, ...], ...], ...]:
        """Return for each task and point what may be in the way there."""
        at = [{p.step: k for k, p in enumerate(points) if p.asks} for points in self.points]
        goes = [{p.share: k for k, p in enumerate(points) if not p.asks} for points in self.points]
        clashes = {_sides(each) for _, each in met if each.deadlock}
        found: dict[Pair, list[Obstacle]] = defaultdict(list)
        for n, each in met:
            holder = each.holder
            step = self.night.tasks[holder].steps[each.holder_step]
            run = goes[holder].get(step.until, _TO_THE_END)
            released = goes[holder].get(step.released, _TO_THE_END)
            obstacle = Obstacle(
                holder,
                at[holder][each.holder_step],
                run if each.while_running else released,
                run,
                n,
                each.system is not LockSystem.SQLITE,
                each.deadlock and _sides(each)[::-1] in clashes,
            )
            found[each.requester, at[each.requester][each.requester_step]].append(obstacle)
        return tuple(
            tuple(tuple(found.get((task, k), ())) for k in range(len(points)))
            for task, points in enumerate(self.points)
        )


def _sides(each: Encounter) -> tuple[Pair, Pair]:
    return (each.holder, each.holder_step), (each.requester, each.requester_step)


def _points(
    night: Night, met: Iterable[tuple[int, Encounter]], *, every_step: bool
) -> tuple[tuple[Point, ...], ...]:
    """Return each task's moments in order; where locks come and go at once, they go first."""
    asking: list[set[int]] = [set() for _ in night.tasks]
    for _, each in met:
        asking[each.holder].add(each.holder_step)
        asking[each.requester].add(each.requester_step)
    return tuple(
        _points_of(task, range(len(task.steps)) if every_step else steps)
        for task, steps in zip(night.tasks, asking, strict=True)
    )


def _points_of(task: NightTask, steps: Iterable[int]) -> tuple[Point, ...]:
    chosen = [(n, task.steps[n]) for n in steps]
    ends = {share for _, step in chosen for share in (step.until, step.released) if share < 1.0}
    asks = [Point(step.at, True, n) for n, step in chosen]
    return tuple(sorted([*asks, *(Point(share, False, -1) for share in ends)]))


def _limits(night: Night) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the limits of active tasks, and for each run which of them holds for it."""
    runs = night.runs
    together = night.airflow_major < 3
    names = [(run.dag_id, 0 if together else n) for n, run in enumerate(runs)]
    limits = {
        name: _UNLIMITED if run.max_active_tasks is None else run.max_active_tasks
        for name, run in zip(names, runs, strict=True)
    }
    number = {name: n for n, name in enumerate(limits)}
    return tuple(limits.values()), tuple(number[name] for name in names)


def _of_runs(night: Night) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in night.runs]
    for n, task in enumerate(night.tasks):
        found[task.run].append(n)
    return tuple(map(tuple, found))


def _ranks(night: Night, graph: OrderGraph) -> tuple[int, ...]:
    """Return each task's place among all in the scheduler's order.

    Larger weights come first, then earlier runs; equal ones go in topological order. Source:
    Airflow's ``SchedulerJobRunner``, 2.11 and 3.3.
    """
    own = [task.job.priority_weight for task in night.tasks]
    weights = total_weights(own, [task.weight_rule for task in night.tasks], graph)
    place = {task: n for n, task in enumerate(graph.topological)}
    order = sorted(
        range(len(night.tasks)),
        key=lambda n: (-weights[n], night.runs[night.tasks[n].run].starts_s, place[n]),
    )
    ranks = [0] * len(order)
    for rank, task in enumerate(order):
        ranks[task] = rank
    return tuple(ranks)


def _checked(night: Night) -> OrderGraph:
    queues = dict(night.executor.queues)
    for task in night.tasks:
        if queues and queues.get(task.queue, 0) < 1:
            raise InputError(
                str(task.job.key),
                f"no worker serves its queue {task.queue!r}",
                f"Let one serve it; known are {', '.join(sorted(queues))}.",
            )
    edges = [(up, n) for n, task in enumerate(night.tasks) for up in task.upstream]
    jobs = [task.job for task in night.tasks]
    return check_jobs(jobs, edges, night.executor.capacity, night.pools)
