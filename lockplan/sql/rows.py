"""Which rows of each source a query block examines, and what values its output columns take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sqlglot import exp

from lockplan.model.access import HintKind, IndexHint, RowSearch
from lockplan.model.region import ALL, FULL, WHOLE, Bound, Interval, Region, Symbol, widen
from lockplan.model.schema import ColumnType
from lockplan.sql.constants import is_day, to_day
from lockplan.sql.context import Context
from lockplan.sql.predicates import Predicate, flatten
from lockplan.sql.regions import fixed, intersection, only
from lockplan.sql.scope import Queries, Scope, Source, add_join, add_source

MAX_JOINED = 61
"""Tables of one block whose conditions are looked at: more than these no MySQL joins."""


def conditions_of(scope: Scope, source: Source) -> list[exp.Expr]:
    """Return the conditions that each examined row of a source fulfils."""
    return [*scope.conditions, *source.conditions]


def own_rows(scope: Scope, source: Source, ctx: Context) -> Region:
    """Return the rows of a source that its own constants leave."""
    key = id(source)
    if key not in scope.own_rows:
        scope.own_rows[key] = _wanted(_predicate(scope, source, ctx))
    return scope.own_rows[key]


def _wanted(predicate: Predicate) -> Region:
    if len(predicate.scope.sources) > MAX_JOINED:
        return ALL
    region = WHOLE
    for condition in conditions_of(predicate.scope, predicate.source):
        region = intersection(region, predicate.region(condition), predicate.types)
    return region


def examined_rows(scope: Scope, source: Source, ctx: Context) -> Region:
    """Return the rows of a source, with single values carried over from the sources it joins."""
    return _carried_over(_predicate(scope, source, ctx), ctx)


def _carried_over(predicate: Predicate, ctx: Context) -> Region:
    scope, source = predicate.scope, predicate.source
    region = _wanted(predicate)
    for mine, other, column in _equalities(scope, source):
        value = _single_value(own_rows(scope, other, ctx), column)
        if value is not None:
            limit = predicate.limit_to(mine, (value,))
            region = intersection(region, limit, predicate.types)
    return widen(region) if len(scope.sources) > 1 and region.is_all else region


def searched_rows(
    node: exp.Expr, scope: Scope, source: Source, ctx: Context
) -> tuple[Region, RowSearch | None]:
    """Return the rows of a source that a statement examines, and how it looks for them."""
    predicate = _predicate(scope, source, ctx)
    region = _carried_over(predicate, ctx)
    equated = tuple(dict.fromkeys(mine for mine, _, _ in _equalities(scope, source)))
    extreme = _extreme(node, scope, source)
    limited = bool(node.args.get("limit")) or extreme is not None or source.narrowed
    on_expression = any(name[0] == "(" for box in region.boxes for name, _ in box.columns)
    hints = source.hints or _other_hints(node)
    order = _order_of(node, scope, source) if extreme is None else (extreme,)
    turned = any(descends for _, descends in order)
    if region.exact and not (limited or equated or on_expression or hints or turned):
        return region, None
    matching = region
    if on_expression or not region.exact:
        matching = _carried_over(_predicate(scope, source, ctx, through=True), ctx)
    whole = region.exact or (len(scope.sources) == 1 and not predicate.searchable)
    search = RowSearch(
        widen(matching) if limited else matching,
        whole and not limited,
        _limit_of(node) if extreme is None else 1,
        order,
        equated,
        _counted(scope, source),
        hints,
    )
    return (widen(region) if limited else region), search


def _counted(scope: Scope, source: Source) -> str | None:
    """Return the column whose value must be the last that the session was given by the server."""
    counter = source.table.counter if source.table else None
    keys = source.table.indexes if source.table else ()
    if counter is None or not any(key.unique and key.columns == (counter,) for key in keys):
        return None
    for condition in conditions_of(scope, source):
        for part in flatten(condition, exp.And):
            sides = (part.this, part.args.get("expression")) if isinstance(part, exp.EQ) else ()
            columns = [side.name.lower() for side in sides if isinstance(side, exp.Column)]
            calls = [str(side.this).upper() for side in sides if isinstance(side, exp.Anonymous)]
            if calls == ["LAST_INSERT_ID"] and columns == [counter]:
                return counter
    return None


def _extreme(node: exp.Expr, scope: Scope, source: Source) -> tuple[str, bool] | None:
    """Return the column whose least or greatest value is all that is selected, and which.

    An index that has the column gives it from its end; then no other row is examined.
    """
    if not isinstance(node, exp.Select) or len(scope.sources) > 1 or node.args.get("group"):
        return None
    parts = (part for item in node.expressions for part in item.walk(prune=_is_query))
    found = [part for part in parts if isinstance(part, exp.AggFunc)]
    column = found[0].this if len(found) == 1 else None
    if not isinstance(column, exp.Column) or scope.owner(column) not in (source, None):
        return None
    name, table = column.name.lower(), source.table
    is_indexed = table is None or any(name in index.columns for index in table.indexes)
    if not isinstance(found[0], (exp.Max, exp.Min)) or not is_indexed:
        return None
    return name, isinstance(found[0], exp.Max)


def _other_hints(node: exp.Expr) -> tuple[IndexHint, ...]:
    """Return that a statement's optimiser hints may bear on its indexes."""
    return (IndexHint(HintKind.OTHER),) if node.args.get("hint") else ()


def _is_query(node: exp.Expr) -> bool:
    return isinstance(node, exp.Query)


def _limit_of(node: exp.Expr) -> int | None:
    limit = node.args.get("limit")
    count = limit.args.get("expression") if limit is not None else None
    plain = isinstance(count, exp.Literal) and not count.is_string
    return int(count.name) if plain and count is not None and count.name.isdigit() else None


def _order_of(node: exp.Expr, scope: Scope, source: Source) -> tuple[tuple[str, bool], ...]:
    order = node.args.get("order")
    found = []
    for item in order.expressions if order is not None else ():
        column = item.this if isinstance(item, exp.Ordered) else item
        if not isinstance(column, exp.Column) or scope.owner(column) is not source:
            break
        found.append((column.name.lower(), bool(item.args.get("desc"))))
    return tuple(found)


def _predicate(scope: Scope, source: Source, ctx: Context, *, through: bool = False) -> Predicate:
    return Predicate(scope, source, source.types, ctx.constants, through)


def _equalities(scope: Scope, source: Source) -> Iterator[tuple[str, Source, str]]:
    """Yield column, other source and its column for each equality that always holds."""
    if not 1 < len(scope.sources) <= MAX_JOINED:
        return
    for condition in conditions_of(scope, source):
        for part in flatten(condition, exp.And):
            left, right = part.args.get("this"), part.args.get("expression")
            if not (isinstance(part, exp.EQ) and isinstance(left, exp.Column)):
                continue
            if not isinstance(right, exp.Column):
                continue
            for mine, theirs in ((left, right), (right, left)):
                other = scope.owner(theirs)
                if scope.owner(mine) is source and other is not None and other is not source:
                    yield mine.name.lower(), other, theirs.name.lower()


def _single_value(region: Region, column: str) -> Interval | None:
    """Return the point that a column has in all of a region."""
    found = {box.intervals(column) for box in region.boxes}
    if len(found) != 1:
        return None
    intervals = found.pop()
    return intervals[0] if len(intervals) == 1 and intervals[0].is_point else None


@dataclass(frozen=True, slots=True)
class Output:
    """One column of a query's result."""

    name: str
    intervals: tuple[Interval, ...] = (FULL,)
    type: ColumnType | None = None


def outputs(query: exp.Expr, ctx: Context, ctes: Queries) -> list[Output] | None:
    """Return what is known of a query's columns; None where not even their number is."""
    if isinstance(query, exp.Subquery):
        return outputs(query.this, ctx, ctes)
    if isinstance(query, exp.SetOperation):
        return _either(outputs(query.this, ctx, ctes), outputs(query.expression, ctx, ctes))
    if not isinstance(query, exp.Select):
        return None
    ctes = with_ctes(query, ctes)
    block = _Block(block_scope(query, ctx, ctes), ctx, ctes)
    found: list[Output] = []
    for item in query.expressions:
        columns = _star(item, block.scope)
        if columns is None:
            return None
        found += (block.output(column) for column in columns)
    return found


def paired_rows(scope: Scope, source: Source, ctx: Context, ctes: Queries) -> Region:
    """Return the rows of a source that may equal rows of the others, by all values those have."""
    region = own_rows(scope, source, ctx)
    predicate = _predicate(scope, source, ctx)
    block = _Block(scope, ctx, ctes)
    limited = False
    for mine, other, column in _equalities(scope, source):
        found = block.output(exp.column(column, table=other.alias))
        alike = found.type is not None and found.type is predicate.types.get(mine)
        if FULL not in found.intervals and alike:
            limited = True
            region = intersection(region, only(mine, found.intervals), predicate.types)
    return region if limited else widen(region)


def output_of(node: exp.Expr, scope: Scope, ctx: Context, ctes: Queries) -> Output:
    """Return what is known of an expression over the sources of a block."""
    return _Block(scope, ctx, ctes).output(node)


def with_ctes(node: exp.Expr, ctes: Queries) -> Queries:
    """Add a node's own common table expressions to those that are visible."""
    clause = node.args.get("with_")
    if clause is None:
        return ctes
    return {**ctes, **{cte.alias.lower(): cte for cte in clause.expressions}}


def block_scope(node: exp.Expr, ctx: Context, ctes: Queries, nested: bool = False) -> Scope:
    """Return the sources and conditions of a SELECT, or of an UPDATE with its FROM."""
    scope = Scope(nested=nested)
    clause = node.args.get("from_")
    before = add_source(clause.this, scope, ctx, ctes) if clause else []
    for join in node.args.get("joins") or ():
        before = add_join(join, before, scope, ctx, ctes)
    for lateral in node.args.get("laterals") or ():
        add_source(lateral, scope, ctx, ctes)
    if node.args.get("where"):
        scope.conditions.append(node.args["where"].this)
    return scope


def _either(a: list[Output] | None, b: list[Output] | None) -> list[Output] | None:
    if a is None or b is None or len(a) != len(b):
        return None
    return [
        Output(x.name, x.intervals + y.intervals, x.type if x.type is y.type else None)
        for x, y in zip(a, b, strict=True)
    ]


def _star(item: exp.Expr, scope: Scope) -> list[exp.Expr] | None:
    """Write a star out as columns; None where they are not known."""
    star = isinstance(item, exp.Star)
    if not star and not (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
        return [item]
    sources = scope.sources if star else [scope.source(item.args["table"].name)]
    if item.args.get("except_") or item.args.get("replace"):
        return None
    columns: list[exp.Expr] = []
    for source in sources:
        if source is None or source.columns is None:
            return None
        columns += (exp.column(name, table=source.alias or None) for name in source.columns)
    return columns


class _Block:
    """The columns of one SELECT; each of its sources is looked through once, however deep."""

    def __init__(self, scope: Scope, ctx: Context, ctes: Queries) -> None:
        self.scope = scope
        self.ctx = ctx
        self.ctes = ctes
        self._rows: dict[int, Region] = {}
        self._inner: dict[int, list[Output] | None] = {}

    def output(self, node: exp.Expr) -> Output:
        """Return what is known of one column."""
        name = node.alias_or_name.lower()
        while isinstance(node, (exp.Alias, exp.Paren)):
            node = node.this
        bound = self.ctx.constants.bound(node)
        if bound is not None:
            return Output(name, (Interval(bound, bound),))
        if isinstance(node, (exp.TsOrDsToDate, exp.Date)) or (
            isinstance(node, exp.Cast) and node.args["to"].this == exp.DataType.Type.DATE
        ):
            inner = self.output(node.this)
            return Output(name, tuple(_from_midnight(i) for i in inner.intervals), ColumnType.DATE)
        if not isinstance(node, exp.Column):
            return Output(name)
        source = self.scope.owner(node)
        if source is None or source.nullable:
            return Output(name)
        return self._column(name, node.name.lower(), source)

    def _column(self, name: str, column: str, source: Source) -> Output:
        region = self._examined(source)
        limits = tuple(dict.fromkeys(i for box in region.boxes for i in box.intervals(column)))
        if source.query is None:
            limits = self._held(source, column) if FULL in limits else limits
            return Output(name, limits, source.types.get(column))
        if source.columns is None:
            return Output(name, limits, source.types.get(column))
        found = self._outputs_of(source, source.query)
        if found is None or len(found) != len(source.columns) or column not in source.columns:
            return Output(name, limits)
        inner = found[source.columns.index(column)]
        return Output(name, inner.intervals if FULL in limits else limits, inner.type)

    def _held(self, source: Source, column: str) -> tuple[Interval, ...]:
        """Return the values that a column has in a table whose rows are known."""
        region = self.ctx.contents(source.name) if source.name else None
        if region is None:
            return (FULL,)
        return tuple(dict.fromkeys(i for box in region.boxes for i in box.intervals(column)))

    def _examined(self, source: Source) -> Region:
        key = id(source)
        if key not in self._rows:
            self._rows[key] = examined_rows(self.scope, source, self.ctx)
        return self._rows[key]

    def _outputs_of(self, source: Source, query: exp.Expr) -> list[Output] | None:
        key = id(source)
        if key not in self._inner:
            # Without its own name a recursive query's second half is an unknown table.
            others = {name: cte for name, cte in self.ctes.items() if cte.this is not query}
            self._inner[key] = outputs(query, self.ctx, others)
        return self._inner[key]


def _from_midnight(interval: Interval) -> Interval:
    if not isinstance(interval.low, Symbol):
        return Interval(None, interval.high, True, interval.high_closed)
    return Interval(to_day(interval.low), interval.high, True, interval.high_closed)


_KEPT_AS_THEY_ARE = (ColumnType.DATE, ColumnType.DATETIME, ColumnType.TEXT)


def arriving(output: Output, target: ColumnType | None) -> tuple[Interval, ...]:
    """Return where a value lands in a column of the target's type: it may be cut or rounded."""
    if FULL in output.intervals:
        return (FULL,)
    kept = output.type is target and target in _KEPT_AS_THEY_ARE
    if kept or (output.type is ColumnType.DATE and target in (None, ColumnType.DATETIME)):
        return output.intervals
    return tuple(_stored(interval, target) for interval in output.intervals)


def _stored(interval: Interval, target: ColumnType | None) -> Interval:
    low, high = _down(interval.low, target), _up(interval.high, target)
    if interval.is_point and target is ColumnType.DATE:
        return Interval(low, low)
    return Interval(low, high)


def _down(bound: Bound | None, target: ColumnType | None) -> Bound | None:
    """Return the least that is stored of a value: the day where a DATE may cut off the time."""
    value = fixed(bound, target)
    if isinstance(value, Decimal):
        return value.to_integral_value(ROUND_FLOOR)
    if not isinstance(bound, Symbol) or target not in (None, ColumnType.DATE) or is_day(bound):
        return bound
    return bound if isinstance(value, str) else to_day(bound)


def _up(bound: Bound | None, target: ColumnType | None) -> Bound | None:
    value = fixed(bound, target)
    return value.to_integral_value(ROUND_CEILING) if isinstance(value, Decimal) else bound
