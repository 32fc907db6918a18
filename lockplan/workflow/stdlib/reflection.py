"""What Python asks of objects: of which type they are, which attributes they have."""

from __future__ import annotations

from datetime import date, datetime

from lockplan.model.dates import DateExpr
from lockplan.workflow import dates, operators
from lockplan.workflow.classes import SuperValue
from lockplan.workflow.enums import EnumMember
from lockplan.workflow.objects import ClassValue, Function, Instance
from lockplan.workflow.scopes import merge_values
from lockplan.workflow.stdlib.natives import Builtin, Type
from lockplan.workflow.values import DateKind, Native, OneOf, Site, Text, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]


def _isinstance(args: Args, kwargs: Kwargs, site: Site) -> Value:
    value, wanted = args[0], args[1]
    if isinstance(value, OneOf):
        return operators.spread(lambda one: _isinstance([one, wanted], kwargs, site), value)
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    found = [_is_a(value, kind) for kind in kinds]
    if True in found:
        return True
    return Unknown("the type of a value") if None in found else False


def _is_a(value: Value, kind: Value) -> bool | None:
    if isinstance(value, Unknown) or isinstance(kind, Unknown):
        return None
    if isinstance(value, Instance):
        if kind in value.cls.linearized():
            return True
        if value.native is not None and _is_no_data(value.native, kind):
            return False
        if value.is_named_tuple() and isinstance(kind, Type) and kind.name == "tuple":
            return True
        base = value.cls.native_base()
        empty = base is None or getattr(base, "name", "") in _EMPTY_BASES
        known = empty and value.cls.unknown_base() is None
        return False if known and isinstance(kind, ClassValue | Type) else None
    if isinstance(value, EnumMember):
        return _is_member(value, kind)
    if isinstance(kind, ClassValue) and not isinstance(value, Native):
        return False
    if not isinstance(kind, Type) or not kind.python:
        return None
    if isinstance(value, Text):
        return str in kind.python
    if isinstance(value, DateExpr):
        stands_for = date if dates.kind_of(value) is DateKind.DATE else datetime
        return any(issubclass(stands_for, each) for each in kind.python)
    if isinstance(value, Native):
        return False if _is_no_data(value, kind) else None
    return isinstance(value, kind.python)


_DATA = frozenset({"str", "int", "float", "bool", "bytes", "list", "tuple", "set", "dict"})


def _is_no_data(value: Native, kind: Value) -> bool:
    return value.is_plain_object and isinstance(kind, Type) and kind.name in _DATA


def _is_member(member: EnumMember, kind: Value) -> bool | None:
    """Whether an enum's member is of a type: its enum, or the one that it also is."""
    if isinstance(kind, ClassValue):
        return kind in member.cls.linearized()
    if not isinstance(kind, Type) or kind.name not in _DATA:
        return None
    return member.is_mixed and isinstance(member.value, kind.python)


def _issubclass(args: Args, kwargs: Kwargs, site: Site) -> Value:
    cls, wanted = args[0], args[1]
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    if isinstance(cls, ClassValue) and any(kind in cls.linearized() for kind in kinds):
        return True
    return Unknown("whether one class is below another")


def _getattr(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not isinstance(args[1], str):
        return Unknown("an attribute whose name is not known")
    if len(args) > 2 and _surely_lacks(args[0], str(args[1]), site):
        return args[2]
    found = site.interpreter.attribute(args[0], str(args[1]), site)
    if len(args) > 2 and isinstance(found, Unknown):
        return merge_values([found, args[2]])
    return found


def _surely_lacks(value: Value, name: str, site: Site) -> bool:
    """Whether an object of the folder's own class, all of it read, has no such attribute."""
    if not isinstance(value, Instance) or value.native is not None or name.startswith("__"):
        return False
    cls = value.cls
    above = (cls.native_base(), cls.unknown_base())
    if any(base is not None and getattr(base, "name", "") not in _EMPTY_BASES for base in above):
        return False
    has = name in value.attributes or any(cls.lookup(each)[1] for each in (name, *_ANSWERING))
    return not (has or site.conditional or site.interpreter.region)


_ANSWERING = ("__getattr__", "__getattribute__", "__slots__")
_EMPTY_BASES = frozenset({"object", "ABC", "NamedTuple", "Generic", "Protocol"})
"""Library classes that give their subclasses no data of their own."""


def _setattr(args: Args, kwargs: Kwargs, site: Site) -> None:
    if isinstance(args[0], Native) and isinstance(args[1], str):
        args[0].set_attribute(str(args[1]), args[2], site)


def _hasattr(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not isinstance(args[1], str) or isinstance(args[0], Unknown):
        return Unknown("whether an attribute is there")
    found = site.interpreter.attribute(args[0], str(args[1]), site)
    return Unknown("whether an attribute is there") if isinstance(found, Unknown) else True


def _callable(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if isinstance(args[0], Function | Type | Builtin | ClassValue):
        return True
    return Unknown("whether it can be called") if isinstance(args[0], Native | Unknown) else False


def _globals(args: Args, kwargs: Kwargs, site: Site) -> Value:
    frames = site.interpreter.frames
    return frames[-1].module.names if frames else Unknown("globals()")


def _locals(args: Args, kwargs: Kwargs, site: Site) -> Value:
    frames = site.interpreter.frames
    return dict(frames[-1].scope.names) if frames else Unknown("locals()")


def _vars(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return args[0].attributes if args and isinstance(args[0], Instance) else Unknown("vars()")


def _super(args: Args, kwargs: Kwargs, site: Site) -> Value:
    known = len(args) == 2 and isinstance(args[0], ClassValue)
    return SuperValue(args[0], args[1]) if known else Unknown("super()")


REFLECTION: dict[str, Value] = {
    "isinstance": Builtin("isinstance", _isinstance),
    "issubclass": Builtin("issubclass", _issubclass),
    "getattr": Builtin("getattr", _getattr),
    "setattr": Builtin("setattr", _setattr),
    "hasattr": Builtin("hasattr", _hasattr),
    "callable": Builtin("callable", _callable),
    "globals": Builtin("globals", _globals),
    "locals": Builtin("locals", _locals),
    "vars": Builtin("vars", _vars),
    "super": Builtin("super", _super),
}
