"""Conditions to regions: every row for which a condition holds lies in the region, maybe more."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from sqlglot import exp

from lockplan.model.dates import DateExpr
from lockplan.model.region import (
    ALL,
    WHOLE,
    Bound,
    Interval,
    Region,
    Symbol,
    parse_value,
    widen,
)
from lockplan.model.schema import ColumnType
from lockplan.sql.constants import Constants
from lockplan.sql.expressions import expression_text, generated_text, is_dated, look_behind
from lockplan.sql.regions import fixed, intersection, only, union
from lockplan.sql.scope import Scope, Source

_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_OPERATORS: dict[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
MAX_LISTED = 2000
"""Values of an IN list that are compared one by one."""
MAX_ROWS_LISTED = 64
"""Rows of values, or values of an expression, that an IN list may have."""
_ORDERED_TYPES = (ColumnType.NUMBER, ColumnType.DATE, ColumnType.DATETIME)
_PLAIN_ORDER = re.compile(r"[0-9 :./T-]*")
_PLAIN_FORMAT = re.compile(r"(?:%[YmdHMS]|[0-9 :./T-])*")
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Predicate:
    """Reads conditions as limits on the columns of one source."""

    scope: Scope
    source: Source
    types: dict[str, ColumnType]
    constants: Constants
    through: bool = False
    """Whether functions on columns are looked through: no index does, but the rows are these."""
    searchable: list[exp.Expr] = field(default_factory=list)
    """Conditions that were not understood, and that may lead to an index all the same."""

    def region(self, node: exp.Expr, negated: bool = False) -> Region:
        """Return a region that holds every row for which the condition is true.

        With `negated`, every row for which it is false; a row for which it is NULL is in neither.
        """
        if isinstance(node, exp.Paren):
            return self.region(node.this, negated)
        if isinstance(node, exp.Not):
            return self.region(node.this, not negated)
        if isinstance(node, (exp.And, exp.Or)):
            return self._connected(node, negated)
        leaf = _LEAVES.get(type(node))
        region = leaf(self, node, negated) if leaf else ALL
        if not region.exact and self._may_be_searched(node):
            self.searchable.append(node)
        return region

    def _may_be_searched(self, node: exp.Expr) -> bool:
        """Whether an index may serve a condition whose rows are not known.

        A function hides its columns from all indexes but those on an expression.
        """
        table = self.source.table
        if table is None or next(node.find_all(exp.Query), None) is not None:
            return True
        if type(node) not in _HIDING:
            return True
        keys = {name for index in table.indexes for name in index.columns}
        sides = [side for side in (node.this, node.args.get("expression")) if side is not None]
        bare = [_unwrapped(side) for side in sides]
        if any(isinstance(side, exp.Tuple) for side in bare) or _begins_openly(node):
            return not _begins_openly(node)
        columns = [side for side in bare if isinstance(side, exp.Column)]
        if len(columns) == len(bare):
            return any(column.name.lower() in keys for column in columns)
        if any(column.name.lower() in keys for column in columns):
            return not self._compares_otherwise(node)
        return any(name.startswith("(") for name in keys)

    def _compares_otherwise(self, node: exp.Expr) -> bool:
        """Whether the server converts a text column to compare it with a number, row by row."""
        left, right = _unwrapped(node.this), node.args.get("expression")
        column = self._column(left)
        bound = self.constants.bound(right)
        return (
            column is not None
            and self.types.get(column) is ColumnType.TEXT
            and isinstance(bound, Decimal)
        )

    def _connected(self, node: exp.Expr, negated: bool) -> Region:
        conjunction = isinstance(node, exp.And) is not negated
        operands = flatten(node, type(node))
        if any(self._hides_operators(operand) for operand in operands):
            self.searchable.append(node)
            return ALL
        regions = [self.region(operand, negated) for operand in operands]
        if not conjunction:
            return union(regions)
        region = regions[0]
        for other in regions[1:]:
            region = intersection(region, other, self.types)
        return region

    def _hides_operators(self, node: exp.Expr) -> bool:
        """Whether an operand may bind its neighbours otherwise than the tree shows.

        XOR stands between AND and OR on MySQL; an unknown piece of text may hold an OR.
        """
        if isinstance(node, (exp.And, exp.Or)):
            return any(self._hides_operators(part) for part in flatten(node, type(node)))
        while isinstance(node, exp.Not):
            node = node.this
        if isinstance(node, exp.Xor):
            return True
        return isinstance(node, exp.Column) and self.constants.holes.unknown(node.name) is not None

    def _column(self, node: exp.Expr) -> str | None:
        """Return the name of a column of this source; None for anything else."""
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Column) and self.scope.owner(node) is self.source:
            return node.name.lower()
        return None

    def _comparison(self, node: exp.Expr, negated: bool) -> Region:
        operator = _OPERATORS[type(node)]
        if negated:
            operator = _NEGATED[operator]
        return self._compared(node.this, operator, node.expression)

    def _compared(self, left: exp.Expr, operator: str, right: exp.Expr) -> Region:
        if isinstance(_unwrapped(left), exp.Tuple):
            return self._row_equals(left, right) if operator == "=" else ALL
        column = self._column(left)
        if column is None:
            operator, left, right = _FLIPPED[operator], right, left
            column = self._column(left)
        if column is None:
            return self._hidden(left, operator, right)
        if isinstance(right, exp.Column) and self.scope.owner(right) not in (None, self.source):
            return WHOLE  # a join; whether it limits is decided with the other source's rows
        return self._limit(column, operator, self.constants.bound(right))

    def _hidden(self, left: exp.Expr, operator: str, right: exp.Expr) -> Region:
        """Read a comparison that has no bare column of this source on either side."""
        for side, other, sign in ((left, right, operator), (right, left, _FLIPPED[operator])):
            if next(side.find_all(exp.Column), None) is None or self._is_of_others(side):
                continue
            bound = self.constants.bound(other)
            if bound is None:
                continue
            behind = self._behind(side, _INTERVALS[sign](bound))
            expression = self._indexed_expression(side)
            indexed = self._limit(expression, sign, bound) if expression else None
            if indexed is not None and behind is not None:
                return intersection(indexed, behind, self.types)
            if indexed is not None or behind is not None:
                return indexed or behind or ALL
        return self._elsewhere(left, operator, right)

    def _behind(self, node: exp.Expr, intervals: tuple[Interval, ...]) -> Region | None:
        """Return the rows for which functions of a date lie in some intervals."""
        if not self.through:
            return None
        behind = look_behind(node, intervals, self.constants)
        column = self._column(behind.node) if behind else None
        if behind is None or column is None or not is_dated(self.types.get(column)):
            return None
        return only(column, behind.intervals)

    def _indexed_expression(self, node: exp.Expr) -> str | None:
        """Return the index column that an expression is, as MySQL finds it by its text."""
        table = self.source.table
        if table is None or not all(
            self.scope.owner(column) is self.source for column in node.find_all(exp.Column)
        ):
            return None
        keys = {name: name for index in table.indexes for name in index.columns if name[0] == "("}
        keys |= {generated_text(c.generated): c.name.lower() for c in table.columns if c.generated}
        return keys.get(expression_text(node)) if keys else None

    def _row_equals(self, one: exp.Expr, other: exp.Expr) -> Region:
        """Read ``(a, b) = (1, 2)`` as one condition for each column."""
        names, values = _unwrapped(one), _unwrapped(other)
        if not isinstance(names, exp.Tuple) or not isinstance(values, exp.Tuple):
            return ALL
        pairs = list(zip(names.expressions, values.expressions, strict=False))
        if len(names.expressions) != len(values.expressions):
            return ALL
        region = WHOLE
        for name, value in pairs:
            region = intersection(region, self._compared(name, "=", value), self.types)
        return region

    def _elsewhere(self, left: exp.Expr, operator: str, right: exp.Expr) -> Region:
        """Read a comparison that has no column of this source on either side."""
        a, b = self.constants.bound(left), self.constants.bound(right)
        if isinstance(a, Decimal) and isinstance(b, Decimal):
            return WHOLE if operator == "=" and a == b else ALL
        return WHOLE if self._is_of_others(left, right) else ALL

    def _is_of_others(self, *nodes: exp.Expr) -> bool:
        """Whether a condition names other sources' columns only."""
        columns = [column for node in nodes for column in node.find_all(exp.Column)]
        owners = [self.scope.owner(column) for column in columns]
        return bool(owners) and all(o is not None and o is not self.source for o in owners)

    def limit_to(self, column: str, intervals: tuple[Interval, ...]) -> Region:
        """Return the region of an equality with another source's single value."""
        values = [self._usable(column, "=", interval.low) for interval in intervals]
        if not all(interval.is_point for interval in intervals) or None in values:
            return ALL
        return only(column, intervals)

    def _limit(self, column: str, operator: str, bound: Bound | None) -> Region:
        bound = self._usable(column, operator, bound)
        return ALL if bound is None else only(column, _INTERVALS[operator](bound))

    def _usable(self, column: str, operator: str, bound: Bound | None) -> Bound | None:
        """Return the bound where comparing with it means what the server does, else None."""
        kind = self.types.get(column)
        if operator == "<>" and kind not in _ORDERED_TYPES:
            return None
        if not isinstance(bound, Symbol):
            return None if kind is ColumnType.TEXT else bound
        if operator == "=":
            return bound if _is_ascii(bound) else None
        if kind is ColumnType.TEXT:
            return bound if _orders_plainly(bound) else None
        if kind is None:
            return bound if _is_iso(bound) else None
        return bound

    def _null_safe(self, node: exp.Expr, negated: bool) -> Region:
        if negated:
            return ALL
        column = self._column(node.this)
        return self._limit(column, "=", self.constants.bound(node.expression)) if column else ALL

    def _between(self, node: exp.Expr, negated: bool) -> Region:
        column = self._column(node.this)
        if node.args.get("symmetric"):
            return WHOLE if self._is_of_others(node) else ALL
        if column is None:
            return self._hidden_between(node, negated)
        low = self._limit(column, "<" if negated else ">=", self._bound(node, "low"))
        high = self._limit(column, ">" if negated else "<=", self._bound(node, "high"))
        return union((low, high)) if negated else intersection(low, high, self.types)

    def _hidden_between(self, node: exp.Expr, negated: bool) -> Region:
        """Read a BETWEEN of no bare column: two comparisons, of which one is true if negated."""
        low = self._hidden(node.this, "<" if negated else ">=", node.args["low"])
        high = self._hidden(node.this, ">" if negated else "<=", node.args["high"])
        return union((low, high)) if negated else intersection(low, high, self.types)

    def _bound(self, node: exp.Expr, key: str) -> Bound | None:
        return self.constants.bound(node.args.get(key))

    def _in(self, node: exp.Expr, negated: bool) -> Region:
        column = self._column(node.this)
        if any(node.args.get(key) for key in ("query", "unnest", "field")):
            return ALL
        if column is None:
            return self._hidden_in(node, negated)
        if len(node.expressions) > MAX_LISTED:
            return ALL if negated else self._stretch(column, node.expressions)
        bounds = [self.constants.bound(item) for item in node.expressions]
        if negated:
            region = WHOLE
            for bound in bounds:
                region = intersection(region, self._limit(column, "<>", bound), self.types)
            return region
        usable = [self._usable(column, "=", bound) for bound in bounds]
        points = [Interval(bound, bound) for bound in usable if bound is not None]
        return only(column, points) if points and len(points) == len(bounds) else ALL

    def _hidden_in(self, node: exp.Expr, negated: bool) -> Region:
        """Read an IN of no bare column, or of several."""
        if self._is_of_others(node):
            return WHOLE
        if negated or len(node.expressions) > MAX_ROWS_LISTED:
            return ALL
        left = node.this
        return union(
            self._row_equals(left, item)
            if isinstance(left, exp.Tuple)
            else self._hidden(left, "=", item)
            for item in node.expressions
        )

    def _stretch(self, column: str, listed: list[exp.Expr]) -> Region:
        """Return one interval around a list of values too long to compare one by one."""
        values = [fixed(self.constants.bound(item), None) for item in listed]
        numbers = [value for value in values if isinstance(value, Decimal)]
        if self.types.get(column) is not ColumnType.NUMBER or len(numbers) != len(values):
            return ALL
        return widen(only(column, (Interval(min(numbers), max(numbers)),)))

    def _like(self, node: exp.Expr, negated: bool) -> Region:
        column = self._column(node.this)
        pattern = node.expression
        if column is None:
            return WHOLE if self._is_of_others(node) else ALL
        if negated or node.args.get("negate") or not isinstance(pattern, exp.Literal):
            return ALL
        prefix = re.split(r"[%_\\]", pattern.name, maxsplit=1)[0].rstrip(" ")
        if not self._has_usable_prefix(column, prefix):
            return ALL
        region = only(column, (Interval(Symbol((prefix,)), Symbol((prefix + _LAST_CHARACTER,))),))
        return region if pattern.name == prefix + "%" else widen(region)

    def _has_usable_prefix(self, column: str, prefix: str) -> bool:
        """Whether a LIKE prefix means a stretch of texts; numbers and dates have no prefix."""
        if not prefix.isascii() or "__lp" in prefix:
            return False
        kind = self.types.get(column)
        return bool(prefix) and (kind is ColumnType.TEXT or (kind is None and prefix[0].isalpha()))

    def _truth(self, node: exp.Expr, negated: bool) -> Region:
        return WHOLE if bool(node.this) is not negated else ALL


def _begins_openly(node: exp.Expr) -> bool:
    """Whether a LIKE leads to no stretch of an index: its pattern begins with a wildcard."""
    pattern = node.args.get("expression")
    plain = isinstance(node, exp.Like) and isinstance(pattern, exp.Literal)
    return plain and pattern is not None and pattern.name[:1] in ("%", "_")


def _unwrapped(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def flatten(node: exp.Expr, type: type) -> list[exp.Expr]:
    """Return the operands of a chain of ANDs or ORs, in order, however long it is."""
    operands: list[exp.Expr] = []
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, type):
            stack += (node.args["expression"], node.args["this"])
        else:
            operands.append(node)
    return operands


def _is_ascii(symbol: Symbol) -> bool:
    """Whether the text has no letters that some collations take for others."""
    return all(part.isascii() for part in symbol.parts if isinstance(part, str))


def _orders_plainly(symbol: Symbol) -> bool:
    """Whether a text sorts alike in every collation: digits and what stands between them."""
    if symbol.steps:
        return False
    return all(
        _PLAIN_ORDER.fullmatch(part)
        if isinstance(part, str)
        else isinstance(part, DateExpr) and part.format and _PLAIN_FORMAT.fullmatch(part.format)
        for part in symbol.parts
    )


def _is_iso(symbol: Symbol) -> bool:
    """Whether a bound orders alike as a date and as text, so that the type need not be known."""
    if symbol.steps:
        return True
    if all(isinstance(part, str) for part in symbol.parts):
        text = "".join(str(part) for part in symbol.parts)
        return re.match(r"\d{4}-\d\d-\d\d", text) is not None and (
            not isinstance(parse_value(text), str)
        )
    return all(
        "-" in part or part.strip() == ""
        if isinstance(part, str)
        else isinstance(part, DateExpr) and (part.format is None or "%Y-%m" in part.format)
        for part in symbol.parts
    )


def _outside(bound: Bound) -> tuple[Interval, ...]:
    return (Interval(high=bound, high_closed=False), Interval(low=bound, low_closed=False))


_INTERVALS: dict[str, Callable[[Bound], tuple[Interval, ...]]] = {
    "=": lambda bound: (Interval(bound, bound),),
    "<>": _outside,
    "<": lambda bound: (Interval(high=bound, high_closed=False),),
    "<=": lambda bound: (Interval(high=bound),),
    ">": lambda bound: (Interval(low=bound, low_closed=False),),
    ">=": lambda bound: (Interval(low=bound),),
}

_HIDING = frozenset({*_OPERATORS, exp.Between, exp.In, exp.Like, exp.NullSafeEQ, exp.Is})
"""Conditions of which it is known that a function in them hides its columns from an index."""

_LEAVES: dict[type, Callable[[Predicate, exp.Expr, bool], Region]] = {
    **dict.fromkeys(_OPERATORS, Predicate._comparison),
    exp.NullSafeEQ: Predicate._null_safe,
    exp.Between: Predicate._between,
    exp.In: Predicate._in,
    exp.Like: Predicate._like,
    exp.Boolean: Predicate._truth,
}
