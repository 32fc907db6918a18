"""From what an analysis found to a night: statements over a task's time, and who stops whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations, product

from lockplan.model.access import Footprint, ReadStatement, Role
from lockplan.model.conflict import Conflict
from lockplan.model.connection import Engine
from lockplan.model.night import (
    WHOLE_TASK,
    Encounter,
    Executor,
    LockSystem,
    Night,
    NightRun,
    NightTask,
    Step,
    StepTable,
)
from lockplan.model.problem import Job, Pair, Problem
from lockplan.model.verdict import Outcome, Scope, Side, Wait
from lockplan.model.workflow import Dag, Edge, Pool, TaskKey

WRITES = frozenset(Role) - {Role.READ, Role.METADATA}
"""What changes a table, or locks rows of it to read them."""
_SYSTEMS = {
    Engine.MYSQL: LockSystem.INNODB_ROWS,
    Engine.MARIADB: LockSystem.INNODB_ROWS,
    Engine.UNKNOWN: LockSystem.INNODB_ROWS,
    Engine.POSTGRESQL: LockSystem.POSTGRESQL,
    Engine.SQLITE: LockSystem.SQLITE,
}
_METADATA = {
    Engine.MYSQL: LockSystem.MYSQL_METADATA,
    Engine.MARIADB: LockSystem.MARIADB_METADATA,
    Engine.UNKNOWN: LockSystem.MYSQL_METADATA,
}
NO_RUNS: tuple[NightRun, ...] = ()
NOT_READ = "statements that were not read"


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
) -> Night:
    """Return the night of some DAGs.

    Each pair meets as it does in the run in which it meets worst.

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
    upstream: dict[TaskKey, set[TaskKey]] = defaultdict(set)
    for edge in order:
        upstream[edge.downstream].add(edge.upstream)
    before = _runs_before(runs)
    return Night(
        runs=tuple(runs),
        tasks=tuple(
            NightTask(
                job=jobs[task.key],
                run=n,
                upstream=tuple(sorted(position[n, key] for key in upstream[task.key])),
                steps=steps.get(task.key, ()),
                retries=task.retries,
                retry_delay_s=task.retry_wait_s / task.retries if task.retries else 0.0,
                past=position.get((before[n], task.key)) if task.depends_on_past else None,
            )
            for n, run in enumerate(runs)
            for task in by_id[run.dag_id].tasks
        ),
        executor=executor,
        encounters=tuple(_encounters(conflicts, runs, position, footprints)),
        pools=pools,
        airflow_major=airflow_major,
    )


def _runs_before(runs: Sequence[NightRun]) -> list[int]:
    """Return for each run the position of the run before it of its DAG; -1 where none is."""
    found: list[int] = []
    last: dict[str, int] = {}
    for n, run in enumerate(runs):
        found.append(last.get(run.dag_id, -1))
        last[run.dag_id] = n
    return found


def steps_of(footprint: Footprint) -> tuple[Step, ...]:
    """Return a task's statements, its work spread evenly over them.

    A transaction ends behind its last statement where its connection goes on with another one, or
    commits by itself; else with the task. What a workflow file declares is held all the time, and
    what was not read may be: each is one more statement, in this order.
    """
    count = len(footprint.statements)
    steps = [
        Step(
            at=n / count,
            until=(n + 1) / count,
            released=_released(footprint, n),
            statement=n,
            transaction=statement.transaction,
            tables=_tables(statement),
            brief=_is_brief(footprint, n),
        )
        for n, statement in enumerate(footprint.statements)
    ]
    whole = _declares(footprint) + bool(footprint.unread)
    return (*steps, *WHOLE_TASK * whole)


def _declares(footprint: Footprint) -> bool:
    """Whether the last of the transactions is what a workflow file names, beside all statements."""
    transactions = footprint.transactions
    return bool(transactions) and transactions[-1].connection.engine is Engine.RESOURCE


def _released(footprint: Footprint, n: int) -> float:
    statements = footprint.statements
    own = statements[n]
    name = own.statement.connection.name
    last = max(m for m, each in enumerate(statements) if each.transaction == own.transaction)
    goes_on = any(each.statement.connection.name == name for each in statements[last + 1 :])
    ends = goes_on or own.statement.connection.autocommit or not statements[last].accesses
    return (last + 1) / len(statements) if ends else 1.0


def _is_brief(footprint: Footprint, n: int) -> bool:
    """Whether others come in between the passes of a loop; SQLite's are taken to commit each."""
    statement = footprint.statements[n].statement
    commits = statement.connection.autocommit or statement.connection.engine is Engine.SQLITE
    return statement.repeated and bool(commits)


def _tables(statement: ReadStatement) -> tuple[StepTable, ...]:
    """Return what a statement locks; a plain read of InnoDB keeps the definition alone."""
    writes: dict[str, bool] = {}
    for access in statement.accesses:
        table = str(access.table)
        writes[table] = writes.get(table, False) or access.role in WRITES
    return tuple(StepTable(table, each) for table, each in writes.items())


def _encounters(
    conflicts: Iterable[Conflict],
    runs: Sequence[NightRun],
    position: Mapping[tuple[int, TaskKey], int],
    footprints: Mapping[TaskKey, Footprint],
) -> Iterator[Encounter]:
    of_dag: dict[str, list[int]] = defaultdict(list)
    for n, run in enumerate(runs):
        of_dag[run.dag_id].append(n)
    for conflict in conflicts:
        a, b = conflict.a.task, conflict.b.task
        if conflict.verdict.outcome in (None, Outcome.RACE):
            continue
        first, second = of_dag.get(a.dag_id, []), of_dag.get(b.dag_id, [])
        for run_a, run_b in _meeting_runs(conflict.verdict.scope, first, second):
            at = {Side.A: position[run_a, a], Side.B: position[run_b, b]}
            for wait in conflict.verdict.waits or _of_unread(conflict, footprints):
                yield _encounter(wait, at, conflict, footprints)


def _meeting_runs(scope: Scope, first: Sequence[int], second: Sequence[int]) -> Iterable[Pair]:
    """Return the runs of two tasks that meet; copies of a mapped task are simulated as one."""
    if scope is Scope.SAME_RUN:
        return zip(first, first, strict=True)
    if scope is Scope.NEXT_RUN:
        return permutations(first, 2)
    return product(first, second) if scope is Scope.OTHER_DAG else ()


def _of_unread(conflict: Conflict, footprints: Mapping[TaskKey, Footprint]) -> Iterator[Wait]:
    """Let what was not read stop all that the other task sends, and wait for it."""
    sides = {Side.A: footprints[conflict.a.task], Side.B: footprints[conflict.b.task]}
    counts = {side: len(steps_of(footprint)) for side, footprint in sides.items()}
    unread = {side: counts[side] - 1 for side, footprint in sides.items() if footprint.unread}
    for holder, requester in permutations(sides):
        for held, asked in product(range(counts[holder]), range(counts[requester])):
            if held == unread.get(holder) or asked == unread.get(requester):
                yield Wait(holder, requester, "", NOT_READ, None, "", False, held, asked)


def _encounter(
    wait: Wait,
    at: Mapping[Side, int],
    conflict: Conflict,
    footprints: Mapping[TaskKey, Footprint],
) -> Encounter:
    keys = {Side.A: conflict.a.task, Side.B: conflict.b.task}
    engine = _engine(footprints[keys[wait.holder]], wait.holder_sequence)
    systems = _METADATA if wait.metadata else _SYSTEMS
    return Encounter(
        holder=at[wait.holder],
        requester=at[wait.requester],
        holder_step=wait.holder_sequence,
        requester_step=wait.requester_sequence,
        table=wait.table,
        lock=wait.lock,
        system=systems.get(engine, LockSystem.OTHER),
        certain=wait.certain,
        while_running=wait.while_running,
        deadlock=wait.deadlock,
    )


def _engine(footprint: Footprint, sequence: int) -> Engine:
    if sequence >= len(footprint.statements):
        return Engine.RESOURCE
    return footprint.statements[sequence].statement.connection.engine
