"""The comment lines around ordering edges that were generated, and whether code stands inside."""

from __future__ import annotations

from collections.abc import Iterable

from lockplan.workflow.values import Site

MARK = "# lockplan: "
BEGIN = f"{MARK}begin"
END = f"{MARK}end"


def generated_lines(lines: Iterable[str]) -> frozenset[int]:
    """Return the line numbers between whole-line marker comments."""
    inside: set[int] = set()
    begun: int | None = None
    marked = [(number, line) for number, line in enumerate(lines, start=1) if MARK in line]
    for number, line in marked:
        text = line.strip()
        if text.startswith(BEGIN):
            begun = number
        elif text.startswith(END) and begun is not None:
            inside.update(range(begun + 1, number))
            begun = None
    return frozenset(inside)


class GeneratedBlocks(dict[str, frozenset[int]]):
    """Generated line numbers by file; lives in `Interpreter.state`."""


def stands_in_generated_block(site: Site) -> bool:
    """Whether a call stands between the markers of its file."""
    blocks = site.interpreter.state.get(GeneratedBlocks, {})
    return site.span.line in blocks.get(site.span.path, ())
