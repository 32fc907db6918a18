"""From a clock that has run out to the timeline that people look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from lockplan.model.night import Step
from lockplan.model.timeline import (
    DagRun,
    FailedTry,
    LockHold,
    LockWait,
    RunState,
    TaskRun,
    Timeline,
)
from lockplan.simulation.clock import Clock
from lockplan.simulation.events import Error, Passed, Stretch


def timeline(clock: Clock) -> Timeline:
    """Return what each task did and waited for."""
    night = clock.night
    stretches: dict[int, list[Stretch]] = defaultdict(list)
    for stretch in clock.stretches:
        stretches[stretch.task].append(stretch)
    errors: dict[int, list[Error]] = defaultdict(list)
    for error in clock.errors:
        errors[error.task].append(error)
    passed: dict[int, list[Passed]] = defaultdict(list)
    for each in clock.passed or ():
        passed[each.task].append(each)
    runs = tuple(
        _task_run(clock, task, stretches.get(task, ()), errors.get(task, ()), passed.get(task, ()))
        for task in range(len(night.tasks))
    )
    return Timeline(runs, _dag_runs(clock), night.executor.capacity)


def _dag_runs(clock: Clock) -> tuple[DagRun, ...]:
    return tuple(
        DagRun(run.dag_id, run.run, run.starts_s if start_s is None else start_s, run.logical_date)
        for run, start_s in zip(clock.night.runs, clock.run_start_s, strict=True)
    )


def _task_run(
    clock: Clock,
    task: int,
    stretches: Sequence[Stretch],
    errors: Sequence[Error],
    passed: Sequence[Passed],
) -> TaskRun:
    told = clock.night.tasks[task]
    ended = clock.states[task]
    state = ended or RunState.UPSTREAM_FAILED  # kept back for ever by its last run, or as a sensor
    failed = state is RunState.FAILED
    earlier = errors[:-1] if failed else errors
    ready_s, start_s = clock.ready_s[task], clock.first_start_s[task]
    end_s = clock.end_s[task] if ended else clock.now
    return TaskRun(
        task=told.job.key,
        state=state,
        ready_s=end_s if ready_s is None else ready_s,
        start_s=end_s if start_s is None else start_s,
        end_s=end_s,
        waits=tuple(_wait(clock, stretch) for stretch in stretches),
        error=(errors[-1].error or None) if failed else None,
        run=clock.night.runs[told.run].run,
        holds=tuple(_holds(clock, told.steps, passed)),
        failed_tries=tuple(FailedTry(e.start_s, e.end_s, e.error) for e in earlier),
        last_start_s=clock.start_s[task] if earlier else None,
    )


def _wait(clock: Clock, stretch: Stretch) -> LockWait:
    night = clock.night
    holder, encounter = night.tasks[stretch.holder], night.encounters[stretch.encounter]
    asking = night.tasks[stretch.task].steps[encounter.requester_step]
    return LockWait(
        stretch.start_s,
        stretch.end_s,
        holder.job.key,
        encounter.table,
        night.runs[holder.run].run,
        encounter.lock,
        asking.statement,
        tuple(sorted({night.tasks[other].job.key for other in stretch.others})),
    )


def _holds(clock: Clock, steps: Sequence[Step], passed: Iterable[Passed]) -> list[LockHold]:
    """Return from when to when each transaction holds locks on each table."""
    found: list[LockHold] = []
    held: dict[tuple[int, str], tuple[float, int]] = {}
    open_steps: list[Step] = []
    for task, k, at_s in passed:
        point = clock.prepared.points[task][k] if k >= 0 else None
        if point is not None and point.asks:
            open_steps.append(steps[point.step])
            for table in steps[point.step].tables:
                key = (steps[point.step].transaction, table.table)
                held.setdefault(key, (at_s, steps[point.step].statement))
            continue
        over = [step for step in open_steps if point is None or step.released <= point.share]
        open_steps = [step for step in open_steps if step not in over]
        found += _given_back(over, held, at_s)
    return sorted(found, key=lambda hold: (hold.start_s, hold.table))


def _given_back(
    over: Sequence[Step], held: dict[tuple[int, str], tuple[float, int]], end_s: float
) -> list[LockHold]:
    """Take the locks of statements off what is held."""
    writes: dict[tuple[int, str], bool] = {}
    for step in over:
        for table in step.tables:
            key = (step.transaction, table.table)
            writes[key] = writes.get(key, False) or table.writes
    return [
        LockHold(start_s, end_s, key[1], each, statement)
        for key, each in writes.items()
        for start_s, statement in (held.pop(key),)
        if start_s < end_s
    ]
