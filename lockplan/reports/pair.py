"""Two scripts and what the server would do with them, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from lockplan.model.access import ReadStatement
from lockplan.model.pair import PairReport, ReadScript, Remedy, Server
from lockplan.model.verdict import Certainty, Side, Verdict, Wait
from lockplan.reports.page import Medium, Page
from lockplan.reports.skipped import skipped_data, write_skipped
from lockplan.reports.words import count
from lockplan.rules import Rule, catalogue

MOST_WAITS = 6
_STYLES = {Certainty.CERTAIN: "bold red", Certainty.POSSIBLE: "bold yellow"}


def pair_to_text(report: PairReport, *, output: TextIO | None = None) -> str:
    """Return the report as `output` can show it: a terminal in colour, a file in plain UTF-8."""
    page = Page(Medium.of(output))
    page.line(_headline(report.verdict), _STYLES.get(report.verdict.certainty, "bold green"))
    page.line(server_in_words(report.server), "dim")
    for side, script in zip(Side, (report.a, report.b), strict=True):
        page.line(f"{side}  {script_in_words(script)}", indent=2)
    _write_reasons(page, report)
    _write_remedies(page, report)
    write_skipped(page, ".", report.skipped)
    return page.render()


def _headline(verdict: Verdict) -> str:
    if verdict.certainty is Certainty.NONE:
        return "nothing waits" + (
            ", but a plain read sees the other's rows before or after its change, as chance has it"
            if verdict.race
            else ""
        )
    tables = ", ".join(dict.fromkeys(wait.table for wait in verdict.waits))
    parts = (str(verdict.certainty), str(verdict.outcome), _direction(verdict), tables)
    return " · ".join(part for part in parts if part)


def _direction(verdict: Verdict) -> str:
    if verdict.a_blocks_b and verdict.b_blocks_a:
        return "a and b wait for each other"
    if verdict.a_blocks_b:
        return "b waits for a"
    return "a waits for b" if verdict.b_blocks_a else ""


def server_in_words(server: Server) -> str:
    """Name the server and its isolation level."""
    return f"{server.engine} {server.version or ''}".strip() + f", {server.isolation}"


def script_in_words(script: ReadScript) -> str:
    """Name a script and how it is run."""
    many = "each its own transaction" if script.autocommit else "in one session"
    return f"{script.name}: {count(len(script.statements), 'statement')}, {many}"


def _write_reasons(page: Page, report: PairReport) -> None:
    verdict, rule = report.verdict, _rule(report.verdict)
    if rule is not None:
        page.line()
        page.line(f"{rule.code} {rule.name}: {rule.summary}", hang=2)
    waits = sorted(verdict.waits, key=lambda wait: not wait.certain)
    for wait in waits[:MOST_WAITS]:
        page.line(_wait(wait, report), indent=2, hang=2)
    if len(waits) > MOST_WAITS:
        page.line(f"and {len(waits) - MOST_WAITS} more, all in the JSON report", "dim", indent=2)
    for missing in verdict.missing:
        page.line(f"not known: {missing}", "yellow", indent=2)


def _rule(verdict: Verdict) -> Rule | None:
    return catalogue().get(verdict.rule or "")


def _wait(wait: Wait, report: PairReport) -> str:
    held, _, asked = wait.lock.partition(" against ")
    index = f"index {wait.index}" if wait.index else ""
    where = ", ".join(part for part in (wait.table, index, wait.interval) if part)
    certainty = "" if wait.certain else "perhaps: "
    return (
        f"{certainty}{_place(wait.holder, wait.holder_sequence, report)} holds {held}; "
        f"{_place(wait.requester, wait.requester_sequence, report)} asks for "
        f"{asked or 'the same'} ({where})"
    )


def _place(side: Side, sequence: int, report: PairReport) -> str:
    statement = _statement(side, sequence, report)
    return f"{side}, line {statement.line}," if statement else str(side)


def _statement(side: Side, sequence: int, report: PairReport) -> ReadStatement | None:
    statements = (report.a if side is Side.A else report.b).statements
    return statements[sequence] if sequence < len(statements) else None


def _write_remedies(page: Page, report: PairReport) -> None:
    advice = [*_advice(report)]
    if advice:
        page.heading("What would help")
    for text in advice:
        page.line(text, "green", indent=2, hang=2)


def _advice(report: PairReport) -> Iterator[str]:
    """Yield the changes that were tried with what they leave; else the rule's own help."""
    if report.remedies:
        yield from (f"{remedy.advice} {_leaves(remedy)}" for remedy in report.remedies)
    elif report.verdict.certainty is not Certainty.NONE:
        rule = _rule(report.verdict)
        general = report.verdict.help or (rule.help if rule else "")
        yield from [general] if general else []


def _leaves(remedy: Remedy) -> str:
    if remedy.certainty is Certainty.NONE:
        return "Then nothing waits."
    return f"Then a {remedy.outcome} is {remedy.certainty}."


def pair_to_json(report: PairReport) -> str:
    """Return the report for programs."""
    verdict, rule = report.verdict, _rule(report.verdict)
    document = {
        "server": server_data(report.server),
        "certainty": str(verdict.certainty),
        "outcome": str(verdict.outcome) if verdict.certainty is not Certainty.NONE else None,
        "a_blocks_b": verdict.a_blocks_b and verdict.certainty is not Certainty.NONE,
        "b_blocks_a": verdict.b_blocks_a and verdict.certainty is not Certainty.NONE,
        "deadlock": verdict.deadlock,
        "race": verdict.race,
        "rule": verdict.rule,
        "name": rule.name if rule else None,
        "waits": [_wait_data(wait, report) for wait in verdict.waits],
        "missing": list(verdict.missing),
        "help": verdict.help or (rule.help if rule else None),
        "remedies": [_remedy_data(remedy) for remedy in report.remedies],
        "a": script_data(report.a),
        "b": script_data(report.b),
        "skipped": skipped_data(report.skipped),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _wait_data(wait: Wait, report: PairReport) -> dict[str, Any]:
    return {
        "holder": str(wait.holder),
        "holder_line": _line(wait.holder, wait.holder_sequence, report),
        "requester": str(wait.requester),
        "requester_line": _line(wait.requester, wait.requester_sequence, report),
        "table": wait.table,
        "index": wait.index,
        "interval": wait.interval,
        "lock": wait.lock,
        "certain": wait.certain,
    }


def _line(side: Side, sequence: int, report: PairReport) -> int | None:
    statement = _statement(side, sequence, report)
    return statement.line if statement else None


def _remedy_data(remedy: Remedy) -> dict[str, Any]:
    outcome = str(remedy.outcome) if remedy.outcome else None
    return {"advice": remedy.advice, "certainty": str(remedy.certainty), "outcome": outcome}


def server_data(server: Server) -> dict[str, Any]:
    """Return a server as data."""
    return {
        "engine": str(server.engine),
        "version": server.version,
        "isolation": str(server.isolation),
    }


def script_data(script: ReadScript) -> dict[str, Any]:
    """Return a script as data."""
    statements = [{"sql": read.sql, "line": read.line} for read in script.statements]
    return {"path": script.name, "autocommit": script.autocommit, "statements": statements}
