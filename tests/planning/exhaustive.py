"""Every run that Airflow could make of a small DAG, state by state: slow, and hard to get wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockplan.model.problem import Job, Pair
from lockplan.model.timeline import RunState
from lockplan.model.workflow import Skips
from lockplan.simulation.trigger_rules import Decision, decide

RUNNING = "running"
State = RunState | str | None
World = tuple[State, ...]

ENDS = {Decision.SKIP: RunState.SKIPPED, Decision.FAIL: RunState.UPSTREAM_FAILED}


class Airflow:
    """All moves of tasks and scheduler; time is left out, so that anything may be slow."""

    def __init__(self, jobs: Sequence[Job], edges: Sequence[Pair]) -> None:
        self.jobs = jobs
        self.above = [sorted({a for a, b in edges if b == task}) for task in range(len(jobs))]
        self.ancestors = [self._ancestors(task) for task in range(len(jobs))]

    def _ancestors(self, task: int) -> set[int]:
        return set(self.above[task]).union(*(self._ancestors(up) for up in self.above[task]))

    def moves(self, world: World) -> Iterator[World]:
        for task, state in enumerate(world):
            if state is None:
                for new in self._from_waiting(task, world):
                    yield (*world[:task], new, *world[task + 1 :])
            elif state == RUNNING:
                for new in (RunState.SUCCESS, RunState.FAILED, RunState.SKIPPED):
                    yield (*world[:task], new, *world[task + 1 :])

    def _from_waiting(self, task: int, world: World) -> Iterator[State]:
        above = [world[up] for up in self.above[task]]
        ended = [state if isinstance(state, RunState) else None for state in above]
        decision = decide(self.jobs[task].trigger_rule, ended)
        if decision is Decision.RUN:
            yield RUNNING
        elif decision is not Decision.WAIT:
            yield ENDS[decision]
        if self.jobs[task].mapped and any(ended):
            yield RunState.SKIPPED
            yield RunState.UPSTREAM_FAILED
        if self._chosen_away(task, world):
            yield RunState.SKIPPED

    def _chosen_away(self, task: int, world: World) -> bool:
        """Whether a branch above, or a short circuit anywhere above, may have skipped the task."""
        branches = (up for up in self.above[task] if self.jobs[up].skips is Skips.DIRECT)
        circuits = (up for up in self.ancestors[task] if self.jobs[up].skips is Skips.ALL)
        return any(world[up] is RunState.SUCCESS for up in (*branches, *circuits))


def overlaps(jobs: Sequence[Job], edges: Sequence[Pair]) -> set[Pair]:
    """All pairs that run together in some run, the smaller position first."""
    airflow = Airflow(jobs, edges)
    first: World = (None,) * len(jobs)
    seen, pending, found = {first}, [first], set()
    while pending:
        world = pending.pop()
        running = [task for task, state in enumerate(world) if state == RUNNING]
        found |= {(a, b) for a in running for b in running if a < b}
        for following in airflow.moves(world):
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return found
