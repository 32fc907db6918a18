"""One CREATE TABLE's tree to a table: columns, keys, foreign keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from lockplan.model.schema import Column, ColumnType, ForeignKey, Index
from lockplan.sql.expressions import expression_text

_TYPE = exp.DataType.Type
_FAMILIES: dict[object, ColumnType] = {
    **dict.fromkeys((_TYPE.DATE, _TYPE.DATE32), ColumnType.DATE),
    **dict.fromkeys(
        (
            _TYPE.DATETIME,
            _TYPE.DATETIME2,
            _TYPE.DATETIME64,
            _TYPE.SMALLDATETIME,
            _TYPE.TIMESTAMP,
            _TYPE.TIMESTAMPTZ,
            _TYPE.TIMESTAMPLTZ,
            _TYPE.TIMESTAMPNTZ,
        ),
        ColumnType.DATETIME,
    ),
    **dict.fromkeys(exp.DataType.NUMERIC_TYPES, ColumnType.NUMBER),
    **dict.fromkeys((_TYPE.BOOLEAN, _TYPE.SERIAL, _TYPE.BIGSERIAL), ColumnType.NUMBER),
    **dict.fromkeys((_TYPE.SMALLSERIAL, _TYPE.MONEY), ColumnType.NUMBER),
    **dict.fromkeys(exp.DataType.TEXT_TYPES, ColumnType.TEXT),
    **dict.fromkeys((_TYPE.MEDIUMTEXT, _TYPE.LONGTEXT, _TYPE.TINYTEXT), ColumnType.TEXT),
    **dict.fromkeys((_TYPE.ENUM, _TYPE.ENUM8, _TYPE.ENUM16), ColumnType.TEXT),
}
_WHOLE = frozenset((*exp.DataType.INTEGER_TYPES, _TYPE.BOOLEAN))
_COUNTERS = frozenset({_TYPE.SERIAL, _TYPE.BIGSERIAL, _TYPE.SMALLSERIAL})


@dataclass(slots=True)
class Parts:
    """What the elements of a definition add to a table."""

    columns: list[Column] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)

    def add_all(self, elements: Iterable[exp.Expr], name: str | None = None) -> bool:
        """Add several elements; returns whether all of them were understood."""
        understood = [self.add(element, name) for element in elements]
        return all(understood)

    def add(self, element: exp.Expr, name: str | None = None) -> bool:
        """Add one element of a CREATE or ALTER; returns whether it was understood."""
        if isinstance(element, exp.ColumnDef):
            self._column(element)
        elif isinstance(element, exp.Identifier):  # SQLite's columns need no type
            self.columns.append(Column(element.name, ColumnType.OTHER))
        elif isinstance(element, exp.Constraint):
            return self.add_all(element.expressions, element.name)
        elif isinstance(element, exp.PrimaryKey):
            self._index("PRIMARY", element.expressions, unique=True, primary=True)
        elif isinstance(element, exp.UniqueColumnConstraint):
            target = element.this
            if not isinstance(target, exp.Schema):
                return False
            own = target.this.name if target.this is not None else name
            self._index(own, target.expressions, unique=True, hidden=_is_hidden(element))
        elif isinstance(element, exp.IndexColumnConstraint):
            if not element.args.get("kind"):  # FULLTEXT and SPATIAL serve other searches
                own = element.this.name if element.this is not None else name
                self._index(own, element.expressions, hidden=_is_hidden(element))
        elif isinstance(element, exp.AlterIndex):
            self._show(element.name, hidden=not element.args.get("visible"))
        elif isinstance(element, exp.ForeignKey):
            self._foreign_key(element.expressions, element.args["reference"])
        else:
            return isinstance(element, (exp.CheckColumnConstraint, exp.LikeProperty))
        return True

    def _column(self, definition: exp.ColumnDef) -> None:
        name = definition.name
        found = [c.kind for c in definition.constraints]
        kind = definition.args.get("kind")
        base = kind.this if isinstance(kind, exp.DataType) else None
        primary = _any(found, exp.PrimaryKeyColumnConstraint)
        not_null = [c for c in found if isinstance(c, exp.NotNullColumnConstraint)]
        required = any(not c.args.get("allow_null") for c in not_null)
        counter = base in _COUNTERS or _any(
            found, exp.AutoIncrementColumnConstraint, exp.GeneratedAsIdentityColumnConstraint
        )
        family = _FAMILIES.get(base, ColumnType.OTHER)
        nullable = not (primary or required)
        fractional = family is ColumnType.NUMBER and base not in _WHOLE | _COUNTERS
        column = Column(name, family, nullable, counter, _generated(found), fractional)
        self.columns.append(column)
        if primary:
            self._index("PRIMARY", [definition.this], unique=True, primary=True)
        elif _any(found, exp.UniqueColumnConstraint):
            self._index(name, [definition.this], unique=True)
        for reference in found:
            if isinstance(reference, exp.Reference):
                self._foreign_key([definition.this], reference)

    def _index(
        self,
        name: str | None,
        columns: Iterable[exp.Expr],
        *,
        unique: bool = False,
        primary: bool = False,
        hidden: bool = False,
    ) -> None:
        columns = tuple(columns)
        found = tuple(index_column(column) for column in columns)
        taken = {index.name for index in self.indexes}
        own = name or _free_name(found[0].strip("()").partition("(")[0], taken)
        self.indexes.append(Index(own, found, unique, primary, descends(columns), hidden))

    def _show(self, name: str, *, hidden: bool) -> None:
        self.indexes = [
            replace(index, hidden=hidden) if index.name.lower() == name.lower() else index
            for index in self.indexes
        ]

    def _foreign_key(self, columns: list[exp.Expr], reference: exp.Expr) -> None:
        target = reference.this
        parent = target.this if isinstance(target, exp.Schema) else target
        named = target.expressions if isinstance(target, exp.Schema) else columns
        options = {
            key: str(option).upper().removeprefix(f"ON {key} ")
            for option in reference.args.get("options") or ()
            for key in ("DELETE", "UPDATE")
            if str(option).upper().startswith(f"ON {key} ")
        }
        self.foreign_keys.append(
            ForeignKey(
                tuple(column.name.lower() for column in columns),
                parent.name.lower(),
                tuple(column.name.lower() for column in named),
                options.get("DELETE", "RESTRICT"),
                options.get("UPDATE", "RESTRICT"),
            )
        )


def _is_hidden(key: exp.Expr) -> bool:
    return any(option.args.get("visible") is False for option in key.args.get("options") or ())


def _any(constraints: Sequence[object], *types: type) -> bool:
    return any(isinstance(constraint, types) for constraint in constraints)


def _generated(constraints: Sequence[object]) -> str | None:
    computed = (c for c in constraints if isinstance(c, exp.ComputedColumnConstraint))
    return next((c.this.sql(dialect="mysql") for c in computed), None)


def _free_name(base: str, taken: set[str]) -> str:
    """Name an index as MySQL does: after its first column, numbered where that is taken."""
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def descends(columns: Iterable[exp.Expr]) -> bool:
    """Whether some column of an index is sorted from the greatest value down."""
    return any(isinstance(column, exp.Ordered) and column.args.get("desc") for column in columns)


def index_column(node: exp.Expr) -> str:
    """Return a column of an index; an expression or a prefix is kept as its text in parentheses."""
    while isinstance(node, (exp.Ordered, exp.Paren)):
        node = node.this
    if isinstance(node, (exp.Column, exp.Identifier)):
        return node.name.lower()
    return expression_text(node)
