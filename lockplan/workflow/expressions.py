"""Evaluating expressions: each kind is one small function, found by its node's type."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lockplan.workflow import access, calls, comprehensions, operators
from lockplan.workflow.assignments import bind
from lockplan.workflow.scopes import Frame, merge_values
from lockplan.workflow.spoken import replacement, spoken_each
from lockplan.workflow.values import (
    LocatedStr,
    OneOf,
    Spread,
    Text,
    Unknown,
    Value,
    options,
)

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.MatMult: "@",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def symbol_of(operator: ast.AST) -> str:
    """Return an operator's symbol."""
    return _OPERATORS[type(operator)]


def _constant(interpreter: Interpreter, node: ast.Constant, frame: Frame) -> Value:
    if type(node.value) is not str:
        return node.value
    found = interpreter.literals.get(node)
    if found is None:
        place = frame.span(node.lineno, node.col_offset)
        found = interpreter.literals[node] = LocatedStr(node.value, place)
    return found


def _name(interpreter: Interpreter, node: ast.Name, frame: Frame) -> Value:
    scope = frame.scope
    if node.id in scope.names and not scope.outer:
        return scope.names[node.id]
    return lookup(interpreter, node.id, frame)


def lookup(interpreter: Interpreter, name: str, frame: Frame) -> Value:
    """Return what a name means in a frame: local, enclosing, global, built in."""
    scope = frame.scope
    if scope.outer and scope.outer.get(name, scope) is None:
        return frame.module.names.get(name, Unknown(f"the global name {name}"))
    while scope is not None:
        if name in scope.names:
            return scope.names[name]
        scope = scope.parent  # type: ignore[assignment]
    names = frame.module.names
    if name in names:
        return names[name]
    found = interpreter.names.builtin(name)
    return Unknown(f"the name {name}, which is not defined") if found is None else found


def _f_string(interpreter: Interpreter, node: ast.JoinedStr, frame: Frame) -> Value:
    pieces: list[Value] = [
        part.value if isinstance(part, ast.Constant) else _replacement(interpreter, part, frame)
        for part in node.values
    ]
    place = frame.span(node.lineno, node.col_offset)
    if any(isinstance(piece, OneOf) for piece in pieces):
        return operators.spread(lambda *way: Text.join(list(way), place), *pieces)
    return Text.join(pieces, place)


def _replacement(interpreter: Interpreter, node: ast.expr, frame: Frame) -> Value:
    """Return the text of one ``{…}`` of an f-string."""
    if not isinstance(node, ast.FormattedValue):
        return interpreter.evaluate(node, frame)
    value = interpreter.evaluate(node.value, frame)
    spec = "" if node.format_spec is None else interpreter.evaluate(node.format_spec, frame)
    if not isinstance(spec, str):
        return Unknown("a text whose format is not known")
    conversion = chr(node.conversion) if node.conversion >= 0 else None
    if interpreter.is_loose(value):
        return Unknown("a collection that depends on a condition")
    site = interpreter.site(node, frame)
    if isinstance(value, OneOf):
        return merge_values(
            _as_option(replacement(option, conversion, str(spec), site))
            for option in options(value)
        )
    return replacement(value, conversion, str(spec), site)


def _as_option(piece: Value) -> Value:
    """Return a formatted piece as a value: a bare hole is a text of one hole."""
    return piece if isinstance(piece, str | Text) else Text((piece,))


def _binary(interpreter: Interpreter, node: ast.BinOp, frame: Frame) -> Value:
    """Evaluate a chain of operators from its left end, without recursion along it."""
    chain = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    value = interpreter.evaluate(chain[-1].left, frame)
    for link in reversed(chain):
        right = interpreter.evaluate(link.right, frame)
        symbol = _OPERATORS[type(link.op)]
        site = interpreter.site(link, frame)
        if symbol == "%" and isinstance(value, str | Text):
            right = spoken_each(right, site)
        value = operators.binary(symbol, value, right, site)
    return value


def _unary(interpreter: Interpreter, node: ast.UnaryOp, frame: Frame) -> Value:
    value = interpreter.evaluate(node.operand, frame)
    site = interpreter.site(node, frame)
    if isinstance(node.op, ast.Not):
        truth = operators.truth(value, site)
        return Unknown(_reason(value)) if truth is None else not truth
    return operators.unary(_OPERATORS[type(node.op)], value, site)


def _reason(value: Value) -> str:
    return value.reason if isinstance(value, Unknown) else "a condition that is not known"


def _boolean(interpreter: Interpreter, node: ast.BoolOp, frame: Frame) -> Value:
    """Evaluate ``and`` and ``or``: an undecided operand may be the result, or the next may."""
    stops = isinstance(node.op, ast.Or)
    candidates: list[Value] = []
    conditional = frame.conditional
    try:
        for position, operand in enumerate(node.values):
            value = interpreter.evaluate(operand, frame)
            truth = operators.truth(value, interpreter.site(operand, frame))
            if truth is stops or position == len(node.values) - 1:
                candidates.append(value)
                break
            if truth is None:
                candidates.append(_undecided(value, stops, interpreter, node, frame))
                frame.conditional = True
    finally:
        frame.conditional = conditional
    return merge_values(candidates)


def _undecided(
    value: Value, stops: bool, interpreter: Interpreter, node: ast.expr, frame: Frame
) -> Value:
    """Return what an undecided operand may be, if it is the result."""
    site = interpreter.site(node, frame)
    kept = [each for each in options(value) if operators.truth(each, site) in (stops, None)]
    return merge_values(kept) if kept else value


def _compare(interpreter: Interpreter, node: ast.Compare, frame: Frame) -> Value:
    left = interpreter.evaluate(node.left, frame)
    site = interpreter.site(node, frame)
    unknown: Value = True
    for operator, operand in zip(node.ops, node.comparators, strict=True):
        right = interpreter.evaluate(operand, frame)
        result = operators.compare(_OPERATORS[type(operator)], left, right, site)
        if len(node.ops) > 1:
            truth = operators.truth(result, site)
            result = Unknown(_reason(result)) if truth is None else truth
        if result is False:
            return False
        if result is not True:
            unknown = result
        left = right
    return unknown


def _conditional(interpreter: Interpreter, node: ast.IfExp, frame: Frame) -> Value:
    test = interpreter.evaluate(node.test, frame)
    truth = operators.truth(test, interpreter.site(node, frame))
    if truth is not None:
        return interpreter.evaluate(node.body if truth else node.orelse, frame)
    conditional, frame.conditional = frame.conditional, True
    try:
        ways = [interpreter.evaluate(way, frame) for way in (node.body, node.orelse)]
    finally:
        frame.conditional = conditional
    return merge_values(ways)


def _attribute(interpreter: Interpreter, node: ast.Attribute, frame: Frame) -> Value:
    owner = interpreter.evaluate(node.value, frame)
    return access.attribute(interpreter, owner, node.attr, interpreter.site(node, frame))


def _subscript(interpreter: Interpreter, node: ast.Subscript, frame: Frame) -> Value:
    owner = interpreter.evaluate(node.value, frame)
    key = interpreter.evaluate(node.slice, frame)
    return access.item(interpreter, owner, key, interpreter.site(node, frame))


def _slice(interpreter: Interpreter, node: ast.Slice, frame: Frame) -> Value:
    bounds = [
        None if bound is None else interpreter.evaluate(bound, frame)
        for bound in (node.lower, node.upper, node.step)
    ]
    unknown = next((bound for bound in bounds if isinstance(bound, Unknown)), None)
    if unknown is not None:
        return unknown
    if any(not isinstance(bound, int | None) for bound in bounds):
        return Unknown("a slice whose bounds are not numbers")
    return slice(*bounds)


def _list(interpreter: Interpreter, node: ast.List, frame: Frame) -> Value:
    return _display(interpreter, access.spread(interpreter, node.elts, frame))


def _display(interpreter: Interpreter, values: list[Value]) -> Value:
    interpreter.fresh(values)
    if any(isinstance(value, Spread) for value in values):
        interpreter.loosen(values)
    return values


def _tuple(interpreter: Interpreter, node: ast.Tuple, frame: Frame) -> Value:
    values = access.spread(interpreter, node.elts, frame)
    if any(isinstance(value, Spread) for value in values):
        return _display(interpreter, values)
    return tuple(values)


def _set(interpreter: Interpreter, node: ast.Set, frame: Frame) -> Value:
    values = access.spread(interpreter, node.elts, frame)
    try:
        return interpreter.fresh(set(values))
    except TypeError:
        return Unknown("a set of values that are not known")


def _dict(interpreter: Interpreter, node: ast.Dict, frame: Frame) -> Value:
    made: dict[Value, Value] = {}
    interpreter.fresh(made)
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = interpreter.evaluate(value_node, frame)
        if key_node is None:
            _spread_dict(interpreter, made, value)
            continue
        key = interpreter.evaluate(key_node, frame)
        if isinstance(key, Unknown | Text) or not _hashable(key):
            interpreter.loosen(made)
        else:
            made[key] = value
    return made


def _hashable(key: Value) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return True


def _spread_dict(interpreter: Interpreter, made: dict[Value, Value], value: Value) -> None:
    if not isinstance(value, dict):
        interpreter.loosen(made)
        return
    made.update(value)
    if interpreter.is_loose(value):
        interpreter.loosen(made)


def _named(interpreter: Interpreter, node: ast.NamedExpr, frame: Frame) -> Value:
    value = interpreter.evaluate(node.value, frame)
    inner = frame.scope
    scope = inner
    while scope.is_comprehension and scope.parent is not None:
        scope = scope.parent
    frame.scope = scope
    statement = ast.copy_location(ast.Expr(node), node)
    try:
        bind(interpreter, node.target.id, value, frame, statement)
    finally:
        frame.scope = inner
    return value


def _await(interpreter: Interpreter, node: ast.Await, frame: Frame) -> Value:
    return interpreter.evaluate(node.value, frame)


def _yield(interpreter: Interpreter, node: ast.Yield, frame: Frame) -> Value:
    value = None if node.value is None else interpreter.evaluate(node.value, frame)
    if frame.on_yield is not None:
        on_yield, frame.on_yield = frame.on_yield, None
        on_yield(value)
    elif frame.yields is not None:
        frame.yields.append(value)
    return Unknown("a value sent to a generator")


def _yield_from(interpreter: Interpreter, node: ast.YieldFrom, frame: Frame) -> Value:
    value = interpreter.evaluate(node.value, frame)
    found = interpreter.iterate(value, interpreter.site(node, frame))
    if frame.yields is not None:
        frame.yields += [found] if isinstance(found, Unknown) else found
    return Unknown("the result of a generator")


def _starred(interpreter: Interpreter, node: ast.Starred, frame: Frame) -> Value:
    return interpreter.evaluate(node.value, frame)


EVALUATORS: dict[type[ast.expr], Callable[[Interpreter, Any, Frame], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.JoinedStr: _f_string,
    ast.FormattedValue: _replacement,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Call: calls.evaluate_call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.ListComp: comprehensions.evaluate_list,
    ast.SetComp: comprehensions.evaluate_set,
    ast.GeneratorExp: comprehensions.evaluate_list,
    ast.DictComp: comprehensions.evaluate_dict,
    ast.Lambda: calls.evaluate_lambda,
    ast.NamedExpr: _named,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Starred: _starred,
}
