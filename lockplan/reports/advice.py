"""Order and limits that cost time and protect nothing, as text."""

from __future__ import annotations

from lockplan.model.analysis import Analysis, NeedlessEdge, NeedlessLimit
from lockplan.model.remedy import RemedyKind
from lockplan.reports.page import Page
from lockplan.reports.words import count, duration

MOST_NEEDLESS = 20
MOST_TASKS = 6


def write_advice(page: Page, analysis: Analysis) -> None:
    """Write the edges and limits without which DAGs would end sooner."""
    _write_edges(page, analysis)
    _write_limits(page, analysis)


def _write_edges(page: Page, analysis: Analysis) -> None:
    needless = [each for plan in analysis.plans for each in plan.needless]
    if not needless:
        return
    page.heading("Edges between tasks that are free of each other")
    for each in needless[:MOST_NEEDLESS]:
        page.line(edge_in_words(each), indent=2, hang=2)
    if len(needless) > MOST_NEEDLESS:
        page.line(f"and {len(needless) - MOST_NEEDLESS} more, all in the JSON report", indent=2)


def _write_limits(page: Page, analysis: Analysis) -> None:
    found = [(plan.dag.dag_id, each) for plan in analysis.plans for each in plan.limits]
    if found:
        page.heading("Limits that hold apart tasks which are free of each other")
    for dag_id, limit in found:
        page.line(limit_in_words(dag_id, limit), indent=2)


def edge_in_words(edge: NeedlessEdge) -> str:
    """Say what an edge between tasks that are free of each other costs."""
    return (
        f"{edge.downstream} after {edge.upstream}: the longest chain is "
        f"{duration(edge.sooner_s)} shorter where both wait for the same tasks instead"
    )


def limit_in_words(dag_id: str, limit: NeedlessLimit) -> str:
    """Say how much sooner a DAG ends without a limit."""
    return f"{_without(limit)}: {dag_id} ends {duration(limit.sooner_s)} sooner"


def _without(limit: NeedlessLimit) -> str:
    if limit.kind is RemedyKind.MAX_ACTIVE_TASKS:
        return f"{limit.name} without its max_active_tasks={limit.slots}"
    names = [key.task_id for key in limit.tasks]
    more = len(names) - MOST_TASKS
    shown = ", ".join(names[:MOST_TASKS]) + (f" and {more} more" if more > 0 else "")
    return f"{shown} outside of pool {limit.name} ({count(limit.slots, 'slot')})"
