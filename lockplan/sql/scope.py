"""The tables that one query block names in FROM, and which of them a column belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from lockplan.model.access import HintKind, IndexHint
from lockplan.model.region import Region
from lockplan.model.schema import ColumnType, Table
from lockplan.sql.context import Context
from lockplan.sql.interface import TableName, UnreadableSQL
from lockplan.sql.text import has_hole

Queries = Mapping[str, exp.Expr]
"""Common table expressions by lower-case name."""


@dataclass(slots=True, eq=False)
class Source:
    """One table, derived table or common table expression of a FROM."""

    alias: str
    name: TableName | None
    """None for a derived table."""
    table: Table | None = None
    query: exp.Expr | None = None
    columns: tuple[str, ...] | None = None
    """Lower-case names; None where they are not known."""
    nullable: bool = False
    """Whether an outer join may fill it with NULLs."""
    lateral: bool = False
    """Whether its query may name columns of the sources before it."""
    conditions: list[exp.Expr] = field(default_factory=list)
    """Conditions of outer joins, which limit this source and no other."""
    hints: tuple[IndexHint, ...] = ()
    narrowed: bool = False
    """Whether partitions are named beside it, whose rows alone are looked for."""

    @property
    def types(self) -> dict[str, ColumnType]:
        """The types of the columns that are known, by lower-case name."""
        return {c.name.lower(): c.type for c in self.table.columns} if self.table else {}


@dataclass(slots=True, eq=False)
class Scope:
    """The sources of one query block and the conditions that all of them are under."""

    sources: list[Source] = field(default_factory=list)
    conditions: list[exp.Expr] = field(default_factory=list)
    nested: bool = False
    """Whether an outer block's columns can be named here."""
    own_rows: dict[int, Region] = field(default_factory=dict)
    """By a source's `id`, once computed: the rows that its own constants leave."""

    def tables(self) -> Iterator[tuple[Source, TableName]]:
        """Yield the sources that are tables with their names, in order."""
        for source in self.sources:
            if source.name is not None:
                yield source, source.name

    def source(self, qualifier: str) -> Source | None:
        """Return the source that an alias or table name means."""
        found = [s for s in self.sources if s.alias == qualifier.lower()]
        return found[0] if len(found) == 1 else None

    def owner(self, column: exp.Column) -> Source | None:
        """Return the source that a column belongs to; None where that is not certain."""
        name = column.name.lower()
        if has_hole(name):
            return None
        if column.table:
            return self.source(column.table)
        if len(self.sources) == 1 and not self.nested:
            source = self.sources[0]
            return source if source.columns is None or name in source.columns else None
        if any(source.columns is None for source in self.sources):
            return None
        owners = [s for s in self.sources if s.columns and name in s.columns]
        return owners[0] if len(owners) == 1 else None


def add_source(node: exp.Expr, scope: Scope, ctx: Context, ctes: Queries) -> list[Source]:
    """Add what one item of a FROM names, joins inside it included; returns what was added."""
    inner = node.this if isinstance(node, exp.Subquery) else None
    if inner is not None and _is_join(inner):
        added = add_source(inner, scope, ctx, ctes)
    else:
        added = [_source(node, ctx, ctes)]
        scope.sources += added
    for join in node.args.get("joins") or ():
        added = add_join(join, added, scope, ctx, ctes)
    return added


def _is_join(inner: exp.Expr) -> bool:
    """Whether parentheses hold a join, not a query."""
    while isinstance(inner, exp.Subquery):
        if inner.args.get("joins") or inner.alias:
            return True
        inner = inner.this
    return isinstance(inner, exp.Table)


def add_join(
    join: exp.Expr, before: list[Source], scope: Scope, ctx: Context, ctes: Queries
) -> list[Source]:
    """Add a join's right side; returns the sources of both sides."""
    if join.args.get("kind") == "ARRAY":  # a column's elements
        ctx.seen.update(id(table) for table in join.find_all(exp.Table))
        return before
    added = add_source(join.this, scope, ctx, ctes)
    on = join.args.get("on")
    side = (join.args.get("side") or "").upper()
    if not side:
        scope.conditions += [on] if on is not None else []
        return before + added
    nullable = {"LEFT": added, "RIGHT": before}.get(side, before + added)
    for source in nullable:
        source.nullable = True
        if on is not None and side in ("LEFT", "RIGHT"):
            source.conditions.append(on)
    return before + added


def _source(node: exp.Expr, ctx: Context, ctes: Queries) -> Source:
    alias = node.alias.lower()
    if ctx.holes.unknown(alias) is not None:
        ctx.note(f"part of the statement is not known: {ctx.holes.unknown(alias)}")
    if isinstance(node, exp.Table):
        return _table_source(node, alias, ctx, ctes)
    lateral = isinstance(node, exp.Lateral)
    query = node.this if lateral else node
    if isinstance(query, exp.Subquery):
        return Source(alias, None, query=query.this, columns=_names(node, query), lateral=lateral)
    if isinstance(node, (exp.Values, exp.Unnest, exp.Lateral, exp.Func)):
        return Source(alias, None)
    raise UnreadableSQL(f"{type(node).__name__.lower()} in FROM is not read")


def _table_source(node: exp.Table, alias: str, ctx: Context, ctes: Queries) -> Source:
    if not isinstance(node.this, exp.Identifier):  # a table function
        ctx.seen.add(id(node))
        return Source(alias, None)
    cte = ctes.get(node.name.lower()) if not node.args.get("db") else None
    if cte is not None:
        ctx.seen.add(id(node))
        columns = _names(cte, cte.this)
        return Source(alias or node.name.lower(), None, query=cte.this, columns=columns)
    name = ctx.name(node)
    table = ctx.table(name)
    names = tuple(column.name.lower() for column in table.columns) if table else None
    narrowed, hints = bool(node.args.get("partition")), _hints(node)
    own = alias or node.name.lower()
    return Source(own, name, table, columns=names, hints=hints, narrowed=narrowed)


def _hints(node: exp.Table) -> tuple[IndexHint, ...]:
    """Return what a table's USE, FORCE and IGNORE INDEX say."""
    return tuple(
        IndexHint(
            _HINTS.get(str(hint.this).upper(), HintKind.OTHER),
            tuple(index.name.lower() for index in hint.expressions),
        )
        for hint in node.args.get("hints") or ()
        if isinstance(hint, exp.IndexTableHint) and not hint.args.get("target")
    )


_HINTS = {"USE": HintKind.USE, "FORCE": HintKind.FORCE, "IGNORE": HintKind.IGNORE}


def _names(aliased: exp.Expr, query: exp.Expr) -> tuple[str, ...] | None:
    """Return the column names of a derived table: those of its alias, else its query's own."""
    alias = aliased.args.get("alias")
    renamed = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return tuple(c.name.lower() for c in renamed) if renamed else output_names(query)


def output_names(query: exp.Expr) -> tuple[str, ...] | None:
    """Return the lower-case names of a query's columns; None where they are not all written out."""
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    if not isinstance(query, exp.Select):
        return None
    names = tuple(item.alias_or_name.lower() for item in query.expressions)
    if not all(names) or "*" in names or any(has_hole(name) for name in names):
        return None
    return names
