"""Which variables surely hold something where a block ends, by the statements that store them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SURE = (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor)
"""Compound statements whose bodies run; that a loop runs at all, reading has found out."""


def certain_names(tree: ast.Module, block: ast.AST) -> frozenset[str]:
    """Return what a block and the blocks around it store without a condition."""
    names: set[str] = set()
    for body in _bodies(_way_to(tree, block)):
        names.update(stored_names(body))
    for node in _way_to(tree, block):
        names.update(_header_names(node))
    return frozenset(names)


def stored_names(body: Sequence[ast.stmt], *, everywhere: bool = False) -> Iterator[str]:
    """Yield the variables that statements store: without a condition, or `everywhere`."""
    for node in body:
        yield from _header_names(node)
        if isinstance(node, _DEFINITIONS):
            yield node.name
        elif isinstance(node, _SURE) or (everywhere and hasattr(node, "body")):
            for part in _inner(node, everywhere):
                yield from stored_names(part, everywhere=everywhere)
        else:
            yield from _targets(node)


def _inner(node: ast.stmt, everywhere: bool) -> Iterator[list[ast.stmt]]:
    yield node.body  # type: ignore[attr-defined]
    if everywhere:
        yield from (getattr(node, name, []) for name in ("orelse", "finalbody"))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield part.body


def _header_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    if isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if item.optional_vars is not None:
                yield from _targets(item.optional_vars)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield from _targets(node.target)


def _targets(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.alias):
            yield (part.asname or part.name).partition(".")[0]


def _way_to(tree: ast.Module, block: ast.AST) -> list[ast.AST]:
    """Return the nodes from the module down to a block, both included."""
    way: list[ast.AST] = []

    def search(node: ast.AST) -> bool:
        way.append(node)
        if node is block or any(search(child) for child in _compound(node)):
            return True
        way.pop()
        return False

    search(tree)
    return way


def _compound(node: ast.AST) -> Iterator[ast.AST]:
    kinds = (ast.stmt, ast.ExceptHandler, ast.match_case)
    return (child for child in ast.iter_child_nodes(node) if isinstance(child, kinds))


def _bodies(way: Sequence[ast.AST]) -> Iterator[Sequence[ast.stmt]]:
    """Yield the statements of each block on the way, and a function's parameters with its own."""
    for number, node in enumerate(way):
        if isinstance(node, ast.Try | ast.If | ast.Match) and number + 1 < len(way):
            yield from _branch_with(node, way[number + 1])
        elif hasattr(node, "body") and isinstance(node.body, list):
            yield node.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield [_parameters(node)]


def _branch_with(node: ast.AST, child: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        part = getattr(node, name, [])
        if child in part:
            yield part


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    """Return an assignment that stores what a call stores."""
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    names = [ast.Name(each.arg, ast.Store()) for each in every if each is not None]
    return ast.Assign([*names], ast.Constant(None))


def chain_import(tree: ast.Module) -> str | None:
    """Return the name under which a module imports Airflow's ``chain``."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow."):
            for alias in node.names:
                if alias.name == "chain":
                    return alias.asname or alias.name
    return None
