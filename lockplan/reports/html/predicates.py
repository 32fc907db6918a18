"""SQL as marked text: the conditions that choose its rows, and the columns that were compared."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from lockplan.model.access import ReadStatement
from lockplan.reports.words import shorten

Piece = tuple[str, str]
"""A kind and its text: ``""`` plain, ``where`` a condition, ``column`` a column inside of one."""

PLAIN, CONDITION, COLUMN = "", "where", "column"
MOST_MARKED = 20_000
"""Characters of a statement that are looked at; what comes behind stays plain."""

_TOKEN = re.compile(
    r"""
      (?P<still> --[^\n]* | \#(?![>-])[^\n]* | /\*.*?(?:\*/|\Z)
               | '(?:[^'\\]|\\.|'')*+(?:'|\Z) | \s+ | [^\s\w"`();'\#/-]+ )
    | (?P<name> [^\W\d]\w* | `[^`]*(?:`|\Z) | "[^"]*(?:"|\Z) )
    | (?P<open> \( ) | (?P<close> \) ) | (?P<end> ; )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_NEXT = re.compile(r"""["'`();]|--|\#|/\*|\b(?:WHERE|HAVING|ON)\b""", re.I)
"""What may matter outside of conditions: all between is plain."""
_BEGINS = re.compile(r"WHERE\b|HAVING\b|ON\b(?!\s+(DUPLICATE|CONFLICT|UPDATE|DELETE)\b)", re.I)
_ENDS = re.compile(
    r"(GROUP|ORDER|LIMIT|HAVING|WINDOW|QUALIFY|UNION|EXCEPT|INTERSECT|RETURNING|OFFSET|FETCH|FOR"
    r"|LOCK|SET|WHERE|JOIN|INNER|CROSS|NATURAL|STRAIGHT_JOIN|INTO|VALUES)\b"
    r"|(LEFT|RIGHT|FULL)\b(?!\s*\()|WHEN\s+(NOT\s+)?MATCHED\b|ON\s+(DUPLICATE|CONFLICT)\b",
    re.I,
)


def marked(read: ReadStatement) -> tuple[Piece, ...]:
    """Return a statement in pieces, with its conditions and the columns that were compared."""
    sql = _dedented(read.sql)
    pieces = _Marker(_columns(read)).pieces(sql[:MOST_MARKED])
    pieces = (piece for piece in pieces if piece[1])
    merged = [(kind, "".join(text for _, text in some)) for kind, some in groupby(pieces, _kind)]
    rest = [(PLAIN, sql[MOST_MARKED:])] if sql[MOST_MARKED:] else []
    return tuple(_trimmed([*merged, *rest]))


def _trimmed(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Leave the white space behind a condition unmarked."""
    following = [kind for kind, _ in pieces[1:]] + [PLAIN]
    for (kind, text), after in zip(pieces, following, strict=True):
        kept = text.rstrip() if kind and not after else text
        yield from ((kind, kept), (PLAIN, text[len(kept) :])) if kept != text else ((kind, text),)


def cut(pieces: Iterable[Piece], most: int) -> tuple[Piece, ...]:
    """Cut the middle out of long pieces; conditions keep the most."""
    return tuple((kind, shorten(text, most if kind else most // 2)) for kind, text in pieces)


def _kind(piece: Piece) -> str:
    return piece[0]


def _dedented(sql: str) -> str:
    """Take away the indent that the text has from standing in code."""
    first, newline, rest = sql.partition("\n")
    return first + newline + textwrap.dedent(rest)


def _columns(read: ReadStatement) -> frozenset[str]:
    boxes = [box for access in read.accesses for box in access.region.boxes]
    boxes += [
        box for access in read.accesses if access.search for box in access.search.matching.boxes
    ]
    return frozenset(name for box in boxes for name, _ in box.columns)


@dataclass(slots=True)
class _Marker:
    columns: frozenset[str]
    depth: int = 0
    """Of parentheses."""
    conditions: list[int] = field(default_factory=list)
    """The depths at which the conditions began that have not ended."""

    def pieces(self, sql: str) -> Iterator[Piece]:
        """Yield the tokens with their kinds; outside of conditions plain stretches."""
        at = 0
        while at < len(sql):
            if not self.conditions:
                found = _NEXT.search(sql, at)
                until = found.start() if found else len(sql)
                yield PLAIN, sql[at:until]
                at = until
            if token := _TOKEN.match(sql, at):
                yield self._token(sql, token)
                at = token.end()

    def _token(self, sql: str, token: re.Match[str]) -> Piece:
        kind, text = token.lastgroup, token.group()
        if kind == "close":
            self._leave()
        if kind == "end":
            self.conditions.clear()
        if kind == "name":
            self._name(sql, token.start())
        shown = self._marked(kind, text)
        self.depth += kind == "open"
        return shown, text

    def _leave(self) -> None:
        self.depth -= 1
        while self.conditions and self.conditions[-1] > self.depth:
            self.conditions.pop()

    def _name(self, sql: str, at: int) -> None:
        if self.conditions and self.conditions[-1] == self.depth and _ENDS.match(sql, at):
            self.conditions.pop()
        if _BEGINS.match(sql, at):
            self.conditions.append(self.depth)

    def _marked(self, kind: str | None, text: str) -> str:
        if not self.conditions:
            return PLAIN
        is_column = kind == "name" and text.strip('`"').lower() in self.columns
        return COLUMN if is_column else CONDITION
