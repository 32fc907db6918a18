"""Comprehensions and generator expressions, which become lists."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from lockplan.workflow import operators
from lockplan.workflow.assignments import assign
from lockplan.workflow.scopes import Frame, Scope
from lockplan.workflow.values import Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def evaluate_list(
    interpreter: Interpreter, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame
) -> Value:
    """Return the elements of a comprehension as a list."""
    values: list[Value] = []
    certain = _run(
        interpreter, node, frame, lambda: values.append(interpreter.evaluate(node.elt, frame))
    )
    interpreter.fresh(values)
    if not certain:
        interpreter.loosen(values)
    return values


def evaluate_set(interpreter: Interpreter, node: ast.SetComp, frame: Frame) -> Value:
    """Return a set comprehension's set."""
    values = evaluate_list(interpreter, node, frame)
    if interpreter.is_loose(values) or not interpreter.known(values):
        return values
    try:
        return interpreter.fresh(set(values))
    except TypeError:
        return Unknown("a set of values that are not known")


def evaluate_dict(interpreter: Interpreter, node: ast.DictComp, frame: Frame) -> Value:
    """Return a dict comprehension's dict."""
    made: dict[Value, Value] = {}
    lost = False

    def add() -> None:
        nonlocal lost
        key = interpreter.evaluate(node.key, frame)
        value = interpreter.evaluate(node.value, frame)
        if interpreter.known(key) and not isinstance(key, list | dict | set):
            made[key] = value
        else:
            lost = True

    certain = _run(interpreter, node, frame, add)
    interpreter.fresh(made)
    if lost or not certain:
        interpreter.loosen(made)
    return made


def _run(
    interpreter: Interpreter, node: Comprehension, frame: Frame, add: Callable[[], None]
) -> bool:
    """Run `add` for each element, in a scope of its own; whether all of it was known."""
    outer = frame.scope
    frame.scope = Scope({}, outer, interpreter.region, is_comprehension=True)
    try:
        return _generate(interpreter, node.generators, 0, frame, add)
    finally:
        frame.scope = outer


def _generate(
    interpreter: Interpreter,
    generators: list[ast.comprehension],
    position: int,
    frame: Frame,
    add: Callable[[], None],
) -> bool:
    if position == len(generators):
        add()
        return True
    generator = generators[position]
    iterable = interpreter.evaluate(generator.iter, frame)
    elements = interpreter.iterate(iterable, interpreter.site(generator.iter, frame))
    certain = not interpreter.is_loose(iterable)
    repeated = frame.repeated
    if isinstance(elements, Unknown) or len(elements) > interpreter.budget.elements:
        reason = elements.reason if isinstance(elements, Unknown) else "an element of many"
        elements, certain, frame.repeated = [Unknown(reason)], False, True
    for element in elements:
        conditional = frame.conditional
        frame.conditional = conditional or not certain
        try:
            certain &= _one(interpreter, generators, position, element, frame, add)
        finally:
            frame.conditional = conditional
    frame.repeated = repeated
    return certain


def _one(
    interpreter: Interpreter,
    generators: list[ast.comprehension],
    position: int,
    element: Value,
    frame: Frame,
    add: Callable[[], None],
) -> bool:
    """Run one pass of one ``for … if …``; whether its conditions were known."""
    generator = generators[position]
    statement = ast.copy_location(ast.Expr(generator.target), generator.target)
    assign(interpreter, generator.target, element, frame, statement)
    certain = True
    for condition in generator.ifs:
        test = interpreter.evaluate(condition, frame)
        truth = operators.truth(test, interpreter.site(condition, frame))
        if truth is False:
            return certain
        if truth is None:
            certain = False
            frame.conditional = True
    return _generate(interpreter, generators, position + 1, frame, add) and certain
