"""CREATE VIEW and CREATE TRIGGER to values: their texts are kept, for others to read."""

from __future__ import annotations

import re

from lockplan.model.schema import Trigger, View
from lockplan.sql.interface import UnreadableSQL
from lockplan.sql.scan import Piece
from lockplan.sql.words import Words

_QUERY = re.compile(r"(?is)\bVIEW\b(?P<head>.*?)\bAS\b")
_QUERY_END = re.compile(
    r"(?is)\bWITH\s+(?:(?:CASCADED\s+|LOCAL\s+)?CHECK\s+OPTION|(?:NO\s+)?DATA)\s*\Z"
)
_MATERIALIZED = re.compile(r"(?i)\bMATERIALIZED\s+VIEW\b")
_FIRES = re.compile(
    r"(?is)\bTRIGGER\b.*?(?P<timing>\b(?:BEFORE|AFTER|INSTEAD\s+OF))?"
    r"\s+(?P<events>(?:INSERT|UPDATE|DELETE|TRUNCATE)\b.*?)\bON\b"
)
_EVENT = re.compile(r"(?i)\b(?:INSERT|UPDATE|DELETE|TRUNCATE)\b")
_BODY = re.compile(
    r"(?is)\bFOR\s+(?:EACH\s+)?(?:ROW|STATEMENT)\b(?:\s+(?:FOLLOWS|PRECEDES)\s+\S+)?|(?=\bBEGIN\b)"
)


def read_view(key: tuple[str | None, str], piece: Piece) -> View:
    """Read a CREATE VIEW; `key` is the database and the name."""
    found = _QUERY.search(piece.masked)
    if found is None:
        raise UnreadableSQL(f"the query of the view {key[1]} is not found")
    end = _QUERY_END.search(piece.masked)
    query = piece.text[found.end() : end.start() if end else None].strip()
    materialized = _MATERIALIZED.search(piece.masked) is not None
    return View(key[1], query, _names(piece, found.span("head")), key[0], materialized)


def _names(piece: Piece, head: tuple[int, int]) -> tuple[str, ...]:
    """Return the column names that stand in parentheses behind the view's name."""
    opening = piece.masked.find("(", *head)
    shut = piece.masked.find(")", opening, head[1])
    if opening < 0 or shut < 0:
        return ()
    words = Words(piece.text[opening + 1 : shut], piece.masked[opening + 1 : shut])
    return tuple(name.table.lower() for name in words.names())


def read_trigger(key: tuple[str | None, str], words: Words, piece: Piece) -> Trigger:
    """Read a CREATE TRIGGER whose name was just read."""
    fires = _FIRES.search(piece.masked)
    if fires is None or not words.skip_to("ON"):
        raise UnreadableSQL(f"when the trigger {key[1]} runs is not found")
    table = words.name()
    body = _BODY.search(piece.masked, fires.end())
    return Trigger(
        key[1],
        table.table.lower(),
        tuple(dict.fromkeys(event.upper() for event in _EVENT.findall(fires["events"]))),
        " ".join((fires["timing"] or "").upper().split()),
        piece.text[body.end() :].strip() if body else "",
        table.database or key[0],
    )
