"""The findings of a study as data frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lockplan.model.access import Footprint
from lockplan.model.analysis import Analysis
from lockplan.model.conflict import Conflict
from lockplan.model.problem import Job
from lockplan.model.workflow import Edge, Task
from lockplan.rules import catalogue
from lockplan.study.dag_plan import WRITES

if TYPE_CHECKING:
    import pandas as pd

_TASKS = ("dag_id", "task_id", "operator", "duration_s", "source", "pool", "statements", "reads")
_CONFLICTS = ("a", "b", "table", "outcome", "certainty", "scope", "ordered_by", "rule", "help")
EDGES = ("upstream", "downstream", "tables", "reason")


def task_frame(analysis: Analysis) -> pd.DataFrame:
    """Return one row per task of a DAG: how long it takes, and which tables it touches."""
    jobs = {job.key: job for plan in analysis.plans for job in plan.problem.jobs}
    touched = zip(analysis.workflow.tasks(), analysis.footprints, strict=True)
    rows = [_task(task, each, jobs[task.key]) for task, each in touched]
    return frame(rows, (*_TASKS, "writes", "unread"))


def _task(task: Task, footprint: Footprint, job: Job) -> dict[str, object]:
    tables: dict[bool, set[str]] = {False: set(), True: set()}
    for transaction in footprint.transactions:
        for access in transaction.accesses:
            tables[access.role in WRITES].add(str(access.table))
    return {
        "dag_id": task.key.dag_id,
        "task_id": task.key.task_id,
        "operator": task.operator,
        "duration_s": job.duration_s,
        "source": job.source,
        "pool": task.pool,
        "statements": len(footprint.statements),
        "reads": ", ".join(sorted(tables[False])),
        "writes": ", ".join(sorted(tables[True])),
        "unread": len(footprint.unread),
    }


def conflict_frame(conflicts: Iterable[Conflict]) -> pd.DataFrame:
    """Return one row per pair that meets, worst first."""
    rows = [
        {
            "a": str(each.a.task),
            "b": str(each.b.task),
            "table": each.table,
            "outcome": str(each.verdict.outcome or ""),
            "certainty": str(each.verdict.certainty),
            "scope": str(each.verdict.scope),
            "ordered_by": each.ordered_by or "",
            "rule": each.verdict.rule or "",
            "help": each.verdict.help or _help(each),
        }
        for each in conflicts
    ]
    return frame(rows, _CONFLICTS)


def _help(conflict: Conflict) -> str:
    rule = catalogue().get(conflict.verdict.rule or "")
    return rule.help if rule else ""


def edge_frame(analysis: Analysis) -> pd.DataFrame:
    """Return one row per edge of the plans; `new` are those that the files do not have yet."""
    rows = [
        {**edge_row(edge), "new": edge in plan.new_edges}
        for plan in analysis.plans
        for edge in plan.plan.edges
    ]
    return frame(rows, (*EDGES, "new"))


def edge_row(edge: Edge) -> dict[str, object]:
    """Return the columns that every frame of edges has."""
    return {
        "upstream": str(edge.upstream),
        "downstream": str(edge.downstream),
        "tables": ", ".join(edge.tables),
        "reason": edge.reason,
    }


def frame(rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows; the columns are there without any, too."""
    import pandas as pd  # only who asks for it waits for it

    return pd.DataFrame(rows, columns=list(columns))
