"""Pairs of tasks that were measured on real servers, against what the lock models say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lockplan.errors import InputError
from lockplan.model.pair import Case, Score, score
from lockplan.pairs import compare_sql

__all__ = ["Case", "Score", "arguments_of", "read_cases", "score"]

_ISOLATIONS = {"RR": "REPEATABLE READ", "RC": "READ COMMITTED", "SER": "SERIALIZABLE"}


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
            arguments, measured = arguments_of(case), case["verdict"]
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


def arguments_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a predictor may be told of a case."""
    today = case.get("current_date")
    return {
        "engine": case["engine"],
        "isolation": _ISOLATIONS.get(case["isolation"], case["isolation"]),
        "schema": ";\n".join((*_journal(case), *case["schema"])),
        "statistics": case.get("statistics"),
        "autocommit_a": case.get("mode_a") == "autocommit",
        "autocommit_b": case.get("mode_b") == "autocommit",
        "now": datetime.fromisoformat(today) if today else None,
    }


def _journal(case: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what tells the journal mode of an SQLite file, which is a setting of the file."""
    return (f"PRAGMA journal_mode = {case['journal']}",) if case.get("journal") else ()
