"""Partly known strings: what Python's string methods make of text with holes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from lockplan.model.dates import DateExpr
from lockplan.model.statement import Hole
from lockplan.workflow import computing, dates
from lockplan.workflow.values import (
    TEXTS,
    Dated,
    DateField,
    Text,
    Unknown,
    Value,
    located,
    origin_of,
)

_DATES = (date, time, timedelta)
_WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2, "%y": 2, "%j": 3, "%f": 6}
_WIDTHS |= {"%I": 2, "%W": 2, "%V": 2, "%U": 2, "%G": 4, "%u": 1, "%w": 1, "%%": 1, "%p": 2}


def as_text(value: Value) -> str | Text:
    """``str(value)`` for any value: unknown ones become holes."""
    if isinstance(value, TEXTS):
        return value
    if isinstance(value, DateField):
        whole = value.date is not None and value.directive == "%Y"
        if whole and value.date:
            return dates.formatted(value.date, "%Y")
        return Text((computing.hole("str", value, reason=value.reason),))
    if isinstance(value, Unknown):
        return Text((plain(value),)) if isinstance(value, Dated) else Text((value,))
    if isinstance(value, DateExpr):
        return dates.text_of(value)
    if isinstance(value, list | tuple | dict | set | frozenset):
        return _container_text(value)
    if value is None or isinstance(value, int | float | bytes) or _is_date(value):
        return str(value)
    describe = getattr(value, "text", None)
    if callable(describe) and (made := describe()) is not None:
        return made if isinstance(made, str | Text) else Text((Unknown("text of an object"),))
    name = value.describe() if hasattr(value, "describe") else type(value).__name__
    return Text((Unknown(f"text of {name}"),))


def _is_date(value: Value) -> bool:
    return isinstance(value, _DATES)


def plain(value: Unknown) -> Hole:
    """Return an unknown as a hole: what it may be does not matter inside a text."""
    if isinstance(value, Dated):
        return value.computed
    return value if type(value) is Unknown else Unknown(value.reason)


def as_repr(value: Value) -> str | Text:
    """``repr(value)``; a text with holes is quoted, as its known parts hold no quotes."""
    if isinstance(value, str):
        return located(repr(str(value)), origin_of(value))
    if isinstance(value, Text):
        if any(isinstance(p, str) and ("'" in p or "\\" in p or "\n" in p) for p in value.parts):
            return Text((Unknown("repr of a text"),), value.origin)
        return Text.join(["'", value, "'"], value.origin)
    if isinstance(value, DateExpr) or _is_date(value):
        return Text((Unknown("repr of a date"),)) if isinstance(value, DateExpr) else repr(value)
    return as_text(value)


def _container_text(value: Value) -> str | Text:
    pieces: list[str | Hole | Text] = []
    if isinstance(value, dict):
        for key, item in value.items():
            pieces += [", " if pieces else "", as_repr(key), ": ", as_repr(item)]
        return Text.join(["{", *pieces, "}"])
    for item in value:
        pieces += [", " if pieces else "", as_repr(item)]
    if isinstance(value, tuple):
        return Text.join(["(", *pieces, ",)" if len(value) == 1 else ")"])
    if isinstance(value, list):
        return Text.join(["[", *pieces, "]"])
    return str(value) if not value else Text((Unknown("text of a set, whose order varies"),))


def why_unknown(value: Value) -> str:
    """Return why a value that should be a known string is none."""
    if isinstance(value, Text):
        value = next((part for part in value.parts if isinstance(part, Unknown)), value)
    return value.reason if isinstance(value, Unknown) else "it is made of unknown parts"


@dataclass(frozen=True, slots=True)
class _Atom:
    """A character, a directive of a date, or an unknown stretch of text."""

    width: int | None
    piece: str | Hole


def _atoms(text: Text) -> list[_Atom]:
    atoms: list[_Atom] = []
    for part in text.parts:
        if isinstance(part, str):
            atoms += [_Atom(1, char) for char in part]
        elif isinstance(part, DateExpr) and part.format is not None:
            for token in dates.tokens(part.format):
                width = _WIDTHS.get(token) if token.startswith("%") else 1
                atoms.append(_Atom(width, replace(part, format=token)))
        else:
            atoms.append(_Atom(None, part))
    return atoms


def joined(pieces: list[str | Hole], text: Text) -> str | Text:
    """Put pieces of a text together again, neighbouring parts of one date as one hole."""
    merged: list[str | Hole | Text] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if (
            isinstance(piece, DateExpr)
            and isinstance(last, DateExpr)
            and (piece.anchor, piece.steps) == (last.anchor, last.steps)
            and piece.format is not None
            and last.format is not None
        ):
            merged[-1] = replace(last, format=last.format + piece.format)
        else:
            merged.append(piece)
    return Text.join([_settled(piece) for piece in merged], text.origin)


def _settled(piece: str | Hole | Text) -> str | Hole | Text:
    """Turn a date whose format holds no directive into plain text."""
    if isinstance(piece, DateExpr) and piece.format is not None:
        return dates.formatted(piece, piece.format)
    return piece


def length(text: Text) -> int | None:
    """Return the number of characters, None where a hole's is not known."""
    widths = [atom.width for atom in _atoms(text)]
    return None if None in widths else sum(width for width in widths if width is not None)


def sliced(text: Text, start: int | None, stop: int | None) -> str | Text:
    """``text[start:stop]``; a cut through a hole makes the result unknown."""
    unknown = Text((Unknown("a part of a text that is not known"),), text.origin)
    atoms = _atoms(text)
    first = 0 if start is None else _position(atoms, start)
    last = len(atoms) if stop is None else _position(atoms, stop)
    if first is None or last is None:
        return unknown
    return joined([atom.piece for atom in atoms[first:last]], text)


def _position(atoms: list[_Atom], offset: int) -> int | None:
    """Return the atom at which a character offset falls, None inside or behind unknown ones."""
    forwards = offset >= 0
    left = offset if forwards else -offset
    count = 0
    for atom in atoms if forwards else reversed(atoms):
        if left <= 0:
            break
        if atom.width is None:
            return None
        left -= atom.width
        count += 1
    if left < 0:
        return None
    return count if forwards else len(atoms) - count


def replaced(text: Text, old: str, new: str | Text) -> str | Text:
    """``text.replace(old, new)``: in known parts, and in the separators of dates."""
    pieces: list[str | Hole | Text] = []
    for part in text.parts:
        if isinstance(part, str):
            for n, stretch in enumerate(part.split(old) if old else [part]):
                pieces += [new, stretch] if n else [stretch]
        elif isinstance(part, DateExpr) and part.format is not None:
            pieces.append(_replaced_in_date(part, part.format, old, new))
        else:
            pieces.append(part)
    return Text.join(pieces, text.origin)


def _replaced_in_date(part: DateExpr, format: str, old: str, new: str | Text) -> Hole | str | Text:
    found = dates.tokens(format)
    numeric = all(token in _WIDTHS or not token.startswith("%") for token in found)
    if not numeric or (not isinstance(new, str)):
        return Unknown("a date in which text was replaced")
    if not any(char.isdigit() for char in old) and len(old) == 1:
        changed = "".join(new.replace("%", "%%") if token == old else token for token in found)
        return _settled(replace(part, format=changed)) if changed else ""
    literals = {token for token in found if not token.startswith("%")}
    if any(not char.isdigit() and char not in literals for char in old):
        return part
    return Unknown("a date in which text was replaced")


def stripped(text: Text, chars: str | None, left: bool, right: bool) -> str | Text:
    """``strip``, ``lstrip`` and ``rstrip`` at the known ends of a text."""
    parts = list(text.parts)
    if left and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip(chars)
    if right and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip(chars)
    return Text.join(parts, text.origin)


def mapped(text: Text, change: Callable[[str], str]) -> str | Text:
    """Change the known parts; dates made of digits stay, other holes become unknown."""
    pieces: list[str | Hole | Text] = []
    for part in text.parts:
        if isinstance(part, str):
            pieces.append(change(part))
        elif isinstance(part, DateExpr) and part.format is not None:
            found = dates.tokens(part.format)
            digits = all(t in _WIDTHS and t != "%p" for t in found if t.startswith("%"))
            changed = "".join(t if t.startswith("%") else change(t) for t in found)
            pieces.append(replace(part, format=changed) if digits else Unknown(dates.DEPENDS))
        else:
            pieces.append(part)
    return Text.join(pieces, text.origin)


def split(text: Text, separator: str) -> list[str | Text] | Unknown:
    """``text.split(separator)`` where no hole can hold the separator."""
    pieces: list[list[str | Hole]] = [[]]
    for atom in _atoms(text):
        piece = atom.piece
        if atom.width is None or len(separator) != 1:
            return Unknown("parts of a text that is not known")
        if separator == (piece if isinstance(piece, str) else _literal(piece)):
            pieces.append([])
        else:
            pieces[-1].append(piece)
    return [joined(piece, text) for piece in pieces]


def _literal(piece: Hole) -> str | None:
    """Return the character between a date's fields that an atom stands for."""
    found = piece.format if isinstance(piece, DateExpr) else None
    return None if found is None or found.startswith("%") else found


def starts_with(text: Text, prefix: str) -> bool | None:
    """``text.startswith(prefix)``, None where not known."""
    first = text.parts[0]
    if not isinstance(first, str):
        return None
    if first.startswith(prefix):
        return True
    return None if prefix.startswith(first) else False


def ends_with(text: Text, suffix: str) -> bool | None:
    """``text.endswith(suffix)``, None where not known."""
    last = text.parts[-1]
    if not isinstance(last, str):
        return None
    if last.endswith(suffix):
        return True
    return None if suffix.endswith(last) else False


def holds(text: Text, needle: str) -> bool | None:
    """``needle in text``, None where not known."""
    if any(isinstance(part, str) and needle in part for part in text.parts):
        return True
    return None
