"""Dataclasses and named tuples of the folder: their fields and what follows from them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockplan.workflow.values import ClassValue, Instance, Native, Site, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


def annotated_fields(cls: ClassValue) -> tuple[str, ...]:
    """Return a class's annotated names in order, those of its bases first."""
    found: dict[str, None] = {}
    for owner in reversed(cls.linearized()):
        for statement in owner.node.body if owner.node is not None else ():
            if not isinstance(statement, ast.AnnAssign):
                continue
            target, kind = statement.target, ast.unparse(statement.annotation)
            if isinstance(target, ast.Name) and "ClassVar" not in kind:
                found[target.id] = None
    return tuple(found)


def set_fields(
    interpreter: Interpreter,
    instance: Instance,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> None:
    """Run the ``__init__`` that a dataclass or named tuple has."""
    cls = instance.cls
    names = next((owner.fields for owner in cls.linearized() if owner.fields is not None), ())
    given = dict(zip(names, args, strict=False)) | kwargs
    for name in names:
        default, exists = cls.lookup(name)
        if name in given:
            instance.attributes[name] = given[name]
        elif isinstance(default, FieldDefault):
            instance.attributes[name] = default.make(interpreter, site)
        elif not exists or "**" in kwargs:
            instance.attributes[name] = Unknown(f"{cls.name}.{name}")
    if cls.lookup("__post_init__")[1]:
        interpreter.call_method(instance, "__post_init__", [], {}, site)


@dataclass(slots=True, eq=False)
class FieldDefault(Native):
    """``dataclasses.field(...)``."""

    default: Value = None
    factory: Value = None
    given: bool = False

    def make(self, interpreter: Interpreter, site: Site) -> Value:
        """Return the field's value for a new instance."""
        if self.factory is not None:
            return interpreter.call_value(self.factory, [], {}, site)
        return self.default if self.given else Unknown("a field without a default")
