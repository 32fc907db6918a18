"""Attributes, items and elements of values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lockplan.workflow import computing, decisions, operators, texts
from lockplan.workflow.classes import SuperValue
from lockplan.workflow.scopes import Frame, merge_values
from lockplan.workflow.stdlib import methods
from lockplan.workflow.values import (
    DateExpr,
    Foreign,
    MissingDict,
    Native,
    OneOf,
    Site,
    Spread,
    Text,
    Unknown,
    Value,
    located,
    origin_of,
)

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


_COLLECTIONS = (list, tuple, set, frozenset, dict)


def attribute(interpreter: Interpreter, owner: Value, name: str, site: Site) -> Value:
    """``owner.name``."""
    if isinstance(owner, Native):
        return owner.attribute(name, site)
    if isinstance(owner, OneOf):
        return merge_values(
            (attribute(interpreter, each, name, site) for each in owner.options), owner.reason
        )
    if isinstance(owner, Foreign):
        if name == "__name__" and owner.dotted:
            return owner.dotted.rpartition(".")[2]
        dotted = f"{owner.dotted}.{name}"
        found = interpreter.names.resolve(dotted)
        return Foreign(owner.reason, dotted) if found is None else found
    if isinstance(owner, Unknown):
        return computing.attribute(owner, name) or Unknown(owner.reason)
    found = methods.attribute(owner, name, site)
    return computing.attribute(owner, name) or found if type(found) is Unknown else found


def set_attribute(
    interpreter: Interpreter, owner: Value, name: str, value: Value, site: Site
) -> None:
    """``owner.name = value``."""
    for option in owner.options if isinstance(owner, OneOf) else (owner,):
        if isinstance(option, Native):
            option.set_attribute(name, value, site)


def item(interpreter: Interpreter, owner: Value, key: Value, site: Site) -> Value:
    """``owner[key]``."""
    if isinstance(owner, OneOf) or isinstance(key, OneOf):
        return operators.spread(lambda o, k: item(interpreter, o, k, site), owner, key)
    if isinstance(owner, Native):
        return owner.item(key, site)
    found = _computed_item(owner, key, site)
    if found is not None:
        return found
    if isinstance(owner, Unknown):
        return Unknown(owner.reason)
    key = decisions.settled(key, site)
    if isinstance(owner, dict):
        return _entry(interpreter, owner, key, site)
    if isinstance(key, Unknown):
        return _any_element(owner, key)
    if isinstance(owner, Text):
        return _text_item(owner, key)
    if isinstance(owner, str | list | tuple | range | bytes):
        return _element(interpreter, owner, key)
    return Unknown("an item of an object")


def _computed_item(owner: Value, key: Value, site: Site) -> Value | None:
    """Return an item that the run's dates decide, None of any other."""
    if isinstance(key, slice):
        known = key.step is None and isinstance(owner, Unknown)
        return computing.computed("slice", owner, key.start, key.stop) if known else None
    if isinstance(owner, Text) and not isinstance(key, Unknown):
        return None
    if isinstance(owner, Unknown) or isinstance(key, Unknown | Text):
        return computing.computed("item", owner, key, site=site)
    return None


def _entry(interpreter: Interpreter, owner: dict[Value, Value], key: Value, site: Site) -> Value:
    missing = Unknown(f"the entry {texts.as_text(key)!r} of a dictionary")
    if isinstance(key, Unknown | Text):
        reason = key.reason if isinstance(key, Unknown) else "a key that is not known"
        if isinstance(owner, MissingDict):  # asking may have made an entry
            interpreter.loosen(owner)
        few = 0 < len(owner) <= 4 and not interpreter.is_loose(owner)
        return merge_values(owner.values(), reason) if few else Unknown(reason)
    try:
        if key in owner:
            return owner[key]
    except TypeError:
        return missing
    if isinstance(owner, MissingDict):
        return owner.missing(owner, key, site)
    return missing


def _any_element(owner: Value, key: Unknown) -> Value:
    if isinstance(owner, list | tuple) and 0 < len(owner) <= 4:
        return merge_values(owner, key.reason)
    return Unknown(key.reason)


def _text_item(owner: Text, key: Value) -> Value:
    if isinstance(key, slice) and key.step in (None, 1):
        return texts.sliced(owner, key.start, key.stop)
    if isinstance(key, int):
        return texts.sliced(owner, key, None if key == -1 else key + 1)
    return Unknown("a part of a text that is not known")


def _element(interpreter: Interpreter, owner: Value, key: Value) -> Value:
    if interpreter.is_loose(owner):
        return Unknown("an element of a collection that depends on a condition")
    if isinstance(key, bool) or not isinstance(key, int | slice):
        return Unknown("an element of a collection")
    try:
        made = owner[key]
    except (IndexError, ValueError) as error:
        return Unknown(f"an element of a collection: {error}")
    if isinstance(made, str) and isinstance(owner, str):
        return located(str(made), origin_of(owner))
    return interpreter.fresh(made) if isinstance(key, slice) else made


def set_item(interpreter: Interpreter, owner: Value, key: Value, value: Value, site: Site) -> None:
    """``owner[key] = value``."""
    interpreter.remember(owner)
    if isinstance(owner, OneOf):
        for option in owner.options:
            if isinstance(option, dict | list):
                interpreter.loosen(option)
    elif isinstance(owner, Native):
        owner.set_item(key, value, site)
    elif isinstance(owner, dict):
        put(interpreter, owner, key, value, site)
    elif isinstance(owner, list):
        _replace_element(interpreter, owner, key, value, site)


def put(
    interpreter: Interpreter, owner: dict[Value, Value], key: Value, value: Value, site: Site
) -> None:
    """Set an entry of a dictionary; under an unknown condition the old one may stay."""
    if isinstance(key, Unknown | Text | list | dict | set):
        for known in owner:
            owner[known] = merge_values([owner[known], value])
        interpreter.loosen(owner)
        return
    if key in owner and interpreter.born_in(owner) != interpreter.region:
        value = merge_values([owner[key], value])
    interpreter.touch(owner, site)
    owner[key] = value


def _replace_element(
    interpreter: Interpreter, owner: list[Value], key: Value, value: Value, site: Site
) -> None:
    if isinstance(key, slice):
        _replace_slice(interpreter, owner, key, value, site)
        return
    known = isinstance(key, int) and -len(owner) <= key < len(owner)
    if not known or interpreter.born_in(owner) != interpreter.region:
        owner[:] = [merge_values([each, value]) for each in owner]
        interpreter.loosen(owner)
    else:
        owner[key] = value


def _replace_slice(
    interpreter: Interpreter, owner: list[Value], key: slice, value: Value, site: Site
) -> None:
    new = interpreter.elements(value, site)
    changed = interpreter.born_in(owner) != interpreter.region or interpreter.is_loose(owner)
    if changed or isinstance(new, Unknown) or not _is_plain(key):
        owner += [] if isinstance(new, Unknown) else new
        interpreter.loosen(owner)
        return
    try:
        owner[key] = new
    except operators.FAILURES:
        interpreter.loosen(owner)


def _is_plain(key: slice) -> bool:
    return all(isinstance(bound, int | None) for bound in (key.start, key.stop, key.step))


def delete_item(interpreter: Interpreter, owner: Value, key: Value, site: Site) -> None:
    """``del owner[key]``."""
    if not isinstance(owner, dict | list):
        return
    interpreter.remember(owner)
    if interpreter.born_in(owner) != interpreter.region or not interpreter.known(key):
        interpreter.loosen(owner)
        return
    try:
        del owner[key]
    except operators.FAILURES:
        interpreter.loosen(owner)


def iterate(interpreter: Interpreter, value: Value, site: Site) -> list[Value] | Unknown:
    """Return the elements of ``for x in value``."""
    value = decisions.settled(value, site) if isinstance(value, Unknown) else value
    if isinstance(value, _COLLECTIONS):
        if isinstance(value, set | frozenset):
            return _in_some_order(value)
        if not value and isinstance(value, dict) and interpreter.is_loose(value):
            return Unknown("a key of a dictionary that is filled while running")
        return list(value)
    if isinstance(value, range):
        if len(value) > interpreter.budget.elements:
            return Unknown(f"a number of {value}")
        return list(value)
    if isinstance(value, str):
        return [located(char, origin_of(value)) for char in str(value)]
    if isinstance(value, Native):
        return value.iterate(site)
    if isinstance(value, OneOf):
        return Unknown(value.reason)
    if isinstance(value, Unknown):
        return Unknown(value.reason)
    if isinstance(value, bytes):
        return list(value)
    kind = "a date" if isinstance(value, DateExpr) else "an object"
    return Unknown(f"elements of {kind}")


def _in_some_order(value: set[Value] | frozenset[Value]) -> list[Value]:
    """Return a set's elements in an order that does not vary between runs."""
    return sorted(value, key=lambda each: (type(each).__name__, str(each)))


def spread(interpreter: Interpreter, nodes: list[ast.expr], frame: Frame) -> list[Value]:
    """Evaluate the elements of a display or call, star-arguments spread."""
    values: list[Value] = []
    for node in nodes:
        if type(node) is not ast.Starred:
            values.append(interpreter.evaluate(node, frame))
            continue
        value = interpreter.evaluate(node.value, frame)
        found = interpreter.iterate(value, interpreter.site(node, frame))
        if isinstance(found, Unknown):
            values.append(Spread(found.reason))
        else:
            values += found
    return values


def super_of(interpreter: Interpreter, frame: Frame) -> Value:
    """``super()`` inside a method."""
    function = frame.function
    if function is None or function.owner is None:
        return Unknown("super() outside of a method")
    names: Iterator[Value] = iter(frame.scope.names.values())
    return SuperValue(function.owner, function.bound if function.is_bound else next(names, None))
