"""Where in a file a block of edges may stand: behind all that its tasks' names stand in."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lockplan.patching.source import ChangedFileError, NotPatchableError, Source

_Block = ast.With | ast.AsyncWith | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Place:
    """A gap between two lines."""

    after: int
    """Number of the line above."""
    indent: str


def find_block(tree: ast.Module, line: int) -> _Block:
    """Return the ``with`` or ``def`` that begins on a line, its decorators counted."""
    for node in ast.walk(tree):
        if isinstance(node, _Block) and line in _header_lines(node):
            return node
    raise ChangedFileError(f"line {line} begins no block any more; read the folder again")


def find_place(source: Source, block: ast.AST, roots: Collection[str]) -> Place | None:
    """Return the place behind the last statement of a block that uses one of these variables.

    None where none does; raise NotPatchableError where no line can stand there.
    """
    statements = _statements(block)
    found = [n for n, node in enumerate(statements) if _mentions(node, roots)]
    return _behind(source, block, statements, found[-1]) if found else None


def end_of(source: Source, block: ast.AST) -> Place:
    """Return the place behind all of a block that runs whenever it does."""
    statements = _statements(block)
    if not statements:
        raise NotPatchableError(f"its block of line {_begin(block)} only returns")
    return _behind(source, block, statements, len(statements) - 1)


def _statements(block: ast.AST) -> list[ast.stmt]:
    """Return a block's own statements, but not those that leave it or only run as a script."""
    body: list[ast.stmt] = block.body  # type: ignore[attr-defined]
    return [node for node in body if not isinstance(node, ast.Return) and not _is_script(node)]


def _is_script(node: ast.stmt) -> bool:
    """Whether a statement is ``if __name__ == "__main__"``."""
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )


def _behind(source: Source, block: ast.AST, statements: Sequence[ast.stmt], position: int) -> Place:
    is_module = isinstance(block, ast.Module)
    indent = "" if is_module else _indent(source, block.body[0])  # type: ignore[attr-defined]
    return Place(_line_end(statements, position), indent)


def _begin(block: ast.AST) -> int:
    return getattr(block, "lineno", 1)


def _header_lines(node: _Block) -> set[int]:
    decorators = getattr(node, "decorator_list", [])
    return {node.lineno, *(decorator.lineno for decorator in decorators)}


def _indent(source: Source, first: ast.stmt) -> str:
    line = source.lines[first.lineno - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if first.col_offset > len(indent):
        raise NotPatchableError(f"its block at line {first.lineno} stands on one line; break it")
    return indent


def _mentions(node: ast.stmt, names: Collection[str]) -> bool:
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
