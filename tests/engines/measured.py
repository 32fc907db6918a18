"""The measured pairs, read from their file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lockplan.model.verdict import Verdict
from tests.engines.predicted import predicted

FILE = Path(__file__).with_name("measured.toml")
VERSIONS = {"mysql": "9.7.4", "mariadb": "10.11.19"}
"""The servers on which the outcomes were recorded."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Two transactions, the tables on which they run, and who stopped whom."""

    ddl: tuple[str, ...]
    rows: tuple[str, ...]
    isolation: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    stops: dict[str, str]
    """By kind of server: "a" where a stopped b, "b", "both", "none"; by turns what came of it."""
    turns: str = ""
    """Whose statement came next; empty where one side was done before the other began."""

    def verdict(self, kind: str) -> Verdict:
        """Return what lockplan says of the pair on a kind of server."""
        return predicted(self.ddl, self.a, self.b, self.isolation, kind, VERSIONS[kind])


def measured_pairs() -> dict[str, Measured]:
    """Return all pairs by name."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: _pair(pair, data["tables"]) for name, pair in data["pairs"].items()}


def _pair(pair: dict[str, Any], tables: dict[str, Any]) -> Measured:
    table = tables[pair["tables"]]
    rows = tuple(table["rows"]) if "rows" in table else (_filled(**table["fill"]),)
    a, b, turns = tuple(pair["a"]), tuple(pair["b"]), pair.get("turns", "")
    return Measured(tuple(table["ddl"]), rows, pair["isolation"], a, b, pair["stops"], turns)


def _filled(table: str, days: list[int], per_day: int, columns: list[str]) -> str:
    """Return the INSERT of so many rows for each day of a month."""
    first, last = days
    values = ", ".join(
        f"('2026-03-{day:02d}', {number})"
        for day in range(first, last + 1)
        for number in range(1, per_day + 1)
    )
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}"
