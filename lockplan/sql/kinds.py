"""Statements that are read word by word: table locks, definitions, maintenance, bulk loads."""

from __future__ import annotations

from dataclasses import replace

from lockplan.model.access import Role, StatementKind
from lockplan.model.connection import Engine
from lockplan.model.region import ALL, WHOLE
from lockplan.sql.context import Context
from lockplan.sql.interface import IMPLICIT_COMMITTERS, Effect, Reading, TableName, UnreadableSQL
from lockplan.sql.session import SESSION_READERS, Reader
from lockplan.sql.words import Words

_NOTHING = Reading()
_COMMITS = Reading(effect=Effect.IMPLICIT_COMMIT)


def _defined(ctx: Context, names: list[TableName], role: Role = Role.DDL) -> Reading:
    """Record that tables are defined anew, which commits on engines that do so."""
    for name in names:
        name = ctx.named(name.database, name.table)
        ctx.kind = StatementKind.DDL
        ctx.touch(name, role, WHOLE)
    return Reading(effect=commit_effect(ctx.engine))


def commit_effect(engine: Engine) -> Effect:
    """Return what a definition does to an open transaction."""
    return Effect.IMPLICIT_COMMIT if engine in IMPLICIT_COMMITTERS else Effect.NONE


def _lock(words: Words, ctx: Context) -> Reading:
    ctx.kind = StatementKind.LOCK
    if not words.accept_any("TABLES", "TABLE"):
        raise UnreadableSQL("a lock on the whole server is not followed")
    while True:
        name = words.name()
        words.accept("AS")
        if words.peek() not in ("READ", "WRITE", "LOW_PRIORITY"):
            words.take()  # an alias
        words.accept("LOW_PRIORITY")
        role = Role.LOCK_READ if words.take() == "READ" else Role.LOCK_WRITE
        ctx.touch(ctx.named(name.database, name.table), role, WHOLE)
        words.accept("LOCAL")
        if not words.accept(","):
            return Reading(effect=Effect.LOCK)


def _flush(words: Words, ctx: Context) -> Reading:
    words.accept_any("LOCAL", "NO_WRITE_TO_BINLOG")
    if not words.accept_any("TABLES", "TABLE") or not words.peek():
        return _COMMITS
    if words.accept("WITH"):
        raise UnreadableSQL("a read lock on all tables of the server is not followed")
    names = words.names()
    ctx.kind = StatementKind.LOCK
    for name in names:
        ctx.touch(ctx.named(name.database, name.table), Role.LOCK_READ, WHOLE)
    return Reading(effect=Effect.LOCK if words.has("READ", "EXPORT") else Effect.IMPLICIT_COMMIT)


def _rename(words: Words, ctx: Context) -> Reading:
    if not words.accept_any("TABLE", "TABLES"):
        return _COMMITS
    names: list[TableName] = []
    while True:
        words.accept("IF", "EXISTS")
        names.append(words.name())
        if not words.skip_to("TO"):
            raise UnreadableSQL("RENAME TABLE does not say TO what")
        names.append(words.name())
        if not words.accept(","):
            return _defined(ctx, names)


def _truncate(words: Words, ctx: Context) -> Reading:
    words.accept("TABLE")
    words.accept("IF", "EXISTS")
    words.accept("ONLY")
    names = words.names()
    emptied = tuple(ctx.named(name.database, name.table) for name in names)
    return replace(_defined(ctx, names), emptied=emptied)


def _alter(words: Words, ctx: Context) -> Reading:
    words.accept_any("ONLINE", "IGNORE")
    if words.accept_any("VIEW", "INDEX", "TYPE"):
        raise UnreadableSQL("the table that this ALTER is about is not named")
    if not words.accept("TABLE"):
        return Reading(effect=commit_effect(ctx.engine))
    words.accept("IF", "EXISTS")
    words.accept("ONLY")
    names = [words.name()]
    while words.skip_to("REFERENCES", "EXCHANGE", "RENAME", "ATTACH", "DETACH"):
        names += _other_table(words)
    return _defined(ctx, names)


def _other_table(words: Words) -> list[TableName]:
    """Read the second table of a clause of ALTER TABLE, the keyword before it being read."""
    if words.accept_any("COLUMN", "INDEX", "KEY", "CONSTRAINT"):
        return []
    if words.accept("PARTITION"):
        named = words.name()
        if words.accept("WITH", "TABLE"):
            return [words.name()]
        return [named] if words.has("FOR", "DEFAULT") or not words.peek() else []
    words.accept_any("TO", "AS")
    return [words.name()]


def dropped_kind(words: Words) -> str:
    """Take what a DROP is about."""
    kind = words.take()
    if kind in ("DATABASE", "SCHEMA"):
        raise UnreadableSQL(f"dropping a whole {kind.lower()} is not followed to its tables")
    return words.take() if kind == "MATERIALIZED" else kind


def _drop(words: Words, ctx: Context) -> Reading:
    temporary = bool(words.accept_any("TEMPORARY", "TEMP"))
    kind = dropped_kind(words)
    if kind == "INDEX":
        return _drop_index(words, ctx)
    if kind == "TRIGGER":
        if words.skip_to("ON"):
            return _defined(ctx, [words.name()])
        raise UnreadableSQL("the table that the trigger belongs to is not named")
    if kind not in ("TABLE", "TABLES", "VIEW"):
        return Reading(effect=commit_effect(ctx.engine))
    words.accept("IF", "EXISTS")
    names = tuple(ctx.named(name.database, name.table) for name in words.names())
    if temporary:
        return Reading(dropped=names)
    return replace(_defined(ctx, list(names)), dropped=names)


def _drop_index(words: Words, ctx: Context) -> Reading:
    if not words.skip_to("ON"):
        raise UnreadableSQL("the table that the index belongs to is not named")
    return _defined(ctx, [words.name()])


def _maintain(words: Words, ctx: Context) -> Reading:
    """Read OPTIMIZE, REPAIR and CHECK TABLE, which wait for every open transaction on the table."""
    words.accept_any("NO_WRITE_TO_BINLOG", "LOCAL")
    if not words.accept_any("TABLE", "TABLES"):
        return _NOTHING
    return _defined(ctx, words.names())


def _analyze(words: Words, ctx: Context) -> Reading:
    words.accept_any("NO_WRITE_TO_BINLOG", "LOCAL", "VERBOSE")
    words.accept_any("TABLE", "TABLES")
    if not words.peek():
        return Reading(effect=commit_effect(ctx.engine))
    return _defined(ctx, words.names(), Role.METADATA)


def _vacuum(words: Words, ctx: Context) -> Reading:
    while words.accept_any("FULL", "FREEZE", "VERBOSE", "ANALYZE"):
        pass
    if words.peek() in ("", "(", "INTO"):
        raise UnreadableSQL("VACUUM without a table is not followed to all tables")
    return _defined(ctx, words.names())


def _refresh(words: Words, ctx: Context) -> Reading:
    words.accept("MATERIALIZED")
    words.accept("VIEW")
    words.accept("CONCURRENTLY")
    ctx.note("the tables that the materialised view reads are not followed")
    return _defined(ctx, [words.name()])


def _reindex(words: Words, ctx: Context) -> Reading:
    if not words.accept("TABLE"):
        raise UnreadableSQL("the table that is indexed anew is not named")
    words.accept("CONCURRENTLY")
    return _defined(ctx, [words.name()])


def _load(words: Words, ctx: Context) -> Reading:
    ignored, replaced = words.has("IGNORE"), words.has("REPLACE")
    if not words.skip_to("TABLE"):
        raise UnreadableSQL("LOAD does not say INTO which TABLE")
    insert = StatementKind.INSERT_IGNORE if ignored else StatementKind.INSERT
    ctx.kind = StatementKind.REPLACE if replaced else insert
    name = words.name()
    ctx.touch(ctx.named(name.database, name.table), Role.INSERT, ALL, from_select=True)
    return _NOTHING


def _copy(words: Words, ctx: Context) -> Reading:
    if words.peek() == "(":
        raise UnreadableSQL("COPY of a query is not read")
    name = words.name()
    reads = words.has("TO") and not words.has("FROM")
    ctx.kind = StatementKind.SELECT if reads else StatementKind.INSERT
    role = Role.READ if reads else Role.INSERT
    ctx.touch(ctx.named(name.database, name.table), role, ALL, from_select=not reads)
    return _NOTHING


def _comment(words: Words, ctx: Context) -> Reading:
    words.accept("ON")
    if words.accept("TABLE"):
        return _defined(ctx, [words.name()])
    raise UnreadableSQL("COMMENT is read for tables only")


def _nothing(_words: Words, _ctx: Context) -> Reading:
    return _NOTHING


def _commits(_words: Words, ctx: Context) -> Reading:
    return Reading(effect=commit_effect(ctx.engine))


def _call(_words: Words, _ctx: Context) -> Reading:
    raise UnreadableSQL("what a stored procedure does is not known")


def _explain(words: Words, _ctx: Context) -> Reading:
    if words.has("ANALYZE") and words.has("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"):
        raise UnreadableSQL("EXPLAIN ANALYZE runs its statement, which is not read")
    return _NOTHING


def _client(_words: Words, _ctx: Context) -> Reading:
    raise UnreadableSQL("a command of the client, which the server does not see, is not followed")


def _unread(_words: Words, _ctx: Context) -> Reading:
    raise UnreadableSQL("statements of this kind are not read")


def _unlock(_words: Words, _ctx: Context) -> Reading:
    return Reading(effect=Effect.UNLOCK)


READERS: dict[str, Reader] = {
    **SESSION_READERS,
    "LOCK": _lock,
    "UNLOCK": _unlock,
    "FLUSH": _flush,
    "RENAME": _rename,
    "TRUNCATE": _truncate,
    "ALTER": _alter,
    "DROP": _drop,
    "OPTIMIZE": _maintain,
    "REPAIR": _maintain,
    "CHECK": _maintain,
    "ANALYZE": _analyze,
    "VACUUM": _vacuum,
    "REFRESH": _refresh,
    "REINDEX": _reindex,
    "LOAD": _load,
    "COPY": _copy,
    "COMMENT": _comment,
    "EXPLAIN": _explain,
    **dict.fromkeys(("CALL", "EXEC", "EXECUTE"), _call),
    **dict.fromkeys(("\\", "SOURCE"), _client),
    **dict.fromkeys(
        ("ATTACH", "DETACH", "HANDLER", "PREPARE", "DEALLOCATE", "XA", "DO", "CLUSTER"), _unread
    ),
    **dict.fromkeys(
        ("SAVEPOINT", "RELEASE", "SHOW", "DESCRIBE", "DESC", "PRAGMA", "KILL", "RESET"),
        _nothing,
    ),
    **dict.fromkeys(("GRANT", "REVOKE"), _commits),
}
"""How each statement is read that begins with one of these words."""
