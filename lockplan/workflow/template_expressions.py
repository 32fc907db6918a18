"""Expressions inside Jinja templates, over values that are known in part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jinja2
from jinja2 import TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from lockplan.workflow import computing, decisions, operators, texts
from lockplan.workflow.dates import ISO_DATE, formatted
from lockplan.workflow.values import (
    Dated,
    DateExpr,
    DateField,
    Site,
    Text,
    Unknown,
    Value,
    options,
)

Piece = str | Text | Unknown | DateExpr

_SYMBOLS = {
    "Add": "+",
    "Sub": "-",
    "Mul": "*",
    "Div": "/",
    "FloorDiv": "//",
    "Mod": "%",
    "Pow": "**",
}
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_COMPUTED_FILTERS = {"int": "int", "float": "float", "abs": "abs", "length": "len", "count": "len"}
"""Filters that also work on what the run's dates decide, as the operations that they are."""
_DATE_FILTERS = {
    "ds": ISO_DATE,
    "ds_nodash": "%Y%m%d",
    "ts": "%Y-%m-%dT%H:%M:%S+00:00",
    "ts_nodash": "%Y%m%dT%H%M%S",
    "ts_nodash_with_tz": "%Y%m%dT%H%M%S+0000",
}
_GLOBALS = {"range": "range", "dict": "dict", "namespace": "dict"}
"""Names that every template has, and the built-in type that each behaves as."""
# fmt: off
_FILTERS = frozenset(
    (
        "length", "count", "int", "float", "abs", "first", "last", "round", "list", "sort",
        "reverse", "unique", "items", "dictsort", "tojson", "sum", "min", "max", "map",
        "select", "reject", "selectattr", "rejectattr", "wordcount", "join",
    )
)
"""Jinja's own filters that write no more than they are given."""
_TESTS = frozenset(
    (
        "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable",
        "odd", "even", "divisibleby", "true", "false", "eq", "equalto", "ne", "gt",
        "greaterthan", "lt", "lessthan", "ge", "le", "in",
    )
)
# fmt: on
MOST_ELEMENTS = 20_000
_ENVIRONMENT = SandboxedEnvironment()
_NO_NAMES = _ENVIRONMENT.from_string("").new_context()
_TEXT_METHODS = {"upper": "upper", "lower": "lower", "title": "title", "capitalize": "capitalize"}


@dataclass(frozen=True, slots=True)
class Undefined(Unknown):
    """A name that the template does not get; Jinja writes nothing for it, Airflow may refuse it."""


@dataclass(slots=True)
class Expressions:
    """Evaluates a template's expressions with the names that are set."""

    site: Site
    names: dict[str, Value]

    def value(self, node: nodes.Node) -> Value:
        """Return an expression's value."""
        handler = getattr(self, f"of_{type(node).__name__.lower()}", None)
        if handler is not None:
            return handler(node)
        symbol = _SYMBOLS.get(type(node).__name__)
        if symbol is not None:
            left, right = self.value(_left(node)), self.value(_right(node))
            return operators.binary(symbol, left, right, self.site)
        return Unknown(f"template expression {type(node).__name__}")

    def of_const(self, node: nodes.Const) -> Value:
        return node.value

    def of_templatedata(self, node: nodes.TemplateData) -> Value:
        return node.data

    def of_name(self, node: nodes.Name) -> Value:
        if node.name in self.names:
            return self.names[node.name]
        if node.name in _GLOBALS:
            return self.site.interpreter.names.builtin(_GLOBALS[node.name])
        return Undefined(f"template name {node.name}")

    def of_getattr(self, node: nodes.Getattr) -> Value:
        return self._member(self.value(node.node), node.attr)

    def of_getitem(self, node: nodes.Getitem) -> Value:
        owner = self.value(node.node)
        if isinstance(node.arg, nodes.Slice):
            bounds = (node.arg.start, node.arg.stop, node.arg.step)
            known = [None if one is None else self.value(one) for one in bounds]
            return self.site.interpreter.item(owner, slice(*known), self.site)
        key = self.value(node.arg)
        return self._member(owner, key) if isinstance(key, str) else self._item(owner, key)

    def of_call(self, node: nodes.Call) -> Value:
        args = [self.value(arg) for arg in node.args]
        kwargs = {pair.key: self.value(pair.value) for pair in node.kwargs}
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            return Unknown("a call with arguments that are not known")
        interpreter = self.site.interpreter
        if isinstance(node.node, nodes.Getattr):
            owner = self.value(node.node.node)
            if not (isinstance(owner, dict) and node.node.attr in owner):
                return interpreter.call_method(owner, node.node.attr, args, kwargs, self.site)
        return interpreter.call_value(self.value(node.node), args, kwargs, self.site)

    def of_filter(self, node: nodes.Filter) -> Value:
        value = "" if node.node is None else self.value(node.node)
        kwargs = {str(pair.key): self.value(pair.value) for pair in node.kwargs}
        return self._filtered(node.name, value, [self.value(arg) for arg in node.args], kwargs)

    def of_compare(self, node: nodes.Compare) -> Value:
        left, result = self.value(node.expr), True
        for operand in node.ops:
            right = self.value(operand.expr)
            symbol = _COMPARISONS.get(operand.op, "in")
            one = operators.compare(symbol, left, right, self.site)
            truth = operators.truth(one, self.site)
            if truth is None:
                return Unknown("a comparison of values that are not known")
            result = result and (truth is not (operand.op == "notin"))
            left = right
        return result

    def of_and(self, node: nodes.And) -> Value:
        return self._either(node, stops_at=False)

    def of_or(self, node: nodes.Or) -> Value:
        return self._either(node, stops_at=True)

    def of_not(self, node: nodes.Not) -> Value:
        truth = operators.truth(self.value(node.node), self.site)
        return Unknown("a condition that is not known") if truth is None else not truth

    def of_neg(self, node: nodes.Neg) -> Value:
        return operators.unary("-", self.value(node.node), self.site)

    def of_condexpr(self, node: nodes.CondExpr) -> Value:
        truth = operators.truth(self.value(node.test), self.site)
        if truth is None:
            return Unknown("a choice that depends on a condition")
        if truth:
            return self.value(node.expr1)
        return "" if node.expr2 is None else self.value(node.expr2)

    def of_concat(self, node: nodes.Concat) -> Value:
        return Text.join([written(self.value(part)) for part in node.nodes])

    def of_list(self, node: nodes.List) -> Value:
        return [self.value(item) for item in node.items]

    def of_tuple(self, node: nodes.Tuple) -> Value:
        return tuple(self.value(item) for item in node.items)

    def of_dict(self, node: nodes.Dict) -> Value:
        return {self.value(pair.key): self.value(pair.value) for pair in node.items}

    def of_test(self, node: nodes.Test) -> Value:
        value = self.value(node.node)
        defined = not isinstance(value, Undefined)
        if node.name in ("defined", "undefined"):
            return defined is (node.name == "defined")
        if node.name == "none" and not isinstance(value, Unknown):
            return value is None
        if node.name == "string" and isinstance(value, Text):
            return True
        return self._plain_test(node.name, value, [self.value(arg) for arg in node.args])

    # the rules of Jinja

    def _either(self, node: nodes.And | nodes.Or, *, stops_at: bool) -> Value:
        left = self.value(node.left)
        truth = operators.truth(left, self.site)
        if truth is None:
            return Unknown("a condition that is not known")
        return left if truth is stops_at else self.value(node.right)

    def _member(self, owner: Value, name: str) -> Value:
        """``owner.name``: Jinja looks for an attribute, then for an element."""
        if isinstance(owner, dict):
            return owner.get(name, Undefined(f"template name {name}"))
        return self.site.interpreter.attribute(owner, name, self.site)

    def _item(self, owner: Value, key: Value) -> Value:
        return self.site.interpreter.item(owner, key, self.site)

    def _filtered(
        self, name: str, value: Value, args: list[Value], kwargs: dict[str, Value]
    ) -> Value:
        if name in _DATE_FILTERS and isinstance(value, DateExpr):
            return formatted(value, _DATE_FILTERS[name])
        if name in ("default", "d"):
            return (args[0] if args else "") if isinstance(value, Undefined) else value
        if name in ("safe", "string", "e", "escape", "forceescape"):
            return texts.as_text(value)
        if name in ("trim", *_TEXT_METHODS) and isinstance(value, str | Text):
            method = "strip" if name == "trim" else _TEXT_METHODS[name]
            return self.site.interpreter.call_method(value, method, args, {}, self.site)
        if name == "replace" and isinstance(value, str | Text):
            return self.site.interpreter.call_method(value, name, args, {}, self.site)
        if name == "format" and isinstance(value, str | Text) and not kwargs:
            return operators.binary("%", value, tuple(args), self.site)
        if name == "join" and not kwargs:
            return self._joined(value, args[0] if args else "")
        made = self._plain_filter(name, value, args, kwargs)
        return computing.rescued(made, _COMPUTED_FILTERS.get(name, ""), value)

    def _joined(self, value: Value, separator: Value) -> Value:
        elements = self.site.interpreter.elements(value, self.site)
        if isinstance(elements, Unknown):
            return elements
        pieces: list[Piece] = []
        for position, element in enumerate(elements):
            pieces += [written(separator)] if position else []
            pieces.append(written(element))
        return Text.join(pieces)

    def _plain_filter(
        self, name: str, value: Value, args: list[Value], kwargs: dict[str, Value]
    ) -> Value:
        """Run Jinja's own filter where all that it gets is known."""
        unknown = Unknown(f"template filter {name}")
        if not self._are_known(value, *args, *kwargs.values()) or not _is_harmless(name, args):
            return unknown
        if isinstance(value, range) and len(value) > MOST_ELEMENTS:
            return unknown
        try:
            made = _ENVIRONMENT.call_filter(name, value, args, kwargs, context=_NO_NAMES)
            return _as_value(made, unknown)
        except (TypeError, ValueError, ArithmeticError, LookupError, TemplateError):
            return unknown

    def _plain_test(self, name: str, value: Value, args: list[Value]) -> Value:
        """Run Jinja's own test where all that it gets is known."""
        unknown = Unknown(f"template test {name}")
        value = decisions.settled(value, self.site)
        if name not in _TESTS or not self._are_known(value, *args):
            return unknown
        try:
            return bool(_ENVIRONMENT.call_test(name, value, args))
        except (TypeError, ValueError, ArithmeticError, TemplateError):
            return unknown

    def _are_known(self, *values: Value) -> bool:
        return all(self.site.interpreter.known(value) for value in values)


def _is_harmless(name: str, args: list[Value]) -> bool:
    """Whether a filter writes no more than it is given; ``map`` runs another one by its name."""
    if name == "map" and args:
        return args[0] in _FILTERS or args[0] in _TEXT_METHODS or args[0] == "trim"
    return name in _FILTERS


def _as_value(made: Any, unknown: Unknown) -> Value:
    """Return what a filter made as a value of the interpreter's."""
    if isinstance(made, jinja2.Undefined):
        return unknown
    if isinstance(made, Iterator):
        return [_as_value(item, unknown) for item in made]
    return str(made) if isinstance(made, str) else made


def written(value: Value) -> Piece:
    """Return what ``{{ value }}`` writes."""
    if isinstance(value, Dated | DateField):
        return texts.as_text(value)
    if len(options(value)) > 1 or isinstance(value, Unknown):
        return Unknown(value.reason)
    return texts.as_text(value)


def _left(node: nodes.Node) -> nodes.Node:
    assert isinstance(node, nodes.BinExpr)
    return node.left


def _right(node: nodes.Node) -> nodes.Node:
    assert isinstance(node, nodes.BinExpr)
    return node.right
