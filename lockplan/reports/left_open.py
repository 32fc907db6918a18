"""What stands beside the edges, as text: conflicts left open, pools, priorities, failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.problem import Plan
from lockplan.model.remedy import NewPool, PoolMember
from lockplan.reports.page import Page
from lockplan.reports.words import count

MOST_PAIRS = 20
MOST_POOLS = 10
MOST_TASKS = 12
MOST_FAILURES = 3
MOST_STOPPED = 4


def write_left_open(page: Page, analysis: Analysis) -> None:
    """Write the conflicts that no edge may order, and the pools that hold them."""
    left = [each for plan in analysis.plans for each in plan.plan.left_open]
    if left:
        page.heading("Conflicts that no edge may order")
    for each in left[:MOST_PAIRS]:
        page.line(f"{each.a} ↔ {each.b}: {each.reason}", indent=2)
        page.line(f"help: {each.remedy}", "green", indent=4, hang=3)
    _write_more(page, len(left) - MOST_PAIRS)
    if analysis.pools:
        page.heading("Pools that keep apart what no edge can")
    for pool in analysis.pools[:MOST_POOLS]:
        page.line(creation(pool, analysis), "green", indent=2)
        page.line(f"for {_members(pool.tasks)}{needless_pairs(pool)}", indent=4, hang=2)
    _write_more(page, len(analysis.pools) - MOST_POOLS)


def creation(pool: NewPool, analysis: Analysis) -> str:
    """Return how a pool is made: Airflow's command, or a workflow file's line."""
    if analysis.workflow.from_file:
        return f"pools: {{{pool.name}: {pool.slots}}}"
    return f"airflow pools set {pool.name} {pool.slots} ''"


def _write_more(page: Page, left_out: int) -> None:
    if left_out > 0:
        page.line(f"and {left_out} more, all in the JSON report", "dim", indent=2)


def _members(members: Sequence[PoolMember]) -> str:
    names = [
        str(member.task) + (f" (pool_slots={member.pool_slots})" if member.pool_slots > 1 else "")
        for member in members
    ]
    return _some(names)


def needless_pairs(pool: NewPool) -> str:
    """Say how many pairs a pool keeps apart that do not conflict; empty where none."""
    if not pool.needless_pairs:
        return ""
    pairs = count(pool.needless_pairs, "pair")
    return f"; it also keeps {pairs} apart without need, for a task has one pool"


def _some(names: Sequence[str], most: int = MOST_TASKS) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def weights_in_words(plan: Plan) -> Iterator[str]:
    """Say which tasks the scheduler must prefer, where the plan needs it, the most urgent first."""
    weights = sorted(plan.priority_weights, key=lambda each: -each.weight)
    if weights:
        names = _some([f"{each.task.task_id}={each.weight}" for each in weights])
        yield f'for this schedule, with weight_rule="absolute", priority_weight: {names}'


def failures_in_words(plan: DagPlan) -> Iterator[str]:
    """Say whose failure now stops tasks that it did not, those that stop most first."""
    found = plan.failures.of_tasks
    for each in found[:MOST_FAILURES]:
        names = [key.task_id for key in each.stopped]
        tasks, verb = count(len(names), "more task"), "does" if len(names) == 1 else "do"
        shown = _some(names, MOST_STOPPED)
        yield f"if {each.task.task_id} fails, {tasks} {verb} not run: {shown}"
    if len(found) > MOST_FAILURES:
        yield f"and so for {count(len(found) - MOST_FAILURES, 'other task')} (in the JSON report)"
