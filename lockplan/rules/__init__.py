"""The catalogue of findings: stable codes and names, texts as data in ``catalogue.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding."""

    code: str
    name: str
    """A stable name in kebab-case."""
    summary: str
    """One sentence: what happens."""
    help: str
    """One imperative sentence: what removes it."""
    source: str
    """Where the behaviour is documented or measured."""


@cache
def catalogue() -> dict[str, Rule]:
    """Return all rules by code, in the order of their codes."""
    text = files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    return {code: Rule(code=code, **entry) for code, entry in sorted(tomllib.loads(text).items())}
