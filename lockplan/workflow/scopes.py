"""Where names live while code is read: scopes, frames, and how two ways of a branch are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from lockplan.model.place import Span
from lockplan.workflow.loader import Source
from lockplan.workflow.objects import Function, ModuleValue
from lockplan.workflow.values import Foreign, OneOf, Unknown, Value, options

MAX_OPTIONS = 6
MAX_CAUSES = 200
"""Characters that a joined value's reason spends on what its parts lacked."""


class Flow(Enum):
    """How a block ends, when it does not run through to its last statement; weakest first."""

    CONTINUE = 1
    BREAK = 2
    RETURN = 3
    RAISE = 4


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """The names of one module, function, class body or comprehension."""

    names: dict[str, Value]
    parent: Scope | None = None
    """The enclosing function's or comprehension's scope; None directly under a module."""
    region: int = 0
    """The branch in which it was made."""
    outer: dict[str, Scope | None] = field(default_factory=dict)
    """Names declared ``global`` (None) or ``nonlocal`` (their scope)."""
    is_class: bool = False
    is_comprehension: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Frame:
    """One run of a module or function."""

    module: ModuleValue
    source: Source
    scope: Scope
    function: Function | None = None
    conditional: bool = False
    repeated: bool = False
    left: bool = False
    """Whether an earlier ``return`` may have ended the function."""
    returns: list[Value] = field(default_factory=list)
    yields: list[Value] | None = None
    """Collected values of a generator function, None for other functions."""
    exits: list[dict[str, Value]] = field(default_factory=list)
    """The names where a ``break`` or ``continue`` may have left the loop's current pass."""
    on_yield: Callable[[Value], None] | None = None
    """For a context manager's generator: what stands inside the ``with``."""

    def span(self, line: int, column: int = 0) -> Span:
        """Return a place in the frame's file; `column` counts from 0."""
        return Span(self.module.path, line, column + 1)


def same(a: Value, b: Value) -> bool:
    """Whether two values are surely the same."""
    if a is b:
        return True
    if isinstance(a, str) and isinstance(b, str):
        return str.__eq__(a, b) is True
    if type(a) is not type(b):
        return False
    try:
        return bool(a == b)
    except (RecursionError, TypeError, ValueError):
        return False


def merge_values(values: Iterable[Value], reason: str = "depends on a condition") -> Value:
    """Return the value that stands for any of `values`."""
    given = list(values)
    if len(given) == 1:
        return given[0]
    found: list[Value] = []
    for value in given:
        for option in options(value):
            for known in found:
                if same(option, known):
                    break
            else:
                found.append(option)
    if len(found) == 1:
        return found[0]
    plain = [value for value in found if isinstance(value, Unknown)]
    if len(found) > MAX_OPTIONS or len(plain) == len(found):
        return Unknown(_with_causes(reason, plain[:2]))
    return OneOf(reason, tuple(found))


def _with_causes(reason: str, unknowns: Iterable[Unknown]) -> str:
    """Return `reason` with what the values lacked, bounded: joins are joined again."""
    causes = dict.fromkeys(_cause(value.reason, reason) for value in unknowns)
    detail = "; ".join(cause for cause in causes if cause)
    if len(detail) > MAX_CAUSES:
        detail = f"{detail[:MAX_CAUSES]} …"
    return f"{reason} ({detail})" if detail else reason


def _cause(known: str, reason: str) -> str:
    """Return the cause in a reason; of one that was already joined for `reason`, what it lacked."""
    if known == reason:
        return ""
    opening = f"{reason} ("
    return known[len(opening) : -1] if known.startswith(opening) else known


def merge_names(ways: list[dict[str, Value]]) -> dict[str, Value]:
    """Join the names after each way of a branch; a name bound on one way only keeps its value.

    Code that reads such a name runs only where it was bound.
    """
    if len(ways) == 1:
        return ways[0]
    merged = dict(ways[0])
    unlike: set[str] = set()
    for way in ways[1:]:
        for name, value in way.items():
            if merged.setdefault(name, value) is not value:
                unlike.add(name)
    for name in unlike:
        merged[name] = merge_values(way[name] for way in ways if name in way)
    return merged


def merge_imports(ways: list[dict[str, Value]]) -> dict[str, Value]:
    """Join the ways of a ``try`` around imports: the first that is a known thing stands for it.

    ``None`` and ``False`` are none: they say that the import failed, which it does not do where
    the DAGs run.
    """
    merged: dict[str, Value] = {}
    for way in ways:
        for name, value in way.items():
            known = merged.get(name)
            if isinstance(known, Foreign) and (value is None or value is False):
                merged[name] = replace(known, present=True)
            elif name not in merged or isinstance(known, Foreign):
                merged[name] = value
    return merged


def join_flows(flows: list[Flow | None]) -> Flow | None:
    """Return how a branch ends: an error on one way leaves the others, else the weakest counts."""
    if None in flows:
        return None
    kinds = [flow for flow in flows if flow is not None]
    return min(kinds, key=lambda flow: flow.value) if kinds else None
