"""Binding names, unpacking, and assignments to attributes and items."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lockplan.workflow import access, computing
from lockplan.workflow.scopes import Frame, Scope, merge_values
from lockplan.workflow.values import Dated, OneOf, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


def assign(
    interpreter: Interpreter, target: ast.expr, value: Value, frame: Frame, statement: ast.stmt
) -> None:
    """``target = value``."""
    if isinstance(target, ast.Name):
        bind(interpreter, target.id, value, frame, statement)
    elif isinstance(target, ast.Attribute):
        owner = interpreter.evaluate(target.value, frame)
        site = interpreter.site(target, frame)
        access.set_attribute(interpreter, owner, target.attr, value, site)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(interpreter, target.elts, value, frame, statement)
    elif isinstance(target, ast.Starred):
        assign(interpreter, target.value, value, frame, statement)
    elif isinstance(target, ast.Subscript):
        owner = interpreter.evaluate(target.value, frame)
        key = interpreter.evaluate(target.slice, frame)
        access.set_item(interpreter, owner, key, value, interpreter.site(target, frame))


def _unpack(
    interpreter: Interpreter,
    targets: list[ast.expr],
    value: Value,
    frame: Frame,
    statement: ast.stmt,
) -> None:
    if isinstance(value, OneOf):
        split = [_shares(interpreter, targets, each, frame) for each in value.options]
        shares = [merge_values(way) for way in zip(*split, strict=True)]
    else:
        shares = _shares(interpreter, targets, value, frame)
    for target, share in zip(targets, shares, strict=True):
        assign(interpreter, target, share, frame, statement)


def _shares(
    interpreter: Interpreter, targets: list[ast.expr], value: Value, frame: Frame
) -> list[Value]:
    """Return one value per target of an unpacking."""
    if isinstance(value, Dated):
        items = (computing.computed("item", value, n) for n in range(len(targets)))
        return [item or Unknown(value.reason) for item in items]
    elements = interpreter.elements(value, interpreter.site(targets[0], frame)) if targets else []
    if isinstance(elements, Unknown):
        return [elements] * len(targets)
    star = next((n for n, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
    missing = Unknown("a part of a value with another number of parts")
    if star is None:
        return elements if len(elements) == len(targets) else [missing] * len(targets)
    after = len(targets) - star - 1
    if len(elements) < star + after:
        return [missing] * len(targets)
    middle = interpreter.fresh(elements[star : len(elements) - after])
    return [*elements[:star], middle, *elements[len(elements) - after :]]


def bind(
    interpreter: Interpreter, name: str, value: Value, frame: Frame, statement: ast.stmt
) -> None:
    """Bind a plain name."""
    scope = frame.scope
    if name in scope.outer:
        _bind_outer(interpreter, name, value, frame, scope.outer[name])
    else:
        scope.names[name] = value


def _bind_outer(
    interpreter: Interpreter, name: str, value: Value, frame: Frame, scope: Scope | None
) -> None:
    """Bind a name of another scope: under an unknown condition the old value may stay."""
    names = frame.module.names if scope is None else scope.names
    born = 0 if scope is None else scope.region
    interpreter.remember(names)
    if name in names and interpreter.region != born:
        value = merge_values([names[name], value])
    names[name] = value


def delete(interpreter: Interpreter, target: ast.expr, frame: Frame) -> None:
    """``del target``."""
    if isinstance(target, ast.Name):
        frame.scope.names.pop(target.id, None)
    elif isinstance(target, ast.Subscript):
        owner = interpreter.evaluate(target.value, frame)
        key = interpreter.evaluate(target.slice, frame)
        access.delete_item(interpreter, owner, key, interpreter.site(target, frame))
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            delete(interpreter, element, frame)
