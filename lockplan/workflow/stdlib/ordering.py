"""What is made of all elements of a collection: ``sorted``, ``min``, ``sum``, ``any``, ``all``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key, reduce

from lockplan.workflow import operators
from lockplan.workflow.stdlib.natives import Builtin, unknown_result
from lockplan.workflow.values import Site, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]


def _sorted(args: Args, kwargs: Kwargs, site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site)
    if isinstance(elements, Unknown):
        return Unknown(elements.reason)
    key = kwargs.get("key")
    keys = [_keyed(key, element, site) for element in elements]
    order = _order(keys, kwargs.get("reverse", False), site)
    if order is None:
        made = site.interpreter.fresh(list(elements))
        site.interpreter.loosen(made)
        return made
    return site.interpreter.fresh([elements[position] for position in order])


class _NotComparableError(Exception):
    """Reading cannot tell which of two values is the smaller."""


def _order(keys: list[Value], reverse: Value, site: Site) -> list[int] | None:
    """Return the positions in ascending order, None where it is not known."""
    if not isinstance(reverse, bool):
        return None
    by_key = keys.__getitem__
    if site.interpreter.known(keys):
        return sorted(range(len(keys)), key=by_key, reverse=reverse)
    ordering = cmp_to_key(lambda a, b: _smaller(a, b, site))
    try:
        return sorted(range(len(keys)), key=lambda at: ordering(by_key(at)), reverse=reverse)
    except _NotComparableError:
        return None


def _smaller(left: Value, right: Value, site: Site) -> int:
    below, above = (operators.compare("<", *pair, site) for pair in ((left, right), (right, left)))
    if isinstance(below, bool) and isinstance(above, bool):
        return above - below
    raise _NotComparableError


def _over_elements(name: str, function: Callable[..., Value]) -> Builtin:
    """Model ``sum`` and its kind over one collection, or ``max(a, b)`` over its arguments."""

    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        several = len(args) > 1 and name != "sum"
        elements = args if several else site.interpreter.elements(args[0], site)
        if kwargs.get("key") is not None and isinstance(elements, list):
            return _chosen(name, elements, kwargs, site)
        if isinstance(elements, Unknown):
            return unknown_result(name, args, kwargs)
        if not site.interpreter.known(elements):
            return _of_objects(name, elements, args, kwargs, site)
        return function(elements, *(() if several else args[1:]), **kwargs)

    return Builtin(name, call)


def _keyed(key: Value, element: Value, site: Site) -> Value:
    return site.interpreter.call_value(key, [element], {}, site) if key else element


def _of_objects(name: str, elements: Args, args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Compute ``sum``, ``min`` or ``max`` of objects, as their own operators do."""
    if any(isinstance(each, Unknown) for each in elements) or not elements:
        return unknown_result(name, args, kwargs)
    if name != "sum":
        return _chosen(name, elements, kwargs, site)
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    return reduce(lambda a, b: operators.binary("+", a, b, site), elements, start)


def _chosen(name: str, elements: Args, kwargs: Kwargs, site: Site) -> Value:
    """Choose the element whose key is the smallest or largest."""
    key = kwargs.get("key")
    keys = [
        site.interpreter.call_value(key, [each], {}, site) if key else each for each in elements
    ]
    order = _order(keys, name == "max", site)
    if order is None:
        return unknown_result(name, elements, kwargs)
    return elements[order[0]] if order else kwargs.get("default", unknown_result(name, [], {}))


def _quantified(name: str, stops: bool) -> Builtin:
    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        elements = site.interpreter.elements(args[0], site)
        if isinstance(elements, Unknown):
            return Unknown(f"result of {name}()")
        found = [operators.truth(element, site) for element in elements]
        if stops in found:
            return stops
        return Unknown(f"result of {name}()") if None in found else not stops

    return Builtin(name, call)


OF_ALL_ELEMENTS: dict[str, Value] = {
    "sorted": Builtin("sorted", _sorted),
    "sum": _over_elements("sum", sum),
    "min": _over_elements("min", min),
    "max": _over_elements("max", max),
    "any": _quantified("any", True),
    "all": _quantified("all", False),
}
