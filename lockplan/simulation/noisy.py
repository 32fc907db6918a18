"""Nights as they could go: noisy durations, failures, retries, skips and branches; no locks.

States change as Airflow's scheduler changes them. Source: Airflow's ``TriggerRuleDep`` and
``SkipMixin``, 2.11 and 3.3; how the two differ in what a branch skips is drawn, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from heapq import heappop, heappush
from itertools import count
from random import Random

from lockplan.model.problem import Job, Pair, Problem
from lockplan.model.timeline import RunState
from lockplan.model.workflow import Skips
from lockplan.planning.validation import check
from lockplan.simulation.branches import Branches
from lockplan.simulation.slots import Slots, urgency
from lockplan.simulation.trigger_rules import Decision, decide


@dataclass(frozen=True, slots=True)
class Noise:
    """What chance does to a night; each share is that of the tries that it befalls."""

    sigma: float = 0.3
    """Of the durations, which are lognormal about the planned ones."""
    failing: float = 0.0
    skipping: float = 0.0
    """Tries that end in a skip of the task's own, as with ``AirflowSkipException``."""
    retries: int = 0
    retry_delay_s: float = 300.0
    most_copies: int = 3
    """Of a mapped task, which is also drawn without any."""
    kill_s: float = 5.0
    """How long a task at most works on after Airflow has noted it as skipped."""


class End(StrEnum):
    """How a try ended."""

    SUCCESS = "success"
    FAILED = "failed"
    RETRIED = "up_for_retry"
    SKIPPED = "skipped"
    KILLED = "killed after a branch had skipped it"


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a task, or of one copy of a mapped task."""

    task: int
    start_s: float
    end_s: float
    end: End


@dataclass(frozen=True, slots=True)
class Night:
    """One run of the DAG."""

    tries: tuple[Try, ...]
    states: tuple[tuple[RunState, ...], ...]
    """For each task how it, or each of its copies, was noted in the end."""
    ended_s: tuple[float, ...]
    """For each task when its last copy had ended, at work and in Airflow's notes."""

    def spans(self) -> dict[int, tuple[float, float]]:
        """Return for each task that ran from when to when, the pauses before retries included."""
        spans: dict[int, tuple[float, float]] = {}
        for each in self.tries:
            start_s, end_s = spans.get(each.task, (each.start_s, each.end_s))
            spans[each.task] = (min(start_s, each.start_s), max(end_s, each.end_s))
        return spans


class NoisyNights:
    """A DAG whose nights can be drawn."""

    def __init__(self, problem: Problem, edges: Iterable[Pair], noise: Noise) -> None:
        """Raise InputError where the problem cannot run."""
        self.problem = problem
        self.noise = noise
        graph = check(problem, edges)
        self.upstream = tuple(tuple(sorted(above)) for above in graph.upstream)
        self.urgency = urgency(problem, graph)
        self.branches = Branches(graph)

    def night(self, seed: int) -> Night:
        """Draw one night; the same seed gives the same night."""
        return _Night(self, Random(seed)).run()


class _Phase(Enum):
    """Where a task, or a copy of one, stands."""

    WAITING = 0
    QUEUED = 1
    AT_WORK = 2
    NOTED = 3
    """Noted as skipped, and still at work."""
    PAUSED = 4
    """It has failed, and is tried again later."""
    ENDED = 5


_DECIDED = {Decision.SKIP: RunState.SKIPPED, Decision.FAIL: RunState.UPSTREAM_FAILED}
_AS_NOTED = {
    End.SUCCESS: RunState.SUCCESS,
    End.FAILED: RunState.FAILED,
    End.SKIPPED: RunState.SKIPPED,
}


@dataclass(slots=True, eq=False)
class _Copy:
    """A task, or one of the copies of a mapped task."""

    task: int
    number: int
    job: Job
    awaited: list[_Copy]
    below: list[_Copy]
    empty: bool = False
    """Whether it only stands for a mapped task without copies."""
    phase: _Phase = _Phase.WAITING
    state: RunState | None = None
    tries: int = 0
    start_s: float = 0.0
    end: End = End.SUCCESS
    ended_s: float = 0.0


class _Night:
    """The state of one run."""

    def __init__(self, nights: NoisyNights, random: Random) -> None:
        self.nights = nights
        self.noise = nights.noise
        self.random = random
        self.overwrites = random.random() < 0.5
        """Whether a skip also befalls what works or has ended, as in Airflow 2."""
        self.slots = Slots(nights.problem)
        self.copies = self._make_copies()
        self.queue: list[_Copy] = []
        self.now = 0.0
        self.events: list[tuple[float, int, int, _Copy]] = []
        self.numbers = count()
        """Events of the same second come in the order in which they were made."""
        self.tries: list[Try] = []

    def _make_copies(self) -> list[list[_Copy]]:
        counts: dict[str | int, int] = {}
        copies: list[list[_Copy]] = []
        for task, job in enumerate(self.nights.problem.jobs):
            name = job.mapped_group or task
            drawn = self.random.randint(0, self.noise.most_copies) if job.mapped else 1
            many = counts.setdefault(name, drawn)
            copies.append([_Copy(task, n, job, [], [], not many) for n in range(max(1, many))])
        for task, above in enumerate(self.nights.upstream):
            for copy in copies[task]:
                copy.awaited += [up for other in above for up in _met(copies[other], copy)]
                for up in copy.awaited:
                    up.below.append(copy)
        return copies

    def run(self) -> Night:
        self._settle([copy for copies in self.copies for copy in copies])
        self._start_what_fits()
        while self.events:
            self.now = self.events[0][0]
            while self.events and self.events[0][0] == self.now:
                self._handle(*heappop(self.events)[2:])
            self._start_what_fits()
        return Night(
            tuple(self.tries),
            tuple(tuple(each.state for each in copies if each.state) for copies in self.copies),
            tuple(max(each.ended_s for each in copies) for copies in self.copies),
        )

    def _handle(self, tries: int, copy: _Copy) -> None:
        if copy.phase is _Phase.PAUSED:
            copy.phase = _Phase.WAITING
            self._settle([copy])
        elif copy.phase in (_Phase.AT_WORK, _Phase.NOTED) and copy.tries == tries:
            self._end_try(copy)

    def _settle(self, pending: list[_Copy]) -> None:
        """Apply the trigger rules, also of those after a task that ends by its rule."""
        for copy in pending:
            if copy.phase is not _Phase.WAITING:
                continue
            decision = decide(copy.job.trigger_rule, [up.state for up in copy.awaited])
            if decision is Decision.RUN and not copy.empty:
                copy.phase = _Phase.QUEUED
                self.queue.append(copy)
            elif decision is not Decision.WAIT:
                self._note(copy, _DECIDED.get(decision, RunState.SKIPPED))
                pending += copy.below

    def _note(self, copy: _Copy, state: RunState) -> None:
        copy.phase = _Phase.ENDED
        copy.state = state
        copy.ended_s = self.now

    def _start_what_fits(self) -> None:
        self.queue.sort(key=lambda copy: self.nights.urgency[copy.task])
        left = []
        for copy in self.queue:
            if copy.phase is not _Phase.QUEUED:
                continue
            if self.slots.fit(copy.job):
                self._start(copy)
            else:
                left.append(copy)
        self.queue = left

    def _start(self, copy: _Copy) -> None:
        self.slots.take(copy.job)
        copy.phase = _Phase.AT_WORK
        copy.tries += 1
        copy.start_s = self.now
        copy.end = self._draw_end(copy)
        noise = self.random.lognormvariate(0.0, self.noise.sigma)
        self._schedule(copy.job.duration_s * noise + self.random.random(), copy)

    def _draw_end(self, copy: _Copy) -> End:
        drawn = self.random.random()
        if drawn < self.noise.failing:
            return End.FAILED if copy.tries > self.noise.retries else End.RETRIED
        return End.SKIPPED if drawn > 1 - self.noise.skipping else End.SUCCESS

    def _schedule(self, delay_s: float, copy: _Copy) -> None:
        heappush(self.events, (self.now + delay_s, next(self.numbers), copy.tries, copy))

    def _end_try(self, copy: _Copy) -> None:
        self.slots.give_back(copy.job)
        self.tries.append(Try(copy.task, copy.start_s, self.now, copy.end))
        if copy.end is End.RETRIED:
            copy.phase = _Phase.PAUSED
            self._schedule(self.noise.retry_delay_s * self.random.random(), copy)
            return
        self._note(copy, _AS_NOTED.get(copy.end, RunState.SKIPPED))
        after = list(copy.below)
        if copy.end is End.SUCCESS:
            for target in self._skipped_by(copy):
                self._skip(target)
                after += target.below
        self._settle(after)

    def _skipped_by(self, copy: _Copy) -> list[_Copy]:
        skipped = self.nights.branches.skipped(copy.task, self.random)
        if copy.job.skips is Skips.DIRECT:
            return [each for other in skipped for each in _met(self.copies[other], copy)]
        return [each for other in skipped for each in self.copies[other]]

    def _skip(self, copy: _Copy) -> None:
        if copy.phase is _Phase.AT_WORK:
            if self.overwrites:
                self._skip_at_work(copy)
        elif copy.phase is not _Phase.ENDED:
            self._note(copy, RunState.SKIPPED)
        elif self.overwrites or copy.state is RunState.UPSTREAM_FAILED:
            copy.state = RunState.SKIPPED

    def _skip_at_work(self, copy: _Copy) -> None:
        copy.phase = _Phase.NOTED
        copy.state = RunState.SKIPPED
        copy.end = End.KILLED
        self._schedule(self.random.random() * self.noise.kill_s, copy)


def _met(copies: Sequence[_Copy], other: _Copy) -> list[_Copy]:
    """Return those copies that another one waits for, or skips: in a group only its own."""
    group = other.job.mapped_group
    if group is None or copies[0].job.mapped_group != group:
        return list(copies)
    return [copies[other.number]]
