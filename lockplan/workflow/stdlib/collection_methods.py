"""Methods of lists, tuples, dictionaries and sets."""

from __future__ import annotations

from collections.abc import Callable

from lockplan.workflow import computing, decisions
from lockplan.workflow.operators import equal
from lockplan.workflow.scopes import merge_values
from lockplan.workflow.stdlib.natives import unknown_result
from lockplan.workflow.values import MissingDict, Site, Text, Unknown, Value, any_unknown

Args = list[Value]
Kwargs = dict[str, Value]


def call(owner: Value, name: str, args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``owner.name(*args, **kwargs)``."""
    if isinstance(owner, MissingDict) and name in owner.methods:
        return owner.methods[name](owner, args, kwargs, site)
    for kind, table in _TABLES:
        if isinstance(owner, kind) and name in table:
            return table[name](owner, args, kwargs, site)
    site.interpreter.loosen(owner)
    return unknown_result(name, args, kwargs)


def _touched(change: Callable[[Value, Args, Kwargs, Site], Value]) -> Callable[..., Value]:
    """Make a changing method note its change before it is made."""

    def method(owner: Value, args: Args, kwargs: Kwargs, site: Site) -> Value:
        site.interpreter.touch(owner, site)
        return change(owner, args, kwargs, site)

    return method


def _append(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
    if len(owner) >= site.interpreter.budget.elements:
        site.interpreter.loosen(owner)
        return
    owner.append(args[0])


def _extend(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
    elements = site.interpreter.iterate(args[0], site)
    if isinstance(elements, Unknown) or site.interpreter.is_loose(args[0]):
        site.interpreter.loosen(owner)
    if (
        isinstance(elements, list)
        and len(owner) + len(elements) <= site.interpreter.budget.elements
    ):
        owner.extend(elements)
    else:
        site.interpreter.loosen(owner)


def _insert(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
    if isinstance(args[0], int):
        owner.insert(args[0], args[1])
    else:
        owner.append(args[1])
        site.interpreter.loosen(owner)


def _pop_list(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    position = args[0] if args else -1
    if site.interpreter.is_loose(owner) or not isinstance(position, int):
        site.interpreter.loosen(owner)
        return Unknown("an element of a collection that depends on a condition")
    return owner.pop(position)


def _remove(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
    for position, element in enumerate(owner):
        found = equal(element, args[0], site)
        if found is True and not site.interpreter.is_loose(owner):
            del owner[position]
            return
        if found is not False:
            site.interpreter.loosen(owner)
            return


def _clear(owner: Value, args: Args, kwargs: Kwargs, site: Site) -> None:
    if not site.interpreter.is_loose(owner):
        owner.clear()


def _reorder(name: str) -> Callable[..., Value]:
    def reorder(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
        if kwargs.get("key") is not None and not site.interpreter.is_loose(owner):
            order = site.interpreter.names.builtin("sorted")
            owner[:] = site.interpreter.call_value(order, [owner], kwargs, site)
        elif not site.interpreter.known(owner):
            site.interpreter.loosen(owner)
        else:
            getattr(owner, name)(**kwargs)

    return reorder


def _copy(owner: Value, args: Args, kwargs: Kwargs, site: Site) -> Value:
    made = site.interpreter.fresh(owner.copy())
    if site.interpreter.is_loose(owner):
        site.interpreter.loosen(made)
    return made


def _index(name: str) -> Callable[..., Value]:
    def find(owner: Value, args: Args, kwargs: Kwargs, site: Site) -> Value:
        if not (site.interpreter.known(owner) and site.interpreter.known(args)):
            return Unknown(f"result of {name}()")
        return getattr(owner, name)(*args)

    return find


def _get(owner: dict[Value, Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    default = args[1] if len(args) > 1 else kwargs.get("default")
    key = args[0] if args else kwargs.get("key")
    found = None if kwargs else computing.method(owner, "get", args, kwargs, site)
    if found is not None:
        return found
    key = decisions.settled(key, site)
    if isinstance(key, Unknown | Text):
        return merge_values([site.interpreter.item(owner, key, site), default])
    loose = site.interpreter.is_loose(owner)
    if key in owner:
        return merge_values([owner[key], default]) if loose else owner[key]
    return merge_values([Unknown(f"the entry {key!r}"), default]) if loose else default


def _items(owner: dict[Value, Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    return _view(owner, list(owner.items()), site)


def _keys(owner: dict[Value, Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    return _view(owner, list(owner), site)


def _values(owner: dict[Value, Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    return _view(owner, list(owner.values()), site)


def _view(owner: dict[Value, Value], view: list[Value], site: Site) -> Value:
    site.interpreter.fresh(view)
    if site.interpreter.is_loose(owner):
        site.interpreter.loosen(view)
    return view


def _pop_dict(owner: dict[Value, Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    found = _get(owner, args, kwargs, site)
    if len(args) < 2 and args and not isinstance(args[0], Unknown | Text) and args[0] not in owner:
        return Unknown(f"the entry {args[0]!r} of a dictionary")
    if not site.interpreter.is_loose(owner) and args and not any_unknown(args[:1]):
        owner.pop(args[0], None)
    return found


def _setdefault(owner: dict[Value, Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    default = args[1] if len(args) > 1 else None
    if isinstance(args[0], Unknown | Text):
        site.interpreter.loosen(owner)
        return default
    if args[0] not in owner:
        site.interpreter.touch(owner, site)
        owner[args[0]] = default
    return owner[args[0]]


def _update(owner: Value, args: Args, kwargs: Kwargs, site: Site) -> None:
    for source in (*args, {k: v for k, v in kwargs.items() if k != "**"}):
        if isinstance(source, dict) and isinstance(owner, dict):
            for key, value in source.items():
                conditional = site.interpreter.born_in(owner) != site.interpreter.region
                keep = conditional and key in owner
                owner[key] = merge_values([owner[key], value]) if keep else value
            loose = site.interpreter.is_loose(source)
        else:
            loose = _update_pairs(owner, source, site)
        if loose:
            site.interpreter.loosen(owner)
    if "**" in kwargs:
        site.interpreter.loosen(owner)


def _update_pairs(owner: Value, source: Value, site: Site) -> bool:
    """Update from pairs, or a set from elements; whether something stayed unknown."""
    elements = site.interpreter.elements(source, site)
    if isinstance(elements, Unknown):
        return True
    for element in elements:
        if isinstance(owner, set) and site.interpreter.known(element):
            owner.add(element)
        elif isinstance(owner, dict) and isinstance(element, tuple) and len(element) == 2:
            owner[element[0]] = element[1]
        else:
            return True
    return False


def _add(owner: set[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
    owner.add(args[0])


def _discard(owner: set[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
    if site.interpreter.known(args[0]) and not site.interpreter.is_loose(owner):
        owner.discard(args[0])
    else:
        site.interpreter.loosen(owner)


def _set_operation(name: str) -> Callable[..., Value]:
    def operate(owner: Value, args: Args, kwargs: Kwargs, site: Site) -> Value:
        if not (site.interpreter.known(owner) and site.interpreter.known(args)):
            return Unknown(f"result of {name}()")
        return site.interpreter.fresh(getattr(owner, name)(*args))

    return operate


def _append_left(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> None:
    owner.insert(0, args[0])


def _pop_left(owner: list[Value], args: Args, kwargs: Kwargs, site: Site) -> Value:
    return _pop_list(owner, [0], kwargs, site)


_LIST: dict[str, Callable[..., Value]] = {
    "append": _touched(_append),
    "extend": _touched(_extend),
    "insert": _touched(_insert),
    "pop": _touched(_pop_list),
    "remove": _touched(_remove),
    "clear": _touched(_clear),
    "sort": _touched(_reorder("sort")),
    "reverse": _touched(_reorder("reverse")),
    "copy": _copy,
    "index": _index("index"),
    "count": _index("count"),
    "appendleft": _touched(_append_left),
    "popleft": _touched(_pop_left),
}
_DICT: dict[str, Callable[..., Value]] = {
    "get": _get,
    "items": _items,
    "keys": _keys,
    "values": _values,
    "pop": _touched(_pop_dict),
    "setdefault": _setdefault,
    "update": _touched(_update),
    "clear": _touched(_clear),
    "copy": _copy,
}
_SET: dict[str, Callable[..., Value]] = {
    "add": _touched(_add),
    "discard": _touched(_discard),
    "remove": _touched(_discard),
    "update": _touched(_update),
    "clear": _touched(_clear),
    "copy": _copy,
} | {
    name: _set_operation(name)
    for name in (
        *("union", "intersection", "difference", "symmetric_difference"),
        *("issubset", "issuperset", "isdisjoint"),
    )
}
_TUPLE: dict[str, Callable[..., Value]] = {"index": _index("index"), "count": _index("count")}
_TABLES: tuple[tuple[type, dict[str, Callable[..., Value]]], ...] = (
    (list, _LIST),
    (dict, _DICT),
    (set, _SET),
    (frozenset, {name: _SET[name] for name in ("union", "intersection", "difference", "copy")}),
    (tuple, _TUPLE),
)
