"""Enums of the folder: their members and what these equal."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.workflow.descriptors import bound
from lockplan.workflow.objects import ClassValue, Function, Instance
from lockplan.workflow.operators import binary
from lockplan.workflow.texts import as_text
from lockplan.workflow.values import Native, Site, Text, Unknown, Value

AUTO = Unknown("enum.auto()")
MIXED = frozenset({"str", "int", "StrEnum", "IntEnum", "IntFlag"})
_PLAIN_TEXT = frozenset({"StrEnum", "IntEnum", "IntFlag"})
"""Enums whose members' ``str()`` is that of their value."""
_OF_TEXT = frozenset({"StrEnum"})
_OF_BITS = frozenset({"Flag", "IntFlag"})
ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})


@dataclass(slots=True, eq=False, repr=False)
class EnumMember(Native):
    """A member of an enum of the folder."""

    cls: ClassValue
    name: str
    value: Value

    @property
    def constant(self) -> Value:
        """What the member equals: its value where the enum is also a ``str`` or ``int``."""
        return self.value if self.is_mixed else (self.cls.name, self.name)

    @property
    def is_mixed(self) -> bool:
        """Whether the member is also its value, a text or a number."""
        bases = (base for owner in self.cls.linearized() for base in owner.bases)
        return any(getattr(base, "name", "") in MIXED for base in bases)

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if not self.is_mixed or (operator == "%" and isinstance(other, str | Text)):
            return NotImplemented
        pair = (other, self.value) if reflected else (self.value, other)
        return binary(operator, *pair, site)

    def describe(self) -> str:
        return f"{self.cls.name}.{self.name}"

    def text(self) -> Value:
        """``str(member)``."""
        plain = any(getattr(base, "name", "") in _PLAIN_TEXT for base in self.cls.bases)
        return as_text(self.value) if plain else f"{self.cls.name}.{self.name}"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("value", "_value_"):
            return self.value
        if name in ("name", "_name_"):
            return self.name
        found, exists = self.cls.lookup(name)
        if exists:
            return bound(found, self, self.cls, site)
        if isinstance(self.value, str | Text):
            return site.interpreter.attribute(self.value, name, site)
        return self._set_by_init(name, site)

    def _set_by_init(self, name: str, site: Site) -> Value:
        """Return what the enum's own ``__init__`` sets from the member's value."""
        init, exists = self.cls.lookup("__init__")
        if not exists or not isinstance(init, Function):
            return Unknown(f"{self.describe()}.{name}")
        made = Instance(self.cls)
        args = list(self.value) if isinstance(self.value, tuple) else [self.value]
        site.interpreter.call_value(bound(init, made, self.cls, site), args, {}, site)
        return made.attributes.get(name, Unknown(f"{self.describe()}.{name}"))

    def truth(self) -> bool | None:
        return True


def make_members(cls: ClassValue) -> None:
    """Make members of an enum's constants."""
    for position, (name, value) in enumerate(list(cls.names.items()), start=1):
        if not isinstance(value, Native) and not name.startswith("__"):
            auto = isinstance(value, Unknown) and value.reason == AUTO.reason
            chosen = _automatic(cls, name, position) if auto else value
            cls.names[name] = EnumMember(cls, name, chosen)


def _automatic(cls: ClassValue, name: str, position: int) -> Value:
    """Return what ``enum.auto()`` stands for, as far as the kind of enum alone decides it."""
    kinds = {getattr(base, "name", "") for owner in cls.linearized() for base in owner.bases}
    if cls.lookup("_generate_next_value_")[1]:
        return Unknown(f"{cls.name}.{name}, which the enum's own rule numbers")
    if kinds & _OF_TEXT:
        return name.lower()
    return 2 ** (position - 1) if kinds & _OF_BITS else position


def is_enum(cls: ClassValue) -> bool:
    """Whether a class is an enum."""
    bases = (base for owner in cls.linearized() for base in owner.bases)
    return any(getattr(base, "name", "") in ENUMS for base in bases)


def members(cls: ClassValue) -> list[EnumMember]:
    """Return the members of an enum, in order."""
    return [value for value in cls.names.values() if isinstance(value, EnumMember)]
