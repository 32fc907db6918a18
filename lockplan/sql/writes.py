"""Reading INSERT, UPDATE and DELETE: which rows change, arrive and are read for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from lockplan.model.access import Role, StatementKind
from lockplan.model.region import ALL, FULL, Box, Interval, Region
from lockplan.model.schema import ColumnType, Table
from lockplan.sql.context import Context
from lockplan.sql.expressions import start_of_day
from lockplan.sql.interface import MYSQL_LIKE, UnreadableSQL
from lockplan.sql.keys import day_of, words_of
from lockplan.sql.queries import (
    NO_QUERIES,
    read_ctes,
    read_derived,
    read_nested,
    read_query,
)
from lockplan.sql.regions import union
from lockplan.sql.rows import Output, arriving, outputs, searched_rows
from lockplan.sql.scope import Queries, Scope, Source, add_join, add_source

MAX_POINTS = 256
Limits = dict[str, tuple[Interval, ...]]


def read_insert(node: exp.Expr, ctx: Context) -> None:
    """Record an INSERT or REPLACE, with the kind that the context has for it."""
    target = node.this
    named = target.expressions if isinstance(target, exp.Schema) else ()
    name = ctx.name(target.this if isinstance(target, exp.Schema) else target)
    ctx.kind = _insert_kind(node, ctx.kind)
    ctes = read_ctes(node, ctx, NO_QUERIES)
    table = ctx.table(name)
    columns = tuple(item.name.lower() for item in named) or (
        tuple(column.name.lower() for column in table.columns) if table else None
    )
    source = node.expression
    if source is None or isinstance(source, exp.Values):
        rows = source.expressions if source is not None else ()
        read_nested(rows, ctx, ctes)
        region = _given_rows(rows, columns, table, ctx) if source is not None else ALL
    else:
        read_query(source, ctx, ctes)
        region = _selected_rows(source, columns, table, ctx, ctes)
    written = _conflict(node, ctx, ctes)
    from_select = source is not None and not isinstance(source, exp.Values)
    if node.args.get("overwrite"):
        ctx.touch(name, Role.DELETE, ALL)
    ctx.touch(name, Role.INSERT, region, written=written, from_select=from_select, given=columns)


def _insert_kind(node: exp.Expr, kind: StatementKind) -> StatementKind:
    alternative = str(node.args.get("alternative") or "").upper()
    conflict = node.args.get("conflict")
    if kind is StatementKind.REPLACE or alternative == "REPLACE":
        return StatementKind.REPLACE
    if conflict is not None and "NOTHING" not in str(conflict.args.get("action") or "").upper():
        return StatementKind.UPSERT
    if node.args.get("ignore") or alternative == "IGNORE" or conflict is not None:
        return StatementKind.INSERT_IGNORE
    return StatementKind.INSERT


def _conflict(node: exp.Expr, ctx: Context, ctes: Queries) -> tuple[str, ...]:
    """Return the columns that an upsert assigns to the row that is there."""
    conflict = node.args.get("conflict")
    if conflict is None:
        return ()
    read_nested(conflict.expressions, ctx, ctes)
    items = [item.this for item in conflict.expressions if isinstance(item, exp.EQ)]
    assigned = [column.name.lower() for column in items if isinstance(column, exp.Column)]
    return tuple(dict.fromkeys(assigned)) if len(assigned) == len(conflict.expressions) else ()


def _given_rows(
    rows: Sequence[exp.Expr], columns: tuple[str, ...] | None, table: Table | None, ctx: Context
) -> Region:
    if columns is None:
        return ALL
    if ctx.bulk is not None:
        return arrival([Output("", parts or (FULL,)) for parts in ctx.bulk], columns, table)
    constants = ctx.constants
    regions = []
    for row in rows:
        values = _row_values(row)
        if not values and isinstance(row, exp.Tuple):
            return Region((Box(),))  # VALUES (): a row of defaults
        bounds = [constants.bound(value) for value in values]
        found = [
            Output("") if bound is None else Output("", (Interval(bound, bound),))
            for bound in bounds
        ]
        regions.append(arrival(found, columns, table))
    return _limited(regions)


def _row_values(row: exp.Expr) -> list[exp.Expr]:
    if not isinstance(row, (exp.Tuple, exp.Paren)):
        return [row]
    values: list[exp.Expr] = [row.this] if isinstance(row, exp.Paren) else row.expressions
    only = values[0] if len(values) == 1 else None
    if isinstance(only, exp.Anonymous) and str(only.this).upper() == "ROW":
        return list(only.expressions)
    return values


def _limited(regions: list[Region]) -> Region:
    """Return the union of many rows as few boxes: each column by itself where there are many."""
    region = union(regions)
    if not region.is_all or any(r.is_all for r in regions):
        return region
    names = {name for r in regions for box in r.boxes for name, _ in box.columns}
    columns = {}
    for name in names:
        points = {i: None for r in regions for box in r.boxes for i in box.intervals(name)}
        if FULL not in points and len(points) <= MAX_POINTS:
            columns[name] = tuple(points)
    return Region((Box.of(columns),))


def _selected_rows(
    source: exp.Expr,
    columns: tuple[str, ...] | None,
    table: Table | None,
    ctx: Context,
    ctes: Queries,
) -> Region:
    found = outputs(source, ctx, ctes)
    if found is None or columns is None:
        return ALL
    return arrival(found, columns, table)


def arrival(found: Sequence[Output], columns: tuple[str, ...], table: Table | None) -> Region:
    """Return where rows arrive whose columns take these values."""
    if len(found) != len(columns):
        return ALL
    limits = {}
    for output, name in zip(found, columns, strict=True):
        intervals = arriving(output, _type(table, name))
        if FULL not in intervals and len(intervals) <= MAX_POINTS:
            limits[name] = intervals
    return Region((Box.of(limits | _computed(limits, table)),))


def _computed(limits: Limits, table: Table | None) -> Limits:
    """Return what columns and index entries take that the server computes from given columns."""
    if table is None:
        return {}
    found = {}
    expressions = {key: key for index in table.indexes for key in index.columns if key[0] == "("}
    expressions |= {c.name.lower(): c.generated for c in table.columns if c.generated}
    for name, expression in expressions.items():
        source = day_of(expression)
        if source in limits:
            found[name] = tuple(start_of_day(interval) for interval in limits[source])
    return found


def _type(table: Table | None, column: str) -> ColumnType | None:
    found = table.column(column) if table else None
    return found.type if found else None


def read_update(node: exp.Expr, ctx: Context) -> None:
    """Record an UPDATE of one table or of joined ones."""
    if not node.expressions:
        raise UnreadableSQL("UPDATE does not SET anything")
    ctes = read_ctes(node, ctx, NO_QUERIES)
    scope = Scope()
    clause = node.args.get("from_")
    aliased = clause is not None and _names_alias(node.this, clause)
    first = [] if aliased else add_source(node.this, scope, ctx, ctes)
    if clause is not None:
        before = first + add_source(clause.this, scope, ctx, ctes)
        for join in node.args.get("joins") or ():
            before = add_join(join, before, scope, ctx, ctes)
    target = _target(node.this, scope, ctx) if aliased else first[0]
    if node.args.get("where"):
        scope.conditions.append(node.args["where"].this)
    read_derived(scope, ctx, ctes, joined=True)
    read_nested(node.expressions, ctx, ctes)
    read_nested([part for key in ("order", "limit") if (part := node.args.get(key))], ctx, ctes)
    alone = target if clause is not None else None
    for source, name in scope.tables():
        assigned = _assigned(node.expressions, source, scope, alone)
        region, search = searched_rows(node, scope, source, ctx)
        if assigned is None:
            ctx.touch(name, Role.READ, region, joined=True, search=search)
            continue
        moves = not assigned or may_be_key(source.table, assigned)
        arrives = moved(region, assigned, source.table, ctx) if moves else None
        written = tuple(assigned)
        ctx.touch(name, Role.UPDATE, region, arrives=arrives, written=written, search=search)


def _names_alias(target: exp.Expr, clause: exp.Expr) -> bool:
    """Whether an UPDATE names its table by the alias, or the name, that FROM gives it (T-SQL)."""
    if not isinstance(target, exp.Table) or target.args.get("db") or target.alias:
        return False
    return any(table.alias_or_name == target.name for table in clause.find_all(exp.Table))


Assignments = dict[str, exp.Expr]


def _assigned(
    items: Sequence[exp.Expr], source: Source, scope: Scope, alone: Source | None
) -> Assignments | None:
    """Return what SET assigns to a source's columns; None where it assigns none of them.

    A column whose table is not certain is taken for one of every table, an assignment that is not
    of one column for one of any: then the result is empty. `alone` is the one target of engines
    that update a single table.
    """
    if alone is not None and source is not alone:
        return None
    found: Assignments = {}
    for item in items:
        column = item.this
        if not isinstance(item, exp.EQ) or not isinstance(column, exp.Column):
            return {}
        owner = alone or scope.owner(column)
        if owner is None or owner is source:
            found[column.name.lower()] = item.expression
    return found or None


def may_be_key(table: Table | None, assigned: Assignments) -> bool:
    """Whether an assigned column may be in an index or decide the partition."""
    if table is None or table.partitioned:
        return True
    keys = {name for index in table.indexes for name in index.read}
    keys |= {column.lower() for key in table.foreign_keys for column in key.columns}
    return any(name in keys for name in assigned)


def moved(region: Region, assigned: Assignments, table: Table | None, ctx: Context) -> Region:
    """Return where the rows of a region are after an assignment."""
    if not assigned:
        return ALL
    points: Limits = {}
    for name, value in assigned.items():
        bound = ctx.constants.bound(value)
        if bound is not None:
            output = Output("", (Interval(bound, bound),))
            points[name] = arriving(output, _type(table, name))
    points |= _computed(points, table)
    kept_out = _decided_by(assigned, table)
    boxes: dict[Box, None] = {}
    for box in region.boxes:
        kept = {name: parts for name, parts in box.columns if name not in kept_out}
        boxes[Box.of(kept | points)] = None
    return Region(tuple(boxes), region.exact)


def _decided_by(assigned: Assignments, table: Table | None) -> set[str]:
    """Return the assigned columns, and the columns and index entries computed from them."""
    names = set(assigned)
    if table is None:
        return names
    keys = {key for index in table.indexes for key in index.columns if key[0] == "("}
    computed = {c.name.lower(): c.generated for c in table.columns if c.generated}
    computed |= {key: key for key in keys}
    return names | {name for name, text in computed.items() if names & words_of(text)}


def read_delete(node: exp.Expr, ctx: Context) -> None:
    """Record a DELETE, whichever way it names the tables that it deletes from."""
    ctes = read_ctes(node, ctx, NO_QUERIES)
    scope = Scope()
    targets = _delete_sources(node, scope, ctx, ctes)
    if node.args.get("where"):
        scope.conditions.append(node.args["where"].this)
    read_derived(scope, ctx, ctes, joined=True)
    read_nested([part for key in ("order", "limit") if (part := node.args.get(key))], ctx, ctes)
    for source, name in scope.tables():
        region, search = searched_rows(node, scope, source, ctx)
        deleted = source in targets
        role = Role.DELETE if deleted else Role.READ
        ctx.touch(name, role, region, joined=not deleted, search=search)


def _delete_sources(node: exp.Expr, scope: Scope, ctx: Context, ctes: Queries) -> list[Source]:
    """Add the sources of a DELETE to the scope; returns those that lose rows."""
    named, using = node.args.get("tables") or [], node.args.get("using") or []
    if not isinstance(node.this, exp.Table):
        raise UnreadableSQL("DELETE does not say FROM which table")
    if named:
        add_source(node.this, scope, ctx, ctes)
        return [_target(table, scope, ctx) for table in named]
    if using and ctx.engine in MYSQL_LIKE:
        for table in using:
            add_source(table, scope, ctx, ctes)
        joins = [join.this for join in node.this.args.get("joins") or ()]
        return [_target(table, scope, ctx) for table in (node.this, *joins)]
    first = add_source(node.this, scope, ctx, ctes)
    for table in using:
        add_source(table, scope, ctx, ctes)
    return first[:1]


def _target(node: exp.Expr, scope: Scope, ctx: Context) -> Source:
    """Return the source that a DELETE's target means: an alias, or a table by its name."""
    ctx.seen.add(id(node))
    found = scope.source(node.name)
    if found is None:
        by_name = [s for s, name in scope.tables() if name.table == ctx.holes.name(node.name)]
        if len(by_name) != 1:
            raise UnreadableSQL(f"DELETE names {node.name}, which is not one of its tables")
        found = by_name[0]
    return found


Writer = Callable[[exp.Expr, Context], None]
WRITERS: dict[type, tuple[StatementKind, Writer]] = {
    exp.Insert: (StatementKind.INSERT, read_insert),
    exp.Update: (StatementKind.UPDATE, read_update),
    exp.Delete: (StatementKind.DELETE, read_delete),
}
