"""One simulated night: a clock that goes from event to event, and what each event changes."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count
from math import isfinite

from lockplan.model.night import LockSystem
from lockplan.model.timeline import RunState
from lockplan.simulation.dispatch import Dispatcher
from lockplan.simulation.events import TOLD, Chance, Error, Event, Passed, Stretch
from lockplan.simulation.locking import IDLE, LockTable, Waiting
from lockplan.simulation.patience import Patience, patience
from lockplan.simulation.prepared import Obstacle, Prepared
from lockplan.simulation.trigger_rules import Decision, decide

_DECIDED = {Decision.SKIP: RunState.SKIPPED, Decision.FAIL: RunState.UPSTREAM_FAILED}
_ENDED_WELL = (RunState.SUCCESS, RunState.SKIPPED)


class Clock:
    """The state of a night."""

    def __init__(self, prepared: Prepared, chance: Chance, *, trace: bool = False) -> None:
        night = prepared.night
        tasks = range(len(night.tasks))
        self.prepared, self.night, self.chance = prepared, night, chance
        self.patience: Mapping[LockSystem, Patience] = patience(night.servers)
        self.slots = Dispatcher(prepared)
        self.locks = LockTable(prepared)
        self.now = 0.0
        self.events: list[tuple[float, int, int, int, int]] = []
        self._numbers = count()
        self._missing = list(prepared.above)
        self._troubled = [False for _ in tasks]
        self.states: list[RunState | None] = [None for _ in tasks]
        self.ready_s: list[float | None] = [None for _ in tasks]
        self.first_start_s: list[float | None] = [None for _ in tasks]
        self.start_s = [0.0 for _ in tasks]
        self.end_s = [0.0 for _ in tasks]
        self.work_s = [0.0 for _ in tasks]
        self.tries = [0 for _ in tasks]
        self.marks = [0 for _ in tasks]
        """What is planned for a task under an earlier mark is out of date."""
        self.passed_s = [0.0 for _ in tasks]
        """When each task came to its last point."""
        self._error_of: dict[int, str] = {}
        """What ends those that wait if they wait too long."""
        self._failing: dict[int, tuple[str, int]] = {}
        """The error of those whose statement has failed, and who was in the way."""
        self.run_start_s: list[float | None] = [None for _ in night.runs]
        self._left = [len(members) for members in prepared.of_run]
        self._active: dict[str, int] = defaultdict(int)
        self._due: dict[str, deque[int]] = defaultdict(deque)
        self._after_past: dict[int, list[int]] = defaultdict(list)
        self._sensing: dict[int, list[int]] = defaultdict(list)
        self.stretches: list[Stretch] = []
        self.errors: list[Error] = []
        self.passed: list[Passed] | None = [] if trace else None

    def run(self) -> None:
        """Let the clock run out."""
        for n, run in enumerate(self.night.runs):
            self._schedule(run.starts_s, Event.RUN, n)
        handlers = (
            self._release,
            self._end,
            self._gone,
            self._ready,
            self._due_run,
            self._ask,
            self._look,
            self._lose_patience,
        )
        events, marks = self.events, self.marks
        while events:
            self.now = now = events[0][0]
            while events and events[0][0] == now:
                _, event, _, task, mark = heappop(events)
                if event == Event.RUN or marks[task] == mark:
                    handlers[event](task)
            for task in self.slots.next():
                self._start(task)

    def _schedule(self, at_s: float, event: Event, task: int) -> None:
        mark = 0 if event is Event.RUN else self.marks[task]
        heappush(self.events, (at_s, event, next(self._numbers), task, mark))

    # Runs and the order of tasks

    def _due_run(self, run: int) -> None:
        dag_id, most = self.night.runs[run].dag_id, self.night.runs[run].max_active_runs
        if most is not None and self._active[dag_id] >= most:
            self._due[dag_id].append(run)
            return
        self._active[dag_id] += 1
        self.run_start_s[run] = self.now
        self._settle(self.prepared.first_of_run[run])
        if not self.prepared.of_run[run]:
            self._end_run(run)

    def _end_run(self, run: int) -> None:
        dag_id = self.night.runs[run].dag_id
        self._active[dag_id] -= 1
        if self._due[dag_id]:
            self._schedule(self.now, Event.RUN, self._due[dag_id].popleft())

    def _settle(self, tasks: Iterable[int]) -> None:
        """Apply the trigger rules of tasks, and of those after a task that ends by its rule."""
        for task in tasks:
            if self.states[task] is not None or self.ready_s[task] is not None:
                continue
            above = [self.states[up] for up in self.prepared.upstream[task]]
            decision = decide(self.night.tasks[task].job.trigger_rule, above)
            if decision is Decision.RUN:
                self._let_go(task)
            elif decision is not Decision.WAIT:
                self.ready_s[task] = self.now
                self._note(task, _DECIDED[decision])

    def _let_go(self, task: int) -> None:
        """Let a task wait for a slot, unless its own last run or its time keeps it back."""
        if self.prepared.prompt[task]:
            self.ready_s[task] = self.now
            self.slots.add(task)
            return
        told = self.night.tasks[task]
        if told.past is not None and self.states[told.past] not in _ENDED_WELL:
            self._after_past[told.past].append(task)
            return
        begun_s = self.run_start_s[told.run] or 0.0
        soonest_s = max(self.now + self.night.scheduler_latency_s, begun_s + told.not_before_s)
        self.ready_s[task] = soonest_s
        if soonest_s > self.now:
            self._schedule(soonest_s, Event.READY, task)
        else:
            self.slots.add(task)

    def _ready(self, task: int) -> None:
        if self.states[task] is None:
            self.slots.add(task)

    def _note(self, task: int, state: RunState) -> None:
        """Note how a task ended, and let those after it go."""
        self.states[task] = state
        self.end_s[task] = self.now
        run = self.night.tasks[task].run
        success = state is RunState.SUCCESS
        for below in self.prepared.downstream[task]:
            self._missing[below] -= 1
            if not success:
                self._troubled[below] = True
            if not self._troubled[below] and self.prepared.plain[below]:
                if not self._missing[below] and self.ready_s[below] is None:
                    self._let_go(below)
            else:
                self._settle((below,))
        if state in _ENDED_WELL and task in self._after_past:
            for later in self._after_past.pop(task):
                self._let_go(later)
        for sensor in self._sensing.pop(task, ()):
            self._end(sensor)
        self._left[run] -= 1
        if not self._left[run]:
            self._end_run(run)

    # Tries

    def _start(self, task: int) -> None:
        if self.states[task] is not None:  # skipped by a branch while it was queued
            self.slots.give_back(task)
            self._schedule(self.now, Event.READY, task)  # so that another one gets the slot
            return
        self.tries[task] += 1
        self.start_s[task] = self.now
        if self.first_start_s[task] is None:
            self.first_start_s[task] = self.now
        self.passed_s[task] = self.now
        self.work_s[task] = self.chance.duration_s(task)
        self._go_on(task, 0.0)

    def _go_on(self, task: int, share: float) -> None:
        """Let a task work from here to its next point."""
        points = self.prepared.points[task]
        k = self.locks.progress[task] + 1 if points else 0
        if k == len(points):
            self._schedule(self.now + (1.0 - share) * self.work_s[task], Event.END, task)
            return
        point = points[k]
        event = Event.ASK if point.asks else Event.RELEASE
        self._schedule(self.now + (point.share - share) * self.work_s[task], event, task)

    def _pass(self, task: int) -> None:
        self.locks.progress[task] += 1
        self.passed_s[task] = self.now
        point = self.locks.progress[task]
        if self.passed is not None:
            self.passed.append(Passed(task, point, self.now))
        self._go_on(task, self.prepared.points[task][point].share)

    def _release(self, task: int) -> None:
        self._pass(task)
        self._wake()

    def _end(self, task: int) -> None:
        if self.prepared.smooth[task]:
            self._leave(task)
            self._note(task, RunState.SUCCESS)
            return
        awaited = self.night.tasks[task].awaits
        pending = next((each for each in awaited if self.states[each] is None), None)
        if pending is not None:
            self._sensing[pending].append(task)
        elif self.night.tasks[task].fails:
            self._failing[task] = (TOLD, -1)
            self._gone(task)
        else:
            self._leave(task)
            skipped = self.chance.skipped_by(task)
            for each in skipped:
                self._skip(each)
            self._note(task, RunState.SUCCESS)

    def _skip(self, task: int) -> None:
        """Skip what has not started; what is at work goes on."""
        if self.states[task] is None and not self.tries[task]:
            self.ready_s[task] = self.now
            self._note(task, RunState.SKIPPED)

    def _leave(self, task: int) -> None:
        """End a try: its connections with their locks, and its slots."""
        self.slots.give_back(task)
        self._end_of_locks(task)

    def _end_of_locks(self, task: int) -> None:
        self.locks.progress[task] = IDLE
        if self.passed is not None:
            self.passed.append(Passed(task, -1, self.now))
        if self.locks.waiting:
            self._wake()

    def _gone(self, task: int) -> None:
        """End a try that failed, and try again where a retry is left."""
        told = self.night.tasks[task]
        error, holder = self._failing.pop(task)
        self._leave(task)
        self.errors.append(Error(task, self.start_s[task], self.now, error, holder))
        tried = self.tries[task]
        if tried > told.retries:
            self._note(task, RunState.FAILED)
            return
        delay_s = told.retry_delay_s * (2 ** (tried - 1) if told.exponential_backoff else 1)
        self._schedule(self.now + min(delay_s, told.max_retry_delay_s), Event.READY, task)

    # Locks

    def _ask(self, task: int) -> None:
        found = self.locks.ask(task, self.now)
        if not found:
            self._pass(task)
            return
        clash = next((each for each in found if self._clashes(each)), None)
        if clash is not None:
            self._break([task, clash.holder], clash)
        else:
            self._wait(task, found)

    def _clashes(self, obstacle: Obstacle) -> bool:
        """Whether the other's statement runs, and the two stop each other."""
        progress = self.locks.progress[obstacle.holder]
        running = obstacle.taken <= progress < obstacle.run
        return obstacle.clashes and running and obstacle.holder not in self.locks.waiting

    def _wait(self, task: int, found: Sequence[Obstacle]) -> None:
        rules = [self._patience(obstacle) for obstacle in found]
        soonest = min(rules, key=lambda rule: rule.timeout_s)
        self._error_of[task] = soonest.error
        if isfinite(soonest.timeout_s):
            self._schedule(self.now + soonest.timeout_s, Event.TIMEOUT, task)
        look_s = min(rule.deadlock_after_s for rule in rules)
        if not look_s:
            self._look(task)
        elif isfinite(look_s):
            self._schedule(self.now + look_s, Event.LOOK, task)

    def _patience(self, obstacle: Obstacle) -> Patience:
        return self.patience[self.night.encounters[obstacle.encounter].system]

    def _look(self, task: int) -> None:
        while task in self.locks.waiting and (circle := self.locks.circle(task)):
            self._break(circle, self.locks.waiting[task].obstacle)

    def _break(self, circle: list[int], obstacle: Obstacle) -> None:
        """Let the victim of a deadlock fail: the first of the circle noticed it."""
        rule = self._patience(obstacle)
        victim = min(circle, key=self._changed_s) if rule.spares_the_larger else circle[0]
        held = self.locks.waiting.get(victim)
        holder = held.obstacle.holder if held else circle[0]
        self._fail(victim, rule.deadlock_error, holder)
        self._end_of_locks(victim)

    def _changed_s(self, task: int) -> float:
        """Return the seconds for which a task has changed rows that are not committed yet."""
        done = self._done(task)
        steps = self.night.tasks[task].steps
        open_steps = (step for step in steps if step.at < done < step.released and step.writes)
        return self.work_s[task] * sum(min(done, step.until) - step.at for step in open_steps)

    def _done(self, task: int) -> float:
        """Return the share of its work that a task has done."""
        points, k = self.prepared.points[task], self.locks.progress[task]
        if task in self.locks.waiting:
            return points[k + 1].share
        if not self.work_s[task]:
            return 0.0
        return points[k].share + (self.now - self.passed_s[task]) / self.work_s[task]

    def _lose_patience(self, task: int) -> None:
        self._fail(task, self._error_of[task], self.locks.waiting[task].obstacle.holder)
        self._wake()

    def _fail(self, task: int, error: str, holder: int) -> None:
        """Let a statement fail; what was locked before stays so until the task has ended."""
        waiting = self.locks.waiting.pop(task, None)
        if waiting is not None:
            self._end_stretch(task, waiting)
        self.marks[task] += 1
        self._failing[task] = (error, holder)
        self._schedule(self.now + self.night.servers.disconnect_s, Event.GONE, task)

    def _wake(self) -> None:
        """Let go on, or wait for another one, who waited for locks that may have gone."""
        for task in list(self.locks.waiting):
            found = self.locks.still_in_the_way(task)
            before = self.locks.waiting[task]
            if not found:
                del self.locks.waiting[task]
                self.marks[task] += 1
                self._end_stretch(task, before)
                self._pass(task)
            elif self.locks.move_on(task, found, self.now):
                self._end_stretch(task, before)

    def _end_stretch(self, task: int, waiting: Waiting) -> None:
        if waiting.since_s < self.now:
            holder, encounter = waiting.obstacle.holder, waiting.obstacle.encounter
            stretch = Stretch(task, waiting.since_s, self.now, holder, encounter, waiting.others)
            self.stretches.append(stretch)
