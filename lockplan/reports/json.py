"""The analysis as JSON: stable names in a stable order, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from lockplan.model.access import Access, ReadStatement
from lockplan.model.analysis import Analysis, DagPlan, Failure, NeedlessEdge, NeedlessLimit
from lockplan.model.conflict import Conflict, ConflictSide, UnreadConnection
from lockplan.model.dates import RunDates
from lockplan.model.listing import Listing
from lockplan.model.problem import LeftOpen, Plan, PriorityWeight, Slot
from lockplan.model.region import Bound
from lockplan.model.remedy import NewPool, Remedy
from lockplan.model.resource import Resource
from lockplan.model.statement import render_parts
from lockplan.model.verdict import Wait
from lockplan.model.workflow import Dag, Edge, Task, TaskKey
from lockplan.reports.regions import region_data
from lockplan.reports.skipped import skipped_data
from lockplan.reports.words import certainties, condition_of, rule_of, unprotected, without_password

FORMAT_VERSION = "0.1"

MOST_STOPPED = 100
"""Tasks named for one failure; all are counted."""

Data = dict[str, Any]


def to_json(analysis: Analysis) -> str:
    """Return everything that was found as a JSON document with a final newline."""
    statements = {footprint.task: footprint.statements for footprint in analysis.footprints}
    needless = [each for plan in analysis.plans for each in plan.needless]
    timed = [plan for plan in analysis.plans if plan.with_pools_s is not None]
    limits = [each for plan in analysis.plans for each in plan.limits]
    failures = [each for plan in analysis.plans for each in plan.failures.of_tasks]
    document = {
        "summary": _summary(analysis),
        "dags": [_dag(dag, statements, analysis.dates) for dag in analysis.workflow.dags],
        "conflicts": [_conflict(conflict) for conflict in analysis.graph.conflicts],
        "plan": {
            "edges": [edge for plan in analysis.plans for edge in _edges(plan)],
            "schedule": [_slot(slot) for plan in analysis.plans for slot in plan.plan.schedule],
            **_quality([plan.plan for plan in analysis.plans]),
            "priority_weights": [
                _weight(each) for plan in analysis.plans for each in plan.plan.priority_weights
            ],
            "pools": [_pool(pool) for pool in analysis.pools],
            "left_open": [_open(each) for plan in analysis.plans for each in plan.plan.left_open],
            **_certain_alone(analysis.plans),
        },
        "skipped": skipped_data(analysis.skipped),
        **_where_found("unread_connections", map(_unread, analysis.graph.unread)),
        **_where_found("with_pools", map(_with_pools, timed)),
        **_where_found("needless_edges", map(_needless, needless)),
        **_where_found("needless_limits", map(_limit, limits)),
        **_where_found("coupled_failures", map(_failure, failures)),
    }
    return _dumped(document)


def listing_to_json(listing: Listing) -> str:
    """Return the `dags` and `skipped` of a listing; its tasks also carry their `sql_texts`."""
    statements = {footprint.task: footprint.statements for footprint in listing.footprints}
    dags = []
    for dag in listing.workflow.dags:
        dates = listing.dates[dag.dag_id]
        data = _dag(dag, statements, dates)
        for task, shown in zip(dag.tasks, data["tasks"], strict=True):
            shown["sql_texts"] = [render_parts(parts, dates) for parts in task.sql_texts]
        dags.append(data)
    return _dumped({"dags": dags, "skipped": skipped_data(listing.skipped)})


def _dumped(document: Data) -> str:
    document = {"format_version": FORMAT_VERSION, **document}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _summary(analysis: Analysis) -> Data:
    workflow, plans = analysis.workflow, analysis.plans
    certain, possible = certainties(unprotected(analysis))
    return {
        "files": workflow.files,
        "dags": len(workflow.dags),
        "tasks": len(workflow.tasks()),
        "statements": sum(len(footprint.statements) for footprint in analysis.footprints),
        "skipped": len(analysis.skipped),
        "conflicts": {"certain": certain, "possible": possible},
        "edges": sum(len(plan.new_edges) for plan in plans),
        "makespan_s": {
            "unprotected": round(sum(plan.before.makespan_s for plan in plans)),
            "serial": sum(plan.plan.serial_s for plan in plans),
            "planned": sum(plan.plan.makespan_s for plan in plans),
            "bound": sum(plan.plan.bound_s for plan in plans),
        },
    }


def _certain_alone(plans: Sequence[DagPlan]) -> Data:
    """Return what the plans would cost without the possible conflicts that they keep apart."""
    if not any(plan.certain for plan in plans):
        return {}
    certain = [plan.certain or plan.plan for plan in plans]
    edges = sum(len(plan.edges) for plan in certain)
    return {"certain_alone": {"edges": edges, "makespan_s": sum(p.makespan_s for p in certain)}}


def _where_found(name: str, found: Iterable[Data]) -> Data:
    entries = list(found)
    return {name: entries} if entries else {}


def _quality(plans: Sequence[Plan]) -> Data:
    """Return how far the plans of all DAGs together are from the shortest."""
    makespan_s, bound_s = sum(p.makespan_s for p in plans), sum(p.bound_s for p in plans)
    return {
        "bound_s": bound_s,
        "gap": round(makespan_s / bound_s - 1, 6) if bound_s else 0.0,
        "proven": all(plan.proven for plan in plans),
    }


def _open(left: LeftOpen) -> Data:
    return {
        "a": _key(left.a),
        "b": _key(left.b),
        "reason": left.reason,
        "remedy": left.remedy,
        "remedies": [_remedy(each) for each in left.remedies],
    }


def _remedy(remedy: Remedy) -> Data:
    return {
        "kind": str(remedy.kind),
        "targets": list(remedy.targets),
        "value": remedy.value,
        "advice": remedy.advice,
    }


def _pool(pool: NewPool) -> Data:
    tasks = [{**_key(member.task), "pool_slots": member.pool_slots} for member in pool.tasks]
    return {"name": pool.name, "slots": pool.slots, "tasks": tasks}


def _with_pools(plan: DagPlan) -> Data:
    return {"dag_id": plan.dag.dag_id, "makespan_s": plan.with_pools_s}


def _weight(weight: PriorityWeight) -> Data:
    return {**_key(weight.task), "weight": weight.weight}


def _dag(dag: Dag, statements: dict[TaskKey, tuple[ReadStatement, ...]], dates: RunDates) -> Data:
    return {
        "dag_id": dag.dag_id,
        "path": dag.path,
        "schedule": dag.schedule,
        "tasks": [_task(task, statements.get(task.key, ()), dates) for task in dag.tasks],
    }


def _task(task: Task, statements: tuple[ReadStatement, ...], dates: RunDates) -> Data:
    return {
        "task_id": task.key.task_id,
        "operator": task.operator,
        "upstream": list(task.upstream),
        "pool": task.pool,
        "statements": [_statement(statement, dates) for statement in statements],
        **_declared(task),
    }


def _declared(task: Task) -> Data:
    """Return the resources of a task, as a workflow file writes them, where it has any."""
    declared = {"reads": task.reads, "writes": task.writes}
    return {name: [_resource(each) for each in some] for name, some in declared.items() if some}


def _resource(resource: Resource) -> str | Data:
    if resource.interval is None:
        return resource.name
    part = resource.interval
    return {"name": resource.name, "from": _end(part.low), "to": _end(part.high)}


def _end(bound: Bound | None) -> int | float | str:
    if isinstance(bound, Decimal):
        return int(bound) if bound == bound.to_integral_value() else float(bound)
    return str(bound).removesuffix(" 00:00:00")


def _statement(read: ReadStatement, dates: RunDates) -> Data:
    connection = read.statement.connection
    return {
        "sql": read.sql,
        "path": read.statement.built_at.path,
        "line": read.line,
        "engine": str(connection.engine),
        "connection": without_password(connection.name),
        "transaction": read.transaction,
        "accesses": [_access(access, dates) for access in read.accesses],
        **_when(read),
    }


def _when(read: ReadStatement | None) -> Data:
    """Return on which dates a statement is sent, where that is not on all."""
    condition = condition_of(read.statement) if read else None
    return {"when": condition} if condition else {}


def _access(access: Access, dates: RunDates) -> Data:
    region = region_data(access.region, dates)
    return {"table": str(access.table), "role": str(access.role), "region": region}


def _conflict(conflict: Conflict) -> Data:
    verdict, rule = conflict.verdict, rule_of(conflict)
    dated = _when(conflict.a.statement) or _when(conflict.b.statement)
    summary = [rule.summary] if rule else []
    return {
        "rule": verdict.rule,
        "name": rule.name if rule else None,
        "certainty": str(verdict.certainty),
        "outcome": str(verdict.outcome) if verdict.outcome else None,
        "scope": str(verdict.scope),
        "table": conflict.table,
        "reason": " ".join([*summary, *(f"Not known: {gap}." for gap in verdict.missing)]),
        "help": verdict.help or (rule.help if rule else None),
        "remedies": [_remedy(each) for each in conflict.remedies],
        "ordered_by": conflict.ordered_by,
        "a": _side(conflict.a),
        "b": _side(conflict.b),
        "waits": [_wait(wait) for wait in verdict.waits],
        **({"failing_date": f"{conflict.failing_dates.logical_date:%Y-%m-%d}"} if dated else {}),
    }


def _unread(unread: UnreadConnection) -> Data:
    name = unread.connection
    return {
        "connection": without_password(name) if name else None,
        "tasks": [_key(task) for task in unread.tasks],
        "met_tasks": unread.met,
        "pairs": unread.pairs,
    }


def _side(side: ConflictSide) -> Data:
    sql = side.statement.sql if side.statement else None
    place = {"sql": sql, "path": side.path, "line": side.line}
    return {**_key(side.task), **place, **_when(side.statement)}


def _wait(wait: Wait) -> Data:
    return {
        "holder": str(wait.holder),
        "requester": str(wait.requester),
        "lock": wait.lock,
        "index": wait.index,
        "interval": wait.interval,
    }


def _edges(plan: DagPlan) -> Iterator[Data]:
    stopped = dict(zip(plan.plan.edges, plan.failures.through_edges, strict=False))
    return (_edge(edge, stopped.get(edge, ())) for edge in plan.plan.edges)


def _edge(edge: Edge, stopped: Sequence[TaskKey]) -> Data:
    """Return an edge and the tasks that a failure of its earlier task newly stops."""
    return {
        "upstream": _key(edge.upstream),
        "downstream": _key(edge.downstream),
        "tables": list(edge.tables),
        "newly_stopped": _stopped(stopped),
    }


def _failure(failure: Failure) -> Data:
    return {**_key(failure.task), "newly_stopped": _stopped(failure.stopped)}


def _stopped(tasks: Sequence[TaskKey]) -> Data:
    names = [key.task_id for key in tasks[:MOST_STOPPED]]
    return {"tasks": len(tasks), "task_ids": names}


def _needless(needless: NeedlessEdge) -> Data:
    return {
        "upstream": _key(needless.upstream),
        "downstream": _key(needless.downstream),
        "sooner_s": needless.sooner_s,
    }


def _limit(limit: NeedlessLimit) -> Data:
    return {
        "kind": str(limit.kind),
        "name": limit.name,
        "slots": limit.slots,
        "tasks": [_key(key) for key in limit.tasks],
        "sooner_s": limit.sooner_s,
    }


def _slot(slot: Slot) -> Data:
    return {**_key(slot.task), "start_s": slot.start_s, "end_s": slot.end_s}


def _key(key: TaskKey) -> Data:
    return {"dag_id": key.dag_id, "task_id": key.task_id}
