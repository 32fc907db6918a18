"""Index entries and columns that the server computes: what their expressions' text tells."""

from __future__ import annotations

import re

_DAY_OF = re.compile(
    r"[(\s]*cast\(\s*`?(\w+)`?\s+as\s+date\s*\)[)\s]*|[(\s]*date\(`?(\w+)`?\)[)\s]*"
)


def day_of(text: str) -> str | None:
    """Return the column whose day an expression is, None where it is something else."""
    found = _DAY_OF.fullmatch(text.lower())
    return (found[1] or found[2]) if found else None


def words_of(text: str) -> frozenset[str]:
    """Return the words of an expression in lower case: the columns among them decide it."""
    return frozenset(re.findall(r"\w+", text.lower()))
