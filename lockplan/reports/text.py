"""The analysis as text: what was looked at, what is wrong, what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import UnreadConnection
from lockplan.model.verdict import Outcome
from lockplan.model.workflow import Edge
from lockplan.reports.advice import write_advice
from lockplan.reports.bars import Scale, axis, bar, in_order
from lockplan.reports.findings import write_conflicts
from lockplan.reports.left_open import failures_in_words, weights_in_words, write_left_open
from lockplan.reports.page import Medium, Page
from lockplan.reports.skipped import write_skipped
from lockplan.reports.words import (
    certainties,
    count,
    duration,
    has_trouble,
    not_analysed,
    shorten,
    times,
    unprotected,
    unread_in_words,
)

WIDE = 130
"""From this width on, the run before stands beside the run after."""
MOST_LABEL = 28


def to_text(analysis: Analysis, *, output: TextIO | None = None) -> str:
    """Return the report as `output` can show it: a terminal in colour, a file in plain UTF-8."""
    return render_text(analysis, Medium.of(output))


def render_text(analysis: Analysis, medium: Medium) -> str:
    """Return the report for a medium."""
    page = Page(medium)
    _write_summary(page, analysis)
    write_conflicts(page, analysis)
    _write_plans(page, analysis)
    write_left_open(page, analysis)
    write_advice(page, analysis)
    write_skipped(page, analysis.workflow.root, analysis.skipped)
    _write_assumptions(page, analysis)
    if analysis.next_command:
        page.heading("Next")
        page.line(analysis.next_command, "cyan", indent=2)
    return page.render()


def _write_summary(page: Page, analysis: Analysis) -> None:
    workflow, open_ones = analysis.workflow, unprotected(analysis)
    certain, possible = certainties(open_ones)
    statements = sum(len(footprint.statements) for footprint in analysis.footprints)
    looked_at = ", ".join(
        (
            count(workflow.files, "file"),
            count(len(workflow.dags), "DAG"),
            count(len(workflow.tasks()), "task"),
            count(statements, "statement"),
        )
    )
    sure = f" ({certain} certain, {possible} possible)" if open_ones else ""
    found = f"{count(len(open_ones), 'conflict')}{sure} that nothing keeps apart"
    unread = analysis.graph.unread
    parts = (looked_at, found, *_unread(unread), not_analysed(analysis.skipped))
    page.line("; ".join(parts), "bold red" if open_ones or unread else "bold green", hang=2)
    for line in _asides(analysis):
        page.line(line, "dim", hang=2)


def _unread(found: Sequence[UnreadConnection]) -> Iterator[str]:
    """Say of statements that could not be read, where they are most, what they may meet."""
    if not found:
        return
    worst, *others = found
    more = f" (and the like on {count(len(others), 'more connection')})" if others else ""
    yield unread_in_words(worst) + more


def _asides(analysis: Analysis) -> list[str]:
    """Say what was found and needs nothing done."""
    graph = analysis.graph
    races = [c for c in graph.conflicts if c.verdict.outcome is Outcome.RACE]
    open_races = sum(race.ordered_by is None for race in races)
    apart = len(graph.conflicts) - len(graph.unordered()) - (len(races) - open_races)
    asides = []
    if apart:
        pools = " or a pool" if any(conflict.in_one_pool for conflict in graph.conflicts) else ""
        kept = f"kept apart by the order of the tasks{pools}"
        asides.append(f"{count(apart, 'more conflict')} {kept}")
    if open_races:
        pairs = count(open_races, "pair")
        asides.append(
            f"{pairs} where one task plainly reads rows that the other writes: nobody waits, "
            "but what is read is up to chance (in the JSON report)"
        )
    return asides


def _write_plans(page: Page, analysis: Analysis) -> None:
    calm = 0
    for plan in analysis.plans:
        if has_trouble(plan):
            _write_plan(page, plan)
        else:
            calm += 1
    if calm and len(analysis.plans) > calm:
        page.line()
        page.line(f"{count(calm, 'other DAG')} without conflicts to order", "dim")


def _write_plan(page: Page, plan: DagPlan) -> None:
    page.heading(f"{plan.dag.dag_id}: {_edges_headline(plan)}")
    for edge in plan.new_edges:
        page.line(f"+ {_edge(edge)}", "green", indent=2)
    for edge in plan.stale_edges:
        page.line(f"- {_edge(edge)}", "red", indent=2)
    if plan.new_edges:
        page.line(
            "these edges only order: they pass no data, but when the earlier task fails the later "
            "one becomes upstream_failed",
            "dim",
            indent=2,
            hang=0,
        )
        for line in failures_in_words(plan):
            page.line(line, "dim", indent=2, hang=2)
    page.line(f"{plan.dag.dag_id}: {times(plan)}", "bold", hang=2)
    if plan.with_pools_s is not None:
        page.line(f"with the pools below: {duration(plan.with_pools_s)}", hang=2)
    page.line()
    _write_bars(page, plan)
    for line in (*weights_in_words(plan.plan), *_price(plan)):
        page.line(line, "dim", hang=2)


def _price(plan: DagPlan) -> Iterator[str]:
    """Say what the conflicts that are only possible cost, where they cost something."""
    certain = plan.certain
    if certain is None:
        return
    edges = len(plan.plan.edges) - len(certain.edges)
    sooner_s = plan.plan.makespan_s - certain.makespan_s
    costs = [count(edges, "edge")] if edges > 0 else []
    costs += [duration(sooner_s)] if sooner_s > 0 else []
    if costs:
        yield (
            f"conflicts that are only possible cost {' and '.join(costs)} of this: a schema may "
            "tell that they are none (--protect certain leaves them open)"
        )


def _edges_headline(plan: DagPlan) -> str:
    standing = len(plan.plan.edges) - len(plan.new_edges)
    parts = []
    if plan.new_edges:
        parts.append(f"{count(len(plan.new_edges), 'edge')} to add")
    if plan.stale_edges:
        parts.append(f"{count(len(plan.stale_edges), 'edge')} no longer needed")
    if standing:
        parts.append(f"{count(standing, 'edge')} of an earlier patch in place")
    return ", ".join(parts) or "no edge can help"


def _edge(edge: Edge) -> str:
    reason = ": ".join(part for part in (", ".join(edge.tables), edge.reason) if part)
    text = f"{edge.downstream.task_id} after {edge.upstream.task_id}"
    return f"{text} — {reason}" if reason else text


def _write_bars(page: Page, plan: DagPlan) -> None:
    """Draw the planned run, beside the run as the files stand where there is room."""
    runs = in_order(plan.after)
    label = min(MOST_LABEL, max(len(run.task.task_id) for run in runs))
    timelines = {"after": plan.after}
    if page.medium.width >= WIDE:
        timelines = {"before": plan.before, **timelines}
    room = (page.medium.width - label - 2) // len(timelines) - 2
    scale = Scale.over(tuple(timelines.values()), room)
    by_task = [{run.task: run for run in timeline.runs} for timeline in timelines.values()]
    _row(page, "", [*timelines] if len(timelines) > 1 else [_legend(plan)], label, room)
    for run in runs:
        name = shorten(run.task.task_id, label)
        _row(page, name, [bar(runs[run.task], scale) for runs in by_task], label, room)
    _row(page, "", [axis(scale)] * len(timelines), label, room)
    if len(timelines) > 1:
        _row(page, "", [_legend(plan)], label, room)


def _legend(plan: DagPlan) -> str:
    waits = plan.before.lock_wait_s or plan.after.lock_wait_s
    return "█ work  ░ waiting for a lock" if waits else "█ work"


def _row(page: Page, label: str, cells: list[str], width: int, room: int) -> None:
    # a row is drawn to fit: it must keep its spaces, which wrapping would not
    text = "  ".join(f"{cell:{room}}" for cell in cells).rstrip()
    page.exact(f"  {label:{width}}  {text}")


def _write_assumptions(page: Page, analysis: Analysis) -> None:
    if not analysis.assumptions:
        return
    page.heading("Taken for granted")
    for assumption in analysis.assumptions:
        page.line(f"- {assumption}", "dim", indent=2, hang=2)
