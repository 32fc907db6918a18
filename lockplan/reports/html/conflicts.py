"""The findings' data: the conflicts, worst first, each with both sides and what keeps it apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lockplan.model.analysis import Analysis
from lockplan.model.conflict import Conflict, ConflictSide
from lockplan.model.verdict import Outcome, Scope
from lockplan.model.workflow import TaskKey
from lockplan.reports.findings import reasons
from lockplan.reports.html.interned import Interned
from lockplan.reports.html.statements import Statements
from lockplan.reports.words import condition_of, located, rule_of, severity

MOST_WAITS = 6

OPEN, PLANNED, APART, RACE = "open", "planned", "apart", "race"
STATES = {
    OPEN: "nothing keeps them apart, the plan neither",
    PLANNED: "the plan keeps them apart",
    APART: "kept apart already",
    RACE: "race: nobody waits, what is read is up to chance",
}


class States:
    """What keeps the two tasks of a conflict apart."""

    def __init__(self, analysis: Analysis) -> None:
        self._planned = _planned(analysis)

    def __call__(self, conflict: Conflict) -> str:
        """Return one of `STATES`."""
        if conflict.verdict.outcome is Outcome.RACE:
            return RACE
        if conflict.ordered_by:
            return APART
        same_run = conflict.verdict.scope is Scope.SAME_RUN
        return PLANNED if same_run and frozenset(conflict.key) in self._planned else OPEN


def _planned(analysis: Analysis) -> set[frozenset[TaskKey]]:
    """Return the pairs that the plans keep apart."""
    found: set[frozenset[TaskKey]] = set()
    for plan in analysis.plans:
        jobs = plan.problem.jobs
        found |= {frozenset((jobs[a].key, jobs[b].key)) for a, b in plan.problem.conflicts}
        found -= {frozenset((each.a, each.b)) for each in plan.plan.left_open}
    return found


def by_weight(analysis: Analysis) -> list[tuple[str, Conflict]]:
    """Return all conflicts with their states, the worst first of those not kept apart yet."""
    states, rank = States(analysis), {OPEN: 0, PLANNED: 0, APART: 1, RACE: 2}
    found = [(states(conflict), conflict) for conflict in analysis.graph.conflicts]
    return sorted(found, key=lambda each: (rank[each[0]], severity(each[1])))


FIELDS = (
    "state",
    "rule",
    "outcome",
    "certainty",
    "scope",
    "table",
    "sides",
    "why",
    "missing",
    "help",
    "by",
    "date",
)
"""What is told of a conflict, in the order of its values."""


def conflict_data(
    conflicts: Iterable[tuple[str, Conflict]],
    root: str,
    texts: Interned,
    statements: Statements,
) -> list[list[Any]]:
    """Return conflicts for the page, the values of `FIELDS`; texts and statements by number."""
    return [_values(state, each, root, texts, statements) for state, each in conflicts]


def _values(
    state: str, conflict: Conflict, root: str, texts: Interned, statements: Statements
) -> list[Any]:
    verdict, rule = conflict.verdict, rule_of(conflict)
    dated = any(_when(side) for side in (conflict.a, conflict.b))
    return [
        state,
        texts(f"{rule.code} {rule.name}" if rule else verdict.rule or "conflict"),
        texts(verdict.outcome),
        texts(verdict.certainty),
        texts(verdict.scope),
        texts(conflict.table or "table not known"),
        [_side(side, root, texts, statements) for side in (conflict.a, conflict.b)],
        texts.all(reasons(conflict, MOST_WAITS)),
        texts("; ".join(verdict.missing)),
        texts.all(_help(conflict)),
        texts(conflict.ordered_by),
        texts(f"{conflict.failing_dates.logical_date:%Y-%m-%d}" if dated else None),
    ]


def _help(conflict: Conflict) -> Iterator[str]:
    """Yield what would keep the two apart, or else remove the conflict."""
    if conflict.remedies:
        yield from (each.advice for each in conflict.remedies)
        return
    rule = rule_of(conflict)
    advice = conflict.verdict.help or (rule.help if rule else None)
    yield from [advice] if advice else []


def _side(side: ConflictSide, root: str, texts: Interned, statements: Statements) -> list[int]:
    """Return the task, its place, the rows, when it is sent, and the statement's number."""
    words = (str(side.task), located(root, side.path, side.line), side.rows, _when(side))
    return [*map(texts, words), statements(side.statement) if side.statement else -1]


def _when(side: ConflictSide) -> str | None:
    return condition_of(side.statement.statement) if side.statement else None
