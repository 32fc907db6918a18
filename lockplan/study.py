"""The one place that wires the rooms together: a folder in, an analysis out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from lockplan.advice import Known, failures, needless_edges, needless_limits, with_pools
from lockplan.conflicts import (
    ASSUMED,
    Clock,
    build_graph,
    cadences,
    cliques,
    dag_facts,
    horizon,
)
from lockplan.errors import InputError
from lockplan.faults import check
from lockplan.footprints import footprint
from lockplan.model.access import Footprint, Role
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import Conflict, ConflictSide
from lockplan.model.connection import Engine
from lockplan.model.dates import RunDates
from lockplan.model.listing import Listing
from lockplan.model.place import Skipped
from lockplan.model.problem import Job, Pair, Plan, Problem
from lockplan.model.remedy import NewPool, RemedyKind
from lockplan.model.verdict import Certainty, Outcome, Protect, Scope
from lockplan.model.workflow import Dag, Edge, Origin, Task, TaskKey, Workflow
from lockplan.planning import WORK, pooled
from lockplan.planning import plan as plan_problem
from lockplan.rules import catalogue
from lockplan.settings import Settings, Told, assumptions, load_settings, load_told
from lockplan.simulation import Meeting, Patience, simulate
from lockplan.workflow import NO_TEXTS, read

if TYPE_CHECKING:
    from lockplan.patching import Patch

SQLITE_BUSY = Patience(5.0, "database is locked")
"""The busy timeout of Python's sqlite3."""
WRITES = frozenset({Role.INSERT, Role.UPDATE, Role.DELETE, Role.DDL, Role.LOCK_WRITE})
"""What changes a table."""
EACH_IN_TURN = Patience(inf, "")
DEFAULT_MAX_ACTIVE_TASKS = 16
"""Airflow's own default for the tasks of one DAG that may run at the same time."""


@dataclass(frozen=True, slots=True)
class Study:
    """An analysis, and what can be asked of it."""

    analysis: Analysis
    paths: tuple[Path, ...]
    told: Told = field(repr=False)
    """What was told before the DAGs were read: they are read again in the same way."""

    @property
    def unprotected(self) -> tuple[Conflict, ...]:
        """Conflicts that nothing keeps apart yet; races are none."""
        return tuple(c for c in self.analysis.graph.unordered() if _blocks(c))

    @property
    def is_protected(self) -> bool:
        """Whether no conflict is left, and no unread statement that another DAG may meet."""
        return not (self.unprotected or self.analysis.graph.unread)

    def patch(self, style: str = "set_upstream", *, priority_weights: bool = False) -> Patch:
        """Return the edits that put the plans' edges into the DAG files, proven by reading them.

        `style` is how an edge is written: ``set_upstream``, ``bitshift`` or ``chain``;
        `priority_weights` adds the plans' weights. Raises InputError for a workflow file, which is
        not lockplan's to write.
        """
        from lockplan.patching import proven_patch, with_refusals

        if self.analysis.workflow.from_file:
            raise InputError(
                str(self.paths[0]),
                "a workflow file is not patched",
                "Take the edges from the report, `--format json` for programs.",
            )
        made = proven_patch(
            self.analysis.plans,
            Path(self.analysis.workflow.root),
            lambda texts: _read_told(self.paths, self.told, texts),
            style=style,
            priority_weights=priority_weights,
        )
        return with_refusals(made, self.analysis.workflow)

    def pools(self, patch: Patch) -> tuple[NewPool, ...]:
        """Return the pools for what no edge keeps apart, the edges that a patch lost included."""
        if not patch.lost:
            return self.analysis.pools
        position = {task.key: n for n, task in enumerate(self.analysis.workflow.tasks())}
        pairs = [(each.a, each.b) for plan in self.analysis.plans for each in plan.plan.left_open]
        pairs += [each.key for each in self.analysis.graph.conflicts if _takes_a_pool(each)]
        pairs += [(edge.upstream, edge.downstream) for edge in patch.lost]
        numbers = [sorted((position[a], position[b])) for a, b in pairs]
        at = sorted({(first, second) for first, second in numbers})
        return pooled(self.analysis.workflow.tasks(), at).pools


def analyze(
    paths: str | Path | Sequence[str | Path],
    *,
    schema: str | Path | None = None,
    logical_date: datetime | None = None,
    workers: int | None = None,
    history: str | Path | None = None,
    variables: str | Path | None = None,
    connections: str | Path | None = None,
    pools: str | Path | None = None,
    protect: Protect | str = Protect.POSSIBLE,
) -> Study:
    """Analyse folders of DAGs without running them, or a workflow file.

    Parameters
    ----------
    paths
        Folders or files of DAGs; or one workflow file, ``.yaml``, ``.yml`` or ``.json``.
    schema
        The tables' definitions: an SQL file, a folder of them, a snapshot, or a server's URL.
    logical_date
        The run from which on tasks are compared and whose dates are shown; today by default.
    workers
        Tasks that the executor runs at the same time.
    history
        Past durations: a CSV file, the URL of Airflow's metadata database, or an `airflow.cfg`.
    variables, connections
        What `airflow variables export` and `airflow connections export` wrote.
    pools
        What `airflow pools export` wrote.
    protect
        What the plans keep apart: `certain` conflicts, `possible` ones on known tables, or `all`.

    Raises
    ------
    InputError
        Where an input cannot be used at all.
    ValueError
        Where `protect` is none of these.
    """
    folders, told, workflow = _read(paths, variables, connections)
    settings = load_settings(
        told,
        workflow,
        schema=schema,
        logical_date=logical_date,
        workers=workers,
        history=history,
        pools=_file(pools),
    )
    return Study(_analysis(workflow, settings, Protect(protect)), folders, told)


def plan(
    workflow: Workflow,
    *,
    schema: str | Path | None = None,
    workers: int | None = None,
    budget: int = WORK,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> Plan:
    """Plan one DAG, or a workflow file, as `lockplan.read` gives it.

    There is always an answer, with a bound that tells how far from the shortest it may be.

    Parameters
    ----------
    workflow
        A workflow of one DAG; `dataclasses.replace(workflow, dags=(dag,))` takes one of several.
    schema
        The tables' definitions, as for `analyze`.
    workers
        Tasks that run at the same time; by default what the workflow or the settings say.
    budget
        How much work the search may do, in units of about a microsecond; 0 takes the first plan.
        The same workflow, budget and seed give the same plan on any machine.
    time_limit_s
        Seconds on the clock instead of the budget, on all processors: two runs may differ.
    seed
        Start of the random numbers that the search draws.

    Raises
    ------
    InputError
        The workflow has not just one DAG, or an input cannot be used at all.
    """
    dags = [dag for dag in workflow.dags if dag.tasks]
    if len(dags) != 1:
        problem = f"has {len(dags)} DAGs with tasks, and a plan is of one"
        raise InputError(workflow.root, problem, "Keep one: `replace(workflow, dags=(dag,))`.")
    settings = load_settings(
        load_told(Path(workflow.root)),
        workflow,
        schema=schema,
        logical_date=None,
        workers=workers,
        history=None,
    )
    search = partial(plan_problem, budget=budget, time_limit_s=time_limit_s, seed=seed)
    (planned,) = _analysis(workflow, settings, Protect.POSSIBLE, search).plans
    return planned.plan


def list_tasks(
    paths: str | Path | Sequence[str | Path],
    *,
    logical_date: datetime | None = None,
    variables: str | Path | None = None,
    connections: str | Path | None = None,
) -> Listing:
    """Read folders of DAGs and what each task's SQL touches; compare and plan nothing.

    The SQL is written out for the run of `logical_date`, today's by default, with the DAG's own
    data interval where its schedule has a run then, else with one of a day. What the code takes
    from the clock is today's, for a past run too: that is what running it now would send.

    Raises
    ------
    InputError
        Where an input cannot be used at all.
    """
    _, told, workflow = _read(paths, variables, connections)
    settings = load_settings(
        told,
        workflow,
        schema=None,
        logical_date=logical_date,
        workers=None,
        history=None,
    )
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    dates = {dag.dag_id: _as_run_now(_dates_at(dag, settings), now) for dag in workflow.dags}
    footprints = tuple(
        footprint(task, settings.schema, settings.config.resolve, dates[task.key.dag_id])
        for task in workflow.tasks()
    )
    return Listing(workflow, footprints, dates, _all_skipped(workflow, footprints, ()))


def _read(
    paths: str | Path | Sequence[str | Path],
    variables: str | Path | None,
    connections: str | Path | None,
) -> tuple[tuple[Path, ...], Told, Workflow]:
    """Read the folders with what the user told about them."""
    folders = _folders(paths)
    told = load_told(folders[0], variables=_file(variables), connections=_file(connections))
    return folders, told, _read_told(folders, told)


def _read_told(
    folders: tuple[Path, ...], told: Told, instead: Mapping[Path, bytes] = NO_TEXTS
) -> Workflow:
    environment = told.config.environment
    workflow = read(folders, variables=told.variables, environment=environment, instead=instead)
    return workflow if workflow.from_file else told.airflow.complete(workflow)


def _folders(paths: str | Path | Sequence[str | Path]) -> tuple[Path, ...]:
    return tuple(Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths))


def _file(path: str | Path | None) -> Path | None:
    return Path(path) if path else None


def _dates_at(dag: Dag, settings: Settings) -> RunDates:
    """Return the dates of the run of just this logical date, scheduled or not."""
    start = settings.logical_date
    own = cadences(dag)
    clock = Clock(own, settings.airflow_majors) if own else None
    run = next(clock.runs(start, 1)) if clock else None
    if run is not None and run.logical_date == start:
        return run
    end = start + timedelta(days=1)
    return RunDates(start, interval_end=end, run_time=end)


def _as_run_now(run: RunDates, now: datetime) -> RunDates:
    """Return the dates of a run as they would be now: the clock does not go back for a past one."""
    return replace(run, run_time=max(run.run_time, now))


def _analysis(
    workflow: Workflow,
    settings: Settings,
    protect: Protect,
    search: Callable[[Problem], Plan] = plan_problem,
) -> Analysis:
    check(workflow, settings.pools, settings.pools_file)
    workflow = replace(workflow, pools=settings.pools)
    facts = dag_facts(workflow, settings.timing())
    shown = {
        dag_id: horizon(fact.clock, settings.logical_date)[0] for dag_id, fact in facts.items()
    }
    footprints = tuple(
        footprint(task, settings.schema, settings.config.resolve, shown[task.key.dag_id])
        for task in workflow.tasks()
    )
    graph = build_graph(workflow, footprints, settings.schema, facts, settings.logical_date)
    known = Known(workflow, graph, {each.task: each for each in footprints})
    inside = graph.inside()
    plans = (
        _dag_plan(dag, inside.get(dag.dag_id, ()), settings, protect, search)
        for dag in workflow.dags
        if dag.tasks
    )
    advised = tuple(_advised(each, workflow, known, settings) for each in plans)
    crossing = [c for c in graph.unordered() if _is_wanted(c, protect, Scope.OTHER_DAG)]
    found = with_pools(workflow.tasks(), advised, graph, crossing)
    unscheduled = [dag_id for dag_id, fact in facts.items() if not fact.scheduled]
    any_clock = Clock(ASSUMED, (3,))
    return Analysis(
        workflow=workflow,
        footprints=footprints,
        graph=found.graph,
        plans=found.plans,
        pools=found.pools,
        dates=next(iter(shown.values()), horizon(any_clock, settings.logical_date)[0]),
        workers=settings.workers,
        skipped=_all_skipped(workflow, footprints, settings.schema_skipped),
        assumptions=assumptions(workflow, footprints, settings, unscheduled),
    )


def _blocks(conflict: Conflict) -> bool:
    return conflict.verdict.outcome in (Outcome.WAIT, Outcome.DEADLOCK)


def _is_wanted(conflict: Conflict, protect: Protect, scope: Scope) -> bool:
    """Whether the pair is to be kept apart: a race is a finding, but nothing that is enforced."""
    wanted = protect is Protect.ALL or _is_certain(conflict)
    wanted = wanted or (protect is Protect.POSSIBLE and conflict.both_tables_known)
    wanted = wanted and not conflict.in_one_pool
    return _blocks(conflict) and wanted and conflict.verdict.scope is scope


def _takes_a_pool(conflict: Conflict) -> bool:
    return any(remedy.kind is RemedyKind.POOL for remedy in conflict.remedies)


def _is_certain(conflict: Conflict) -> bool:
    return conflict.verdict.certainty is Certainty.CERTAIN


def _dag_plan(
    dag: Dag,
    met: Sequence[Conflict],
    settings: Settings,
    protect: Protect,
    search: Callable[[Problem], Plan],
) -> DagPlan:
    position = {task.key: n for n, task in enumerate(dag.tasks)}
    conflicts = {
        _pair(conflict, position): conflict
        for conflict in met
        if _is_wanted(conflict, protect, Scope.SAME_RUN)
    }
    existing = [edge for edge in dag.edges if edge.origin is Origin.GENERATED]
    problem = _problem(dag, position, conflicts, existing, settings)
    problem = replace(problem, cliques=cliques(conflicts))
    planned = search(problem)
    sure = tuple(pair for pair in problem.conflicts if _is_certain(conflicts[pair]))
    edges = tuple(_explained(edge, conflicts, position) for edge in planned.edges)
    planned = replace(planned, edges=edges)
    wanted = {(edge.upstream, edge.downstream) for edge in edges}
    found = {(edge.upstream, edge.downstream) for edge in existing}
    meetings = {pair: _meeting(conflict) for pair, conflict in conflicts.items()}
    return DagPlan(
        dag=dag,
        problem=problem,
        plan=planned,
        new_edges=tuple(e for e in edges if (e.upstream, e.downstream) not in found),
        stale_edges=tuple(e for e in existing if (e.upstream, e.downstream) not in wanted),
        before=simulate(problem, meetings, edges=_positions(existing, position)),
        after=simulate(problem, meetings, edges=_positions(edges, position)),
        certain=None if sure == problem.conflicts else search(replace(problem, conflicts=sure)),
    )


def _advised(
    planned: DagPlan,
    workflow: Workflow,
    known: Known,
    settings: Settings,
) -> DagPlan:
    """Return the plan with the failures that its edges couple, and what costs time for nothing."""
    dag, problem, edges = planned.dag, planned.problem, planned.plan.edges
    durations = {job.key: job.duration_s for job in problem.jobs}
    most = min(settings.workers, DEFAULT_MAX_ACTIVE_TASKS)
    return replace(
        planned,
        needless=needless_edges(dag, known, durations, edges),
        limits=needless_limits(dag, workflow, problem, planned.plan, known, most),
        failures=failures(dag, edges),
    )


def _pair(conflict: Conflict, position: Mapping[TaskKey, int]) -> Pair:
    a, b = position[conflict.a.task], position[conflict.b.task]
    return (a, b) if a < b else (b, a)


def _positions(edges: Sequence[Edge], position: Mapping[TaskKey, int]) -> tuple[Pair, ...]:
    return tuple((position[edge.upstream], position[edge.downstream]) for edge in edges)


def _problem(
    dag: Dag,
    position: Mapping[TaskKey, int],
    conflicts: Mapping[Pair, Conflict],
    existing: Sequence[Edge],
    settings: Settings,
) -> Problem:
    authored = [edge for edge in dag.edges if edge.origin is Origin.DATA]
    active = dag.max_active_tasks or DEFAULT_MAX_ACTIVE_TASKS
    return Problem(
        jobs=tuple(_job(task, settings) for task in dag.tasks),
        order=tuple(sorted(set(_positions(authored, position)))),
        conflicts=tuple(sorted(conflicts)),
        writers_first=_writers_first(conflicts, position),
        workers=min(settings.workers, active),
        pools=settings.pools,
        previous=_positions(existing, position),
    )


def _writers_first(
    conflicts: Mapping[Pair, Conflict], position: Mapping[TaskKey, int]
) -> tuple[Pair, ...]:
    """Return (writer, reader) of the conflicts in which just one of the two writes the table."""
    found = []
    for conflict in conflicts.values():
        a, b = conflict.a, conflict.b
        if a.statement and b.statement and _writes(a, conflict) != _writes(b, conflict):
            writer, reader = (a, b) if _writes(a, conflict) else (b, a)
            found.append((position[writer.task], position[reader.task]))
    return tuple(sorted(found))


def _writes(side: ConflictSide, conflict: Conflict) -> bool:
    accesses = side.statement.accesses if side.statement else ()
    return any(
        access.role in WRITES and str(access.table) in conflict.tables for access in accesses
    )


def _job(task: Task, settings: Settings) -> Job:
    return Job(
        key=task.key,
        duration_s=settings.duration_s(task),
        trigger_rule=task.trigger_rule,
        skips=task.skips,
        pool=task.pool,
        pool_slots=task.pool_slots,
        priority_weight=task.priority_weight,
        mapped=task.mapped,
        mapped_group=task.mapped_group,
    )


def _meeting(conflict: Conflict) -> Meeting:
    outcome = conflict.verdict.outcome or Outcome.WAIT
    statements = [side.statement.statement for side in (conflict.a, conflict.b) if side.statement]
    if not statements:  # resources: no server loses its patience
        return Meeting(conflict.table, outcome, EACH_IN_TURN)
    if any(statement.connection.engine is not Engine.SQLITE for statement in statements):
        return Meeting(conflict.table, outcome)
    # A loop that commits row by row lets the others in between its rows.
    brief = any(statement.repeated for statement in statements)
    return Meeting(conflict.table, outcome, EACH_IN_TURN if brief else SQLITE_BUSY)


def _explained(
    edge: Edge, conflicts: Mapping[Pair, Conflict], position: Mapping[TaskKey, int]
) -> Edge:
    """Return the edge with the tables and the reason of the conflict that it orders."""
    a, b = position[edge.upstream], position[edge.downstream]
    conflict = conflicts.get((min(a, b), max(a, b)))
    if conflict is None:
        return edge
    rule = catalogue().get(conflict.verdict.rule or "")
    sides = {side.task: side.rows for side in (conflict.a, conflict.b)}
    rows = dict.fromkeys(sides[key] for key in (edge.upstream, edge.downstream) if sides[key])
    name = rule.name if rule else str(conflict.verdict.outcome)
    reason = f"{' / '.join(rows)}: {name}" if rows else name
    return replace(edge, tables=conflict.tables, reason=reason)


def _all_skipped(
    workflow: Workflow, footprints: tuple[Footprint, ...], schema: tuple[Skipped, ...]
) -> tuple[Skipped, ...]:
    tasks = [skipped for task in workflow.tasks() for skipped in task.skipped]
    unread = [skipped for each in footprints for _, skipped in each.unread]
    return tuple(sorted({*workflow.skipped, *tasks, *unread, *schema}))
