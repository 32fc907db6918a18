"""The generated block: its markers, its text, and where it stands in a file."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lockplan.model.workflow import Edge
from lockplan.patching.source import NotPatchableError, Source

BEGIN = "# lockplan: begin"
END = "# lockplan: end"
_HEADER = (
    f"{BEGIN} (ordering only; generated, edits are lost)",
    "# These edges keep apart tasks that would block each other on a database; they pass no data.",
    "# When the earlier task fails, the later one does not run: it becomes upstream_failed.",
)
_ORDERING_CALLS = frozenset({"set_upstream", "set_downstream"})


@dataclass(frozen=True, slots=True)
class NamedEdge:
    """An edge with the names that its two tasks have in the file."""

    edge: Edge
    upstream: str
    downstream: str

    @property
    def call(self) -> str:
        """The edge as Python."""
        return f"{self.downstream}.set_upstream({self.upstream})"


def render_block(edges: Sequence[NamedEdge], indent: str, unicode: bool) -> list[str]:
    """Return the lines of a block, without endings; the first sets it off from what is above."""
    calls = (f"{edge.call}{_comment(edge.edge, unicode)}" for edge in edges)
    return ["", *(indent + line for line in (*_HEADER, *calls, END))]


def _comment(edge: Edge, unicode: bool) -> str:
    text = ": ".join(part for part in (", ".join(edge.tables), edge.reason) if part)
    if not unicode:
        text = text.replace("…", "...").encode("ascii", "replace").decode("ascii")
    printable = "".join(char if char.isprintable() else " " for char in text)
    return f"  # {printable}" if printable else ""


def find_blocks(source: Source) -> tuple[range, ...]:
    """Return the line numbers of each generated block, markers included.

    Raise NotPatchableError where a block is cut in half or holds more than ordering edges, because
    replacing it would lose somebody's work.
    """
    if BEGIN not in source.text and END not in source.text:
        return ()
    blocks: list[range] = []
    begun: int | None = None
    for number, is_begin in _markers(source):
        if is_begin == (begun is not None):
            at = begun if begun is not None else number
            raise NotPatchableError(f"line {at} has half of a generated block; delete the block")
        if begun is not None:
            blocks.append(range(begun, number + 1))
        begun = number if is_begin else None
    if begun is not None:
        raise NotPatchableError(f"the block of line {begun} has no end; delete the block")
    _check_content(source, blocks)
    return tuple(blocks)


def _markers(source: Source) -> Iterator[tuple[int, bool]]:
    """Yield the marker lines: whole-line comments, not text inside a string."""
    lines = iter(source.lines)
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        if token.type != tokenize.COMMENT or not token.string.startswith((BEGIN, END)):
            continue
        row, column = token.start
        if not source.lines[row - 1][:column].strip():
            yield row, token.string.startswith(BEGIN)


def _check_content(source: Source, blocks: Sequence[range]) -> None:
    for node in ast.walk(source.parse()):
        if not isinstance(node, ast.stmt):
            continue
        for block in blocks:
            inside = node.lineno in block
            cut = not hasattr(node, "body") and node.lineno < block.start <= _end(node)
            if cut or (inside and not _is_ordering(node)):
                raise NotPatchableError(
                    f"the generated block of line {block.start} holds more than ordering edges "
                    f"(line {node.lineno}); move them out of the block"
                )


def _is_ordering(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.LShift | ast.RShift)
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in _ORDERING_CALLS
    )


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def lines_of_blocks(source: Source, blocks: Sequence[range]) -> frozenset[int]:
    """Return the numbers of all lines that go with the blocks: the blank line above them too."""
    numbers = {number for block in blocks for number in block}
    for block in blocks:
        above = block.start - 1
        if above and not source.lines[above - 1].strip(" \t\r\n"):
            numbers.add(above)
    return frozenset(numbers)
