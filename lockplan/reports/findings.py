"""The conflicts as text, worst first: one of each kind in full, its likes in a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lockplan.model.analysis import Analysis
from lockplan.model.conflict import Conflict, ConflictSide
from lockplan.model.verdict import Certainty, Outcome, Scope, Side, Wait
from lockplan.reports.page import Page
from lockplan.reports.words import condition_of, count, located, rule_of, unprotected

MOST_IN_FULL = 10
MOST_LIKES = 40
MOST_IN_SHORT = 60
MOST_WAITS = 2


def write_conflicts(page: Page, analysis: Analysis) -> None:
    """Write the conflicts that nothing keeps apart."""
    kinds = _kinds(unprotected(analysis))
    if not kinds:
        return
    page.heading("Conflicts that nothing keeps apart, worst first")
    for number, kind in enumerate(kinds[:MOST_IN_FULL], 1):
        page.line()
        _write_in_full(page, number, kind[0], analysis.workflow.root)
        if kind[1:]:
            page.line(f"the same between {count(len(kind) - 1, 'more pair')}:", "dim", indent=4)
            _write_likes(page, kind[1:])
    _write_rest(page, kinds[MOST_IN_FULL:])


def _write_likes(page: Page, likes: Sequence[Conflict]) -> None:
    for conflict in likes[:MOST_LIKES]:
        page.line(_pair(conflict), indent=6)
    _write_more(page, len(likes) - MOST_LIKES)


def _write_more(page: Page, left_out: int) -> None:
    if left_out > 0:
        page.line(f"and {left_out} more, all in the JSON report", "dim", indent=6)


def _kinds(conflicts: Sequence[Conflict]) -> list[list[Conflict]]:
    """Group conflicts that read the same but for their tasks; the order stays."""
    kinds: dict[tuple[object, ...], list[Conflict]] = {}
    for conflict in conflicts:
        verdict = conflict.verdict
        kind = (verdict.outcome, verdict.certainty, conflict.table, verdict.rule, verdict.scope)
        kinds.setdefault(kind, []).append(conflict)
    return list(kinds.values())


def _write_rest(page: Page, kinds: Sequence[Sequence[Conflict]]) -> None:
    if not kinds:
        return
    page.line()
    page.line("and, in short:", "dim", indent=4)
    conflicts = [conflict for kind in kinds for conflict in kind]
    for conflict in conflicts[:MOST_IN_SHORT]:
        page.line(_in_short(conflict), indent=6)
    _write_more(page, len(conflicts) - MOST_IN_SHORT)


def _write_in_full(page: Page, number: int, conflict: Conflict, root: str) -> None:
    page.line(f"{number:2}. {_title(conflict)}", _style(conflict), hang=4)
    sides = (conflict.a, conflict.b)
    names = [str(side.task) for side in sides]
    places = [located(root, side.path, side.line) for side in sides]
    for label, side, name, place in zip(Side, sides, names, places, strict=True):
        columns = (name.ljust(max(map(len, names))), place.ljust(max(map(len, places))))
        page.line(f"{label}  {'  '.join(columns)}  {_rows(side)}", indent=4, hang=3)
    if any(_condition(side) for side in sides):
        page.line(f"as in the run of {conflict.failing_dates.logical_date:%Y-%m-%d}", indent=4)
    for text in reasons(conflict):
        page.line(text, indent=4, hang=3)
    if conflict.verdict.missing:
        page.line(f"not known: {'; '.join(conflict.verdict.missing)}", "yellow", indent=4, hang=3)
    rule = rule_of(conflict)
    advice = conflict.verdict.help or (rule.help if rule else None)
    if advice:
        page.line(f"help: {advice}", "green", indent=4, hang=3)


def _rows(side: ConflictSide) -> str:
    """Return the rows, and the dates on which the statement is sent where not on all."""
    condition = _condition(side)
    return f"{side.rows}, {condition}" if condition else side.rows


def _condition(side: ConflictSide) -> str | None:
    return condition_of(side.statement.statement) if side.statement else None


def _title(conflict: Conflict) -> str:
    verdict, rule = conflict.verdict, rule_of(conflict)
    parts = [
        f"{rule.code} {rule.name}" if rule else (verdict.rule or "conflict"),
        str(verdict.certainty),
        str(verdict.outcome) if verdict.outcome else "",
        conflict.table or "table not known",
        "" if verdict.scope is Scope.SAME_RUN else str(verdict.scope),
    ]
    return " · ".join(part for part in parts if part)


def _style(conflict: Conflict) -> str:
    if conflict.verdict.certainty is Certainty.POSSIBLE:
        return "bold yellow"
    return "bold red" if conflict.verdict.outcome is Outcome.DEADLOCK else "bold"


def _pair(conflict: Conflict) -> str:
    text = f"{conflict.a.task} ↔ {conflict.b.task}"
    rows = dict.fromkeys(rows for rows in (conflict.a.rows, conflict.b.rows) if rows)
    return f"{text}  ({' / '.join(rows)})" if rows else text


def _in_short(conflict: Conflict) -> str:
    verdict = conflict.verdict
    parts = (f"{conflict.a.task} ↔ {conflict.b.task}", conflict.table, verdict.rule or "")
    return " · ".join(part for part in (*parts, str(verdict.certainty)) if part)


def reasons(conflict: Conflict, most: int = MOST_WAITS) -> Iterator[str]:
    """Yield the locks in words, one wait of each direction first; else what the rule says."""
    waits = conflict.verdict.waits
    if not waits:
        rule = rule_of(conflict)
        yield from [rule.summary] if rule else []
        return
    first = {wait.holder: wait for wait in reversed(waits)}
    chosen = sorted(first.values(), key=lambda wait: wait.holder)
    rest = (wait for wait in waits if wait not in chosen)
    shown = [*chosen, *islice(rest, most - len(chosen))]
    more = len(waits) - len(shown)
    for wait in shown:
        last = more and wait is shown[-1]
        yield _wait(wait, conflict.table) + (f" (and {more} more)" if last else "")


def _wait(wait: Wait, table: str) -> str:
    index = f"index {wait.index}" if wait.index else ""
    other = wait.table if wait.table != table else ""
    where = ", ".join(part for part in (other, index, wait.interval) if part)
    held, _, asked = wait.lock.partition(" against ")
    text = f"{wait.holder} holds {held}; {wait.requester} asks for {asked or 'the same'}"
    return f"{text} ({where})" if where else text
