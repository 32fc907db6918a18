"""Triggers: the statements that run with a write, for each row, whatever rows those are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from lockplan.model.access import Role, StatementKind
from lockplan.model.region import ALL, widen
from lockplan.model.schema import Trigger
from lockplan.sql.context import WRITES, Context
from lockplan.sql.interface import TableAccess, UnreadableSQL
from lockplan.sql.scan import Piece, mask, split

MOST_ACCESSES = 200
"""Triggers may call each other in a circle, each time with another statement."""

_EVENTS = {Role.INSERT: "INSERT", Role.UPDATE: "UPDATE", Role.DELETE: "DELETE"}
_MORE_EVENTS = {StatementKind.UPSERT: "UPDATE", StatementKind.REPLACE: "DELETE"}
_BLOCK = re.compile(r"(?is)\A.*?\bBEGIN\b(?P<inner>.*)\bEND\b[\s;]*\Z")
_CONTROL = re.compile(
    r"(?is)\A\s*(?:(?:IF|ELSEIF|ELSIF|WHEN)\b.*?\bTHEN\b|ELSE\b|BEGIN\b|LOOP\b|WHILE\b.*?\bDO\b)"
)
_HARMLESS = re.compile(
    r"(?is)\A\s*(?:END\b.*|DECLARE\b.*|SIGNAL\b.*|RESIGNAL\b.*|LEAVE\b.*|ITERATE\b.*"
    r"|SET\b.*|SELECT\s+RAISE\b.*)?\Z"
)
_QUERY = re.compile(r"(?i)\bSELECT\b")

Read = Callable[[Piece, Context], object]
"""Reads one statement into a context; raises UnreadableSQL."""


def follow_triggers(ctx: Context, read: Read) -> None:
    """Add what the triggers of a statement's writes touch; says which cannot be read."""
    seen: set[tuple[str, str]] = set()
    for access in ctx.accesses:  # it grows: a trigger's writes have triggers too
        for trigger in _fired(access, ctx):
            if (trigger.table, trigger.name) in seen:
                continue
            seen.add((trigger.table, trigger.name))
            _follow(trigger, ctx, read)
        if len(ctx.accesses) > MOST_ACCESSES:
            ctx.note("its triggers touch more tables than are followed")
            return


def _fired(access: TableAccess, ctx: Context) -> Iterator[Trigger]:
    if access.role not in WRITES:
        return
    events = {_EVENTS[access.role], _MORE_EVENTS.get(access.kind)}
    for trigger in ctx.schema.triggers_of(access.name.table):
        if not trigger.events or events & set(trigger.events):
            yield trigger


def _follow(trigger: Trigger, ctx: Context, read: Read) -> None:
    inner = Context(ctx.schema, ctx.database, ctx.engine, ctx.holes, StatementKind.OTHER)
    try:
        for piece in _statements(trigger, ctx):
            read(piece, inner)
        reasons = inner.unread
    except (UnreadableSQL, RecursionError, AttributeError, KeyError, TypeError, ValueError):
        reasons = ["its statements are not read"]
    for reason in reasons:
        ctx.note(f"the trigger {trigger.name} of {trigger.table}: {reason}")
    for access in inner.accesses:
        arrives = access.arrives and ALL
        region = ALL if access.role is Role.INSERT else widen(access.region)
        found = replace(access, region=region, arrives=arrives)
        if found not in ctx.accesses:
            ctx.accesses.append(found)


def _statements(trigger: Trigger, ctx: Context) -> Iterator[Piece]:
    """Yield the statements of a body, those under a condition or in a loop included."""
    if not trigger.body:
        raise UnreadableSQL("its statements are not known")
    masked = mask(trigger.body, ctx.engine)
    block = _BLOCK.match(masked)
    text = trigger.body[block.start("inner") : block.end("inner")] if block else trigger.body
    for piece in split(text, ctx.engine):
        statement = _without_control(piece)
        if _HARMLESS.match(statement.masked) and not _QUERY.search(_before_from(statement)):
            continue
        yield statement


def _before_from(piece: Piece) -> str:
    """Return a statement's text, empty where its SELECT only raises an error."""
    raises = re.match(r"(?i)\s*SELECT\s+RAISE\b", piece.masked)
    return "" if raises else piece.masked


def _without_control(piece: Piece) -> Piece:
    """Return a statement without the IF … THEN before it."""
    text, masked = piece.text, piece.masked
    while found := _CONTROL.match(masked):
        if _QUERY.search(masked[: found.end()]):
            raise UnreadableSQL("a condition reads tables")
        text, masked = text[found.end() :], masked[found.end() :]
    space = len(masked) - len(masked.lstrip())
    return replace(piece, text=text[space:], masked=masked[space:])
