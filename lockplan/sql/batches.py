"""T-SQL's batches: statements that no semicolon parts, in blocks that may not run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_TOKEN = re.compile(r"[@#]{0,2}\w+|[^\s\w]")
_WRITING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_DEFINING = frozenset({"CREATE", "ALTER", "DROP", "TRUNCATE"})
_AT_LINE_START = frozenset(
    {"BULK", "CLOSE", "DEALLOCATE", "FETCH", "GO", "OPEN", "PRINT", "RAISERROR", "RETURN"}
    | {"SAVE", "THROW", "USE", "WAITFOR"}
)
"""Words that may also be names of columns."""
_BEGINNINGS = (
    _WRITING
    | _DEFINING
    | _AT_LINE_START
    | {"BEGIN", "COMMIT", "DECLARE", "ELSE", "END", "EXEC", "EXECUTE", "IF", "ROLLBACK", "SELECT"}
    | {"SET", "WHILE", "WITH"}
)
_GOES_ON_AFTER = frozenset(
    {"AS", "UNION", "ALL", "EXCEPT", "INTERSECT", "THEN", "ON", "FOR", "OF", "AFTER", "BULK"}
    | {",", ".", "=", "+", "FROM", "JOIN", "BY", "GRANT", "REVOKE", "DENY"}
)
_OBJECTS = frozenset(
    {"TABLE", "VIEW", "INDEX", "PROCEDURE", "PROC", "FUNCTION", "SCHEMA", "DATABASE", "TRIGGER"}
    | {"SEQUENCE", "TYPE", "USER", "COLUMN", "CONSTRAINT"}
)
_ROWS = frozenset({"SELECT", "VALUES", "DEFAULT", "EXEC", "EXECUTE"})
_ROUTINES = frozenset({"PROCEDURE", "PROC", "FUNCTION", "TRIGGER"})
_LOOKAHEAD = 2_000
_CTE = re.compile(r"(?i)WITH\s+[\w']+\s*(?:\([^()]*\)\s*)?AS\s*\(")
_PART_OF_TABLE = re.compile(r"(?i)\w+\s+(?:COLUMN|CONSTRAINT|PERIOD|INDEX)\b")


@dataclass(slots=True)
class _Reading:
    """The statement in which the reader stands."""

    start: int
    head: str = ""
    words: set[str] = field(default_factory=set)
    previous: str = ""
    ahead: str = ""
    """The text from the word on that is looked at, as far as it matters."""

    @property
    def waits_for_rows(self) -> bool:
        """Whether an INSERT still has to say which rows."""
        return "INSERT" in self.words and not self.words & _ROWS

    @property
    def waits_for_verb(self) -> bool:
        """Whether only the common table expressions of a statement have come."""
        return self.head == "WITH" and not self.words & (_WRITING | {"SELECT"})

    @property
    def waits_for_set(self) -> bool:
        """Whether what an UPDATE assigns is still to come."""
        begun = bool(self.words & {"UPDATE", "ALTER"}) and "SET" not in self.words
        return begun or self.head == "MERGE"


def _writing(now: _Reading) -> bool:
    return not now.waits_for_verb and now.head != "MERGE"


def _defining(now: _Reading) -> bool:
    return not (now.head == "ALTER" and _PART_OF_TABLE.match(now.ahead))


_BEGINS: Mapping[str, Callable[[_Reading], bool]] = MappingProxyType(
    {
        **dict.fromkeys(_WRITING, _writing),
        **dict.fromkeys(_DEFINING, _defining),
        "SELECT": lambda now: not (now.waits_for_rows or now.waits_for_verb),
        "SET": lambda now: not now.waits_for_set,
        "WITH": lambda now: _CTE.match(now.ahead) is not None,
        "IF": lambda now: now.previous not in _OBJECTS,
        "FETCH": lambda now: "OFFSET" not in now.words,
        **dict.fromkeys(("EXEC", "EXECUTE"), lambda now: not now.waits_for_rows),
    }
)
"""For words that may also stand inside of a statement: whether they begin one."""


def cut(masked: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a batch that are one statement, or one word of a block, each."""
    now, depth, cases = _Reading(start), 0, 0
    for found in _TOKEN.finditer(masked, start, end):
        word = found.group().upper()
        depth += {"(": 1, ")": -1}.get(word, 0)
        cases += word == "CASE"
        if word == "END" and cases:
            cases -= 1
        elif depth == 0 and _begins(word, now, masked, found.start()):
            yield now.start, found.start()
            now = _Reading(found.start(), word)
        if depth == 0:
            now.words.add(word)
        now.previous = word
    yield now.start, end


def _begins(word: str, now: _Reading, masked: str, at: int) -> bool:
    if word not in _BEGINNINGS or now.words & _ROUTINES:
        return False
    if now.previous in _GOES_ON_AFTER:
        return now.head == "DECLARE" and now.previous == "FOR" and word == "SELECT"
    if word in _AT_LINE_START and masked[masked.rfind("\n", 0, at) + 1 : at].strip():
        return False
    now.ahead = masked[at : at + _LOOKAHEAD]
    rule = _BEGINS.get(word)
    return rule is None or rule(now)


_BRANCH = re.compile(r"(?i)(?:IF|WHILE)\b")
_NO_STATEMENT = re.compile(
    r"(?i)(?:BEGIN(?!\s+(?:DISTRIBUTED\s+)?TRAN)|END|ELSE|GO|PRINT|RAISERROR|RETURN|THROW|WAITFOR"
    r"|OPEN|CLOSE|FETCH|DEALLOCATE|DECLARE(?!.*\bSELECT\b))\b",
    re.DOTALL,
)
_BEFORE, _AFTER = "SELECT CASE WHEN", " THEN 1 END"


def opens_block(masked: str) -> bool:
    """Whether what follows a statement may not run."""
    return _BRANCH.match(masked) is not None


def as_statement(text: str, masked: str) -> tuple[str, str]:
    """Return what a stretch sends, with its mask: of a branch its condition, of a word nothing."""
    branch = _BRANCH.match(masked)
    if branch:
        end = branch.end()
        return _BEFORE + text[end:] + _AFTER, _BEFORE + masked[end:] + _AFTER
    return ("", "") if _NO_STATEMENT.match(masked) else (text, masked)
