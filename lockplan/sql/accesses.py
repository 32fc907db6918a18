"""The way in: one SQL statement to the tables and rows that it touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from lockplan.model.access import Role, StatementKind
from lockplan.model.connection import Engine
from lockplan.model.region import WHOLE, Bound
from lockplan.model.schema import Schema
from lockplan.sql.context import Contents, Context, nothing_known
from lockplan.sql.definitions import read_create
from lockplan.sql.interface import Reading, TableName, UnreadableSQL
from lockplan.sql.kinds import READERS, commit_effect
from lockplan.sql.long_lists import shorten_rows
from lockplan.sql.merge import read_merge
from lockplan.sql.parse import check_characters, check_depth, parse
from lockplan.sql.postgresql import POSTGRESQL_READERS, read_advisory_locks
from lockplan.sql.queries import read_nested, read_query
from lockplan.sql.rewrite import is_replace, rewrite
from lockplan.sql.scan import Piece
from lockplan.sql.session import Reader
from lockplan.sql.sqlite import SQLITE_READERS
from lockplan.sql.text import Holes, has_hole
from lockplan.sql.triggers import follow_triggers
from lockplan.sql.variables import assigned_variables
from lockplan.sql.views import expand_views
from lockplan.sql.words import Words
from lockplan.sql.writes import WRITERS

NO_VARIABLES: Mapping[str, Bound | None] = {}


def read_statement(
    piece: Piece,
    holes: Holes,
    engine: Engine,
    schema: Schema,
    database: str | None = None,
    contents: Contents = nothing_known,
    variables: Mapping[str, Bound | None] = NO_VARIABLES,
) -> Reading:
    """Return what one statement touches; what cannot be read is said in `Reading.unread`."""
    ctx = Context(schema, database, engine, holes, StatementKind.OTHER, contents=contents)
    ctx.variables = variables
    try:
        check_characters(piece.text)
        reading = _read(piece, ctx)
        reading = replace(reading, variables=assigned_variables(piece, ctx))
        if schema.triggers:
            follow_triggers(ctx, _read)
    except UnreadableSQL as unread:
        return Reading(unread=(unread.reason,))
    except RecursionError:
        return Reading(unread=("the statement is nested too deeply",))
    except (AttributeError, KeyError, TypeError, ValueError):
        # Broken SQL may parse, with anything at all where a column or a table should be.
        return Reading(unread=("the statement has parts where they do not belong",))
    accesses = tuple(ctx.accesses)
    return replace(reading, accesses=accesses, unread=(*reading.unread, *ctx.unread))


def _read(piece: Piece, ctx: Context) -> Reading:
    shortened = shorten_rows(piece)
    if shortened is not None:
        piece, ctx.bulk = shortened.piece, shortened.columns
    check_depth(piece.masked)
    words = Words(piece.text, piece.masked)
    first = words.take()

    def tree() -> exp.Expr:
        return expand_views(parse(rewrite(piece, ctx.engine), ctx.engine), ctx)

    if first == "CREATE":
        return read_create(words, ctx, tree)
    if first in ("SET", "DECLARE") and words.has("SELECT"):
        ctx.kind = StatementKind.SET
        return _read_tree(tree(), ctx, _read_assignment)
    reader = _reader(first, ctx.engine)
    if reader is not None:
        return reader(words, ctx)
    ctx.kind = StatementKind.REPLACE if is_replace(piece) else StatementKind.SELECT
    return _read_tree(tree(), ctx, _read_query_or_write)


def _reader(first: str, engine: Engine) -> Reader | None:
    own = _OWN_READERS.get(engine, {})
    return own.get(first) or READERS.get(first)


_OWN_READERS: dict[Engine, dict[str, Reader]] = {
    Engine.POSTGRESQL: POSTGRESQL_READERS,
    Engine.SQLITE: SQLITE_READERS,
}


def _read_tree(
    tree: exp.Expr, ctx: Context, read: Callable[[exp.Expr, Context], Reading]
) -> Reading:
    if ctx.engine is Engine.POSTGRESQL:
        read_advisory_locks(tree, ctx)
    reading = read(tree, ctx)
    _check_holes(tree, ctx)
    for table in tree.find_all(exp.Table):
        if id(table) not in ctx.seen and isinstance(table.this, exp.Identifier):
            ctx.note(f"{table.name} stands where no table was expected")
    return reading


def _read_assignment(tree: exp.Expr, ctx: Context) -> Reading:
    read_nested([tree], ctx, {}, nested=False)
    return Reading()


_WRITERS = {**WRITERS, exp.Merge: (StatementKind.UPDATE, read_merge)}


def _read_query_or_write(tree: exp.Expr, ctx: Context) -> Reading:
    kind, write = _WRITERS.get(type(tree), (None, None))
    if kind is not None and write is not None:
        if ctx.kind is not StatementKind.REPLACE:
            ctx.kind = kind
        write(tree, ctx)
        return Reading()
    into = tree.args.get("into")
    if into is None:
        read_query(tree, ctx)
        return Reading()
    return _read_into(tree, into, ctx)


def _read_into(tree: exp.Expr, into: exp.Expr, ctx: Context) -> Reading:
    """Read ``SELECT … INTO table``, which makes that table."""
    name: TableName = ctx.name(into.this)
    ctx.kind = StatementKind.CREATE_TABLE_AS
    read_query(tree, ctx)
    if into.args.get("temporary"):
        return Reading(created_temporary=(name,))
    ctx.touch(name, Role.DDL, WHOLE, from_select=True)
    return Reading(effect=commit_effect(ctx.engine))


_VALUE_PLACES = (
    exp.Binary,
    exp.In,
    exp.Between,
    exp.Tuple,
    exp.Func,
    exp.Neg,
    exp.Paren,
    exp.Interval,
    exp.Limit,
    exp.Offset,
    exp.Alias,
    exp.Select,
    exp.Ordered,
    exp.Group,
    exp.DataTypeParam,
)


def _check_holes(tree: exp.Expr, ctx: Context) -> None:
    """Say where unknown text stands outside of quotes and is no single value."""
    for identifier in tree.find_all(exp.Identifier):
        reason = ctx.holes.unknown(identifier.name) if has_hole(identifier.name) else None
        if reason is None:
            continue
        column = identifier.parent
        place = column.parent if isinstance(column, exp.Column) else None
        if isinstance(place, exp.Connector) or not isinstance(place, _VALUE_PLACES):
            ctx.note(f"part of the statement is not known: {reason}")
