from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from lockplan.engines import compare
from lockplan.model.schema import Schema
from lockplan.model.verdict import Verdict
from lockplan.rules import catalogue
from tests.engines.builders import DATES, SCHEMA, connection, footprint

CASES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("cases.toml").read_text(encoding="utf-8")
)
NO_TRIGGERS = Schema(SCHEMA.tables)


def verdict(case: dict[str, Any]) -> Verdict:
    server = connection(
        case.get("engine", "mysql"), case.get("isolation", "RR") or None, case.get("version", "8.4")
    )
    a, b = footprint("a", case["a"], server), footprint("b", case["b"], server)
    return compare(a, b, NO_TRIGGERS, DATES)


def spoken(found: Verdict) -> str:
    return found.certainty if found.outcome is None else f"{found.certainty} {found.outcome}"


@pytest.mark.parametrize("name", CASES)
def test_the_model_says_what_the_server_does(name: str) -> None:
    case = CASES[name]
    found = verdict(case)
    assert spoken(found) == case["expect"], found
    assert "rule" not in case or found.rule == case["rule"]
    assert "help" not in case or found.help == case["help"]
    assert "missing" not in case or case["missing"] in found.missing
    assert "interval" not in case or case["interval"] in {wait.interval for wait in found.waits}


@pytest.mark.parametrize("name", CASES)
def test_every_finding_names_a_rule_and_its_locks_in_words(name: str) -> None:
    found = verdict(CASES[name])
    assert found.rule is None or found.rule in catalogue()
    assert (found.rule is None) == (found.outcome is None)
    assert all(wait.lock and wait.interval for wait in found.waits)
    assert found.certainty != "possible" or found.missing or found.outcome == "race"
