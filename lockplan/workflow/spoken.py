"""The text of objects: what their own ``__str__``, ``__repr__`` and ``__format__`` make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lockplan.workflow import texts
from lockplan.workflow.enums import EnumMember
from lockplan.workflow.formatting import converted, format_value
from lockplan.workflow.objects import Instance
from lockplan.workflow.records import field_names, field_values
from lockplan.workflow.values import Native, Site, Text, Unknown, Value


@dataclass(slots=True, eq=False, repr=False)
class Spoken(Native):
    """An object inside a collection that becomes a text."""

    words: str | Text

    def text(self) -> str | Text:
        """Return what the collection's text shows of it."""
        return self.words


def spoken(value: Value, site: Site, conversion: str = "s") -> Value:
    """Return an object's ``str()`` or ``repr()``, other values as they are but for objects inside.

    `conversion` is ``s`` or ``r``, as in ``{x!r}``.
    """
    if isinstance(value, Instance | EnumMember):
        return _of_object(value, site, conversion)
    if isinstance(value, list | tuple | dict) and not site.interpreter.known(value):
        return _of_collection(value, site)
    return value


def _of_object(value: Instance | EnumMember, site: Site, conversion: str) -> Value:
    for name in ("__str__", "__repr__") if conversion == "s" else ("__repr__",):
        if value.cls.lookup(name)[1]:
            return site.interpreter.call_method(value, name, [], {}, site)
    if isinstance(value, Instance) and field_names(value.cls) is not None:
        return _of_record(value, site)
    return value


def _of_record(value: Instance, site: Site) -> str | Text:
    pieces: list[Any] = []
    for name, each in zip(field_names(value.cls) or (), field_values(value, site), strict=True):
        pieces += [", " if pieces else "", f"{name}=", _repr(each, site)]
    return Text.join([_qualified(value), "(", *pieces, ")"])


def _qualified(value: Instance) -> str | Unknown:
    """Return the class's name as ``repr`` shows it; of one in a function it names that too."""
    name = value.cls.name
    of_module = value.cls.module.names.get(name) is value.cls
    return name if of_module else Unknown(f"the place of the class {name}")


def _repr(value: Value, site: Site) -> str | Text:
    said = spoken(value, site, "r")
    if isinstance(value, Instance | EnumMember) and isinstance(said, str | Text):
        return said
    return texts.as_repr(said)


def _inside(value: Value, site: Site) -> Value:
    if isinstance(value, Instance | EnumMember):
        said = spoken(value, site, "r")
        return Spoken(said) if isinstance(said, str | Text) else said
    return spoken(value, site, "r")


def _of_collection(value: Value, site: Site) -> Value:
    if isinstance(value, dict):
        return {_inside(key, site): _inside(each, site) for key, each in value.items()}
    return type(value)(_inside(each, site) for each in value)


def formatted(value: Value, spec: str, site: Site) -> Value:
    """Return what ``format(value, spec)`` formats: an object's own ``__format__`` already did."""
    if isinstance(value, Instance | EnumMember) and value.cls.lookup("__format__")[1]:
        made = site.interpreter.call_method(value, "__format__", [spec], {}, site)
        return made if isinstance(made, str | Text | Unknown) else Unknown("a formatted object")
    if isinstance(value, EnumMember) and value.is_mixed and spec:
        return format_value(value.value, spec)
    return NotImplemented


def replacement(value: Value, conversion: str | None, spec: str, site: Site) -> Value:
    """Return the text of ``{value!conversion:spec}``."""
    own = NotImplemented if conversion else formatted(value, spec, site)
    if own is not NotImplemented:
        return own
    said = spoken(value, site, "r" if conversion in ("r", "a") else "s")
    is_object = isinstance(value, Instance | EnumMember) and isinstance(said, str | Text)
    return format_value(said if is_object else converted(said, conversion), spec)


def spoken_each(right: Value, site: Site) -> Value:
    """Return the right side of ``text % right``, objects in it as their texts."""
    if isinstance(right, tuple):
        return tuple(_said(each, site) for each in right)
    if isinstance(right, dict) and not site.interpreter.known(right):
        return {key: _said(each, site) for key, each in right.items()}
    return _said(right, site)


def _said(value: Value, site: Site) -> Value:
    if isinstance(value, EnumMember) and value.text() == str(value.value):
        return value.value
    return spoken(value, site) if isinstance(value, Instance) else value
