"""Statements that a program wrote: their long lists of values are summed up before parsing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lockplan.model.region import Interval, Symbol
from lockplan.sql.interface import UnreadableSQL
from lockplan.sql.scan import Piece

LONG = 50_000
"""Characters from which on a list of rows or values is summed up."""
MOST_POINTS = 256
"""Different values of a column that are kept one by one."""
KEPT_VALUES = 2001
"""Values that are left of an IN list: more than are compared one by one."""

_ROWS = re.compile(r"(?i)\bVALUES?\s*(?=\()")
_INSERT = re.compile(r"(?i)\s*(?:INSERT|REPLACE)\b")
_MARK = re.compile(r"[(),]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")
_PLAIN = re.compile(r"[0-9 :./T-]*")
_SHAPE = re.compile(r"[0-9]")
_LISTED = re.compile(r"(?i)\bIN\s*\(([^()]*)\)")

Summary = tuple[tuple[Interval, ...] | None, ...]
"""What each column takes over all rows; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """A statement of which one row is left, and what the columns take in all of them."""

    piece: Piece
    columns: Summary


def shorten_rows(piece: Piece) -> Shortened | None:
    """Leave one row of an INSERT whose rows are many; None where they are not."""
    if len(piece.text) < LONG or not _INSERT.match(piece.masked):
        return None
    start = _ROWS.search(piece.masked)
    if start is None:
        return None
    rows = [*_row_spans(piece.masked, start.end())]
    if len(rows) < 2:
        return None
    begin, end = rows[0][0], rows[-1][1]
    if re.search(r"(?i)\bSELECT\b", piece.masked[begin:end]):
        raise UnreadableSQL("a query among very many rows is not read")
    first = rows[0][1]
    text = piece.text[:first] + " " + piece.text[end:]
    masked = piece.masked[:first] + " " + piece.masked[end:]
    return Shortened(Piece(text, masked, piece.line, text), _summary(piece, rows))


Row = tuple[int, int, list[tuple[int, int]]]
"""Where a row begins and ends, and where each of its values does."""


def _row_spans(masked: str, start: int) -> Iterator[Row]:
    depth, begin, value = 0, start, start
    values: list[tuple[int, int]] = []
    expected = start
    for found in _MARK.finditer(masked, start):
        mark, place = found.group(), found.start()
        if depth == 0 and masked[expected:place].strip():
            return  # what follows the rows
        if mark == "(":
            depth += 1
            if depth == 1:
                begin, value, values = place, place + 1, []
        elif depth == 1:
            values.append((value, place))
            value = place + 1
            if mark == ")":
                depth = 0
                yield begin, place + 1, values
        elif mark == ")":
            depth -= 1
        if depth == 0:
            expected = place + 1


def _summary(piece: Piece, rows: list[Row]) -> Summary:
    width = len(rows[0][2])
    if any(len(values) != width for _, _, values in rows):
        return (None,) * width
    columns = ([values[number] for _, _, values in rows] for number in range(width))
    return tuple(_summed_up({piece.text[a:b].strip() for a, b in spans}) for spans in columns)


def _summed_up(values: set[str]) -> tuple[Interval, ...] | None:
    """Return intervals around literals: numbers, or texts that sort alike everywhere."""
    if all(_NUMBER.fullmatch(value) for value in values):
        return _intervals([Decimal(value) for value in values])
    texts = [value[1:-1] for value in values if value[0] == value[-1:] == "'" and len(value) > 1]
    plain = len(texts) == len(values) and all(map(_PLAIN.fullmatch, texts))
    if not plain or len({_SHAPE.sub("9", text) for text in texts}) > 1:
        return None
    if len(texts) <= MOST_POINTS:
        symbols = (Symbol((text,)) for text in sorted(texts))
        return tuple(Interval(symbol, symbol) for symbol in symbols)
    return (Interval(Symbol((min(texts),)), Symbol((max(texts),))),)


def _intervals(numbers: list[Decimal]) -> tuple[Interval, ...]:
    if len(numbers) <= MOST_POINTS:
        return tuple(Interval(number, number) for number in sorted(set(numbers)))
    return (Interval(min(numbers), max(numbers)),)


Edit = tuple[int, int, str]


def shortened_lists(text: str, masked: str) -> Iterator[Edit]:
    """Yield edits that leave of each long IN list its ends, and too many values to compare."""
    if len(text) < LONG:
        return
    for found in _LISTED.finditer(masked):
        start, end = found.span(1)
        if end - start >= LONG:
            yield start, end, ", ".join(_kept(text, masked, start, end))


def _kept(text: str, masked: str, start: int, end: int) -> list[str]:
    commas = [found.start() for found in re.compile(",").finditer(masked, start, end)]
    begins, ends = [start, *(comma + 1 for comma in commas)], [*commas, end]
    values = [text[a:b].strip() for a, b in zip(begins, ends, strict=True)]
    kept = values[:KEPT_VALUES]
    try:
        numbers = sorted(values, key=Decimal)
    except InvalidOperation:
        return kept
    return [*kept, numbers[0], numbers[-1]]
