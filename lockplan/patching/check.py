"""The proof that a patched file is the old program plus the new calls, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lockplan.errors import PlanError
from lockplan.patching.blocks import find_blocks
from lockplan.patching.source import NotPatchableError, Source


def check_patched(path: str, old: Source, new: Source, calls: Sequence[str]) -> None:
    """Raise PlanError unless `new` is `old`, which has no block, plus `calls` in blocks."""
    try:
        tree, blocks = new.parse(), find_blocks(new)
    except NotPatchableError as error:
        raise PlanError(f"{path}: the patched file would be broken: {error}") from error
    added = _Without(frozenset(number for block in blocks for number in block))
    rest = added.visit(tree)
    if sorted(added.removed) != sorted(ast.unparse(ast.parse(call)) for call in calls):
        raise PlanError(f"{path}: the patched file would hold other edges than the planned ones")
    if ast.dump(rest) != ast.dump(old.parse()):
        raise PlanError(f"{path}: the patched file would change more than the order of tasks")


class _Without(ast.NodeTransformer):
    """Takes the expression statements on some lines out of a tree, and keeps their text."""

    def __init__(self, lines: frozenset[int]) -> None:
        self.lines = lines
        self.removed: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        if node.lineno not in self.lines:
            return node
        self.removed.append(ast.unparse(node))
        return None
