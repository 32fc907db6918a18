"""From a workflow to its analysis: the way through all rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lockplan.advice import Known, failures, needless_edges, needless_limits, with_pools
from lockplan.conflicts import ASSUMED, Clock, build_graph, dag_facts, horizon
from lockplan.faults import check
from lockplan.footprints import footprint
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.problem import Plan, Problem
from lockplan.model.verdict import Protect, Scope
from lockplan.model.workflow import Workflow
from lockplan.planning import plan as plan_problem
from lockplan.settings import Settings, assumptions
from lockplan.study.dag_plan import DEFAULT_MAX_ACTIVE_TASKS, dag_plan
from lockplan.study.reading import all_skipped
from lockplan.study.wanted import is_wanted


def analysed(
    workflow: Workflow,
    settings: Settings,
    protect: Protect,
    search: Callable[[Problem], Plan] = plan_problem,
) -> Analysis:
    """Return all that is found out about a workflow; `search` makes the plans.

    Raises InputError where the settings do not fit the workflow.
    """
    check(workflow, settings.pools, settings.pools_file)
    workflow = replace(workflow, pools=settings.pools)
    facts = dag_facts(workflow, settings.timing(workflow))
    shown = {
        dag_id: horizon(fact.clock, settings.logical_date)[0] for dag_id, fact in facts.items()
    }
    footprints = tuple(
        footprint(task, settings.schema, settings.config.resolve, shown[task.key.dag_id])
        for task in workflow.tasks()
    )
    graph = build_graph(workflow, footprints, settings.schema, facts, settings.logical_date)
    by_task = {each.task: each for each in footprints}
    known = Known(workflow, graph, by_task)
    inside = graph.inside()
    plans = (
        dag_plan(dag, inside.get(dag.dag_id, ()), by_task, settings, protect, search)
        for dag in workflow.dags
        if dag.tasks
    )
    advised = tuple(_advised(each, workflow, known, settings) for each in plans)
    crossing = [c for c in graph.unordered() if is_wanted(c, protect, Scope.OTHER_DAG)]
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
        skipped=all_skipped(workflow, footprints, settings.schema_skipped),
        assumptions=assumptions(workflow, footprints, settings, unscheduled),
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
