"""What keeps tasks apart where no edge does, in words; texts as data in ``remedies.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from lockplan.model.remedy import Remedy, RemedyKind


@cache
def _entries() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("remedies.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def remedy(
    name: str, targets: Sequence[object], value: str | int | bool, **words: object
) -> Remedy:
    """Return an entry of the catalogue for these tasks or this DAG, its text filled in."""
    entry = _entries()[name]
    advice = entry["advice"].format(value=value, **words)
    return Remedy(RemedyKind(entry["kind"]), tuple(map(str, targets)), value, advice)


def listed(names: Sequence[object]) -> str:
    """Write names for people: ``a, b and c``."""
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last
