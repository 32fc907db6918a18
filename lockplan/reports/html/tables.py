"""What the page's tables and cards say: values for the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import Conflict
from lockplan.model.place import Skipped
from lockplan.model.problem import LeftOpen
from lockplan.model.timeline import RunState, TaskRun
from lockplan.model.workflow import Edge, TaskKey
from lockplan.reports.advice import edge_in_words, limit_in_words
from lockplan.reports.html.conflicts import APART, OPEN, PLANNED, RACE
from lockplan.reports.html.nights import edge_reason
from lockplan.reports.html.selection import Drawn
from lockplan.reports.left_open import creation, failures_in_words, needless_pairs, weights_in_words
from lockplan.reports.words import (
    certainties,
    count,
    duration,
    gap,
    incidents,
    located,
    not_analysed,
)

MOST_SKIPPED = 400
MOST_EDGES = 500
MOST_NIGHTS = 100
MOST_OPEN = 200
MOST_ADVICE = 100
MOST_STOPPED = 12


@dataclass(frozen=True, slots=True)
class Card:
    """A figure of the summary."""

    figure: str
    words: str
    tone: str = ""
    """``bad``, ``good`` or neither."""


def cards(analysis: Analysis, conflicts: Sequence[tuple[str, Conflict]]) -> list[Card]:
    """Return the figures that matter most."""
    states = Counter(state for state, _ in conflicts)
    open_ones = [each for state, each in conflicts if state in (OPEN, PLANNED)]
    certain, possible = certainties(open_ones)
    new = sum(len(plan.new_edges) for plan in analysis.plans)
    stale = sum(len(plan.stale_edges) for plan in analysis.plans)
    old = f", {stale} no longer needed" if stale else ""
    return [
        Card(
            str(len(open_ones)),
            f"conflicts that nothing keeps apart: {certain} certain, {possible} possible",
            "bad" if open_ones else "good",
        ),
        Card(str(states[PLANNED]), "of them kept apart by the plan", "good"),
        Card(
            str(states[OPEN]),
            "of them left: of other runs or DAGs, on unknown tables, or where no edge is allowed",
            "bad" if states[OPEN] else "good",
        ),
        Card(str(new), f"{'edge' if new == 1 else 'edges'} to add{old}"),
        Card(str(states[APART]), "more conflicts kept apart already, by order or pools"),
        Card(str(states[RACE]), "races: plain reads of what another task writes"),
        Card(
            str(len(analysis.skipped)),
            not_analysed(analysis.skipped),
            "bad" if analysis.skipped else "good",
        ),
    ]


def looked_at(analysis: Analysis) -> str:
    """Say what was read."""
    workflow = analysis.workflow
    statements = sum(len(footprint.statements) for footprint in analysis.footprints)
    parts = (
        count(workflow.files, "file"),
        count(len(workflow.dags), "DAG"),
        count(len(workflow.tasks()), "task"),
        count(statements, "statement"),
    )
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Night:
    """One DAG's figures."""

    dag_id: str
    tasks: int
    edges: int
    unprotected: str
    trouble: str
    serial: str
    planned: str
    bound: str
    gap: str


def nights(plans: Iterable[DagPlan]) -> list[Night]:
    """Return the figures of DAGs."""
    return [_night(plan) for plan in plans]


def _night(plan: DagPlan) -> Night:
    planned = duration(plan.plan.makespan_s)
    pooled = planned if plan.with_pools_s is None else duration(plan.with_pools_s)
    return Night(
        dag_id=plan.dag.dag_id,
        tasks=len(plan.dag.tasks),
        edges=len(plan.new_edges),
        unprotected=duration(plan.before.makespan_s),
        trouble=incidents(plan.before),
        serial=duration(plan.plan.serial_s),
        planned=planned if planned == pooled else f"{planned}, {pooled} with pools",
        bound=duration(plan.plan.bound_s),
        gap=gap(plan.plan),
    )


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """An edge of the plan."""

    status: str
    upstream: TaskKey
    downstream: TaskKey
    reason: str
    stopped: tuple[str, ...]
    """Tasks that no longer run because of it when its earlier task fails."""
    more_stopped: int = 0


def edge_rows(plan: DagPlan) -> list[EdgeRow]:
    """Return the edges of one DAG's plan, and those that it no longer needs."""
    through = dict(zip(plan.plan.edges, plan.failures.through_edges, strict=False))
    new = {(edge.upstream, edge.downstream) for edge in plan.new_edges}
    rows = [
        _edge_row(
            "add" if (edge.upstream, edge.downstream) in new else "in place",
            edge,
            through.get(edge, ()),
        )
        for edge in plan.plan.edges
    ]
    return [*rows, *(_edge_row("no longer needed", edge, ()) for edge in plan.stale_edges)]


def _edge_row(status: str, edge: Edge, stopped: Sequence[TaskKey]) -> EdgeRow:
    names = tuple(key.task_id for key in stopped[:MOST_STOPPED])
    more = max(0, len(stopped) - MOST_STOPPED)
    return EdgeRow(status, edge.upstream, edge.downstream, edge_reason(edge), names, more)


@dataclass(frozen=True, slots=True)
class PlanTable:
    """The edges of one DAG's plan, as many as the page has room for."""

    dag_id: str
    edges: int
    rows: tuple[EdgeRow, ...]
    words: tuple[str, ...]
    """What is to be said beside them."""


def plan_tables(plans: Iterable[DagPlan]) -> list[PlanTable]:
    """Return the plans that have edges; all together show so many."""
    tables, room = [], MOST_EDGES
    for plan in plans:
        rows = edge_rows(plan)
        shown = rows[:room]
        room -= len(shown)
        words = (*failures_in_words(plan), *weights_in_words(plan.plan))
        tables.append(PlanTable(plan.dag.dag_id, len(rows), tuple(shown), words))
    return [table for table in tables if table.edges]


def left_open(analysis: Analysis) -> list[LeftOpen]:
    """Return the conflicts that no edge may order."""
    return [each for plan in analysis.plans for each in plan.plan.left_open]


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool to create."""

    creation: str
    members: tuple[str, ...]
    needless: str


def pool_rows(analysis: Analysis) -> list[PoolRow]:
    """Return the pools to create, each with its members and its price."""
    return [
        PoolRow(
            creation(pool, analysis),
            tuple(f"{each.task} (pool_slots={each.pool_slots})" for each in pool.tasks),
            needless_pairs(pool),
        )
        for pool in analysis.pools
    ]


def advice(analysis: Analysis) -> list[str]:
    """Return the edges and the limits without which DAGs would end sooner."""
    found = [*_advice(analysis)]
    more = len(found) - MOST_ADVICE
    return [*found[:MOST_ADVICE], f"and {more} more, all in the JSON report"] if more > 0 else found


def _advice(analysis: Analysis) -> Iterator[str]:
    for plan in analysis.plans:
        yield from map(edge_in_words, plan.needless)
        yield from (limit_in_words(plan.dag.dag_id, limit) for limit in plan.limits)


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """Something that was not read."""

    place: str
    what: str
    reason: str


def skipped_rows(root: str, skipped: Sequence[Skipped]) -> list[SkippedRow]:
    """Return what was not read, as much of it as a page may hold."""
    return [
        SkippedRow(located(root, each.where.path, each.where.line), each.what, each.reason)
        for each in skipped[:MOST_SKIPPED]
    ]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A task in the runs before and after, in words."""

    task: TaskKey
    before: str
    after: str


def run_rows(drawn: Drawn) -> list[RunRow]:
    """Return the Gantt of one DAG as a table."""
    before = {run.task: run for run in drawn.plan.before.runs}
    after = {run.task: run for run in drawn.plan.after.runs}
    return [
        RunRow(task, run_in_words(before[task]), run_in_words(after[task])) for task in drawn.tasks
    ]


def run_in_words(run: TaskRun) -> str:
    """Say when a task works, what it waits for and how it ends."""
    if run.state not in (RunState.SUCCESS, RunState.FAILED):
        return f"never starts ({run.state})"
    failed = f", fails with {run.error or 'an error'}" if run.state is RunState.FAILED else ""
    waits = "".join(
        f", waits {duration(wait.end_s - wait.start_s)} for {wait.holder.task_id} on {wait.table}"
        for wait in run.waits
    )
    return f"{duration(run.start_s)} to {duration(run.end_s)}{waits}{failed}"
