"""The proof that a plan is safe, by its own reasoning: nothing here is shared with the planner.

For every task `a` at once it asks which tasks could start while `a` has not ended yet, whatever
fails, is skipped, is retried or is slow. Sets of such `a` are bits of Python integers. What a task
can do is widened where Airflow's rules are intricate: once any task above it has ended, it may be
skipped or fail without running. Source: Airflow's ``TriggerRuleDep``, 2.11 and 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from lockplan.errors import PlanError
from lockplan.model.problem import Job, LeftOpen, Pair, Problem
from lockplan.model.workflow import Edge, TriggerRule


@dataclass(frozen=True, slots=True)
class _Ends:
    """The tasks that may still be unfinished when this one has ended, by how it ended."""

    success: int = 0
    failed: int = 0
    """Failed, or failed with an upstream task."""
    skipped: int = 0

    @property
    def any(self) -> int:
        return self.success | self.failed | self.skipped


def verify(problem: Problem, edges: Iterable[Edge], left_open: Iterable[LeftOpen]) -> None:
    """Raise PlanError unless every conflict is ordered in every execution, or is left open."""
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    try:
        arcs = [(position[edge.upstream], position[edge.downstream]) for edge in edges]
        excused = {frozenset((position[pair.a], position[pair.b])) for pair in left_open}
    except KeyError as error:
        raise PlanError(f"the plan names {error.args[0]}, which is no task of the DAG") from error
    beside = startable_beside(problem.jobs, (*problem.order, *arcs))
    for a, b in problem.conflicts:
        meet = beside[b] >> a & 1 and beside[a] >> b & 1
        if meet and frozenset((a, b)) not in excused:
            raise PlanError(
                f"{problem.jobs[a].key} and {problem.jobs[b].key} may still run together"
            )


def startable_beside(jobs: Sequence[Job], edges: Iterable[Pair]) -> list[int]:
    """Return for each task, as bits, the tasks that may be unfinished when it starts.

    Raises
    ------
    PlanError
        The edges form a cycle.
    """
    upstream: list[list[int]] = [[] for _ in jobs]
    for above, below in sorted(set(edges)):
        upstream[below].append(above)
    everything = (1 << len(jobs)) - 1
    ends = [_Ends() for _ in jobs]
    starts = [0] * len(jobs)
    trouble = [0] * len(jobs)
    for task in _sorted(upstream):
        ended = [ends[up] for up in upstream[task]]
        starts[task] = _starts(jobs[task].trigger_rule, ended) if ended else everything
        trouble[task] = _some(trouble[up] | ends[up].any for up in upstream[task])
        others = everything ^ 1 << task
        stopped = (starts[task] | trouble[task]) & others
        ends[task] = _Ends(starts[task] & others, stopped, stopped)
    return starts


def _starts(rule: TriggerRule, above: Sequence[_Ends]) -> int:
    """Return the tasks that may be unfinished when the rule lets a task start."""
    done = _every(up.any for up in above)
    match rule:
        case TriggerRule.ALL_SUCCESS:
            return _every(up.success for up in above)
        case TriggerRule.ALL_FAILED:
            return _every(up.failed for up in above)
        case TriggerRule.ALL_SKIPPED:
            return _every(up.skipped for up in above)
        case TriggerRule.ALL_DONE | TriggerRule.ALL_DONE_SETUP_SUCCESS:
            return done
        case TriggerRule.NONE_FAILED:
            return _every(up.success | up.skipped for up in above)
        case TriggerRule.NONE_SKIPPED:
            return _every(up.success | up.failed for up in above)
        case TriggerRule.ALL_DONE_MIN_ONE_SUCCESS:
            return done & _some(up.success for up in above)
        case TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS:
            succeeded = _some(up.success for up in above)
            return _every(up.success | up.skipped for up in above) & succeeded
        case TriggerRule.ONE_SUCCESS:
            return _some(up.success for up in above)
        case TriggerRule.ONE_FAILED:
            return _some(up.failed for up in above)
        case TriggerRule.ONE_DONE:
            return _some(up.success | up.failed for up in above)
        case TriggerRule.ALWAYS:
            return -1


def _every(sets: Iterable[int]) -> int:
    return reduce(and_, sets, -1)


def _some(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _sorted(upstream: Sequence[Sequence[int]]) -> list[int]:
    """Sort the tasks by depth-first search, each after all above it."""
    done: list[int] = []
    state = [0] * len(upstream)
    for root in range(len(upstream)):
        stack = [root]
        while stack:
            task = stack[-1]
            if state[task] == 0:
                state[task] = 1
                for up in upstream[task]:
                    if state[up] == 1:
                        raise PlanError(f"the plan's edges close a cycle through task {task}")
                    stack.append(up)
            else:
                stack.pop()
                if state[task] == 1:
                    state[task] = 2
                    done.append(task)
    return done
