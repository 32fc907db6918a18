"""``collections``: dictionaries that know what a missing key stands for, and their kin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lockplan.workflow.access import put
from lockplan.workflow.stdlib.natives import Builtin, Type
from lockplan.workflow.values import MissingDict, Native, Site, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]


def _default_dict(args: Args, kwargs: Kwargs, site: Site) -> Value:
    factory = args[0] if args else None

    def made(owner: MissingDict, key: Value, at: Site) -> Value:
        if factory is None:
            return Unknown(f"the entry {key!r} of a dictionary")
        value = at.interpreter.call_value(factory, [], {}, at)
        at.interpreter.touch(owner, at)
        owner[key] = value
        return value

    entries = site.interpreter.fresh(MissingDict(made))
    site.interpreter.call_method(entries, "update", args[1:], kwargs, site)
    return entries


def _counter(args: Args, kwargs: Kwargs, site: Site) -> Value:
    entries = site.interpreter.fresh(MissingDict(_uncounted))
    entries.methods = _COUNTING
    if args or kwargs:
        _count(entries, args, kwargs, site)
    return entries


def _uncounted(owner: MissingDict, key: Value, site: Site) -> Value:
    loose = site.interpreter.is_loose(owner)
    return Unknown("a count that depends on a condition") if loose else 0


def _count(owner: MissingDict, args: Args, kwargs: Kwargs, site: Site) -> None:
    """Count elements, or add up the counts of a dictionary and of keywords."""
    for source in (*args, kwargs):
        pairs = _counted(source, site)
        if pairs is None:
            site.interpreter.loosen(owner)
            return
        for key, number in pairs:
            before = owner.get(key, 0)
            put(site.interpreter, owner, key, before + number, site)


def _counted(source: Value, site: Site) -> list[tuple[Value, int]] | None:
    elements = site.interpreter.elements(source, site)
    if isinstance(elements, Unknown) or not site.interpreter.known(elements):
        return None
    if not isinstance(source, dict):
        return [(element, 1) for element in elements]
    numbers = isinstance(source, dict) and all(isinstance(n, int) for n in source.values())
    return list(source.items()) if numbers else None


def _most_common(owner: MissingDict, args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not site.interpreter.known(owner):
        return Unknown("counts that are not known")
    number = args[0] if args else kwargs.get("n")
    ordered = sorted(owner.items(), key=lambda pair: pair[1], reverse=True)
    return site.interpreter.fresh(ordered[:number])


def _elements(owner: MissingDict, args: Args, kwargs: Kwargs, site: Site) -> Value:
    if not site.interpreter.known(owner):
        return Unknown("counts that are not known")
    return site.interpreter.fresh([key for key, number in owner.items() for _ in range(number)])


def _total(owner: MissingDict, args: Args, kwargs: Kwargs, site: Site) -> Value:
    return sum(owner.values()) if site.interpreter.known(owner) else Unknown("counts")


_COUNTING: dict[str, Callable[..., Value]] = {
    "update": _count,
    "most_common": _most_common,
    "elements": _elements,
    "total": _total,
}


@dataclass(slots=True, eq=False, repr=False)
class Chained(Native):
    """``collections.ChainMap``: the first dictionary that has a key answers for it."""

    maps: list[Value]

    def describe(self) -> str:
        return "a ChainMap"

    def _joined(self, site: Site) -> dict[Value, Value] | Unknown:
        """Return what all its dictionaries say now."""
        joined: dict[Value, Value] = site.interpreter.fresh({})
        for each in reversed(self.maps):
            if not isinstance(each, dict) or site.interpreter.is_loose(each):
                return Unknown("a dictionary of a ChainMap")
            joined |= each
        return joined

    def item(self, key: Value, site: Site) -> Value:
        return site.interpreter.item(self._joined(site), key, site)

    def set_item(self, key: Value, value: Value, site: Site) -> None:
        if isinstance(self.maps[0], dict):
            put(site.interpreter, self.maps[0], key, value, site)

    def attribute(self, name: str, site: Site) -> Value:
        if name == "new_child":
            return Builtin(name, lambda args, kwargs, at: self._below(args, at))
        if name == "maps":
            return self.maps
        if name not in ("get", "items", "keys", "values", "copy"):
            return Unknown(f"{name} of a ChainMap")
        return site.interpreter.attribute(self._joined(site), name, site)

    def _below(self, args: Args, site: Site) -> Value:
        first = args[0] if args else site.interpreter.fresh({})
        return Chained([first, *self.maps])

    def iterate(self, site: Site) -> list[Value] | Unknown:
        return site.interpreter.elements(self._joined(site), site)


def _chain_map(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return Chained(args or [site.interpreter.fresh({})])


def _ordered_dict(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return site.interpreter.call_value(site.interpreter.names.builtin("dict"), args, kwargs, site)


def _deque(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Model a deque as a list; one that forgets its first elements is not followed."""
    made = site.interpreter.call_value(site.interpreter.names.builtin("list"), args[:1], {}, site)
    bound = args[1] if len(args) > 1 else kwargs.get("maxlen")
    if bound is not None and isinstance(made, list):
        site.interpreter.loosen(made)
    return made


NAMES: dict[str, Value] = {
    "collections.OrderedDict": Type("OrderedDict", _ordered_dict, (dict,)),
    "collections.defaultdict": Type("defaultdict", _default_dict),
    "collections.Counter": Type("Counter", _counter),
    "collections.ChainMap": Type("ChainMap", _chain_map),
    "collections.deque": Type("deque", _deque),
}
MODULES = ("collections",)
