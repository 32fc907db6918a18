"""dag-factory's ways to write an object in YAML: ``__type__``, tags, ``+task_id``."""

from __future__ import annotations

import re
from collections.abc import Callable

from lockplan.workflow.airflow.tasks import TaskObject, XComArg
from lockplan.workflow.frontends.importing import at, imported, keywords, skip
from lockplan.workflow.stdlib.yaml_texts import unknown_tag
from lockplan.workflow.texts import as_text
from lockplan.workflow.values import Site, Text, Unknown, Value

_PYTHON_NAME = re.compile(r"tag:yaml\.org,2002:python/name:(?P<path>[\w.]+)")
_OWN = frozenset({"__type__", "__args__"})
_RESULT = re.compile(r"^\+(?P<task>\w+)(?:\[['\"](?P<key>.*)['\"]\])?$")
_OUTPUT = re.compile(r"^(?:(?P<task>[\w.-]+)\.output|Xcom[Aa]rg\((?P<inner>[^)]*)\))$")


def tagged(tag: str, content: Value, site: Site) -> Value:
    """Return what a YAML tag stands for: a function by its name, joined texts, else unknown."""
    match = _PYTHON_NAME.fullmatch(tag)
    if match is not None:
        return imported(match["path"], site)
    combine = _COMBINED.get(f"__{tag.removeprefix('!')}__")
    if combine is not None and isinstance(content, list):
        return combine(content)
    return unknown_tag(tag, content)


def as_objects(value: Value, site: Site) -> Value:
    """Replace mappings with a ``__type__`` by the objects that they describe, anywhere inside."""
    if isinstance(value, list):
        return [as_objects(each, site) for each in value]
    if not isinstance(value, dict):
        return value
    for name, combine in _COMBINED.items():
        if isinstance(value.get(name), list):
            return combine(as_objects(value[name], site))
    if "__type__" not in value:
        return {key: as_objects(each, site) for key, each in value.items()}
    return _object(value, site)


def _object(value: dict[Value, Value], site: Site) -> Value:
    kind = value["__type__"]
    if kind == "builtins.list":
        return as_objects(value.get("items", []), site)
    args = as_objects(value.get("__args__") or [], site)
    kwargs = as_objects(keywords(value, _OWN), site)
    positional = args if isinstance(args, list) else [Unknown("arguments of an object")]
    return site.interpreter.call_value(imported(kind, site), positional, kwargs, site)


def _joined(items: list[Value]) -> Value:
    return Text.join([as_text(item) for item in items])


def _condition(word: str) -> Callable[[list[Value]], Value]:
    def combine(items: list[Value]) -> Value:
        texts = [str(item) for item in items if isinstance(item, str)]
        known = len(texts) == len(items)
        return f"({f' {word} '.join(texts)})" if known else Unknown("a condition on assets")

    return combine


_COMBINED: dict[str, Callable[[list[Value]], Value]] = {
    "__and__": _condition("&"),
    "__or__": _condition("|"),
    "__join__": _joined,
}


def result_of(value: Value, tasks: dict[str, Value], site: Site) -> Value:
    """Return the task's result behind ``+task_id`` or ``+task_id['key']``, else the value."""
    match = _RESULT.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    found = tasks.get(match["task"])
    if found is None:
        skip(
            at(value, site), "edge", f"the task {match['task']}, whose result is used, is not there"
        )
        return Unknown(f"result of task {match['task']}")
    return found if match["key"] is None else site.interpreter.item(found, match["key"], site)


def mapped_over(value: Value, tasks: dict[str, Value]) -> Value:
    """Return the task's result behind ``task_id.output``, else the value."""
    match = _OUTPUT.match(value) if isinstance(value, str) else None
    found = tasks.get(match["task"] or match["inner"]) if match is not None else None
    return XComArg(found) if isinstance(found, TaskObject) else value
