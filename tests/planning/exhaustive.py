"""Every run that Airflow could make of a small DAG, state by state: slow, and hard to get wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, product

from lockplan.model.problem import Job, Pair
from lockplan.model.timeline import RunState
from lockplan.model.workflow import Skips
from lockplan.simulation.trigger_rules import Decision, decide

RUNNING = "running"
STILL_AT_WORK = "noted as skipped, not killed yet"
State = RunState | str | None
"""None for a task that waits, for its first try or for another."""
World = tuple[State, ...]

ENDS = {Decision.SKIP: RunState.SKIPPED, Decision.FAIL: RunState.UPSTREAM_FAILED}
AT_WORK = (RUNNING, STILL_AT_WORK)


class Airflow:
    """All moves of tasks and scheduler; time is left out, so that anything may be slow.

    A mapped task has two copies, which may also fail or be skipped before they are made. Without
    `trouble`, no task fails or skips itself.
    """

    def __init__(self, jobs: Sequence[Job], edges: Sequence[Pair], *, trouble: bool = True) -> None:
        self.jobs = jobs
        self.ends = (RunState.SUCCESS, RunState.FAILED, RunState.SKIPPED, None)
        if not trouble:
            self.ends = (RunState.SUCCESS,)
        self.copies = [
            (task, copy) for task, job in enumerate(jobs) for copy in range(2 if job.mapped else 1)
        ]
        self.above = [sorted({a for a, b in edges if b == task}) for task in range(len(jobs))]
        self.awaited = [self._awaited(one) for one in range(len(self.copies))]
        self.skipped_by = {
            one: self._skipped_by(one)
            for one, (task, _) in enumerate(self.copies)
            if jobs[task].skips is not Skips.NOTHING
        }

    def _awaited(self, one: int) -> list[int]:
        task, _ = self.copies[one]
        return [up for up in range(len(self.copies)) if self._meets(up, one, self.above[task])]

    def _meets(self, one: int, other: int, tasks: Sequence[int]) -> bool:
        (task, copy), (below, number) = self.copies[one], self.copies[other]
        group = self.jobs[task].mapped_group
        together = group is not None and group == self.jobs[below].mapped_group
        return task in tasks and (copy == number or not together)

    def _skipped_by(self, one: int) -> list[list[int]]:
        """What a branch or a short circuit skips at its end: one of these sets of copies."""
        task, _ = self.copies[one]
        if self.jobs[task].skips is Skips.ALL:  # of whichever copy
            after = self._after(task)
            return [[], [n for n, (below, _) in enumerate(self.copies) if below in after]]
        choices = self._after_a_branch(task)
        return [
            [below for below in range(len(self.copies)) if self._meets(below, one, sorted(skipped))]
            for skipped in choices
        ]

    def _after_a_branch(self, task: int) -> list[set[int]]:
        """What each choice of a branch skips: no task that comes after a chosen one."""
        arms = self._right_after(task)
        counts = range(len(arms) + 1)
        chosen = chain.from_iterable(combinations(arms, count) for count in counts)
        return [arms.difference(some, *map(self._after, some)) for some in chosen]

    def _right_after(self, task: int) -> set[int]:
        return {below for below, above in enumerate(self.above) if task in above}

    def _after(self, task: int) -> set[int]:
        return self._right_after(task).union(*map(self._after, self._right_after(task)))

    def moves(self, world: World) -> Iterator[World]:
        for one, state in enumerate(world):
            for new in self._next(one, world):
                yield (*world[:one], new, *world[one + 1 :])
            if state == RUNNING and one in self.skipped_by:
                yield from self._skips(one, world)

    def _next(self, one: int, world: World) -> Iterator[State]:
        if world[one] is None:
            yield from self._from_waiting(one, world)
        elif world[one] == RUNNING:
            yield from self.ends
        elif world[one] == STILL_AT_WORK:
            yield RunState.SKIPPED

    def _skips(self, one: int, world: World) -> Iterator[World]:
        """Airflow 2 notes even what is at work or has ended as skipped, Airflow 3 what waits."""
        for targets, overwrites in product(self.skipped_by[one], (False, True)):
            new = list(world)
            new[one] = RunState.SUCCESS
            for target in targets:
                if new[target] in AT_WORK and overwrites:
                    new[target] = STILL_AT_WORK
                elif new[target] not in AT_WORK and (new[target] is None or overwrites):
                    new[target] = RunState.SKIPPED
            yield tuple(new)

    def _from_waiting(self, one: int, world: World) -> Iterator[State]:
        ended = [noted(world[up]) for up in self.awaited[one]]
        task, _ = self.copies[one]
        decision = decide(self.jobs[task].trigger_rule, ended)
        if decision is Decision.RUN:
            yield RUNNING
        elif decision is not Decision.WAIT:
            yield ENDS[decision]
        if self.jobs[task].mapped and RunState.FAILED in self.ends and any(ended):
            yield RunState.SKIPPED
            yield RunState.UPSTREAM_FAILED
        elif self.jobs[task].mapped and decision is Decision.RUN:
            yield RunState.SKIPPED


def noted(state: State) -> RunState | None:
    """How Airflow notes that a task has ended."""
    if state == STILL_AT_WORK:
        return RunState.SKIPPED
    return state if isinstance(state, RunState) else None


def overlaps(jobs: Sequence[Job], edges: Sequence[Pair]) -> set[Pair]:
    """All pairs of tasks that are at work together in some run, the smaller position first."""
    airflow = Airflow(jobs, edges)
    return set().union(*(_at_work_together(airflow, world) for world in _worlds(airflow)))


def smooth_ends(jobs: Sequence[Job], edges: Sequence[Pair]) -> set[World]:
    """All ways in which a run may end in which no task fails or skips itself."""
    airflow = Airflow(jobs, edges, trouble=False)
    return {world for world in _worlds(airflow) if all(map(noted, world))}


def _worlds(airflow: Airflow) -> set[World]:
    first: World = (None,) * len(airflow.copies)
    seen, pending = {first}, [first]
    while pending:
        for following in airflow.moves(pending.pop()):
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return seen


def _at_work_together(airflow: Airflow, world: World) -> set[Pair]:
    tasks = [
        task for (task, _), state in zip(airflow.copies, world, strict=True) if state in AT_WORK
    ]
    return {(a, b) for a in tasks for b in tasks if a < b}
