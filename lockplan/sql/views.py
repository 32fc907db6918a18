"""Views: a statement on one is read as the same statement on the tables behind it.

Sources: MySQL manual, View Processing Algorithms, Updatable and Insertable Views; PostgreSQL
manual, CREATE VIEW. A view that only picks columns and rows of one table is merged into the
statement, so that the statement's conditions reach the table; any other one is read as a derived
table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from lockplan.model.access import Role
from lockplan.model.region import WHOLE
from lockplan.model.schema import View
from lockplan.sql.context import Context
from lockplan.sql.interface import TableName, UnreadableSQL
from lockplan.sql.parse import parse

MOST_LEVELS = 12
_BLOCKS = (exp.Select, exp.Update, exp.Delete, exp.Insert, exp.Merge)
_GATHERS = ("group", "having", "distinct", "limit", "offset", "windows", "qualify", "with_")
_UNKNOWN_CONDITION = "conditions_outside"


def expand_views(tree: exp.Expr, ctx: Context) -> exp.Expr:
    """Return a statement's tree with the views in it replaced; raises UnreadableSQL."""
    if not ctx.schema.views or not any(_views(tree, ctx)):
        return tree
    tree = tree.copy()
    kept: set[int] = set()
    for _ in range(MOST_LEVELS):
        found = [pair for pair in _views(tree, ctx) if id(pair[0]) not in kept]
        if not found:
            return tree
        for table, view in found:
            if not _expand(table, view, ctx):
                kept.add(id(table))
    raise UnreadableSQL("its views are nested too deeply, or in a circle")


def _views(tree: exp.Expr, ctx: Context) -> Iterable[tuple[exp.Table, View]]:
    for table in tree.find_all(exp.Table):
        if table.arg_key == "tables" or isinstance(table.parent, exp.Lock):
            continue  # an alias, which names a table of the FROM
        view = ctx.schema.view(table.name, table.text("db") or None)
        if view and view.query and not view.materialized and not _is_cte(table):
            yield table, view


def _is_cte(table: exp.Table) -> bool:
    """Whether a common table expression hides the view."""
    if table.args.get("db"):
        return False
    node: exp.Expr | None = table
    while node is not None:
        clause = node.args.get("with_")
        if clause and any(cte.alias.lower() == table.name.lower() for cte in clause.expressions):
            return True
        node = node.parent
    return False


@dataclass(frozen=True, slots=True)
class _Merged:
    """A view that picks columns and rows of one table."""

    base: exp.Table
    columns: Mapping[str, exp.Expr] | None
    """The view's columns by lower-case name, None where they are the table's."""
    where: exp.Expr | None


def _expand(table: exp.Table, view: View, ctx: Context) -> bool:
    """Replace a view where it stands; returns whether that was possible."""
    name = TableName(table.text("db") or None, table.name)
    ctx.touch(ctx.named(name.database, name.table), Role.METADATA, WHOLE)
    instead = any(t.timing == "INSTEAD OF" for t in ctx.schema.triggers_of(view.name))
    query = _query(view, ctx)
    if query is None or instead:
        return False
    merged = _merged(query, view)
    block = table.find_ancestor(*_BLOCKS)
    if merged is not None and block is not None and _merge(table, merged, block):
        return True
    if _is_target(table):
        return False
    table.replace(_derived(table, query, view))
    return True


def _query(view: View, ctx: Context) -> exp.Expr | None:
    try:
        query = parse(view.query, ctx.engine)
    except UnreadableSQL:
        return None
    return query.copy() if isinstance(query, exp.Query) else None


def _is_target(table: exp.Table) -> bool:
    """Whether a statement writes through the view."""
    parent = table.parent
    if isinstance(parent, exp.Schema):
        return True
    return isinstance(parent, (exp.Insert, exp.Update, exp.Delete, exp.Merge)) and (
        parent.this is table or table.arg_key == "tables"
    )


def _derived(table: exp.Table, query: exp.Expr, view: View) -> exp.Expr:
    """Return the view's query as a derived table; conditions outside may leave fewer rows."""
    if isinstance(query, exp.Select) and not _gathers(query):
        _add_condition(query, exp.Anonymous(this=_UNKNOWN_CONDITION))
    alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name))
    if view.columns:
        alias.set("columns", [exp.to_identifier(name) for name in view.columns])
    derived = exp.Subquery(this=query, alias=alias)
    if table.args.get("joins"):
        derived.set("joins", table.args["joins"])
    return derived


def _gathers(query: exp.Select) -> bool:
    if any(query.args.get(key) for key in _GATHERS):
        return True
    return any(item.find(exp.AggFunc, exp.Window) for item in query.expressions)


def _merged(query: exp.Expr, view: View) -> _Merged | None:
    if not isinstance(query, exp.Select) or _gathers(query):
        return None
    clause = query.args.get("from_")
    base = clause.this if clause else None
    joined = query.args.get("joins") or query.args.get("laterals")
    if joined or not isinstance(base, exp.Table) or not isinstance(base.this, exp.Identifier):
        return None
    if base.args.get("joins"):
        return None
    where = query.args.get("where")
    condition = where.this if where else None
    items = query.expressions
    if len(items) == 1 and items[0].is_star and not view.columns:
        return _Merged(base, None, condition)
    names = view.columns or tuple(item.alias_or_name.lower() for item in items)
    if len(names) != len(items) or not all(names) or any(item.is_star for item in items):
        return None
    columns = {name: item.unalias() for name, item in zip(names, items, strict=True)}
    return _Merged(base, columns, condition)


def _merge(table: exp.Table, merged: _Merged, block: exp.Expr) -> bool:
    """Put the view's table in its place, and its condition and columns into the statement."""
    if isinstance(block, exp.Merge):
        return False
    if isinstance(block, exp.Insert) and _is_target(table):
        return _insert_into(table, merged, block)
    place = _place_of_condition(table, block)
    if place is None or not _can_rename(table, merged, block):
        return False
    alias = table.alias_or_name
    _rename_columns(alias, merged, block)
    base = merged.base.copy()
    inner = base.alias_or_name
    base.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    if table.args.get("joins"):
        base.set("joins", table.args["joins"])
    if merged.where is not None:
        _add_condition(place, _qualified(merged.where, inner, alias))
    table.replace(base)
    return True


def _insert_into(table: exp.Table, merged: _Merged, block: exp.Insert) -> bool:
    target = block.this
    columns = merged.columns
    named = [item.name.lower() for item in target.expressions] if target is not table else None
    if columns is not None:
        found = [columns.get(name) for name in (columns if named is None else named)]
        if not all(isinstance(column, exp.Column) for column in found):
            return False
        named = [column.name for column in found if column is not None]
    base = exp.Table(this=merged.base.this.copy(), db=merged.base.args.get("db"))
    if named is None:
        block.set("this", base)
    else:
        identifiers = [exp.to_identifier(name) for name in named]
        block.set("this", exp.Schema(this=base, expressions=identifiers))
    return True


def _place_of_condition(table: exp.Table, block: exp.Expr) -> exp.Expr | None:
    """Return the node whose condition limits a table; None where an outer join forbids it."""
    sides = {str(join.args.get("side") or "").upper() for join in block.find_all(exp.Join)}
    parent = table.parent
    if isinstance(parent, exp.Join) and parent.args.get("side"):
        return parent if str(parent.args["side"]).upper() == "LEFT" else None
    return None if sides & {"RIGHT", "FULL"} else block


def _can_rename(table: exp.Table, merged: _Merged, block: exp.Expr) -> bool:
    """Whether it is certain which columns of a statement are the view's."""
    if merged.columns is None or _keeps_names(merged):
        stars = isinstance(block, exp.Select) and any(item.is_star for item in block.expressions)
        return not stars or merged.columns is None or _is_alone(table, block)
    return _is_alone(table, block)


def _keeps_names(merged: _Merged) -> bool:
    columns = (merged.columns or {}).items()
    return all(isinstance(c, exp.Column) and c.name.lower() == name for name, c in columns)


def _is_alone(table: exp.Table, block: exp.Expr) -> bool:
    others = [found for found in block.find_all(exp.Table, exp.Subquery) if found is not table]
    return not others


def _rename_columns(alias: str, merged: _Merged, block: exp.Expr) -> None:
    """Write the view's columns of a statement as the table's."""
    if merged.columns is None:
        return
    if isinstance(block, exp.Select):
        _write_out_stars(block, merged)
    if _keeps_names(merged):
        return
    for column in [*block.find_all(exp.Column)]:
        own = not column.table or column.table.lower() == alias.lower()
        meant = merged.columns.get(column.name.lower()) if own else None
        if meant is not None:
            _put(column, _qualified(meant, merged.base.alias_or_name, alias))


def _put(column: exp.Column, meant: exp.Expr) -> None:
    """Replace a column, keeping its name where it is one of the statement's results."""
    if isinstance(column.parent, exp.Select) and column.arg_key == "expressions":
        column.replace(exp.alias_(meant, column.name))
    else:
        column.replace(meant if isinstance(meant, exp.Column) else exp.Paren(this=meant))


def _write_out_stars(block: exp.Select, merged: _Merged) -> None:
    columns = merged.columns or {}
    items: list[exp.Expr] = []
    for item in block.expressions:
        items += [exp.column(name) for name in columns] if item.is_star else [item]
    block.set("expressions", items)


def _qualified(node: exp.Expr, inner: str, alias: str) -> exp.Expr:
    """Return a part of a view's query with its columns named after the view's alias."""
    node = node.copy()
    columns = [node] if isinstance(node, exp.Column) else [*node.find_all(exp.Column)]
    for column in columns:
        nested = column.find_ancestor(exp.Select) is not None
        if column.table.lower() == inner.lower() or (not column.table and not nested):
            column.set("table", exp.to_identifier(alias))
    return node


def _add_condition(place: exp.Expr, condition: exp.Expr) -> None:
    if isinstance(place, exp.Join):
        on = place.args.get("on")
        place.set("on", condition if on is None else exp.and_(on, condition, copy=False))
        return
    where = place.args.get("where")
    both = condition if where is None else exp.and_(where.this, condition, copy=False)
    place.set("where", exp.Where(this=both))
