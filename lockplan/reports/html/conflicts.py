"""The findings' data: the conflicts, worst first, each with both sides and what keeps it apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lockplan.model.access import Footprint, ReadStatement
from lockplan.model.analysis import Analysis
from lockplan.model.conflict import Conflict, ConflictSide
from lockplan.model.verdict import Outcome, Scope, Side
from lockplan.model.workflow import TaskKey
from lockplan.reports.findings import reasons
from lockplan.reports.html.interned import Interned
from lockplan.reports.html.statements import Statements
from lockplan.reports.words import condition_of, located, rule_of, severity

MOST_WAITS = 6
MOST_STATEMENTS = 3
"""Of each side: deadlocks take two or more."""

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


class Findings:
    """Conflicts as the values of `FIELDS`; texts and statements by number."""

    def __init__(self, analysis: Analysis, texts: Interned, statements: Statements) -> None:
        self.root = analysis.workflow.root
        self.texts = texts
        self.statements = statements
        self._sent = {each.task: _by_sequence(each) for each in analysis.footprints}
        tasks = analysis.workflow.tasks()
        self._declared = {task.key for task in tasks if task.reads or task.writes}

    def data(self, conflicts: Iterable[tuple[str, Conflict]]) -> list[list[Any]]:
        """Return conflicts for the page."""
        return [self._values(state, each) for state, each in conflicts]

    def _values(self, state: str, conflict: Conflict) -> list[Any]:
        texts, verdict, rule = self.texts, conflict.verdict, rule_of(conflict)
        dated = any(_when(side) for side in (conflict.a, conflict.b))
        return [
            state,
            texts(f"{rule.code} {rule.name}" if rule else verdict.rule or "conflict"),
            texts(verdict.outcome),
            texts(verdict.certainty),
            texts(verdict.scope),
            texts(conflict.table or "table not known"),
            [self._side(side, conflict) for side in Side],
            texts.all(reasons(conflict, MOST_WAITS)),
            texts("; ".join(verdict.missing)),
            texts.all(_help(conflict)),
            texts(conflict.ordered_by),
            texts(f"{conflict.failing_dates.logical_date:%Y-%m-%d}" if dated else None),
        ]

    def _side(self, letter: Side, conflict: Conflict) -> list[Any]:
        """Return the task, place, rows, when it is sent, why no SQL is shown, and the SQL."""
        side = conflict.a if letter is Side.A else conflict.b
        place = located(self.root, side.path, side.line)
        words = (str(side.task), place, side.rows, _when(side), self._without_sql(side))
        found = [side.statement] if side.statement else []
        own = self._sent.get(side.task, {})
        found += [own[each] for each in _sequences(letter, conflict) if found and each in own]
        numbers = dict.fromkeys(map(self.statements, found))
        return [*map(self.texts, words), list(numbers)[:MOST_STATEMENTS]]

    def _without_sql(self, side: ConflictSide) -> str | None:
        if side.statement:
            return None
        if side.task in self._declared:
            return "named as read or written, without SQL"
        return "its SQL could not be read"


def _by_sequence(footprint: Footprint) -> dict[int, ReadStatement]:
    return {access.sequence: read for read in footprint.statements for access in read.accesses}


def _sequences(letter: Side, conflict: Conflict) -> Iterator[int]:
    """Yield the positions of a side's statements that hold or ask for locks."""
    for wait in conflict.verdict.waits:
        yield wait.holder_sequence if wait.holder is letter else wait.requester_sequence


def _help(conflict: Conflict) -> Iterator[str]:
    """Yield what would keep the two apart, or else remove the conflict."""
    if conflict.remedies:
        yield from (each.advice for each in conflict.remedies)
        return
    rule = rule_of(conflict)
    advice = conflict.verdict.help or (rule.help if rule else None)
    yield from [advice] if advice else []


def _when(side: ConflictSide) -> str | None:
    return condition_of(side.statement.statement) if side.statement else None
