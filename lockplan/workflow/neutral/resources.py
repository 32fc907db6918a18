"""Resources of a workflow file: a name, or a name with a half-open interval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from lockplan.model.region import Interval, Value, as_value
from lockplan.model.resource import Resource
from lockplan.workflow.neutral.fields import Problems, Reader, Shape, called, listed, number, text
from lockplan.workflow.neutral.nodes import Node, WrongError

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?", re.ASCII)


def _bound(node: Node) -> Value:
    """Read a number or a date; a time with a zone becomes that of UTC."""
    value = node.value
    if isinstance(value, str):
        value = _moment(value, node.line)
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    return as_value(value) if isinstance(value, date) else as_value(number(node))


def _moment(text: str, line: int) -> datetime:
    wrong = WrongError(
        line, f"must be a number or a date, not {text!r}", "Write dates as 2026-01-31."
    )
    if not _ISO_DATE.fullmatch(text):
        raise wrong
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong from error


_NEEDS_BOTH = "Give `from` and `to`, or the name alone for all of it."
RESOURCE: Mapping[str, Reader] = {"name": text, "from": _bound, "to": _bound}
REQUIRED = {"name": "Name what is read or written.", "from": _NEEDS_BOTH, "to": _NEEDS_BOTH}


def read_resources(node: Node, problems: Problems) -> tuple[Resource, ...]:
    """Read a list of resources; what is wrong with one of them is noted."""
    found = (_resource(item, problems) for item in listed(node))
    return tuple(resource for resource in found if resource is not None)


def _resource(node: Node, problems: Problems) -> Resource | None:
    if not isinstance(node.value, Mapping):
        return Resource(text(node).text)
    shape = Shape(called("resource", node, "name"), RESOURCE, REQUIRED)
    values = problems.read(node, shape)
    if values.keys() != RESOURCE.keys():
        return None
    low, high = values["from"], values["to"]
    wrong = _why_no_interval(low, high)
    if wrong:
        problems.add(node.line, f"{shape.what}: {wrong}")
        return None
    return Resource(values["name"].text, Interval(low, high, high_closed=False))


def _why_no_interval(low: Value, high: Value) -> str | None:
    if isinstance(low, datetime) is not isinstance(high, datetime):
        return "one end of its interval is a number, the other a date"
    if low >= high:  # type: ignore[operator]  # both are dates or both are numbers
        return "its interval is empty: `from` belongs to it, `to` does not"
    return None
