"""One simulated run: a clock that goes from event to event, and what each event changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from heapq import heappop, heappush
from math import isfinite

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Problem
from lockplan.model.timeline import LockWait, RunState, TaskRun
from lockplan.model.verdict import Outcome
from lockplan.simulation.locks import Locks, Patience
from lockplan.simulation.slots import Slots, urgency
from lockplan.simulation.trigger_rules import Decision, decide

LOCK_WAIT_TIMEOUT = "1205"
DEADLOCK = "1213"


class _Event(IntEnum):
    """What happens to a task; at the same second, work ends before patience does."""

    END = 0
    DEADLOCK = 1
    TIMEOUT = 2


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A wait that goes on."""

    since_s: float
    holder: int
    table: str


class Execution:
    """The state of a run."""

    def __init__(
        self, problem: Problem, graph: OrderGraph, locks: Locks, lock_wait_timeout_s: float
    ) -> None:
        self.jobs = problem.jobs
        self.graph = graph
        self.locks = locks
        self.patience = Patience(lock_wait_timeout_s, LOCK_WAIT_TIMEOUT)
        self.errors: dict[int, str] = {}
        self.slots = Slots(problem)
        self.urgency = urgency(problem, graph)
        self.now = 0.0
        self.events: list[tuple[float, _Event, int]] = []
        self.ready: list[int] = []
        self.ready_s: dict[int, float] = {}
        self.start_s: dict[int, float] = {}
        self.waiting: dict[int, _Waiting] = {}
        self.waits: dict[int, list[LockWait]] = {}
        self.runs: dict[int, TaskRun] = {}

    def run(self) -> tuple[TaskRun, ...]:
        """Let the clock run out, and return one run per task in the order of the jobs."""
        self._settle(self.graph.topological)
        self._start_what_fits()
        while self.events:
            self.now = self.events[0][0]
            while self.events and self.events[0][0] == self.now:
                _, event, task = heappop(self.events)
                self._handle(event, task)
            self._start_what_fits()
        return tuple(self.runs[task] for task in range(len(self.jobs)))

    def _handle(self, event: _Event, task: int) -> None:
        if event is _Event.END:
            self._stop(task, RunState.SUCCESS)
        elif event is _Event.DEADLOCK:
            self._stop(task, RunState.FAILED, DEADLOCK)
        elif task in self.waiting:
            self._stop(task, RunState.FAILED, self.errors[task])

    def _settle(self, tasks: Iterable[int]) -> None:
        """Apply the trigger rules of tasks, and of those after a task that ends by its rule."""
        pending = list(tasks)
        for task in pending:
            if task in self.ready_s:
                continue
            decision = decide(self.jobs[task].trigger_rule, self._states_above(task))
            if decision is Decision.WAIT:
                continue
            self.ready_s[task] = self.now
            if decision is Decision.RUN:
                self.ready.append(task)
                continue
            skipped = decision is Decision.SKIP
            self._record(task, RunState.SKIPPED if skipped else RunState.UPSTREAM_FAILED)
            pending += sorted(self.graph.downstream[task])

    def _states_above(self, task: int) -> list[RunState | None]:
        above = (self.runs.get(up) for up in self.graph.upstream[task])
        return [run.state if run else None for run in above]

    def _start_what_fits(self) -> None:
        """Give the free slots to the most urgent tasks; a full pool lets others pass."""
        self.ready.sort(key=self.urgency.__getitem__)
        left = []
        for task in self.ready:
            if self.slots.fit(self.jobs[task]):
                self._start(task)
            else:
                left.append(task)
        self.ready = left

    def _start(self, task: int) -> None:
        self.slots.take(self.jobs[task])
        self.start_s[task] = self.now
        in_the_way = tuple(self.locks.in_the_way(task).values())
        if any(meeting.outcome is Outcome.DEADLOCK for meeting in in_the_way):
            self._schedule(0.0, _Event.DEADLOCK, task)
            return
        self.locks.ask(task)
        self._work_or_wait(task)
        if task in self.waiting:
            patience = min(
                (meeting.patience or self.patience for meeting in in_the_way),
                key=lambda one: one.timeout_s,
            )
            self.errors[task] = patience.error
            if isfinite(patience.timeout_s):
                self._schedule(patience.timeout_s, _Event.TIMEOUT, task)

    def _work_or_wait(self, task: int) -> None:
        in_the_way = self.locks.in_the_way(task)
        if not in_the_way:
            self._schedule(self.jobs[task].duration_s, _Event.END, task)
            return
        holder = min(in_the_way, key=lambda other: other in self.waiting)  # who works comes first
        self.waiting[task] = _Waiting(self.now, holder, in_the_way[holder].table)

    def _end_wait(self, task: int) -> None:
        wait = self.waiting.pop(task, None)
        if wait and wait.since_s < self.now:
            holder = self.jobs[wait.holder].key
            stretch = LockWait(wait.since_s, self.now, holder, wait.table)
            self.waits.setdefault(task, []).append(stretch)

    def _schedule(self, delay_s: float, event: _Event, task: int) -> None:
        heappush(self.events, (self.now + delay_s, event, task))

    def _stop(self, task: int, state: RunState, error: str | None = None) -> None:
        self.slots.give_back(self.jobs[task])
        self._end_wait(task)
        for other in self.locks.release(task):
            if other in self.waiting and self.waiting[other].holder == task:
                self._end_wait(other)
                self._work_or_wait(other)
        self._record(task, state, error)
        self._settle(sorted(self.graph.downstream[task]))

    def _record(self, task: int, state: RunState, error: str | None = None) -> None:
        self.runs[task] = TaskRun(
            task=self.jobs[task].key,
            state=state,
            ready_s=self.ready_s[task],
            start_s=self.start_s.get(task, self.now),
            end_s=self.now,
            waits=tuple(self.waits.get(task, ())),
            error=error,
        )
