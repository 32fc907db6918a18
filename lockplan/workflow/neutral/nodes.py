"""What a YAML or JSON text holds, each value with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Scalar = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands."""

    value: Scalar | tuple[Node, ...] | Mapping[str, Field]
    line: int
    """From 1; of a text that YAML writes as a block, the first line of the text itself."""


@dataclass(frozen=True, slots=True)
class Field:
    """The value of a key, and where the key stands."""

    node: Node
    line: int


class WrongError(Exception):
    """A value that cannot be used, with its line and, where there is one, the way out."""

    def __init__(self, line: int, problem: str, way_out: str = "") -> None:
        super().__init__(line, problem, way_out)
        self.line = line
        self.problem = problem
        self.way_out = way_out


def add_field(fields: dict[str, Field], key: object, line: int, node: Node) -> None:
    """Put a field into a mapping; raise WrongError where it has no name, or a name twice."""
    if not isinstance(key, str):
        raise WrongError(line, f"the name {key} is not a text", "Write it in quotes.")
    if key in fields:
        raise WrongError(line, f"`{key}` stands here and at line {fields[key].line}")
    fields[key] = Field(node, line)
