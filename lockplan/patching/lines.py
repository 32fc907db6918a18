"""One generated line: an order, as Python, in the style that the user chose."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lockplan.model.workflow import Edge

_CHAIN_IMPORTS: Mapping[str, str] = MappingProxyType(
    {
        "1": "from airflow.utils.helpers import chain",
        "2": "from airflow.models.baseoperator import chain",
        "3": "from airflow.sdk import chain",
    }
)
"""Where Airflow keeps ``chain``, by its major version."""


class Style(StrEnum):
    """How an order is written."""

    SET_UPSTREAM = "set_upstream"
    BITSHIFT = "bitshift"
    CHAIN = "chain"


_CALLS: Mapping[Style, str] = MappingProxyType(
    {
        Style.SET_UPSTREAM: "{down}.set_upstream({up})",
        Style.BITSHIFT: "{up} >> {down}",
        Style.CHAIN: "{chain}({up}, {down})",
    }
)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line that orders two tasks; in code that makes several DAGs, those of each of them."""

    edge: Edge
    """The first of its edges: it gives the reason."""
    upstream: str
    """The expression that is the task."""
    downstream: str
    guard: str = ""
    """The condition under which the line runs; empty for always."""
    looks_up: bool = False
    """Whether a task is looked up by its id."""

    def call(self, style: Style, chain: str) -> str:
        """Return the line as Python."""
        return _CALLS[style].format(up=self.upstream, down=self.downstream, chain=chain)

    def roots(self) -> frozenset[str]:
        """Return the variables that it uses."""
        text = f"({self.upstream}, {self.downstream})"
        return frozenset(n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name))


def code_of(
    lines: Sequence[OrderLine], style: Style, chain: str | None, version: str, step: str
) -> Iterator[tuple[str, Edge | None]]:
    """Yield the code lines of a block, each with the edge that it stands for.

    `chain` is the name that the file has for Airflow's function, None where it has none.
    """
    if style is Style.CHAIN and chain is None:
        yield _CHAIN_IMPORTS.get(version, _CHAIN_IMPORTS["2"]), None
    guard = ""
    for line in sorted(lines, key=lambda line: line.guard):
        if line.guard != guard:
            guard = line.guard
            yield f"if {guard}:", None
        yield (step if guard else "") + line.call(style, chain or "chain"), line.edge
