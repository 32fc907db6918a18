"""Nights of any size, made by hand: long waits, failures, tries, holds and past durations."""

from __future__ import annotations

from dataclasses import replace

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.place import Span
from lockplan.model.problem import Job, Plan, Problem
from lockplan.model.timeline import FailedTry, LockHold, LockWait, RunState, TaskRun, Timeline
from lockplan.model.workflow import Dag, Edge, Origin, Task, TaskKey
from reports.examples import analysis

WIDTH = 8
"""Tasks that run side by side."""
TABLES = 12


def key(number: int) -> TaskKey:
    """Return one of the tasks: `load_play_012`."""
    verb = ("load", "count", "fix", "report")[number % 4]
    subject = ("play", "revenue", "session")[number % 3]
    return TaskKey("night", f"{verb}_{subject}_{number:03}")


def table(number: int) -> str:
    """Return the table that a task works on."""
    return f"stats.{('play', 'revenue', 'session')[number % 3]}_{number % TABLES:02}"


def length_s(number: int) -> int:
    """Return what a task takes; each eleventh takes no time at all."""
    return 0 if number % 11 == 10 else 60 + 97 * (number * number % 7)


def night(tasks: int) -> Analysis:
    """Return the analysis of a DAG of so many tasks, of which each fifth waits for a lock."""
    keys = [key(number) for number in range(tasks)]
    authored = [
        Edge(keys[n - WIDTH], keys[n]) for n in range(WIDTH, tasks) if n % 2 == 0 or n < 2 * WIDTH
    ]
    new = [
        Edge(keys[n - 1], keys[n], Origin.GENERATED, (table(n),), "row-lock-wait")
        for n in range(1, tasks, 5)
    ]
    jobs = tuple(_job(number, each) for number, each in enumerate(keys))
    order = tuple((keys.index(e.upstream), keys.index(e.downstream)) for e in authored)
    dag = Dag(
        "night",
        "night.py",
        "0 4 * * *",
        tuple(Task(each, "PythonOperator", (), (), Span("night.py", 1)) for each in keys),
        tuple(authored),
        Span("night.py", 1),
    )
    before, after = _timeline(tasks, protected=False), _timeline(tasks, protected=True)
    plan = Plan(tuple(new), (), int(after.makespan_s), 9999, 1000)
    problem = Problem(jobs, order, (), WIDTH)
    planned = DagPlan(dag, plan, tuple(new), (), before, after, problem=problem)
    return replace(analysis(), plans=(planned,))


def _job(number: int, task: TaskKey) -> Job:
    length = length_s(number)
    if number % 3:
        return Job(task, length, source="assumed")
    return Job(
        task,
        length,
        p10_s=length * 8 // 10,
        p90_s=length * 14 // 10,
        source="history, 30 runs",
        past_runs=30 - number % 2,
    )


def _timeline(tasks: int, protected: bool) -> Timeline:
    free_s = [0.0] * WIDTH
    runs: list[TaskRun] = []
    for number in range(tasks):
        worker = min(range(WIDTH), key=lambda each: (free_s[each], each))
        start_s = free_s[worker]
        run = _run(number, start_s, runs[-1] if runs else None, protected)
        if protected and number % 5 == 1 and run.start_s < runs[-1].end_s:
            run = _run(number, runs[-1].end_s, None, protected)
        free_s[worker] = run.end_s
        runs.append(run)
    return Timeline(tuple(runs), slots=WIDTH)


def _run(number: int, start_s: float, holder: TaskRun | None, protected: bool) -> TaskRun:
    task, ready_s = key(number), max(0.0, start_s - 30 * (number % 3))
    end_s = start_s + length_s(number)
    hold = LockHold(start_s, end_s, table(number), writes=number % 3 != 1)
    calm = TaskRun(task, RunState.SUCCESS, ready_s, start_s, end_s, holds=(hold,))
    if protected or holder is None or number % 5 != 1:
        return calm
    if number % 4 == 1:
        return TaskRun(task, RunState.UPSTREAM_FAILED, ready_s, start_s, start_s)
    wait = LockWait(start_s + 10, start_s + 60, holder.task, table(number))
    if number % 3 == 0:
        return replace(
            calm, state=RunState.FAILED, end_s=wait.end_s, waits=(wait,), holds=(), error="1205"
        )
    again_s = wait.end_s + 120
    return replace(
        calm,
        waits=(wait,),
        end_s=again_s + length_s(number),
        failed_tries=(FailedTry(start_s, wait.end_s, "1205"),),
        last_start_s=again_s,
        holds=(replace(hold, start_s=again_s, end_s=again_s + length_s(number)),),
    )
