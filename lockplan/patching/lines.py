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


_RULE_IMPORT_OF_2 = (
    "from airflow.task.priority_strategy import validate_and_load_priority_weight_strategy"
)
_ABSOLUTE_OF_2 = 'validate_and_load_priority_weight_strategy("absolute")'
"""From 2.9 on, Airflow 2 keeps an operator's rule as an object."""


@dataclass(frozen=True, slots=True)
class Way:
    """How lines are written in one file."""

    style: Style
    version: str
    """Airflow's major version that the file is written for."""
    step: str
    """White space of one level of indentation."""
    chain: str | None = None
    """The file's own name of Airflow's ``chain``; None where it does not import it."""


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
    at_end: bool = False
    """Whether it stands behind all of its block: a task that is looked up exists by then."""

    def statements(self, way: Way) -> tuple[str, ...]:
        """Return the line as Python."""
        chain = way.chain or "chain"
        return (_CALLS[way.style].format(up=self.upstream, down=self.downstream, chain=chain),)

    def roots(self) -> frozenset[str]:
        """Return the variables that it uses."""
        text = f"({self.upstream}, {self.downstream})"
        return frozenset(n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name))


@dataclass(frozen=True, slots=True)
class WeightLine:
    """Gives a task the weight by which the plan's schedule comes about."""

    task: str
    """The expression that is the operator: a result has no weight."""
    weight: int
    edge: None = None
    guard: str = ""
    at_end: bool = True

    def statements(self, way: Way) -> tuple[str, ...]:
        """Return the lines as Python."""
        rule = _ABSOLUTE_OF_2 if way.version == "2" else '"absolute"'
        return (
            f"{self.task}.priority_weight = {self.weight}",
            f"{self.task}.weight_rule = {rule}",
        )

    def roots(self) -> frozenset[str]:
        """Return the variables that it uses: it stands at its block's end, behind all of them."""
        return frozenset()


Line = OrderLine | WeightLine


def code_of(lines: Sequence[Line], way: Way) -> Iterator[tuple[str, Edge | None]]:
    """Yield the code lines of a block, each with the edge that it stands for."""
    orders = any(isinstance(line, OrderLine) for line in lines)
    if way.style is Style.CHAIN and way.chain is None and orders:
        yield _CHAIN_IMPORTS[way.version], None
    if way.version == "2" and any(isinstance(line, WeightLine) for line in lines):
        yield _RULE_IMPORT_OF_2, None
    guard = ""
    for line in sorted(lines, key=lambda line: line.guard):
        if line.guard != guard:
            guard = line.guard
            yield f"if {guard}:", None
        for statement in line.statements(way):
            yield (way.step if guard else "") + statement, line.edge
