"""User variables of a MySQL session: what a statement leaves in them."""

from __future__ import annotations

import re

from sqlglot import exp

from lockplan.model.region import Bound
from lockplan.sql.context import Context
from lockplan.sql.interface import MYSQL_LIKE, UnreadableSQL
from lockplan.sql.parse import parse
from lockplan.sql.scan import Piece

Assigned = tuple[tuple[str, Bound | None], ...]
"""Lower-case names with their values; None where a value is not known."""

_SET = re.compile(r"(?i)SET\b")
_NAMED = re.compile(r"(?<![@\w])@(\w+)")
_FILLED = re.compile(r"(?i)@(?:\w+)\s*:=|\bINTO\s+@\w+(?:\s*,\s*@\w+)*")


def assigned_variables(piece: Piece, ctx: Context) -> Assigned:
    """Return the variables that a statement assigns."""
    if ctx.engine not in MYSQL_LIKE or "@" not in piece.masked:
        return ()
    if _SET.match(piece.masked):
        return _set(piece, ctx)
    filled = (_NAMED.findall(found.group()) for found in _FILLED.finditer(piece.masked))
    return tuple((name.lower(), None) for names in filled for name in names)


def _set(piece: Piece, ctx: Context) -> Assigned:
    """Read ``SET @a = 1, @b = @a + 1``: each value may use those before it."""
    try:
        tree = parse(piece.text, ctx.engine)
    except UnreadableSQL:
        return tuple((name.lower(), None) for name in _NAMED.findall(piece.masked))
    found: dict[str, Bound | None] = {}
    for item in tree.expressions:
        pair = item.this
        if isinstance(pair, exp.EQ) and isinstance(pair.this, exp.Parameter):
            name = pair.this.name.lower()
            found[name] = ctx.constants.bound(pair.expression)
            ctx.variables = {**ctx.variables, name: found[name]}
    return tuple(found.items())
