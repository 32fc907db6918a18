"""The proof that a patched file is the old program plus the new lines, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lockplan.errors import PlanError
from lockplan.patching.blocks import Code, find_blocks, statements_in, text_of
from lockplan.patching.source import NotPatchableError, Source


def check_patched(path: str, old: Source, new: Source, codes: Sequence[Code]) -> None:
    """Raise PlanError unless `new` is `old`, which has no block, plus `codes` in blocks."""
    try:
        tree, blocks = new.parse(), find_blocks(new)
    except NotPatchableError as error:
        raise PlanError(f"{path}: the patched file would be broken: {error}") from error
    added = statements_in(tree, frozenset(number for block in blocks for number in block))
    if sorted(map(ast.unparse, added)) != sorted(_statements(codes)):
        raise PlanError(f"{path}: the patched file would hold other edges than the planned ones")
    rest = _Without(added).visit(tree)
    if rest is None or ast.dump(rest) != ast.dump(old.parse()):
        raise PlanError(f"{path}: the patched file would change more than the order of tasks")


def _statements(codes: Sequence[Code]) -> list[str]:
    return [ast.unparse(node) for code in codes for node in ast.parse(text_of(code)).body]


class _Without(ast.NodeTransformer):
    """Takes statements out of a tree."""

    def __init__(self, statements: Sequence[ast.stmt]) -> None:
        self.statements = set(statements)

    def visit(self, node: ast.AST) -> ast.AST | None:
        if node in self.statements:
            return None
        visited: ast.AST = self.generic_visit(node)
        return visited
