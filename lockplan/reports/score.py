"""How verdicts on measured pairs compare with what servers did, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TextIO

from lockplan.model.pair import Case, Score, score
from lockplan.model.verdict import Certainty
from lockplan.reports.page import Medium, Page

_COLUMNS: tuple[tuple[str, Callable[[Score], int]], ...] = (
    ("blocked", lambda found: found.blocked),
    ("certain", lambda found: found.blocked_certain),
    ("none", lambda found: found.blocked_none),
    ("free", lambda found: found.free),
    ("none", lambda found: found.free_none),
    ("certain", lambda found: found.free_certain),
    ("deadlock", lambda found: found.deadlocks),
    ("called", lambda found: found.deadlocks_called),
    ("falsely", lambda found: found.deadlocks_false),
)
_WIDTH = 9


def score_to_text(cases: Sequence[Case], *, output: TextIO | None = None) -> str:
    """Return the scores as a table: all, each engine, each family, then the pairs that are wrong.

    Of the blocked pairs, how many are called certain or none; of the free ones, none or certain;
    of those where a deadlock could be provoked, how many had one, are called so, or falsely so.
    """
    page = Page(Medium.of(output))
    groups = _groups(cases)
    label = max(len(name) for name, _ in groups)
    page.exact(" " * label + "".join(title.rjust(_WIDTH) for title, _ in _COLUMNS))
    for name, members in groups:
        found = score(members)
        numbers = "".join(str(value(found)).rjust(_WIDTH) for _, value in _COLUMNS)
        page.exact(name.ljust(label) + numbers)
    for text, ids in _wrong(cases):
        if ids:
            page.heading(text)
            page.line(", ".join(ids), indent=2, hang=0)
    return page.render()


def _groups(cases: Sequence[Case]) -> list[tuple[str, list[Case]]]:
    engines = sorted({case.engine for case in cases})
    families = sorted({case.family for case in cases})
    return [
        ("all", list(cases)),
        *((name, [case for case in cases if case.engine == name]) for name in engines),
        *((name, [case for case in cases if case.family == name]) for name in families),
    ]


def _wrong(cases: Sequence[Case]) -> list[tuple[str, list[str]]]:
    def ids(wrong: Callable[[Case], bool | None]) -> list[str]:
        return [case.id for case in cases if wrong(case)]

    return [
        ("Blocked, but called none", ids(lambda c: c.blocks and _is(c, Certainty.NONE))),
        ("Free, but called certain", ids(lambda c: not c.blocks and _is(c, Certainty.CERTAIN))),
        ("Deadlocks that are not called", ids(lambda c: c.deadlock and not c.verdict.deadlock)),
    ]


def _is(case: Case, certainty: Certainty) -> bool:
    return case.verdict.certainty is certainty


def score_to_json(cases: Sequence[Case]) -> str:
    """Return the scores and each case's verdict for programs."""
    document = {
        "scores": {name: asdict(score(members)) for name, members in _groups(cases)},
        "cases": [_case_data(case) for case in cases],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _case_data(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "engine": case.engine,
        "family": case.family,
        "blocks": case.blocks,
        "deadlock": case.deadlock,
        "certainty": str(case.verdict.certainty),
        "called_deadlock": case.verdict.deadlock,
    }
