"""Reading MERGE: which rows of its target match, and which arrive."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from lockplan.model.access import Role
from lockplan.model.region import ALL, Region, widen
from lockplan.sql.context import Context
from lockplan.sql.interface import UnreadableSQL
from lockplan.sql.predicates import flatten
from lockplan.sql.queries import NO_QUERIES, read_ctes, read_derived, read_nested
from lockplan.sql.rows import examined_rows, output_of, paired_rows
from lockplan.sql.scope import Queries, Scope, Source, add_source
from lockplan.sql.writes import arrival, may_be_key, moved


def read_merge(node: exp.Expr, ctx: Context) -> None:
    """Record a MERGE: rows of the target that its condition leads to, and rows that arrive."""
    ctes = read_ctes(node, ctx, NO_QUERIES)
    scope = Scope()
    target = add_source(node.this, scope, ctx, ctes)[0]
    add_source(node.args["using"], scope, ctx, ctes)
    read_derived(scope, ctx, ctes, joined=True)
    whens, condition = node.args.get("whens"), node.args.get("on")
    if not (isinstance(whens, exp.Expr) and isinstance(condition, exp.Expr) and target.name):
        raise UnreadableSQL("MERGE does not say what it does")
    read_nested([condition, whens], ctx, ctes)
    for source, name in scope.tables():
        if source is not target:
            ctx.touch(name, Role.READ, examined_rows(scope, source, ctx), joined=True)
    scope.conditions.append(condition)
    matching = _matching(scope, target, whens.expressions, ctx, ctes)
    _change(target, matching, whens.expressions, ctx)
    for when in whens.expressions:
        if isinstance(when.args.get("then"), exp.Insert):
            _arrive(scope, target, when.args["then"], ctx, ctes)


def _matching(
    scope: Scope, target: Source, whens: Iterable[exp.Expr], ctx: Context, ctes: Queries
) -> Region:
    """Return the rows of the target that match; all of them for NOT MATCHED BY SOURCE."""
    if any(when.args.get("source") for when in whens):
        return ALL
    region = paired_rows(scope, target, ctx, ctes)
    plain = len(list(flatten(scope.conditions[-1], exp.And))) == 1
    read = all(access.region.exact for access in ctx.accesses if access.role is Role.READ)
    conditional = any(when.args.get("condition") for when in whens)
    return region if plain and read and not conditional else widen(region)


def _change(target: Source, region: Region, whens: Iterable[exp.Expr], ctx: Context) -> None:
    """Record what happens to the rows that match."""
    assert target.name is not None
    actions = [when.args.get("then") for when in whens]
    assigned = {
        item.this.name.lower(): item.expression
        for action in actions
        if isinstance(action, exp.Update)
        for item in action.expressions
        if isinstance(item, exp.EQ)
    }
    if any(isinstance(action, exp.Update) for action in actions):
        moves = not assigned or may_be_key(target.table, assigned)
        arrives = moved(region, assigned, target.table, ctx) if moves else None
        ctx.touch(target.name, Role.UPDATE, region, arrives=arrives, written=tuple(assigned))
    if any(isinstance(action, exp.Var) and action.name == "DELETE" for action in actions):
        ctx.touch(target.name, Role.DELETE, region)


def _arrive(scope: Scope, target: Source, insert: exp.Expr, ctx: Context, ctes: Queries) -> None:
    """Record the rows that do not match and are inserted."""
    assert target.name is not None
    named, values = insert.this, insert.args.get("expression")
    columns = target.columns
    if isinstance(named, exp.Tuple):
        columns = tuple(column.name.lower() for column in named.expressions)
    if columns is None or not isinstance(values, exp.Tuple):
        ctx.touch(target.name, Role.INSERT, ALL, from_select=True)
        return
    found = [output_of(value, scope, ctx, ctes) for value in values.expressions]
    region = arrival(found, columns, target.table)
    region = ALL if region.is_all else region
    ctx.touch(target.name, Role.INSERT, region, from_select=True, given=columns)
