"""Statements that change the session: transactions, isolation, autocommit, the default database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lockplan.model.connection import Engine, Isolation
from lockplan.sql.context import Context
from lockplan.sql.interface import Effect, Reading, UnreadableSQL
from lockplan.sql.words import Words

Reader = Callable[[Words, Context], Reading]

_ISOLATIONS = {level.value.replace(" ", "-"): level for level in Isolation}
_NOTHING = Reading()
_MODES = frozenset({"", "ISOLATION", "READ", "NOT", "DEFERRABLE", "WITH", ","})
"""What may follow BEGIN or START TRANSACTION: modes, not another statement."""
_ENDINGS = frozenset({"", "TO", "AND", "NO", "RELEASE"})
_RUN_ON = "a block of statements is not read, or a semicolon is missing"


def _begin(words: Words, ctx: Context) -> Reading:
    words.accept_any("WORK", "TRANSACTION", "TRAN", "IMMEDIATE", "EXCLUSIVE", "DEFERRED")
    named = ctx.engine is Engine.MSSQL  # its transactions may have names
    if words.peek() not in _MODES and not named:
        raise UnreadableSQL(_RUN_ON)
    return Reading(effect=Effect.BEGIN, isolation=_level(words))


def _start(words: Words, _ctx: Context) -> Reading:
    if not words.accept("TRANSACTION"):
        raise UnreadableSQL("statements of this kind are not read")
    if words.peek() not in _MODES:
        raise UnreadableSQL(_RUN_ON)
    return Reading(effect=Effect.BEGIN, isolation=_level(words))


def _end(words: Words, _ctx: Context) -> Reading:
    words.accept_any("WORK", "TRANSACTION")
    if words.accept("PREPARED") or words.has("PREPARED"):
        raise UnreadableSQL("statements of two-phase commit are not read")
    if words.peek() not in _ENDINGS:
        raise UnreadableSQL(_RUN_ON)
    return Reading(effect=Effect.NONE if words.peek() == "TO" else Effect.END)


def _undo(words: Words, ctx: Context) -> Reading:
    return replace(_end(words, ctx), undoes=True)


def _level(words: Words) -> Isolation | None:
    if not words.skip_to("LEVEL"):
        return None
    first = words.take()
    name = first if first == "SERIALIZABLE" else f"{first}-{words.take()}"
    return _ISOLATIONS.get(name)


def _use(words: Words, ctx: Context) -> Reading:
    name = words.name().table
    if words.peek():
        raise UnreadableSQL(_RUN_ON)
    return Reading(use=ctx.named(None, name).table)


def _set(words: Words, _ctx: Context) -> Reading:
    scoped = words.accept_any("SESSION", "LOCAL", "GLOBAL", "PERSIST")
    if scoped in ("GLOBAL", "PERSIST"):
        return _NOTHING
    if words.accept("TRANSACTION") or words.accept("CHARACTERISTICS"):
        return Reading(isolation=_level(words))
    name = words.take().removeprefix("@@")
    if name in ("SESSION", "LOCAL") and words.accept("."):
        name = words.take()
    if name == "AUTOCOMMIT":
        on = words.value() in ("1", "ON", "TRUE")
        return Reading(effect=Effect.AUTOCOMMIT_ON if on else Effect.AUTOCOMMIT_OFF)
    if name in ("TX_ISOLATION", "TRANSACTION_ISOLATION"):
        return Reading(isolation=_ISOLATIONS.get(words.value()))
    if name == "SEARCH_PATH":
        raise UnreadableSQL("search_path changes which tables the names after it mean")
    return _NOTHING


SESSION_READERS: dict[str, Reader] = {
    "BEGIN": _begin,
    "START": _start,
    **dict.fromkeys(("COMMIT", "END"), _end),
    **dict.fromkeys(("ROLLBACK", "ABORT"), _undo),
    "USE": _use,
    "SET": _set,
}
"""How each statement is read that begins with one of these words."""
