"""Numbers, names and findings in words, the same in every report."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import Conflict, UnreadConnection
from lockplan.model.place import Skipped
from lockplan.model.problem import Plan
from lockplan.model.statement import Statement
from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.model.verdict import Certainty, Outcome
from lockplan.model.words import count as count
from lockplan.model.words import duration as duration
from lockplan.model.words import shorten as shorten
from lockplan.rules import Rule, catalogue

_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]*@")
_OUTCOMES = {Outcome.DEADLOCK: 0, Outcome.WAIT: 1, None: 2, Outcome.RACE: 3}
_CERTAINTIES = {Certainty.CERTAIN: 0, Certainty.POSSIBLE: 1, Certainty.NONE: 2}


def located(root: str, path: str, line: int) -> str:
    """Write a place as the user can open it: the analysed folder's name comes first."""
    return f"{posixpath.normpath(posixpath.join(root, path))}:{line}"


def not_analysed(skipped: Sequence[Skipped]) -> str:
    """Count what was not read, by kind."""
    whats = [each.what for each in skipped]
    parts = [count(whats.count(what), what) for what in sorted(set(whats))]
    return f"{', '.join(parts)} not analysed" if parts else "everything was analysed"


def without_password(text: str) -> str:
    """Take the password out of a URL in a connection's name."""
    return _PASSWORD.sub(r"\1:***@", text)


def unread_in_words(unread: UnreadConnection) -> str:
    """Say of statements that could not be read what they may meet."""
    name = unread.connection
    where = f"connection {without_password(name)}" if name else "an unknown connection"
    return (
        f"{count(len(unread.tasks), 'task')} with unread statements may meet any of "
        f"{count(unread.met, 'task')} of other DAGs and runs on {where}, not compared one by one"
    )


def condition_of(statement: Statement) -> str | None:
    """Return on which dates a statement is sent; None where it is on all."""
    return None if statement.when is None else f"only when {statement.when}"


def rule_of(conflict: Conflict) -> Rule | None:
    """Return the catalogue's entry for a conflict."""
    return catalogue().get(conflict.verdict.rule or "")


def unprotected(analysis: Analysis) -> tuple[Conflict, ...]:
    """Return the conflicts that nothing keeps apart, worst first; races are none."""
    open_ones = (c for c in analysis.graph.unordered() if c.verdict.outcome is not Outcome.RACE)
    return tuple(sorted(open_ones, key=severity))


def severity(conflict: Conflict) -> tuple[int, int, bool, str, str]:
    """Return the key that sorts conflicts, the worst first."""
    verdict = conflict.verdict
    ranks = (_OUTCOMES[verdict.outcome], _CERTAINTIES[verdict.certainty])
    return (*ranks, not conflict.table, conflict.table, verdict.rule or "")


def certainties(conflicts: Iterable[Conflict]) -> tuple[int, int]:
    """Count the certain and the possible ones."""
    all_of = [conflict.verdict.certainty for conflict in conflicts]
    return all_of.count(Certainty.CERTAIN), all_of.count(Certainty.POSSIBLE)


def incidents(timeline: Timeline) -> str:
    """Say what goes wrong in a run: ``5 tasks die with 1205, 3 never start``."""
    errors = sorted({run.error or "an error" for run in timeline.failed()})
    stopped = sum(never_started(run) for run in timeline.runs)
    parts = [f"{_die(len(timeline.failed()))} with {' or '.join(errors)}"] if errors else []
    parts += [f"{stopped} never start" if stopped != 1 else "1 never starts"] if stopped else []
    if not parts and timeline.lock_wait_s:
        parts.append(f"{duration(timeline.lock_wait_s)} of lock waits")
    return ", ".join(parts)


def never_started(run: TaskRun) -> bool:
    """Whether a task did not run at all, because of others."""
    return run.state not in (RunState.SUCCESS, RunState.FAILED)


def _die(tasks: int) -> str:
    return "1 task dies" if tasks == 1 else f"{tasks} tasks die"


def times(plan: DagPlan) -> str:
    """Say in one line how long a DAG takes before and after."""
    trouble = incidents(plan.before)
    before = f"unprotected {duration(plan.before.makespan_s)}" + (
        f" ({trouble})" if trouble else ""
    )
    planned = plan.plan
    parts = (
        before,
        f"serial {duration(planned.serial_s)}",
        f"planned {duration(planned.makespan_s)}",
        f"lower bound {duration(planned.bound_s)}",
        gap(planned),
    )
    return " · ".join(parts)


def gap(plan: Plan) -> str:
    """Say how far a plan is from the shortest possible."""
    return "proven shortest" if plan.proven else f"gap {plan.gap:.0%}".replace("%", " %")


def has_trouble(plan: DagPlan) -> bool:
    """Whether a DAG has something to draw: waits for locks, or edges against them."""
    edges = plan.plan.edges or plan.stale_edges
    return bool(edges or plan.before.lock_wait_s or plan.before.failed())
