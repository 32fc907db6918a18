"""Reading the fields of a mapping by a table of readers, all problems gathered."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lockplan.errors import InputError
from lockplan.workflow.neutral.nodes import Node, WrongError

Reader = Callable[[Node], Any]
"""Returns a field's value, or raises WrongError."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields that a mapping may have."""

    what: str
    """What the mapping is called in a message: ``task `load```."""
    readers: Mapping[str, Reader]
    required: Mapping[str, str]
    """Fields that must be there, each with the way out where it is not."""


@dataclass(frozen=True, slots=True)
class Word:
    """A text and where it stands."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with one file."""

    file: Path
    found: list[tuple[int, InputError]] = field(default_factory=list)

    def add(self, line: int, problem: str, way_out: str = "") -> None:
        """Note a problem."""
        self.found.append((line, InputError(f"{self.file}:{line}", problem, way_out)))

    def in_order(self) -> tuple[InputError, ...]:
        """Return the problems by their lines."""
        return tuple(error for _, error in sorted(self.found, key=lambda each: each[0]))

    def read(self, node: Node, shape: Shape) -> dict[str, Any]:
        """Return the fields that can be used; what is wrong with the others is noted."""
        if not isinstance(node.value, Mapping):
            self.add(node.line, f"{shape.what} must have fields: {_list(shape.readers)}")
            return {}
        values: dict[str, Any] = {}
        for name, each in node.value.items():
            reader = shape.readers.get(name)
            if reader is None:
                problem = f"{shape.what} has no field `{name}`"
                self.add(each.line, problem, nearest(name, shape.readers))
                continue
            try:
                values[name] = reader(each.node)
            except WrongError as wrong:
                problem = f"`{name}` of {shape.what} {wrong.problem}"
                self.add(wrong.line, problem, wrong.way_out)
        for name, way_out in shape.required.items():
            if name not in node.value:
                self.add(node.line, f"{shape.what} has no `{name}`", way_out)
        return values


def nearest(name: str, known: Collection[str]) -> str:
    """Return the way out for a name that is not known."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Known: {_list(known)}." if known else ""


_MOST_NAMES = 20


def _list(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - _MOST_NAMES
    return ", ".join(every[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def text(node: Node) -> Word:
    """Read a text that is not empty."""
    if not isinstance(node.value, str):
        raise WrongError(node.line, f"must be a text, not {_shown(node)}", "Write it in quotes.")
    if not node.value.strip():
        raise WrongError(node.line, "must not be empty")
    return Word(node.value, node.line)


def listed(node: Node) -> tuple[Node, ...]:
    """Read a list."""
    if not isinstance(node.value, tuple):
        raise WrongError(node.line, f"must be a list, not {_shown(node)}")
    return node.value


def texts(node: Node) -> tuple[Word, ...]:
    """Read a list of texts."""
    return tuple(text(item) for item in listed(node))


def positive(node: Node) -> int:
    """Read a whole number of 1 or more."""
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise WrongError(node.line, f"must be a whole number of 1 or more, not {_shown(node)}")
    return value


def number(node: Node) -> int | float:
    """Read a finite number."""
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongError(node.line, f"must be a number, not {_shown(node)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongError(node.line, f"must be a finite number, not {_shown(node)}")
    return value


def called(kind: str, node: Node, field: str) -> str:
    """Return what to call a mapping in messages: its kind and its name, as far as it has one."""
    name = node.value.get(field) if isinstance(node.value, Mapping) else None
    given = name.node.value if name else None
    return f"{kind} `{given}`" if isinstance(given, str) else f"a {kind}"


def one_of(known: Mapping[str, Any]) -> Reader:
    """Return a reader of one of some words."""

    def read(node: Node) -> Any:
        word = text(node).text
        if word not in known:
            raise WrongError(node.line, f"is not known: `{word}`", nearest(word, known))
        return known[word]

    return read


_MOST_SHOWN = 40


def _shown(node: Node) -> str:
    if isinstance(node.value, tuple):
        return "a list"
    if isinstance(node.value, Mapping):
        return "a mapping"
    if node.value is None:
        return "empty"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    shown = repr(node.value) if isinstance(node.value, str) else str(node.value)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"
