"""What follows from the changes of a scenario, each part computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from lockplan.conflicts import DagFacts, dag_facts, horizon
from lockplan.model.access import Footprint
from lockplan.model.airflow_order import OrderGraph
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import Conflict, ConflictGraph
from lockplan.model.forecast import Forecast
from lockplan.model.night import Executor, Night, NightRun, NightTask, ServerSettings
from lockplan.model.problem import Job, Problem
from lockplan.model.timeline import Timeline
from lockplan.model.verdict import Protect
from lockplan.model.workflow import Dag, Edge, Origin, Pool, Task, TaskKey
from lockplan.planning import check
from lockplan.settings import Settings
from lockplan.simulation import forecast, night, simulate
from lockplan.study.changes import Changes, SqlChanges
from lockplan.study.clock import starts
from lockplan.study.dag_plan import (
    DEFAULT_MAX_ACTIVE_TASKS,
    conflicts_to_plan,
    explained,
    pairs_of,
    positions,
    problem_of,
    with_edges,
)
from lockplan.study.sql_changes import changed_graph
from lockplan.study.wanted import is_wanted


class Base:
    """What all scenarios of a study share; who meets whom is kept for each change of it."""

    def __init__(self, analysis: Analysis, settings: Settings, protect: Protect) -> None:
        self.analysis = analysis
        self.settings = settings
        self.protect = protect
        self.plans = {plan.dag.dag_id: plan for plan in analysis.plans}
        nothing = SqlChanges()
        self._graphs = {nothing: (analysis.footprints, analysis.graph)}

    @cached_property
    def facts(self) -> Mapping[str, DagFacts]:
        """When the runs of each DAG start."""
        return dag_facts(self.analysis.workflow, self.settings.timing(self.analysis.workflow))

    @cached_property
    def durations_s(self) -> Mapping[TaskKey, float]:
        """How long each task is expected to take."""
        jobs = (job for plan in self.analysis.plans for job in plan.problem.jobs)
        return {job.key: float(job.duration_s) for job in jobs}

    @cached_property
    def starts_s(self) -> Mapping[str, float]:
        """Seconds from the beginning of the clock to the start of each DAG."""
        moments = starts(self.facts, self.settings.logical_date)
        first = min(moments.values(), default=self.settings.logical_date)
        return {
            dag_id: (moments[dag_id] - first).total_seconds() if dag_id in moments else 0.0
            for dag_id in self.plans
        }

    def graph(self, changes: SqlChanges) -> tuple[tuple[Footprint, ...], ConflictGraph]:
        """Return what the tasks touch and who meets whom."""
        if changes not in self._graphs:
            made = changed_graph(self.analysis, self.settings, self.facts, changes)
            self._graphs[changes] = made
        return self._graphs[changes]


class Parts:
    """One scenario, worked out."""

    def __init__(self, base: Base, changes: Changes, dag_ids: tuple[str, ...]) -> None:
        self._base = base
        self._changes = changes
        self._dag_ids = dag_ids
        self._forecasts: dict[tuple[int, int], Forecast] = {}

    @cached_property
    def settings(self) -> Settings:
        """The settings with the scenario's workers and pools."""
        settings, changes = self._base.settings, self._changes
        slots = {pool.name: pool.slots for pool in settings.pools} | dict(changes.pools)
        pools = tuple(Pool(*each) for each in sorted(slots.items()))
        workers = settings.workers if changes.workers is None else changes.workers
        return replace(settings, workers=workers, pools=pools)

    @cached_property
    def footprints(self) -> tuple[Footprint, ...]:
        """What each task of the study touches."""
        return self._base.graph(self._changes.sql)[0]

    @cached_property
    def graph(self) -> ConflictGraph:
        """Who meets whom, in all DAGs of the study."""
        return self._base.graph(self._changes.sql)[1]

    @cached_property
    def conflicts(self) -> Mapping[str, Mapping[tuple[int, int], Conflict]]:
        """What edges or pools are to keep apart in each DAG, by its id."""
        inside = self.graph.inside()
        return {
            dag.dag_id: conflicts_to_plan(
                dag,
                [_without_pool(each) for each in inside.get(dag.dag_id, ())],
                self._base.protect,
            )
            for dag in self.authored
        }

    @cached_property
    def authored(self) -> tuple[Dag, ...]:
        """The scenario's DAGs without any ordering edges."""
        return tuple(self._authored(self._base.plans[dag_id].dag) for dag_id in self._dag_ids)

    def _authored(self, dag: Dag) -> Dag:
        changes = self._changes
        active = changes.max_active_tasks.get(dag.dag_id, dag.max_active_tasks)
        tasks = tuple(self._task(task) for task in dag.tasks)
        edges = tuple(
            edge
            for edge in dag.edges
            if edge.origin is Origin.DATA and (edge.upstream, edge.downstream) not in changes.gone
        )
        return replace(dag, tasks=tasks, edges=edges, max_active_tasks=active)

    def _task(self, task: Task) -> Task:
        changes = self._changes
        retries = task.retries if changes.retries is None else changes.retries[0]
        pool = changes.in_pools.get(task.key, task.pool)
        return replace(task, pool=pool, retries=retries)

    @cached_property
    def edges(self) -> Mapping[str, tuple[Edge, ...]]:
        """The ordering edges of each DAG, sorted, with what they keep apart."""
        return {dag.dag_id: tuple(sorted(self._edges(dag))) for dag in self.authored}

    def _edges(self, dag: Dag) -> list[Edge]:
        planned = self._base.plans[dag.dag_id].plan.edges
        if self._changes.edges is None:
            return list(planned)
        known = {(edge.upstream, edge.downstream): edge for edge in planned}
        position, conflicts = positions(dag), self.conflicts[dag.dag_id]
        own = [pair for pair in self._changes.edges if pair[0].dag_id == dag.dag_id]
        return [
            known.get(pair) or explained(Edge(*pair, Origin.GENERATED), conflicts, position)
            for pair in own
        ]

    def check_order(self) -> None:
        """Raise InputError where the edges close a circle."""
        for dag_id, problem in self.problems.items():
            self._order(dag_id, problem)

    def _order(self, dag_id: str, problem: Problem) -> OrderGraph:
        position = {job.key: n for n, job in enumerate(problem.jobs)}
        return check(problem, pairs_of(self.edges[dag_id], position))

    @cached_property
    def problems(self) -> Mapping[str, Problem]:
        """What is to be planned of each DAG."""
        return {dag.dag_id: self._problem(dag) for dag in self.authored}

    def _problem(self, dag: Dag) -> Problem:
        left = {
            pair: conflict
            for pair, conflict in self.conflicts[dag.dag_id].items()
            if not self._in_one_pool(dag.tasks[pair[0]], dag.tasks[pair[1]])
        }
        problem = problem_of(dag, left, self.settings)
        return replace(problem, jobs=tuple(map(self._job, problem.jobs)))

    def _in_one_pool(self, a: Task, b: Task) -> bool:
        """Whether a pool never holds both at once."""
        slots = next((pool.slots for pool in self.settings.pools if pool.name == a.pool), -1)
        return a.pool == b.pool and 0 <= slots < a.pool_slots + b.pool_slots

    def _job(self, job: Job) -> Job:
        seconds = self._changes.durations_s.get(job.key)
        if seconds is None:
            return job
        scale = seconds / job.duration_s if job.duration_s else 1.0
        spread = [None if each is None else round(each * scale) for each in (job.p10_s, job.p90_s)]
        return replace(
            job, duration_s=round(seconds), p10_s=spread[0], p90_s=spread[1], source="what if"
        )

    @cached_property
    def open_conflicts(self) -> tuple[Conflict, ...]:
        """Conflicts of one run that neither edges nor a pool keep apart."""
        return tuple(conflict for dag in self.authored for conflict in self._open_in(dag))

    def _open_in(self, dag: Dag) -> Iterator[Conflict]:
        problem = self.problems[dag.dag_id]
        order = self._order(dag.dag_id, problem)
        for a, b in problem.conflicts:
            if not order.separates(a, b):
                yield self.conflicts[dag.dag_id][a, b]

    @cached_property
    def night(self) -> Night:
        """The night as it is simulated."""
        settings = self.settings
        made = night(
            self.authored,
            {job.key: job for problem in self.problems.values() for job in problem.jobs},
            {each.task: each for each in self.footprints},
            self._meeting(),
            executor=Executor(settings.workers),
            edges=[*self._authored_edges(), *(e for edges in self.edges.values() for e in edges)],
            runs=[run for dag in self.authored for run in self._runs(dag)],
            pools=settings.pools,
            airflow_major=max(settings.airflow_majors),
        )
        return replace(made, tasks=tuple(map(self._night_task, made.tasks)), servers=self._servers)

    def _meeting(self) -> list[Conflict]:
        """Return the conflicts that the study protects from, in and between runs and DAGs."""
        known = map(_without_pool, self.graph.conflicts)
        return [c for c in known if is_wanted(c, self._base.protect, c.verdict.scope)]

    def _authored_edges(self) -> Iterator[Edge]:
        return (edge for dag in self.authored for edge in dag.edges)

    def _runs(self, dag: Dag) -> Iterator[NightRun]:
        starts_s = self._base.starts_s[dag.dag_id] - self._first_s
        dates = horizon(self._base.facts[dag.dag_id].clock, self.settings.logical_date)
        for n in range(self._changes.days):
            yield NightRun(
                dag.dag_id,
                n,
                starts_s + self._changes.shifts_s.get(dag.dag_id, 0.0),
                dates[n].logical_date if n < len(dates) else None,
                dag.max_active_tasks or DEFAULT_MAX_ACTIVE_TASKS,
                dag.max_active_runs,
            )

    @cached_property
    def _first_s(self) -> float:
        """When the first DAG of the scenario starts: the clock begins there."""
        shifts = self._changes.shifts_s
        starts = self._base.starts_s
        return min(
            (starts[each] + min(0.0, shifts.get(each, 0.0)) for each in self._dag_ids), default=0.0
        )

    def _night_task(self, task: NightTask) -> NightTask:
        changes, key = self._changes, task.job.key
        if changes.retries is not None:
            task = replace(task, retries=changes.retries[0], retry_delay_s=changes.retries[1])
        late_s = changes.late_s.get(key, task.not_before_s)
        return replace(task, not_before_s=late_s, fails=task.fails or key in changes.failing)

    @property
    def _servers(self) -> ServerSettings:
        told_s = self._changes.lock_wait_timeout_s
        return (
            ServerSettings()
            if told_s is None
            else ServerSettings(innodb_lock_wait_timeout_s=told_s)
        )

    @cached_property
    def timeline(self) -> Timeline:
        """The night as it goes when all tasks take as long as expected."""
        return simulate(self.night)

    def forecast(self, runs: int, seed: int) -> Forecast:
        """Return what to expect of the night."""
        if (runs, seed) not in self._forecasts:
            self._forecasts[runs, seed] = forecast(self.night, runs, seed)
        return self._forecasts[runs, seed]

    @cached_property
    def dag_plans(self) -> tuple[DagPlan, ...]:
        """The study's plans with the scenario's edges in place of their own."""
        return tuple(
            self._dag_plan(plan) if dag_id in self._dag_ids else plan
            for dag_id, plan in self._base.plans.items()
        )

    def _dag_plan(self, plan: DagPlan) -> DagPlan:
        edges = self.edges[plan.dag.dag_id]
        return plan if edges == plan.plan.edges else with_edges(plan, edges)

    def start_in_run_s(self, key: TaskKey) -> float:
        """Return how long after the start of its first run a task starts."""
        begins = next(run.start_s for run in self.timeline.dag_runs if run.dag_id == key.dag_id)
        return next(run.start_s for run in self.timeline.runs if run.task == key) - begins


def _without_pool(conflict: Conflict) -> Conflict:
    """Return the conflict as it is without the pool that may keep the two apart."""
    return replace(conflict, ordered_by=None) if conflict.in_one_pool else conflict
