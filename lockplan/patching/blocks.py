"""The generated block: its markers, its text, and where it stands in a file."""

from __future__ import annotations

import ast
import hashlib
import textwrap
import tokenize
from collections.abc import Iterable, Iterator, Sequence

from lockplan.model.workflow import Edge
from lockplan.patching.source import NotPatchableError, Source

MARK = "# lockplan: "
BEGIN = f"{MARK}begin"
END = f"{MARK}end"
_HEADER = (
    f"{BEGIN} (ordering only; generated, edits are lost)",
    "# These edges keep apart tasks that would block each other on a database; they pass no data.",
)
_ORDERING_CALLS = frozenset({"set_upstream", "set_downstream"})
_WIDTH = 100
_DIGEST_LENGTH = 8

Code = Sequence[tuple[str, Edge | None]]
"""Lines of Python, each with the edge that it stands for."""


def render_block(code: Code, notes: Iterable[str], indent: str, encoding: str) -> list[str]:
    """Return the lines of a block, without endings; the first sets it off from what is above."""
    room = max(_WIDTH - len(indent), 60)
    said = [line for note in notes for line in _comment(note, room)]
    lines = [f"{line}{_reason(edge)}" for line, edge in code]
    end = f"{END} {_digest(ast.parse(text_of(code)).body)}"
    texts = (*_HEADER, *said, *lines, end)
    return ["", *(indent + _printable(text, encoding) for text in texts)]


def text_of(code: Code) -> str:
    """Return the lines as Python."""
    return "\n".join(line for line, _ in code)


def _comment(note: str, width: int) -> list[str]:
    return textwrap.wrap(
        note,
        width,
        initial_indent="# ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _reason(edge: Edge | None) -> str:
    if edge is None:
        return ""
    text = ": ".join(part for part in (", ".join(edge.tables), edge.reason) if part)
    return f"  # {text}" if text else ""


def _printable(text: str, encoding: str) -> str:
    """Return a line in the characters that its file can hold."""
    if not encoding.startswith("utf-8"):
        plain = text.replace("…", "...")
        text = plain.encode(encoding, "backslashreplace").decode(encoding)
    return "".join(char if char.isprintable() or char == "\t" else " " for char in text)


def _digest(statements: Iterable[ast.stmt]) -> str:
    """Return a short sum of what statements do, however a formatter lays them out."""
    text = "\n".join(ast.unparse(node) for node in statements)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:_DIGEST_LENGTH]


def find_blocks(source: Source) -> tuple[range, ...]:
    """Return the line numbers of each generated block, markers included.

    Raise NotPatchableError where a block is cut in half or was edited by hand, because replacing it
    would lose somebody's work.
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
    source.parse()  # of a file that is no Python, no token says where a comment is
    lines = iter(source.lines)
    for token in tokenize.generate_tokens(lambda: next(lines, "")):
        if token.type != tokenize.COMMENT or not token.string.startswith((BEGIN, END)):
            continue
        row, column = token.start
        if not source.lines[row - 1][:column].strip():
            yield row, token.string.startswith(BEGIN)


def _check_content(source: Source, blocks: Sequence[range]) -> None:
    tree = source.parse()
    for block in blocks:
        cut = next((node for node in _statements(tree) if _is_cut(node, block)), None)
        if cut is not None:
            raise NotPatchableError(_more_than_edges(block, cut.lineno))
        inside = statements_in(tree, frozenset(block))
        given = source.lines[block[-1] - 1].strip().removeprefix(END).strip()
        if given and given != _digest(inside):
            raise NotPatchableError(
                f"the generated block of line {block.start} was edited by hand; move your lines "
                "out of it and delete it, or undo the edit"
            )
        for node in inside:
            if not given and not _is_ordering(node):
                raise NotPatchableError(_more_than_edges(block, node.lineno))


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _is_cut(node: ast.stmt, block: range) -> bool:
    """Whether a plain statement begins above a block and ends in it."""
    return not hasattr(node, "body") and node.lineno < block.start <= (node.end_lineno or 0)


def _more_than_edges(block: range, line: int) -> str:
    return (
        f"the generated block of line {block.start} holds more than ordering edges "
        f"(line {line}); move them out of the block"
    )


def statements_in(tree: ast.AST, numbers: frozenset[int]) -> list[ast.stmt]:
    """Return the statements that begin on these lines, without those inside of them."""
    found: list[ast.stmt] = []
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt) and node.lineno in numbers:
            found.append(node)
        else:
            pending.extend(ast.iter_child_nodes(node))
    return sorted(found, key=lambda node: node.lineno)


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


def lines_of_blocks(source: Source, blocks: Sequence[range]) -> frozenset[int]:
    """Return the numbers of all lines that go with the blocks: the blank line above them too."""
    numbers = {number for block in blocks for number in block}
    for block in blocks:
        above = block.start - 1
        if above and not source.lines[above - 1].strip(" \t\r\n"):
            numbers.add(above)
    return frozenset(numbers)
