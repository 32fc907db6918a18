"""Airflow's Variables: what the user told of them, else the default that the code gives."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.methods import BoundMethod, argument
from lockplan.workflow.given import given
from lockplan.workflow.values import Native, Site, Value


def variable_get(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``Variable.get(key, default, deserialize_json=…)``."""
    key = argument(args, kwargs, 0, "key")
    known = _told(key, site, as_json=kwargs.get("deserialize_json") is True)
    if known is not None:
        return known
    for name in ("default_var", "default"):
        if name in kwargs:
            return kwargs[name]
    if len(args) > 1:
        return args[1]
    return Unknown(f"Variable.get({key!r})" if isinstance(key, str) else "Variable.get()")


def _told(key: Value, site: Site, *, as_json: bool) -> Value:
    """Return what the user told of a Variable, None where that is nothing."""
    text = given(site).variables.get(key) if isinstance(key, str) else None
    if text is None or not as_json:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return Unknown(f"Variable {key!r}, which is no JSON")


@dataclass(slots=True, eq=False, repr=False)
class TemplateVariables(Native):
    """``var`` of a template."""

    def describe(self) -> str:
        return "var"

    def attribute(self, name: str, site: Site) -> Value:
        return _ByKey(f"var.{name}", as_json=name == "json")


@dataclass(slots=True, eq=False, repr=False)
class _ByKey(Native):
    """``var.value`` and ``var.json``."""

    name: str
    as_json: bool

    def describe(self) -> str:
        return self.name

    def attribute(self, name: str, site: Site) -> Value:
        return BoundMethod(name, self._get) if name == "get" else self.item(name, site)

    def item(self, key: Value, site: Site) -> Value:
        known = _told(key, site, as_json=self.as_json)
        return Unknown(f"{self.name}.{key}") if known is None else known

    def _get(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        key, default = argument(args, kwargs, 0, "key"), argument(args, kwargs, 1, "default_var")
        known = _told(key, site, as_json=self.as_json)
        if known is not None:
            return known
        return Unknown(f"{self.name}.get({key})") if default is None else default
