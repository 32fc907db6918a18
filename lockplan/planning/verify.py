"""The proof that a plan is safe, by its own reasoning: nothing here is shared with the planner.

For every task `a` at once it asks which tasks could start while `a` has not ended yet, whatever
fails, is skipped, is retried or is slow. Sets of such `a` are bits of Python integers. What a task
can do is widened where Airflow's rules are intricate: once any task above it has ended, it may be
skipped or fail without running. A mapped task is many: the first of its copies may have ended while
others have not begun. Source: Airflow's ``TriggerRuleDep`` and ``SkipMixin``, 2.11 and 3.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from lockplan.errors import PlanError
from lockplan.model.problem import Job, LeftOpen, Pair, Problem
from lockplan.model.workflow import Edge, Skips, TriggerRule


@dataclass(frozen=True, slots=True)
class _Stage:
    """What may be unfinished when one copy of a task, or every copy, has come to a point."""

    starts: int
    trouble: int
    """When a task above it has ended, which may take it along without a start."""
    success: int
    failed: int
    """It has failed, or failed with an upstream task; holds all of `success`."""
    skipped: int
    """It is noted as skipped; holds all of `failed`."""


_Stages = Sequence[_Stage]


@dataclass(frozen=True, slots=True)
class _Course:
    """The way of a task, which may have copies."""

    first: _Stage
    """Of the copy that is quickest."""
    every: _Stage
    """Of all copies; the same where there is but one."""


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
    waiting = Counter(up for ups in upstream for up in ups)
    starts = [0] * len(jobs)
    courses: dict[int, _Course] = {}
    for task in _sorted(upstream):
        course = _course(task, jobs, {up: courses[up] for up in upstream[task]})
        courses[task], starts[task] = course, course.first.starts
        waiting.subtract(upstream[task])
        for up in upstream[task]:
            if not waiting[up]:
                del courses[up]  # ten thousand tasks fill much memory
    return starts


def _course(task: int, jobs: Sequence[Job], above: Mapping[int, _Course]) -> _Course:
    job, own = jobs[task], 1 << task
    rule = job.trigger_rule if above else TriggerRule.ALWAYS
    firsts = [course.first for course in above.values()]
    lasts = [course.every for course in above.values()]
    for_a_copy, for_all_copies = lasts, firsts
    alone = [_copies_go_alone(jobs[up], job) for up in above]
    if any(alone):
        for_a_copy = _either(alone, firsts, lasts)
        for_all_copies = _either(alone, lasts, firsts)
    starts = _starts(rule, for_a_copy, firsts)
    all_start = _starts(rule, lasts, for_all_copies) if any(alone) else starts
    skipped_at_work = any(
        jobs[up].skips is Skips.DIRECT and (all_start if own_copy else starts) >> up & 1
        for up, own_copy in zip(above, alone, strict=True)
    )
    # Airflow notes such a task as skipped at once, and kills it later.
    at_work = own if skipped_at_work else 0

    def stage(starts: int, quickest: _Stages, left: int) -> _Stage:
        trouble = _some(up.trouble | up.skipped for up in quickest)
        failed = (starts | trouble) & ~own | left
        return _Stage(starts, trouble, starts & ~own | left, failed, failed | at_work)

    every = stage(all_start, for_all_copies, left=0)
    first = stage(starts, firsts, left=own) if job.mapped else every
    return _Course(first, every)


def _either(chosen: Sequence[bool], these: _Stages, those: _Stages) -> list[_Stage]:
    """Return of each two stages this one where it is chosen, else that one."""
    stages = zip(chosen, these, those, strict=True)
    return [this if choice else that for choice, this, that in stages]


def _copies_go_alone(a: Job, b: Job) -> bool:
    """Whether a copy of one waits only for the other's copy in the same round of their group."""
    return a.mapped_group is not None and a.mapped_group == b.mapped_group


def _starts(rule: TriggerRule, awaited: _Stages, quickest: _Stages) -> int:
    """Return the tasks that may be unfinished when the rule lets a task start.

    A rule that waits for all looks at `awaited`, one that one task satisfies at `quickest`.
    """
    match rule:
        case TriggerRule.ALL_SUCCESS:
            return _every(up.success for up in awaited)
        case TriggerRule.ALL_FAILED:
            return _every(up.failed for up in awaited)
        case TriggerRule.ALL_DONE_MIN_ONE_SUCCESS:
            succeeded = _some(up.success for up in quickest)
            return _every(up.failed for up in awaited) & succeeded
        case TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS:
            succeeded = _some(up.success for up in quickest)
            return _every(up.skipped for up in awaited) & succeeded
        case TriggerRule.NONE_SKIPPED:
            return _every(up.failed for up in awaited)
        case TriggerRule.ONE_SUCCESS:
            return _some(up.success for up in quickest)
        case TriggerRule.ONE_FAILED | TriggerRule.ONE_DONE:
            return _some(up.failed for up in quickest)
        case TriggerRule.ALWAYS:
            return -1
    return _every(up.skipped for up in awaited)


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
