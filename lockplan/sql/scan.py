"""The lexical level: what of a text is quoted or comment, and where its single statements begin."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from lockplan.model.connection import Engine
from lockplan.sql.batches import as_statement, cut, opens_block
from lockplan.sql.blocks import body_of, statements
from lockplan.sql.interface import MYSQL_LIKE

_BACKSLASH_ENGINES = MYSQL_LIKE | {Engine.HIVE, Engine.BIGQUERY, Engine.SNOWFLAKE}
_WITH_DO_BLOCKS = frozenset({Engine.POSTGRESQL, Engine.REDSHIFT, Engine.OTHER})


@cache
def _opaque(engine: Engine) -> re.Pattern[str]:
    """Return a pattern of comments and quoted text, which hide keywords and semicolons."""
    escaped = r"(?:[^{q}\\]|\\.|{q}{q})*" if engine in _BACKSLASH_ENGINES else "(?:[^{q}]|{q}{q})*"
    dash = r"--(?=\s|\Z)[^\n]*" if engine in MYSQL_LIKE else r"--[^\n]*"
    comments = [dash, r"/\*.*?(?:\*/|\Z)"]
    quotes = [q + escaped.format(q=q) + rf"(?:{q}|\Z)" for q in ("'", '"')]
    if engine in MYSQL_LIKE:
        comments.append(r"\#[^\n]*")
    else:
        quotes.insert(0, r"\b[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)")
        quotes.append(r"\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)")
    quotes.append(r"\[[^\]]*(?:\]|\Z)" if engine is Engine.MSSQL else r"`[^`]*(?:`|\Z)")
    return re.compile(f"(?P<comment>{'|'.join(comments)})|(?:{'|'.join(quotes)})", re.DOTALL)


def _blank(text: str, fill: str) -> str:
    return re.sub(r"[^\n]", fill, text)


def mask(text: str, engine: Engine) -> str:
    """Return a text of the same length: comments as blanks, quoted text as apostrophes."""
    return _opaque(engine).sub(
        lambda hit: _blank(hit.group(), " " if hit.group("comment") else "'"), text
    )


_EXECUTABLE = re.compile(r"/\*M?!\d*(.*)\*/", re.DOTALL)


def open_comments(text: str, engine: Engine) -> str:
    """Uncover what MySQL executes although it stands in ``/*! … */``, at the same positions."""
    if engine not in MYSQL_LIKE or "!" not in text:
        return text

    def uncover(hit: re.Match[str]) -> str:
        comment = hit.group()
        found = _EXECUTABLE.fullmatch(comment) if hit.group("comment") else None
        if not found:
            return comment
        return _blank(comment[: found.start(1)], " ") + found.group(1) + "  "

    return _opaque(engine).sub(uncover, text)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a text, without its leading comments and its semicolon."""

    text: str
    masked: str
    line: int
    """Lines of the whole text before it begins."""
    sent: str
    """The statement with the comments around it, as a driver sends it."""
    sure: bool = True
    """Whether it runs wherever the text is sent: not in a block that a condition opens."""


_CLIENT_LINE = re.compile(
    r"(?im)^[ \t]*"
    r"(?:(?:USE|SOURCE)[ \t]+(?!(?:INDEX|KEY)\b)[^\s;]+[ \t]*|\\[a-z.!?][^\n;]*)$"
)
"""Lines that a client takes for itself, or without a semicolon: ``\\i file``, ``USE stats``."""
_GO = re.compile(r"\\[gG]\b")
"""Ends a statement in the clients of MySQL and PostgreSQL."""
_DELIMITER = re.compile(r"(?im)^[ \t]*DELIMITER[ \t]+(\S+)[ \t]*$")
_ROUTINE = re.compile(
    r"(?i)\s*(?:CREATE|ALTER)\b[^;]*?\b(?:TRIGGER|PROCEDURE|FUNCTION|EVENT)\b[^;]*?\bBEGIN\b"
)
_NESTING = re.compile(r"(?i)\b(?:END\s+(?:IF|LOOP|WHILE|REPEAT)|END\s+CASE|END|BEGIN|CASE)\b|;")


def split(text: str, engine: Engine) -> tuple[Piece, ...]:
    """Cut a text into its statements, in order."""
    text = open_comments(text, engine)
    masked = _end_client_lines(mask(text, engine))
    breaks = [found.start() for found in re.finditer("\n", text)]
    if engine is Engine.MSSQL:
        pieces = _batch(text, masked, breaks)
    else:
        pieces = (_piece(text, masked, start, end, breaks) for start, end in _spans(masked))
    opened = (inner for piece in pieces for inner in _opened(piece, engine))
    return tuple(piece for piece in opened if piece.text)


def _opened(piece: Piece, engine: Engine) -> Iterator[Piece]:
    """Yield the statements of a ``DO`` block, of which none is sure to run, or the piece itself."""
    body = body_of(piece.text) if engine in _WITH_DO_BLOCKS else None
    if body is None:
        yield piece
        return
    inside = piece.text[slice(*body)]
    masked = mask(inside, engine)
    before = piece.line + piece.text.count("\n", 0, body[0])
    for start, end in _spans(masked):
        for at, sent in statements(inside, masked, start, end):
            line = before + inside.count("\n", 0, at + len(sent) - len(sent.lstrip()))
            bare = sent.strip()
            yield Piece(bare, mask(bare, engine), line, bare, sure=False)


def _batch(text: str, masked: str, breaks: list[int]) -> Iterator[Piece]:
    sure = True
    for start, end in (inner for span in _spans(masked) for inner in cut(masked, *span)):
        piece = _piece(text, masked, start, end, breaks)
        sent, shown = as_statement(piece.text, piece.masked)
        sure = sure and not opens_block(piece.masked)
        yield replace(piece, text=sent, masked=shown, sure=sure)


def _end_client_lines(masked: str) -> str:
    """Set a semicolon where a client ends a statement without one, at the same positions."""
    if "\\" in masked:
        masked = _GO.sub("; ", masked)
    for found in reversed([*_CLIENT_LINE.finditer(masked)]):
        end = found.end()
        if masked[end : end + 1] == "\n":
            masked = f"{masked[:end]};{masked[end + 1 :]}"
    return masked


def _piece(text: str, masked: str, start: int, end: int, breaks: list[int]) -> Piece:
    inner, sent = masked[start:end], text[start:end].strip()
    start += len(inner) - len(inner.lstrip())
    end = max(start, start + len(masked[start:end].rstrip()))
    return Piece(text[start:end], masked[start:end], bisect_left(breaks, start), sent)


def _spans(masked: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches between delimiters; ``DELIMITER`` lines change what one is."""
    start = 0
    delimiter = ";"
    changes = [*_DELIMITER.finditer(masked)]
    for stop, resume, following in (
        *((change.start(), change.end(), change.group(1)) for change in changes),
        (len(masked), len(masked), ";"),
    ):
        while start < stop:
            cut = _cut(masked, start, stop, delimiter)
            yield start, cut
            start = cut + len(delimiter)
        start, delimiter = resume, following


def _cut(masked: str, start: int, stop: int, delimiter: str) -> int:
    """Return where the statement that begins at `start` ends."""
    if delimiter == ";":
        first = masked.find(";", start, stop)
        if first >= 0 and _ROUTINE.match(masked, start, first):
            return _body_end(masked, start, stop)
    found = masked.find(delimiter, start, stop)
    return stop if found < 0 else found


def _body_end(masked: str, start: int, stop: int) -> int:
    """Return the semicolon after the END that closes a routine's body."""
    depth = 0
    for token in _NESTING.finditer(masked, start, stop):
        word = token.group().upper()
        if word == ";":
            if depth <= 0:
                return token.start()
        elif word in ("BEGIN", "CASE"):
            depth += 1
        elif word == "END" or word.split()[-1] == "CASE":
            depth -= 1
    return stop
