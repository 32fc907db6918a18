"""Dataclasses and named tuples of the folder: their fields and what follows from them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockplan.workflow.objects import ClassValue, Instance
from lockplan.workflow.values import Native, Site, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field of a dataclass or named tuple."""

    name: str
    is_argument: bool = True
    """Whether ``__init__`` takes it."""
    keyword_only: bool = False
    stored: bool = True
    """Whether the object keeps it; an ``InitVar`` only reaches ``__post_init__``."""


def declare(cls: ClassValue) -> None:
    """Note a class's fields: it is a dataclass or a named tuple."""
    cls.fields = tuple(each.name for each in record_fields(cls) if each.stored)


def record_fields(cls: ClassValue) -> list[RecordField]:
    """Return a class's fields in order, those of its bases first."""
    if cls.node is None:
        return [RecordField(name) for name in cls.fields or ()]
    found: dict[str, RecordField] = {}
    for owner in reversed(cls.linearized()):
        keyword_only = False
        for statement in owner.node.body if owner.node is not None else ():
            declared = _declared(statement, owner)
            if declared is None:
                continue
            name, kind = declared
            if "KW_ONLY" in kind:
                keyword_only = True
            else:
                found[name] = _field(name, kind, owner.names.get(name), keyword_only)
    return list(found.values())


def _declared(statement: ast.stmt, owner: ClassValue) -> tuple[str, str] | None:
    """Return the name and annotation of a field that a statement of a class's body declares."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        kind = ast.unparse(statement.annotation)
        return None if "ClassVar" in kind else (statement.target.id, kind)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
        return (name, "") if isinstance(owner.names.get(name), FieldDefault) else None
    return None


def _field(name: str, kind: str, default: Value, keyword_only: bool) -> RecordField:
    stored = "InitVar" not in kind
    if isinstance(default, FieldDefault):
        only = keyword_only or default.keyword_only
        return RecordField(name, default.is_argument, only, stored)
    return RecordField(name, True, keyword_only, stored)


def set_fields(
    interpreter: Interpreter,
    instance: Instance,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> None:
    """Run the ``__init__`` that a dataclass or named tuple has."""
    cls = instance.cls
    owner = next((owner for owner in cls.linearized() if owner.fields is not None), cls)
    fields = record_fields(owner)
    taken = [each.name for each in fields if each.is_argument and not each.keyword_only]
    given = dict(zip(taken, args, strict=False)) | kwargs
    passed: list[Value] = []
    for each in fields:
        value, exists = _initial(interpreter, each, cls, given, site)
        if not each.stored:
            passed.append(value)
        elif exists:
            instance.attributes[each.name] = value
    if cls.lookup("__post_init__")[1]:
        interpreter.call_method(instance, "__post_init__", passed, {}, site)


def _initial(
    interpreter: Interpreter,
    field: RecordField,
    cls: ClassValue,
    given: dict[str, Value],
    site: Site,
) -> tuple[Value, bool]:
    """Return what a field begins with, and whether the object itself holds it."""
    default, exists = cls.lookup(field.name)
    if field.name in given:
        return given[field.name], True
    if isinstance(default, FieldDefault):
        return default.make(interpreter, site), True
    if not exists or "**" in given:
        return Unknown(f"{cls.name}.{field.name}"), True
    return default, False


@dataclass(slots=True, eq=False, repr=False)
class FieldDefault(Native):
    """``dataclasses.field(...)``."""

    default: Value = None
    factory: Value = None
    given: bool = False
    is_argument: bool = True
    keyword_only: bool = False

    def make(self, interpreter: Interpreter, site: Site) -> Value:
        """Return the field's value for a new instance."""
        if self.factory is not None:
            return interpreter.call_value(self.factory, [], {}, site)
        return self.default if self.given else Unknown("a field without a default")


def field_names(cls: ClassValue) -> tuple[str, ...] | None:
    """Return the fields of a dataclass or named tuple, None of any other class."""
    return next((owner.fields for owner in cls.linearized() if owner.fields is not None), None)


def field_values(instance: Instance, site: Site) -> list[Value]:
    """Return the values of a record's fields, in order."""
    return [instance.attribute(name, site) for name in field_names(instance.cls) or ()]


def _is_tuple(cls: ClassValue) -> bool:
    return any(owner.is_tuple for owner in cls.linearized())


def _as_sequence(value: Value, site: Site) -> list[Value] | None:
    """Return a tuple's or named tuple's elements, None of anything else."""
    if isinstance(value, Instance) and _is_tuple(value.cls):
        return field_values(value, site)
    return list(value) if isinstance(value, tuple) else None


def compared(
    left: Value, right: Value, site: Site, *, ordered: bool = False
) -> tuple[list[Value], list[Value]] | None:
    """Return what decides how two records or tuples compare, None where something else does."""
    pair = (_as_sequence(left, site), _as_sequence(right, site))
    if pair[0] is not None and pair[1] is not None:
        return pair[0], pair[1]
    if not (isinstance(left, Instance) and isinstance(right, Instance) and left.cls is right.cls):
        return None
    if field_names(left.cls) is None or (ordered and not left.cls.is_ordered):
        return None
    return field_values(left, site), field_values(right, site)


def record_attribute(instance: Instance, name: str, site: Site) -> Value | None:
    """Return what a named tuple answers besides its fields, None where it has no such name."""
    if not _is_tuple(instance.cls):
        return None
    names = field_names(instance.cls) or ()
    methods: dict[str, Callable[[list[Value], dict[str, Value]], Value]] = {
        "_asdict": lambda args, kwargs: site.interpreter.fresh(
            dict(zip(names, field_values(instance, site), strict=True))
        ),
        "_replace": lambda args, kwargs: site.interpreter.fresh(
            Instance(instance.cls, {**instance.attributes, **kwargs})
        ),
    }
    return (
        Method(name, methods[name])
        if name in methods
        else class_record_attribute(instance.cls, name, site)
    )


def class_record_attribute(cls: ClassValue, name: str, site: Site) -> Value | None:
    """Return what a named tuple's class answers, None where it has no such name."""
    if not _is_tuple(cls):
        return None
    if name == "_fields":
        return field_names(cls)
    if name == "_make":
        return Method(name, lambda args, kwargs: _made(cls, args, site))
    return None


def _made(cls: ClassValue, args: list[Value], site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site) if args else Unknown("_make()")
    return elements if isinstance(elements, Unknown) else cls.call(elements, {}, site)


@dataclass(slots=True, eq=False, repr=False)
class Method(Native):
    """A method that a record has by itself."""

    name: str
    function: Callable[[list[Value], dict[str, Value]], Value]

    def describe(self) -> str:
        return self.name

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return self.function(args, kwargs)
