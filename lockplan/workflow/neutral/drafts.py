"""A task of a workflow file, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lockplan.model.connection import SERVERS
from lockplan.model.resource import Resource
from lockplan.model.workflow import TriggerRule
from lockplan.workflow.neutral.fields import (
    Problems,
    Reader,
    Shape,
    Word,
    called,
    number,
    one_of,
    positive,
    text,
    texts,
)
from lockplan.workflow.neutral.nodes import Node, WrongError
from lockplan.workflow.neutral.resources import read_resources

LONGEST_S = 1_000_000_000
"""The longest duration: some thirty years."""


def _duration(node: Node) -> int:
    seconds = number(node)
    if not 0 <= seconds <= LONGEST_S:
        raise WrongError(node.line, f"must be 0 to {LONGEST_S} seconds, not {seconds}")
    return round(seconds)


TASK: Mapping[str, Reader] = {
    "id": text,
    "duration_s": _duration,
    "upstream": texts,
    "pool": text,
    "slots": positive,
    "trigger_rule": one_of({str(rule): rule for rule in TriggerRule}),
    "sql": texts,
    "engine": one_of({str(engine): engine for engine in SERVERS}),
}
"""Readers of a task's fields, but for its resources."""
_REQUIRED = {"id": "Name each task.", "duration_s": "Give its usual seconds, 0 or more."}


@dataclass(frozen=True, slots=True)
class Draft:
    """A task's fields as far as they can be used."""

    line: int
    fields: Mapping[str, Any]

    @property
    def id(self) -> Word | None:
        """The task's name, None where it has none."""
        return self.fields.get("id")

    @property
    def name(self) -> str:
        """The task in words."""
        return f"task `{self.id.text}`" if self.id else "a task"


def read_draft(node: Node, problems: Problems) -> Draft:
    """Read a task; what is wrong with it is noted."""

    def resources(list_of_them: Node) -> tuple[Resource, ...]:
        return read_resources(list_of_them, problems)

    readers = {**TASK, "reads": resources, "writes": resources}
    return Draft(
        node.line, problems.read(node, Shape(called("task", node, "id"), readers, _REQUIRED))
    )
