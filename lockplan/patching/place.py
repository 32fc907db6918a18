"""Where in a file a block of edges may stand: behind all that its tasks' names stand in."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lockplan.patching.source import NotPatchableError, Source

_Block = ast.With | ast.AsyncWith | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Place:
    """A gap between two lines."""

    after: int
    """Number of the line above."""
    indent: str


def find_place(
    source: Source, tree: ast.Module, block_line: int | None, names: Collection[str], last_line: int
) -> Place:
    """Return where edges between the named tasks go.

    `block_line` is the line of the ``with`` or the ``def``, None for the module's top level; all
    line numbers are those of `source`. Raise NotPatchableError where no line can stand there.
    """
    body = tree.body if block_line is None else _body(tree, block_line)
    statements = [node for node in body if not isinstance(node, ast.Return)]
    indent = "" if block_line is None else _indent(source, body[0])
    roots = {_root(name) for name in names}
    last = -1
    for position, node in enumerate(statements):
        if node.lineno <= last_line <= _end(node) or _mentions(node, roots):
            last = position
    if last < 0:
        raise NotPatchableError(f"its block of line {block_line or 1} does not define the tasks")
    return Place(_line_end(statements, last), indent)


def _body(tree: ast.Module, line: int) -> list[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, _Block) and line in _header_lines(node):
            return node.body
    raise NotPatchableError(f"line {line} begins no block; read the folder again")


def _header_lines(node: _Block) -> set[int]:
    decorators = getattr(node, "decorator_list", [])
    return {node.lineno, *(decorator.lineno for decorator in decorators)}


def _indent(source: Source, first: ast.stmt) -> str:
    line = source.lines[first.lineno - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if first.col_offset > len(indent):
        raise NotPatchableError(f"its block at line {first.lineno} stands on one line; break it")
    return indent


def _root(name: str) -> str:
    """Return the variable in ``tasks["a"]`` or ``self.load``."""
    return name.split(".")[0].split("[")[0]


def _mentions(node: ast.stmt, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _line_end(statements: Sequence[ast.stmt], position: int) -> int:
    """Return the last line of a statement and of those that begin on it, after a semicolon."""
    end = _end(statements[position])
    for node in statements[position + 1 :]:
        if node.lineno > end:
            break
        end = _end(node)
    return end


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
