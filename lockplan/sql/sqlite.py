"""SQLite's own statements: all that write lock a whole file.

Source: SQLite documentation, SQL As Understood By SQLite: Transaction, ATTACH, VACUUM, PRAGMA.
"""

from __future__ import annotations

from lockplan.model.access import Role, StatementKind
from lockplan.model.region import WHOLE
from lockplan.sql.context import Context
from lockplan.sql.interface import Effect, Reading, TableName, UnreadableSQL
from lockplan.sql.session import Reader
from lockplan.sql.words import Words

_NOTHING = Reading()


def _file(ctx: Context, role: Role, alias: str | None = None) -> None:
    """Record that a file is touched as a whole."""
    ctx.kind = StatementKind.LOCK
    ctx.touch(TableName(alias, ""), role, WHOLE)


def _begin(words: Words, ctx: Context) -> Reading:
    how = words.accept_any("DEFERRED", "IMMEDIATE", "EXCLUSIVE")
    if how in _BEGINS:
        _file(ctx, _BEGINS[how])
    return Reading(effect=Effect.BEGIN)


_BEGINS = {"IMMEDIATE": Role.LOCK_READ, "EXCLUSIVE": Role.LOCK_WRITE}
"""What a BEGIN does at once: keep other writers away, or readers too."""


def _vacuum(words: Words, ctx: Context) -> Reading:
    alias = None if words.peek() in ("", "INTO") else words.name().table
    _file(ctx, Role.READ if words.peek() == "INTO" else Role.DDL, alias)
    return _NOTHING


def _rewrite(words: Words, ctx: Context) -> Reading:
    """Read ANALYZE and REINDEX, which write into the file of the table or index that they name."""
    name = words.name() if words.peek() else TableName(None, "")
    _file(ctx, Role.DDL, name.database)
    return _NOTHING


def _drop(words: Words, ctx: Context) -> Reading:
    kind = words.take()
    if kind not in ("TABLE", "VIEW", "INDEX", "TRIGGER"):
        raise UnreadableSQL("statements of this kind are not read")
    words.accept("IF", "EXISTS")
    name = words.name()
    named = ctx.named(name.database, name.table)
    ctx.kind = StatementKind.DDL
    ctx.touch(
        named if kind in ("TABLE", "VIEW") else TableName(named.database, ""), Role.DDL, WHOLE
    )
    return Reading(dropped=(named,) if kind == "TABLE" else ())


def _attach(words: Words, _ctx: Context) -> Reading:
    words.accept("DATABASE")
    path = words.take_text()
    if not words.accept("AS"):
        raise UnreadableSQL("ATTACH does not say where the file is")
    return Reading(attached=(words.name().table.lower(), path))


def _pragma(words: Words, ctx: Context) -> Reading:
    """Read PRAGMA: setting one of the few that are kept in the file writes there."""
    name = words.name()
    sets = words.peek() in ("=", "(")
    if sets and name.table.lower() in _KEPT:
        _file(ctx, Role.DDL, name.database)
    return _NOTHING


_KEPT = ("user_version", "application_id", "auto_vacuum", "encoding", "incremental_vacuum")


def _nothing(_words: Words, _ctx: Context) -> Reading:
    return _NOTHING


SQLITE_READERS: dict[str, Reader] = {
    "BEGIN": _begin,
    "VACUUM": _vacuum,
    "ANALYZE": _rewrite,
    "REINDEX": _rewrite,
    "DROP": _drop,
    "ATTACH": _attach,
    "DETACH": _nothing,
    "PRAGMA": _pragma,
}
"""How each statement is read that SQLite has its own locks for."""
