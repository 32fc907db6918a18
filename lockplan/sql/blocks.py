"""PostgreSQL's ``DO`` blocks: the statements inside, without the words that control them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DO = re.compile(
    r"(?is)DO\s+(?:LANGUAGE\s+\w+\s+)?\$(?P<tag>\w*)\$"
    r"(?:\s*DECLARE\b.*?(?=\bBEGIN\b))?(?P<body>.*)\$(?P=tag)\$"
)
_CONTROL = re.compile(
    r"(?is)\s*(?:<<\w+>>|(?:BEGIN|ELSE|LOOP|EXCEPTION)\b"
    r"|(?P<branch>IF|ELSIF|ELSEIF|WHILE)\b(?P<condition>.*?)\b(?:THEN|LOOP)\b"
    r"|WHEN\b.*?\bTHEN\b|FOR\b.*?\bIN\b(?P<rows>.*?)\bLOOP\b)"
)
_NO_STATEMENT = re.compile(
    r"(?is)\s*(?:(?:END|NULL|RAISE|RETURN|EXIT|CONTINUE|ASSERT)\b|[\w.]+\s*:?=|\Z)"
)
_BEFORE, _AFTER = "SELECT CASE WHEN", "THEN 1 END"
Part = tuple[int, str]
"""Where in the text a statement stands, and what is sent."""


def body_of(text: str) -> tuple[int, int] | None:
    """Return where a block's body stands, from its BEGIN on; None for a text that is none."""
    found = _DO.match(text)
    return found.span("body") if found else None


def statements(text: str, masked: str, start: int, end: int) -> Iterator[Part]:
    """Yield what the stretch between two semicolons of a block sends."""
    at = start
    while found := _CONTROL.match(masked, at, end):
        if found["branch"]:
            first, last = found.span("condition")
            yield first, f"{_BEFORE}{text[first:last]}{_AFTER}"
        elif found["rows"] and re.search(r"(?i)\bSELECT\b", found["rows"]):
            yield found.start("rows"), text[slice(*found.span("rows"))]
        at = found.end()
    rest = re.sub(r"(?i)\A\s*PERFORM\b", "SELECT", text[at:end])
    if not _NO_STATEMENT.match(masked, at, end):
        yield at, rest
