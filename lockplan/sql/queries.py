"""Reading queries: which tables a SELECT reads, with which lock, over which rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlglot import exp

from lockplan.model.access import Role
from lockplan.sql.context import Context
from lockplan.sql.interface import UnreadableSQL
from lockplan.sql.rows import block_scope, searched_rows, with_ctes
from lockplan.sql.scope import Queries, Scope, Source

NO_QUERIES: Queries = {}


def read_query(
    node: exp.Expr,
    ctx: Context,
    ctes: Queries = NO_QUERIES,
    *,
    role: Role = Role.READ,
    joined: bool = False,
    nested: bool = False,
) -> None:
    """Record what a query reads, its subqueries included."""
    if isinstance(node, exp.Select):
        _read_select(node, ctx, ctes, role=role, joined=joined, nested=nested)
    elif isinstance(node, exp.SetOperation):
        ctes = read_ctes(node, ctx, ctes)
        for branch in _branches(node):
            read_query(branch, ctx, ctes, role=role, joined=joined, nested=nested)
        read_nested(_modifiers(node), ctx, ctes)
    elif isinstance(node, exp.Subquery):
        ctes = read_ctes(node, ctx, ctes)
        read_query(node.this, ctx, ctes, role=role, joined=joined, nested=nested)
    elif isinstance(node, exp.Values):
        read_nested(node.expressions, ctx, ctes)
    elif isinstance(node, (exp.Insert, exp.Update, exp.Delete, exp.Merge)):
        raise UnreadableSQL("a statement that writes inside of another is not read")
    else:
        raise UnreadableSQL(f"a query was expected where {node.key} stands")


def _branches(node: exp.Expr) -> list[exp.Expr]:
    """Return the queries of a chain of UNIONs, in order."""
    found: list[exp.Expr] = []
    while isinstance(node, exp.SetOperation) and (not found or not node.args.get("with_")):
        found.append(node.expression)
        node = node.this
    return [node, *reversed(found)]


def _modifiers(node: exp.Expr) -> list[exp.Expr]:
    keys = ("order", "limit", "offset")
    return [part for key in keys if isinstance(part := node.args.get(key), exp.Expr)]


def read_ctes(node: exp.Expr, ctx: Context, ctes: Queries) -> Queries:
    """Record what a WITH reads; returns the queries that are visible after it."""
    visible = with_ctes(node, ctes)
    clause = node.args.get("with_")
    for cte in clause.expressions if clause else ():
        if cte.args.get("scalar") and not isinstance(cte.this, exp.Query):
            read_nested([cte.this], ctx, visible)
        else:
            read_query(cte.this, ctx, visible)
    return visible


def _read_select(
    node: exp.Select, ctx: Context, ctes: Queries, *, role: Role, joined: bool, nested: bool
) -> None:
    ctes = read_ctes(node, ctx, ctes)
    scope = block_scope(node, ctx, ctes, nested)
    lock = _lock(node, ctx)
    inherited = lock(None)
    read_derived(scope, ctx, ctes, role=inherited.role if inherited else role, joined=joined)
    for source, name in scope.tables():
        region, search = searched_rows(node, scope, source, ctx)
        reads = _columns_read(node, scope, source)
        own = lock(source) or _Lock(role, skips=False)
        ctx.touch(
            name,
            own.role,
            region,
            joined=joined,
            reads=reads,
            search=search,
            skips=own.skips,
        )
    read_nested(_expressions(node), ctx, ctes)


def _columns_read(node: exp.Select, scope: Scope, source: Source) -> tuple[str, ...] | None:
    """Return columns of a source that the block surely reads; None where not even one is known."""
    found: set[str] = set()
    stack = list(node.iter_expressions())
    while stack:
        part = stack.pop()
        if isinstance(part, exp.Query):  # its names may be those of its own tables
            continue
        if isinstance(part, exp.Column) and scope.owner(part) is source:
            if isinstance(part.this, exp.Star):
                return source.columns
            found.add(part.name.lower())
        stack += list(part.iter_expressions())
    if any(isinstance(item, exp.Star) for item in node.expressions):
        return source.columns
    return tuple(sorted(found)) or None


def read_derived(
    scope: Scope, ctx: Context, ctes: Queries, *, role: Role = Role.READ, joined: bool = False
) -> None:
    """Record what the derived tables of a FROM read, and subqueries in its conditions."""
    known = {id(cte.this) for cte in ctes.values()}
    for source in scope.sources:
        if source.query is not None and id(source.query) not in known:
            read_query(source.query, ctx, ctes, role=role, joined=joined, nested=source.lateral)
    conditions = [c for source in scope.sources for c in source.conditions]
    read_nested((*scope.conditions, *dict.fromkeys(conditions)), ctx, ctes)


def _expressions(node: exp.Select) -> Iterable[exp.Expr]:
    """Return the parts of a SELECT that may hold subqueries, FROM and WHERE apart."""
    handled = {"from_", "joins", "laterals", "where", "with_", "into", "locks"}
    for key, value in node.args.items():
        if key in handled:
            continue
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, exp.Expr):
                yield part


def read_nested(
    parts: Iterable[exp.Expr], ctx: Context, ctes: Queries, *, nested: bool = True
) -> None:
    """Record what the subqueries inside of expressions read; `nested` in a block with tables."""
    stack = [*parts][::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, (exp.Select, exp.SetOperation)) or (
            isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query)
        ):
            read_query(node, ctx, ctes, nested=nested)
        else:
            stack += list(node.iter_expressions(reverse=True))


@dataclass(frozen=True, slots=True)
class _Lock:
    """What FOR UPDATE, FOR SHARE and their kin ask for."""

    role: Role
    skips: bool


_LOCK_ROLES = {
    (True, False): Role.READ_UPDATE,
    (True, True): Role.READ_NO_KEY_UPDATE,
    (False, False): Role.READ_SHARE,
    (False, True): Role.READ_KEY_SHARE,
}
"""By the clause's UPDATE and KEY: ``FOR NO KEY UPDATE`` has both."""


def _lock(node: exp.Select, ctx: Context) -> Callable[[Source | None], _Lock | None]:
    """Return which lock FOR UPDATE and FOR SHARE put on a source; None is a derived one."""
    locks = node.args.get("locks") or ()
    for lock in locks:
        ctx.seen.update(id(table) for table in lock.expressions)

    def find(source: Source | None) -> _Lock | None:
        for lock in locks:
            names = {table.name.lower() for table in lock.expressions}
            if source is None or not names or source.alias in names:
                role = _LOCK_ROLES[bool(lock.args.get("update")), bool(lock.args.get("key"))]
                return _Lock(role, lock.args.get("wait") is False)
        return None

    return find
