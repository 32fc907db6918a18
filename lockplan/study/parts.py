"""What follows from the changes of a scenario, each part computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import product

from lockplan.model.access import Footprint
from lockplan.model.airflow_order import OrderGraph
from lockplan.model.analysis import DagPlan
from lockplan.model.conflict import Conflict, ConflictGraph
from lockplan.model.forecast import Forecast
from lockplan.model.night import Night
from lockplan.model.problem import Job, Problem
from lockplan.model.timeline import Timeline
from lockplan.model.workflow import Dag, Edge, Origin, Pool, Task, TaskKey
from lockplan.planning import check
from lockplan.settings import Settings
from lockplan.simulation import forecast, simulate
from lockplan.study.base import Base
from lockplan.study.changes import Changes, SqlChanges
from lockplan.study.dag_plan import (
    conflicts_to_plan,
    explained,
    pairs_of,
    positions,
    problem_of,
    with_edges,
)
from lockplan.study.nights import made_night
from lockplan.study.sql_changes import backfilled
from lockplan.study.wanted import is_wanted


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
        return self._base.graph(self._sql)[0]

    @cached_property
    def graph(self) -> ConflictGraph:
        """Who meets whom, in all DAGs of the study."""
        return self._base.graph(self._sql)[1]

    @cached_property
    def _sql(self) -> SqlChanges:
        """The changes that decide who meets whom: DAGs that come to overlap do, too."""
        return replace(self._changes.sql, together=frozenset(self._overlapping()))

    def _overlapping(self) -> Iterator[tuple[str, str]]:
        """Yield the pairs of DAGs that may be at work at the same time only since the changes."""
        before = {dag_id: self._base.window_s(dag_id, Changes()) for dag_id in self._dag_ids}
        after = {dag_id: self._base.window_s(dag_id, self._changes) for dag_id in self._dag_ids}
        moved = [dag_id for dag_id in self._dag_ids if before[dag_id] != after[dag_id]]
        for one, other in product(moved, self._dag_ids):
            meet = _overlap(after[one], after[other]) and not _overlap(before[one], before[other])
            if meet and one != other:
                yield (min(one, other), max(one, other))

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
        dag = backfilled(dag, changes.sql)
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
        known = map(_without_pool, self.graph.conflicts)
        protect = self._base.protect
        edges = [edge for dag in self.authored for edge in dag.edges]
        edges += [edge for each in self.edges.values() for edge in each]
        return made_night(
            self._base,
            self._changes,
            self.settings,
            dags=self.authored,
            jobs={job.key: job for problem in self.problems.values() for job in problem.jobs},
            footprints=self.footprints,
            conflicts=[c for c in known if is_wanted(c, protect, c.verdict.scope)],
            edges=edges,
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


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
