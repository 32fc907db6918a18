"""Reading CREATE: the table that is defined, and the tables that its query reads."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lockplan.model.access import Role, StatementKind, TableLock
from lockplan.model.connection import Engine
from lockplan.model.region import WHOLE
from lockplan.sql.context import Context
from lockplan.sql.interface import Effect, Reading, TableName, UnreadableSQL
from lockplan.sql.kinds import commit_effect
from lockplan.sql.postgresql import CREATED_ON_TABLES, create_on_table
from lockplan.sql.queries import read_query
from lockplan.sql.words import Words

_INDEX_KINDS = ("GLOBAL", "LOCAL", "CLUSTERED", "NONCLUSTERED", "COLUMNSTORE")
_ROUTINES = ("PROCEDURE", "FUNCTION", "EVENT", "USER", "ROLE", "SERVER", "SEQUENCE", "EXTENSION")


def read_create(words: Words, ctx: Context, parse: Callable[[], exp.Expr]) -> Reading:
    """Record what a CREATE defines; `parse` gives the whole statement's tree where that helps."""
    ctx.kind = StatementKind.DDL
    words.accept("OR", "REPLACE")
    words.accept("OR", "ALTER")
    temporary = bool(words.accept_any("TEMPORARY", "TEMP"))
    while words.accept_any("UNIQUE", "FULLTEXT", "SPATIAL", "UNLOGGED", *_INDEX_KINDS):
        pass
    if words.accept("MATERIALIZED"):
        words.accept("VIEW")
        return _create_table(words, ctx, parse, temporary=False)
    if words.accept("TABLE"):
        return _create_table(words, ctx, parse, temporary=temporary)
    if ctx.engine is Engine.POSTGRESQL:
        words.accept("CONSTRAINT")  # a kind of trigger
        kind = words.accept_any(*CREATED_ON_TABLES)
        if kind:
            return create_on_table(kind, words, ctx)
    if words.accept("INDEX") or words.accept("TRIGGER"):
        if not words.skip_to("ON"):
            raise UnreadableSQL("the table of the index or trigger is not named")
        words.accept("ONLY")
        ctx.touch(_name(words, ctx), Role.DDL, WHOLE)
        return Reading(effect=commit_effect(ctx.engine))
    if words.has("VIEW"):
        return _create_view(ctx, parse)
    if words.accept_any("DATABASE", "SCHEMA"):
        raise UnreadableSQL(
            "CREATE DATABASE waits for inserts into its tables, which are not named"
        )
    if words.has(*_ROUTINES):
        return Reading(effect=commit_effect(ctx.engine))
    raise UnreadableSQL("statements of this kind are not read")


def _name(words: Words, ctx: Context) -> TableName:
    name = words.name()
    return ctx.named(name.database, name.table)


def _create_table(
    words: Words, ctx: Context, parse: Callable[[], exp.Expr], *, temporary: bool
) -> Reading:
    kept = words.accept("IF", "NOT", "EXISTS")
    name = _name(words, ctx)
    with_rows = words.has("SELECT", "WITH", "VALUES") and _query(parse) is not None
    if with_rows:
        ctx.kind = StatementKind.CREATE_TABLE_AS
        query = _query(parse)
        if query is not None:
            read_query(query, ctx)
    if not temporary:
        role = Role.METADATA if kept and not with_rows else Role.DDL
        # Others do not see a table before the commit: they wait to make or drop it, no more.
        there = role is Role.METADATA and ctx.table(name) is not None
        lock = TableLock.ACCESS_SHARE if there else TableLock.SHARE_UPDATE_EXCLUSIVE
        ctx.touch(
            name, role, WHOLE, from_select=with_rows, table_lock=lock, runs_alone=kept and not there
        )
    for other, role, lock in _mentioned(words, ctx):
        ctx.touch(other, role, WHOLE, table_lock=lock)
    effect = Effect.NONE if temporary else commit_effect(ctx.engine)
    return Reading(effect=effect, created_temporary=(name,) if temporary else ())


def _query(parse: Callable[[], exp.Expr]) -> exp.Expr | None:
    tree = parse()
    if not isinstance(tree, exp.Create):
        raise UnreadableSQL("statements of this kind are not read")
    query = tree.args.get("expression")
    return query if isinstance(query, exp.Query) else None


def _mentioned(words: Words, ctx: Context) -> list[tuple[TableName, Role, TableLock]]:
    """Return the other tables of a definition: parents of foreign keys, models, wholes."""
    found = []
    words.accept("(")
    if words.accept("LIKE"):
        return [(_name(words, ctx), Role.METADATA, TableLock.ACCESS_SHARE)]
    if words.accept("PARTITION", "OF"):
        return [(_name(words, ctx), Role.DDL, TableLock.ACCESS_EXCLUSIVE)]
    while words.skip_to("REFERENCES"):
        found.append((_name(words, ctx), Role.DDL, TableLock.SHARE_ROW_EXCLUSIVE))
    return found


def _create_view(ctx: Context, parse: Callable[[], exp.Expr]) -> Reading:
    tree = parse()
    query = tree.args.get("expression")
    if not isinstance(tree, exp.Create) or not isinstance(query, exp.Query):
        raise UnreadableSQL("statements of this kind are not read")
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    name = ctx.name(target)
    inner = Context(ctx.schema, ctx.database, ctx.engine, ctx.holes, ctx.kind, seen=ctx.seen)
    read_query(query, inner)
    ctx.touch(name, Role.DDL, WHOLE)
    for access in inner.accesses:
        ctx.touch(access.name, Role.METADATA, WHOLE)
    return Reading(effect=commit_effect(ctx.engine))
