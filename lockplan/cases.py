"""Pairs of tasks that were measured on real servers, against what the lock models say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lockplan.errors import InputError
from lockplan.model.verdict import Certainty, Verdict
from lockplan.pairs import compare_sql

_ISOLATIONS = {"RR": "REPEATABLE READ", "RC": "READ COMMITTED", "SER": "SERIALIZABLE"}


@dataclass(frozen=True, slots=True)
class Case:
    """One measured pair, and what is said of it."""

    id: str
    engine: str
    family: str
    blocks: bool
    """Whether one task stopped the other on the server."""
    deadlock: bool | None
    """Whether a deadlock was seen; None where none could be provoked."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Score:
    """How the verdicts on some cases compare with what servers did; all are numbers of pairs."""

    blocked: int
    blocked_certain: int
    blocked_none: int
    free: int
    free_none: int
    free_certain: int
    deadlocks: int
    deadlocks_called: int
    deadlocks_false: int


def read_cases(file: Path) -> Iterator[Case]:
    """Yield the cases of a file of JSON lines with what is said of each.

    Raises
    ------
    InputError
        A line that cannot be used.
    """
    for number, line in enumerate(_lines(file), 1):
        try:
            case = json.loads(line)
            arguments, measured = _arguments(case), case["verdict"]
            names = (case["id"], case["engine"], case["family"])
            blocks, deadlock = bool(measured["blocks"]), measured.get("deadlock")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{file}:{number}", f"is no case: {error!r}", _WAY_OUT) from error
        testable = len(case["a"]) + len(case["b"]) > 2
        verdict = compare_sql(case["a"], case["b"], **arguments)
        yield Case(*names, blocks, deadlock if testable else None, verdict)


_WAY_OUT = "Each line is a JSON object with id, engine, isolation, schema, a, b and verdict"


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(file), f"cannot be read: {error}", _WAY_OUT) from error
    return [line for line in text.splitlines() if line.strip()]


def _arguments(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a predictor may be told of a case."""
    today = case.get("current_date")
    return {
        "engine": case["engine"],
        "isolation": _ISOLATIONS.get(case["isolation"], case["isolation"]),
        "schema": ";\n".join(case["schema"]),
        "statistics": case.get("statistics"),
        "autocommit_a": case.get("mode_a") == "autocommit",
        "autocommit_b": case.get("mode_b") == "autocommit",
        "now": datetime.fromisoformat(today) if today else None,
    }


def score(cases: list[Case]) -> Score:
    """Count how the verdicts agree with what was measured."""
    blocked = [case.verdict.certainty for case in cases if case.blocks]
    free = [case.verdict.certainty for case in cases if not case.blocks]
    called = [case for case in cases if case.deadlock is not None and case.verdict.deadlock]
    return Score(
        blocked=len(blocked),
        blocked_certain=blocked.count(Certainty.CERTAIN),
        blocked_none=blocked.count(Certainty.NONE),
        free=len(free),
        free_none=free.count(Certainty.NONE),
        free_certain=free.count(Certainty.CERTAIN),
        deadlocks=sum(bool(case.deadlock) for case in cases),
        deadlocks_called=sum(bool(case.deadlock) for case in called),
        deadlocks_false=sum(not case.deadlock for case in called),
    )
