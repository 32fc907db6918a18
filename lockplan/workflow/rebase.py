"""Several folders in one workflow: their paths become relative to what they have in common."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from posixpath import join, normpath
from typing import TypeVar

from lockplan.model.place import Span
from lockplan.model.workflow import Dag

T = TypeVar("T")


def rebased(value: T, prefix: str) -> T:
    """Return a value of the model with `prefix` before every path in it."""
    if isinstance(value, tuple):
        return tuple(rebased(item, prefix) for item in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {}
    for name in (one.name for one in fields(value)):
        old = getattr(value, name)
        is_path = name == "path" and isinstance(value, Span | Dag)
        new = normpath(join(prefix, old)) if is_path else rebased(old, prefix)
        if new is not old:
            changed[name] = new
    return replace(value, **changed) if changed else value
