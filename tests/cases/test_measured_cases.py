"""The measured pairs: what lockplan says of them, told all, no row counts, or no tables at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lockplan.cases import Score, read_cases, score
from lockplan.model.pair import Case
from lockplan.model.verdict import Certainty

FILE = Path(__file__).with_name("locks.jsonl")
PAIRS = {pair["id"]: pair for pair in map(json.loads, FILE.read_text().splitlines())}
UNTOLD: dict[str, dict[str, Any]] = {
    "statistics": {"statistics": {}},
    "schema": {"statistics": {}, "schema": []},
}
"""What is taken away from each pair."""
FEWEST_FREE_PAIRS = 8
"""A family of so many free pairs is looked at for itself."""


@dataclass(frozen=True, slots=True)
class Told:
    """All pairs as lockplan judges them, by how much it is told."""

    everything: tuple[Case, ...]
    without_statistics: tuple[Case, ...]
    without_schema: tuple[Case, ...]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("cases")
    files = {name: folder / f"without_{name}.jsonl" for name in UNTOLD}
    for name, file in files.items():
        lines = (json.dumps(pair | UNTOLD[name]) for pair in PAIRS.values())
        file.write_text("\n".join(lines))
    read = (tuple(read_cases(file)) for file in (FILE, files["statistics"], files["schema"]))
    return Told(*read)


@pytest.fixture(scope="module")
def measured(told: Told) -> Score:
    return score(told.everything)


def called_free(cases: Iterable[Case]) -> list[str]:
    """Return the pairs that a server stopped and lockplan lets pass."""
    return [c.id for c in cases if c.blocks and c.verdict.certainty is Certainty.NONE]


def share_a_name(id: str) -> bool:
    """Whether both tasks' texts name one table of the pair's schema."""
    pair = PAIRS[id]
    a, b = (set(re.findall(r"\w+", " ".join(pair[task]).lower())) for task in "ab")
    tables = set(re.findall(r"\b(?:table|view)\s+(?:\w+\.)?(\w+)", ddl(id)))
    return bool(a & b & tables)


def is_linked(id: str) -> bool:
    """Whether the schema leads from one table to another: by a foreign key or a view."""
    return re.search(r"\b(references|view)\b", ddl(id)) is not None


def ddl(id: str) -> str:
    return " ".join(PAIRS[id]["schema"]).lower()


def test_what_a_server_stopped_is_never_called_free(told: Told) -> None:
    assert called_free(told.everything) == []


def test_without_row_counts_it_is_not_called_free_either(told: Told) -> None:
    assert called_free(told.without_statistics) == []


def test_without_a_schema_it_is_called_free_only_where_a_foreign_key_or_a_view_was_not_told(
    told: Told,
) -> None:
    for name in called_free(told.without_schema):
        assert is_linked(name), name
        assert not share_a_name(name), name


def test_tasks_on_different_tables_are_free_without_a_schema(told: Told) -> None:
    ids = {name for name in PAIRS if not (share_a_name(name) or is_linked(name))}
    others = [case for case in told.without_schema if case.id in ids and not case.blocks]
    assert others
    assert [c.id for c in others if c.verdict.certainty is not Certainty.NONE] == []


def test_hardly_any_certain_wait_is_a_false_alarm(told: Told) -> None:
    for cases in (told.everything, told.without_statistics, told.without_schema):
        found = score(cases)
        assert found.free_certain <= 0.02 * (found.free_certain + found.blocked_certain)


def test_most_waits_are_called_certain(measured: Score) -> None:
    assert measured.blocked_certain >= 0.85 * measured.blocked


def test_most_free_pairs_are_called_free(measured: Score) -> None:
    assert measured.free_none >= 0.85 * measured.free


def test_no_kind_of_free_pairs_is_mostly_suspected(told: Told) -> None:
    families = {case.family for case in told.everything}
    scores = {name: score([c for c in told.everything if c.family == name]) for name in families}
    large = {name: each for name, each in scores.items() if each.free >= FEWEST_FREE_PAIRS}
    assert large
    assert {name for name, each in large.items() if each.free_none < 0.7 * each.free} == set()


def test_every_deadlock_that_was_seen_is_called(measured: Score) -> None:
    assert measured.deadlocks
    assert measured.deadlocks_called == measured.deadlocks


def test_most_deadlocks_that_are_called_were_seen(measured: Score) -> None:
    called = measured.deadlocks_called + measured.deadlocks_false
    assert measured.deadlocks_called >= 0.8 * called
