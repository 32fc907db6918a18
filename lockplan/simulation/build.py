"""From what an analysis found to a night: statements over a task's time, and who stops whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf

from lockplan.model.access import Footprint
from lockplan.model.conflict import Conflict
from lockplan.model.night import WHOLE_TASK, Encounter, Executor, Night, NightRun, NightTask
from lockplan.model.problem import Job, Pair, Problem
from lockplan.model.schedule import ExternalWait
from lockplan.model.schema import Schema
from lockplan.model.verdict import Outcome
from lockplan.model.workflow import Dag, Edge, Pool, TaskKey
from lockplan.simulation.encounters import Encounters
from lockplan.simulation.steps import steps_of

NO_RUNS: tuple[NightRun, ...] = ()


def problem_night(
    problem: Problem, meetings: Mapping[Pair, Outcome], edges: Iterable[Pair] = ()
) -> Night:
    """Return one run of a planned DAG whose tasks are one statement each.

    `meetings` are the pairs of positions that stop each other for their whole time.
    """
    run = NightRun(problem.jobs[0].key.dag_id if problem.jobs else "")
    upstream: dict[int, set[int]] = defaultdict(set)
    for above, below in (*problem.order, *edges):
        upstream[below].add(above)
    return Night(
        runs=(run,),
        tasks=tuple(
            NightTask(job, upstream=tuple(sorted(upstream[n])), steps=WHOLE_TASK)
            for n, job in enumerate(problem.jobs)
        ),
        executor=Executor(problem.workers),
        encounters=tuple(
            Encounter(holder, requester, 0, 0, "", deadlock=outcome is Outcome.DEADLOCK)
            for pair, outcome in sorted(meetings.items())
            if outcome is not Outcome.RACE
            for holder, requester in (pair, pair[::-1])
        ),
        pools=problem.pools,
    )


def night(
    dags: Sequence[Dag],
    jobs: Mapping[TaskKey, Job],
    footprints: Mapping[TaskKey, Footprint],
    conflicts: Iterable[Conflict],
    *,
    executor: Executor,
    edges: Iterable[Edge] | None = None,
    runs: Sequence[NightRun] = NO_RUNS,
    pools: tuple[Pool, ...] = (),
    airflow_major: int = 3,
    schema: Schema | None = None,
) -> Night:
    """Return the night of some DAGs.

    Each pair meets as it does in the run in which it meets worst; or, with a schema and where all
    runs have dates, as it does in just these runs.

    Parameters
    ----------
    dags
        What runs.
    jobs, footprints
        Of each task; one without a footprint locks nothing.
    conflicts
        Pairs that meet, whether or not something keeps them apart; races stop nobody. Those with
        tasks that do not run are left out.
    executor
        What runs them.
    edges
        All order that holds; that of the files as they stand where it is None.
    runs
        The runs of each DAG; one each, at the start of the clock, where none are given.
    pools
        Pools with known slots.
    airflow_major
        The major version of Airflow.
    schema
        The tables, to compare the tasks again on the days of the runs.
    """
    runs = runs or tuple(
        NightRun(dag.dag_id, max_active_tasks=dag.max_active_tasks) for dag in dags
    )
    order = [edge for dag in dags for edge in dag.edges] if edges is None else edges
    by_id = {dag.dag_id: dag for dag in dags}
    position: dict[tuple[int, TaskKey], int] = {}
    for n, run in enumerate(runs):
        for task in by_id[run.dag_id].tasks:
            position[n, task.key] = len(position)
    steps = {key: steps_of(footprint) for key, footprint in footprints.items()}
    before = _runs_before(runs)
    dated = schema if all(run.dates for run in runs) else None
    found = Encounters(runs, position, footprints, dated)
    made = Night(
        runs=tuple(runs),
        tasks=tuple(
            NightTask(
                job=jobs[task.key],
                run=n,
                steps=steps.get(task.key, ()),
                retries=task.retries,
                retry_delay_s=float(task.retry_delay_s),
                exponential_backoff=task.retry_delay_doubles,
                max_retry_delay_s=inf if task.max_retry_delay_s is None else task.max_retry_delay_s,
                weight_rule=task.weight_rule,
                queue=task.queue,
                past=position.get((before[n], task.key)) if task.depends_on_past else None,
                awaits=tuple(_awaited(task.waits_for, run, runs, position)),
            )
            for n, run in enumerate(runs)
            for task in by_id[run.dag_id].tasks
        ),
        executor=executor,
        encounters=tuple(found.of(conflicts)),
        pools=pools,
        airflow_major=airflow_major,
    )
    return with_order(made, order)


def with_order(night: Night, edges: Iterable[Edge]) -> Night:
    """Return the same night with just these edges, in each run of their DAGs."""
    upstream: dict[TaskKey, set[TaskKey]] = defaultdict(set)
    for edge in edges:
        upstream[edge.downstream].add(edge.upstream)
    position = {(task.run, task.job.key): n for n, task in enumerate(night.tasks)}
    tasks = (
        replace(
            task, upstream=tuple(sorted(position[task.run, up] for up in upstream[task.job.key]))
        )
        for task in night.tasks
    )
    return replace(night, tasks=tuple(tasks))


def _runs_before(runs: Sequence[NightRun]) -> list[int]:
    """Return for each run the position of the run before it of its DAG; -1 where none is."""
    found: list[int] = []
    last: dict[str, int] = {}
    for n, run in enumerate(runs):
        found.append(last.get(run.dag_id, -1))
        last[run.dag_id] = n
    return found


def _awaited(
    wait: ExternalWait | None,
    own: NightRun,
    runs: Sequence[NightRun],
    position: Mapping[tuple[int, TaskKey], int],
) -> Iterator[int]:
    """Yield what a sensor waits for; a run that the night does not have is taken to have ended."""
    for n, run in enumerate(runs):
        if wait is None or run.dag_id != wait.dag_id or not _is_meant(run, own, wait):
            continue
        for (number, key), at in position.items():
            if number == n and (not wait.task_ids or key.task_id in wait.task_ids):
                yield at


def _is_meant(run: NightRun, own: NightRun, wait: ExternalWait) -> bool:
    """Whether a sensor's run waits for this one; without dates they are told by their numbers."""
    if run.logical_date is None or own.logical_date is None:
        return run.run == own.run
    return run.logical_date == own.logical_date - wait.earlier
