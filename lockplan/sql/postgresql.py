"""PostgreSQL's definitions and maintenance: which lock each takes on which table.

Sources: PostgreSQL manual, Explicit Locking, Table-Level Locks, and the pages of the statements.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from lockplan.model.access import Role, StatementKind, TableLock
from lockplan.model.region import WHOLE
from lockplan.sql.context import Context
from lockplan.sql.interface import Reading, TableName, UnreadableSQL
from lockplan.sql.kinds import dropped_kind
from lockplan.sql.parse import parse
from lockplan.sql.queries import read_query
from lockplan.sql.session import Reader
from lockplan.sql.views import expand_views
from lockplan.sql.words import Words

_NOTHING = Reading()
_MODES = {mode.value: mode for mode in TableLock}
_OWN = TableLock.SHARE_UPDATE_EXCLUSIVE
_ALL = TableLock.ACCESS_EXCLUSIVE
_STRENGTH = {mode: rank for rank, mode in enumerate(TableLock)}


def _define(
    ctx: Context,
    names: Iterable[TableName],
    lock: TableLock,
    waits_out: TableLock | None = None,
    *,
    runs_alone: bool = False,
) -> Reading:
    ctx.kind = StatementKind.DDL
    alone = runs_alone or waits_out is not None
    for name in names:
        named = ctx.named(name.database, name.table)
        ctx.touch(named, Role.DDL, WHOLE, table_lock=lock, waits_out=waits_out, runs_alone=alone)
    return _NOTHING


def _lock(words: Words, ctx: Context) -> Reading:
    words.accept("TABLE")
    words.accept("ONLY")
    ctx.kind = StatementKind.LOCK
    names = words.names()
    mode = []
    if words.accept("IN"):
        while words.peek() not in ("MODE", ""):
            mode.append(words.take())
    lock = _MODES.get(" ".join(mode), _ALL)
    for name in names:
        named = ctx.named(name.database, name.table)
        ctx.touch(named, _LOCK_ROLES.get(lock, Role.LOCK_WRITE), WHOLE, table_lock=lock)
    return _NOTHING


_LOCK_ROLES = {
    TableLock.ACCESS_SHARE: Role.METADATA,
    TableLock.ROW_SHARE: Role.METADATA,
    TableLock.SHARE: Role.LOCK_READ,
}


def _truncate(words: Words, ctx: Context) -> Reading:
    words.accept("TABLE")
    words.accept("ONLY")
    names = words.names()
    emptied = tuple(ctx.named(name.database, name.table) for name in names)
    if words.has("CASCADE"):
        names += _referencing(names, ctx)
    return replace(_define(ctx, names, _ALL), emptied=emptied)


def _referencing(names: list[TableName], ctx: Context) -> list[TableName]:
    """Return the tables that reference others, however far; says where that is not known."""
    found = [name.table.lower() for name in names]
    if not all(ctx.table(name) for name in names):
        ctx.note("the tables that CASCADE reaches are not known")
    for parent in found:
        for table in ctx.schema.tables:
            refers = any(parent == key.parent.lower() for key in table.foreign_keys)
            if refers and table.name not in found:
                found.append(table.name)
    return [TableName(None, name) for name in found[len(names) :]]


def _alter(words: Words, ctx: Context) -> Reading:
    if words.accept("MATERIALIZED") or words.peek() == "VIEW":
        words.accept("VIEW")
        words.accept("IF", "EXISTS")
        return _define(ctx, [words.name()], _ALL)
    if words.accept_any("INDEX", "SEQUENCE", "TYPE", "DOMAIN"):
        raise UnreadableSQL("the table that this ALTER is about is not named")
    if words.accept_any("POLICY", "TRIGGER", "RULE"):
        return _on_table(words, ctx, _ALL)
    if not words.accept("TABLE"):
        return _NOTHING
    words.accept("IF", "EXISTS")
    words.accept("ONLY")
    name = words.name()
    words.accept("*")
    for clause in words.clauses():
        _alter_others(clause, ctx)
    if words.peek() == "ATTACH":
        _define(ctx, _default_partition(name, ctx), _ALL)
    locks = [_alter_lock(clause) for clause in words.clauses()]
    gently = words.has("CONCURRENTLY")
    lock = max(locks, key=_STRENGTH.__getitem__)
    return _define(ctx, [name], lock, _ALL if gently else None)


_ALTER_LOCKS: tuple[tuple[tuple[str, ...], TableLock], ...] = (
    (("VALIDATE", "CONSTRAINT"), _OWN),
    (("ATTACH", "PARTITION"), _OWN),
    (("CLUSTER", "ON"), _OWN),
    (("SET", "WITHOUT", "CLUSTER"), _OWN),
    (("SET", "("), _OWN),
    (("RESET", "("), _OWN),
    (("ENABLE", "TRIGGER"), TableLock.SHARE_ROW_EXCLUSIVE),
    (("ENABLE", "REPLICA", "TRIGGER"), TableLock.SHARE_ROW_EXCLUSIVE),
    (("ENABLE", "ALWAYS", "TRIGGER"), TableLock.SHARE_ROW_EXCLUSIVE),
    (("DISABLE", "TRIGGER"), TableLock.SHARE_ROW_EXCLUSIVE),
    (("ADD", "FOREIGN", "KEY"), TableLock.SHARE_ROW_EXCLUSIVE),
)
"""How a clause of ALTER TABLE begins, and its lock; every other one takes the strongest."""


def _alter_lock(clause: Words) -> TableLock:
    for start, lock in _ALTER_LOCKS:
        if clause.accept(*start):
            return lock
    if clause.accept("DETACH", "PARTITION"):
        return _OWN if clause.has("CONCURRENTLY") else _ALL
    if clause.accept("ADD", "CONSTRAINT"):
        clause.take()
        return TableLock.SHARE_ROW_EXCLUSIVE if clause.accept("FOREIGN", "KEY") else _ALL
    if clause.accept("ALTER"):
        clause.accept("COLUMN")
        clause.take()
        gentle = clause.accept("SET", "STATISTICS") or clause.accept("SET", "(")
        return _OWN if gentle or clause.accept("RESET", "(") else _ALL
    return _ALL


def _alter_others(words: Words, ctx: Context) -> None:
    """Record the other table of a clause of ALTER TABLE: a partition, a parent, the new name."""
    keyword = words.skip_to_any(*_OTHERS)
    if not keyword or (keyword == "RENAME" and not words.accept("TO")):
        return
    words.accept("PARTITION")
    _define(ctx, [words.name()], _OTHERS[keyword])


_OTHERS = {
    "REFERENCES": TableLock.SHARE_ROW_EXCLUSIVE,
    "INHERIT": _OWN,
    "RENAME": _ALL,
    "ATTACH": _ALL,
    "DETACH": _ALL,
}
"""Keywords of ALTER TABLE that name another table, and the lock on that one."""


def _default_partition(name: TableName, ctx: Context) -> list[TableName]:
    """Return the partition that takes what no other one does: its rows are looked through."""
    table = ctx.table(name)
    parts = table.partitioning.partitions if table and table.partitioning else ()
    return [TableName(None, p.name) for p in parts if not (p.low or p.high or p.values)]


def _drop(words: Words, ctx: Context) -> Reading:
    kind = dropped_kind(words)
    if kind == "INDEX":
        return _drop_index(words, ctx)
    if kind in ("TRIGGER", "POLICY", "RULE"):
        return _on_table(words, ctx, _ALL)
    if kind not in ("TABLE", "VIEW"):
        return _NOTHING
    words.accept("IF", "EXISTS")
    names = tuple(ctx.named(name.database, name.table) for name in words.names())
    _define(ctx, _wholes(names, ctx), _ALL)
    return replace(_define(ctx, names, _ALL), dropped=names)


def _wholes(names: Iterable[TableName], ctx: Context) -> list[TableName]:
    """Return the tables that the named ones are partitions of."""
    found = [ctx.table(name) for name in names]
    wholes = [table.partition_of for table in found if table and table.partition_of]
    return [TableName(None, name) for name in dict.fromkeys(wholes)]


def _on_table(words: Words, ctx: Context, lock: TableLock) -> Reading:
    if not words.skip_to("ON"):
        raise UnreadableSQL("the table that it belongs to is not named")
    return _define(ctx, [words.name()], lock)


def _drop_index(words: Words, ctx: Context) -> Reading:
    gently = words.accept("CONCURRENTLY")
    words.accept("IF", "EXISTS")
    tables = [_indexed(name, ctx) for name in words.names()]
    return _define(ctx, tables, _OWN if gently else _ALL, _ALL if gently else None)


def _indexed(index: TableName, ctx: Context) -> TableName:
    """Return the table that an index belongs to."""
    wanted = index.table.lower()
    for table in ctx.schema.tables:
        if any(found.name.lower() == wanted for found in table.indexes):
            return TableName(table.database, table.name)
    raise UnreadableSQL("the table that the index belongs to is not named")


def _vacuum(words: Words, ctx: Context) -> Reading:
    full = _options(words, "FULL")
    if not words.peek():
        raise UnreadableSQL("VACUUM without a table is not followed to all tables")
    return _define(ctx, _targets(words), _ALL if full else _OWN, runs_alone=True)


def _options(words: Words, wanted: str) -> bool:
    """Step over a statement's options, in parentheses or not; returns whether one is `wanted`."""
    found = False
    if words.accept("("):
        while words.peek() not in (")", ""):
            named = words.take() == wanted
            found = found or (named and words.peek() not in ("FALSE", "OFF", "0"))
        words.accept(")")
        return found
    while word := words.accept_any("FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"):
        found = found or word == wanted
    return found


def _targets(words: Words) -> list[TableName]:
    """Read tables, each perhaps with some columns in parentheses."""
    names = [words.name()]
    while words.accept(",") or words.peek() == "(":
        if words.accept("("):
            words.skip_behind(")")
        else:
            names.append(words.name())
    return names


def _analyze(words: Words, ctx: Context) -> Reading:
    _options(words, "VERBOSE")
    if not words.peek():
        raise UnreadableSQL("ANALYZE without a table is not followed to all tables")
    return _define(ctx, _targets(words), _OWN)


def _cluster(words: Words, ctx: Context) -> Reading:
    _options(words, "VERBOSE")
    if not words.peek():
        raise UnreadableSQL("CLUSTER without a table is not followed to all tables")
    return _define(ctx, [words.name()], _ALL)


def _reindex(words: Words, ctx: Context) -> Reading:
    _options(words, "VERBOSE")
    kind = words.take()
    gently = words.accept("CONCURRENTLY")
    if kind not in ("TABLE", "INDEX"):
        raise UnreadableSQL("the tables that are indexed anew are not named")
    name = words.name() if kind == "TABLE" else _indexed(words.name(), ctx)
    if gently:  # it waits for writers before it builds, and for readers before it drops the old one
        _define(ctx, [name], _OWN, TableLock.SHARE)
    return _define(ctx, [name], _OWN if gently else _ALL, _ALL if gently else None)


def _refresh(words: Words, ctx: Context) -> Reading:
    words.accept("MATERIALIZED")
    words.accept("VIEW")
    gently = words.accept("CONCURRENTLY")
    name = words.name()
    view = ctx.schema.view(name.table, name.database)
    if view is None or not view.query:
        ctx.note("the tables that the materialised view reads are not followed")
    else:
        ctx.kind = StatementKind.DDL
        read_query(expand_views(parse(view.query, ctx.engine), ctx), ctx)
    return _define(ctx, [name], TableLock.EXCLUSIVE if gently else _ALL)


def _comment(words: Words, ctx: Context) -> Reading:
    words.accept("ON")
    kind = words.take()
    if kind in ("TABLE", "VIEW", "MATERIALIZED"):
        words.accept("VIEW")
        return _define(ctx, [words.name()], _OWN)
    if kind == "COLUMN":
        return _define(ctx, [words.owner()], _OWN)
    if kind in ("CONSTRAINT", "TRIGGER", "POLICY", "RULE"):
        return _on_table(words, ctx, _OWN)
    return _NOTHING


def _grant(words: Words, ctx: Context) -> Reading:
    """Read GRANT and REVOKE: the entry of the table in the catalogue is written."""
    words.skip_to("ON")
    if words.accept("ALL", "TABLES"):
        raise UnreadableSQL("GRANT on a whole schema is not followed to its tables")
    if not words.accept("TABLE") and words.peek() in _NO_TABLES:
        return _NOTHING
    return _define(ctx, words.names(), _OWN) if words.has("TO", "FROM") else _NOTHING


_NO_TABLES = (
    *("ALL", "SEQUENCE", "DATABASE", "DOMAIN", "FOREIGN", "FUNCTION", "PROCEDURE", "ROUTINE"),
    *("LANGUAGE", "LARGE", "PARAMETER", "SCHEMA", "TABLESPACE", "TYPE"),
)
"""What privileges are given on beside tables."""


POSTGRESQL_READERS: dict[str, Reader] = {
    "LOCK": _lock,
    "TRUNCATE": _truncate,
    "ALTER": _alter,
    "DROP": _drop,
    "VACUUM": _vacuum,
    "ANALYZE": _analyze,
    "CLUSTER": _cluster,
    "REINDEX": _reindex,
    "REFRESH": _refresh,
    "COMMENT": _comment,
    **dict.fromkeys(("GRANT", "REVOKE"), _grant),
}
"""How each statement is read that PostgreSQL has its own locks for."""


def create_on_table(kind: str, words: Words, ctx: Context) -> Reading:
    """Record what is created on a table that is there: an index, a trigger, a policy, a rule."""
    gently = words.accept("CONCURRENTLY")
    words.accept("IF", "NOT", "EXISTS")
    if kind == "INDEX" and words.peek() != "ON":  # two of one name wait for each other
        index = words.name()
        _define(ctx, [TableName(index.database, f"index {index.table}")], _OWN)
    words.skip_to("TO" if kind == "RULE" else "FROM" if kind == "STATISTICS" else "ON")
    words.accept("ONLY")
    lock = _OWN if gently else _CREATED[kind]
    return _define(ctx, [words.name()], lock, TableLock.SHARE if gently else None)


_CREATED = {
    "INDEX": TableLock.SHARE,
    "TRIGGER": TableLock.SHARE_ROW_EXCLUSIVE,
    "STATISTICS": _OWN,
    "POLICY": _ALL,
    "RULE": _ALL,
}
CREATED_ON_TABLES = tuple(_CREATED)
"""What CREATE makes on a table that is there."""

_ADVISORY = "PG_ADVISORY_"
_TRY_ADVISORY = "PG_TRY_ADVISORY_"


def read_advisory_locks(tree: exp.Expr, ctx: Context) -> None:
    """Record the advisory locks that a statement's functions take."""
    for call in tree.find_all(exp.Anonymous):
        name = str(call.this).upper()
        tries = name.startswith(_TRY_ADVISORY)
        if not (tries or name.startswith(_ADVISORY)) or "UNLOCK" in name or "LOCK" not in name:
            continue
        lock = TableLock.SHARE if name.endswith("_SHARED") else TableLock.EXCLUSIVE
        named = TableName(None, f"advisory lock {_key(call, ctx)}")
        ctx.touch(named, Role.LOCK_WRITE, WHOLE, table_lock=lock, skips=tries)


def _key(call: exp.Anonymous, ctx: Context) -> str:
    """Return the number or numbers of an advisory lock; one that is not known may be any."""
    texts = [_text(part, ctx) for part in call.expressions]
    return "{?}" if None in texts else ", ".join(text for text in texts if text)


def _text(part: exp.Expr, ctx: Context) -> str | None:
    if not isinstance(part, exp.Literal) and not isinstance(part, exp.Neg):
        return None
    text = part.sql()
    return None if ctx.holes.unknown(text) else ctx.holes.name(text)
