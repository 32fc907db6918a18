"""Small rewrites before parsing, for spellings in use that the parser mistakes."""

from __future__ import annotations

import re

from lockplan.model.connection import Engine
from lockplan.sql.interface import MYSQL_LIKE
from lockplan.sql.long_lists import shortened_lists
from lockplan.sql.scan import Piece

_REPLACE = re.compile(r"(?i)REPLACE\b")
_MODIFIERS = re.compile(
    r"(?i)(?P<verb>INSERT|REPLACE|UPDATE|DELETE)"
    r"(?P<words>(?:\s+(?:LOW_PRIORITY|HIGH_PRIORITY|DELAYED|QUICK|IGNORE)\b)+)"
)
_INTO_VARIABLE = re.compile(r"(?i)\bINTO\s+@\w+(?:\s*,\s*@\w+)*")
_TABLE_NAMED_TABLE = re.compile(
    r"(?i)\b(?:(?:INTO|UPDATE)\s+(?P<written>TABLE)(?=\s*(?:\(|\bVALUES?\b|\bSET\b))"
    r"|(?:FROM|JOIN)\s+(?P<read>TABLE)(?=\s*(?:$|,|\bWHERE\b|\bSET\b)))"
)
_ROWS_ELSEWHERE = re.compile(
    r"(?is)(?:INSERT|REPLACE)\b(?:(?!\bSELECT\b).)*?(?<!\w)(?<!DEFAULT\s)"
    r"(?P<rows>VALUES?\b\s*(?:__lpu?\d+__[\s,]*|%s\s*)*)"
    r"(?=$|\b(?:ON|AS|RETURNING)\b)"
)
"""Rows that are given beside the statement, or that all stand in one unknown text."""
_TOP = re.compile(r"(?i)(?:INSERT|UPDATE|DELETE)(?P<top>\s+TOP\s*\([^)]*\)(?:\s+PERCENT\b)?)")
_INSERT_HINT = re.compile(
    r"(?i)INSERT\s+(?:INTO\s+)?[^\s(]+\s*(?P<hint>WITH\s*\(\s*\w+(?:\s*,\s*\w+)*\s*\))"
)

_MARKER = re.compile(
    r"(?i)(?:(?<=[(,=<>+*/-])|\b(?<!\w)(?:VALUES?|BETWEEN|AND|LIKE|IN|LIMIT|OFFSET|THEN|ELSE|SELECT|OR)"
    r"(?=\s))\s*(?P<marker>%(?:\(\w+\))?s)(?!\w)"
)
"""A driver's marker for a value that was not given."""

Edit = tuple[int, int, str]


def is_replace(piece: Piece) -> bool:
    """Whether the statement is a REPLACE."""
    return _REPLACE.match(piece.masked) is not None


def rewrite(piece: Piece, engine: Engine) -> str:
    """Return the text that the parser is given."""
    text = piece.text
    edits = (*_edits(piece.masked, engine), *shortened_lists(text, piece.masked))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _edits(masked: str, engine: Engine) -> list[Edit]:
    edits: list[Edit] = []
    if found := _REPLACE.match(masked):
        edits.append((0, found.end(), "INSERT"))
    if found := _MODIFIERS.match(masked):
        keep = found["verb"].upper() == "INSERT" and "IGNORE" in found["words"].upper()
        edits.append((*found.span("words"), " IGNORE" if keep else ""))
    if found := _ROWS_ELSEWHERE.match(masked):
        edits.append((*found.span("rows"), " "))
    if "@" in masked and engine is not Engine.MSSQL:
        edits += [(*found.span(), "") for found in _INTO_VARIABLE.finditer(masked)]
    if "%" in masked:
        edits += [(*found.span("marker"), "?") for found in _MARKER.finditer(masked)]
    if engine is Engine.MSSQL:
        hits = ((_TOP.match(masked), "top"), (_INSERT_HINT.match(masked), "hint"))
        edits += [(*found.span(name), " ") for found, name in hits if found]
    quote = "`" if engine in MYSQL_LIKE else '"'
    for found in _TABLE_NAMED_TABLE.finditer(masked):
        group = "written" if found["written"] else "read"
        edits.append((*found.span(group), quote + found[group] + quote))
    return edits
