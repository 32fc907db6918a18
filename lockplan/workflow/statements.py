"""Running statements: each kind is one small function, found by its node's type."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lockplan.workflow import classes, imports, loops, operators, patterns
from lockplan.workflow.assignments import assign, bind, delete
from lockplan.workflow.branches import run_ways
from lockplan.workflow.calls import make_function, run_context
from lockplan.workflow.scopes import Flow, Frame, Scope, merge_imports, merge_names
from lockplan.workflow.values import Foreign, OneOf, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

SYMBOLS: dict[type[ast.operator], str] = {
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
}


_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})


def execute(interpreter: Interpreter, body: list[ast.stmt], frame: Frame) -> Flow | None:
    """Run statements until one leaves the block; return how, None where none does."""
    for node in body:
        interpreter.count_step(node, frame)
        run = EXECUTORS.get(type(node))
        if run is None:
            reason = f"a {type(node).__name__} statement is not read"
            interpreter.skip(frame.span(node.lineno, node.col_offset), "code", reason)
            continue
        flow = run(interpreter, node, frame)
        if flow is not None:
            return flow
    return None


def _expression(interpreter: Interpreter, node: ast.Expr, frame: Frame) -> None:
    if type(node.value) is not ast.Constant:
        interpreter.evaluate(node.value, frame)


def _assign(interpreter: Interpreter, node: ast.Assign, frame: Frame) -> None:
    value = interpreter.evaluate(node.value, frame)
    for target in node.targets:
        assign(interpreter, target, value, frame, node)


def _annotated(interpreter: Interpreter, node: ast.AnnAssign, frame: Frame) -> None:
    if node.value is not None:
        value = interpreter.evaluate(node.value, frame)
        assign(interpreter, node.target, value, frame, node)


def _augmented(interpreter: Interpreter, node: ast.AugAssign, frame: Frame) -> None:
    target = node.target
    left = interpreter.evaluate(_as_load(target), frame)
    right = interpreter.evaluate(node.value, frame)
    site = interpreter.site(node, frame)
    symbol = SYMBOLS[type(node.op)]
    if symbol == "+" and isinstance(left, list):
        elements = interpreter.iterate(right, site)
        interpreter.touch(left, site)
        left.extend([elements] if isinstance(elements, Unknown) else elements)
        return
    assign(interpreter, target, operators.binary(symbol, left, right, site), frame, node)


def _as_load(target: ast.expr) -> ast.expr:
    """Return the expression that reads what an assignment's target names."""
    if isinstance(target, ast.Name):
        load: ast.expr = ast.Name(target.id, ast.Load())
    elif isinstance(target, ast.Attribute):
        load = ast.Attribute(target.value, target.attr, ast.Load())
    elif isinstance(target, ast.Subscript):
        load = ast.Subscript(target.value, target.slice, ast.Load())
    else:
        return target
    return ast.copy_location(load, target)


def _return(interpreter: Interpreter, node: ast.Return, frame: Frame) -> Flow:
    frame.returns.append(None if node.value is None else interpreter.evaluate(node.value, frame))
    return Flow.RETURN


def _raise(interpreter: Interpreter, node: ast.Raise, frame: Frame) -> Flow:
    if node.exc is not None:
        interpreter.evaluate(node.exc, frame)
    return Flow.RAISE


def _if(interpreter: Interpreter, node: ast.If, frame: Frame) -> Flow | None:
    test = interpreter.evaluate(node.test, frame)
    truth = operators.truth(test, interpreter.site(node, frame))
    if truth is not None:
        return execute(interpreter, node.body if truth else node.orelse, frame)
    return run_ways(
        interpreter,
        frame,
        [
            lambda: execute(interpreter, node.body, frame),
            lambda: execute(interpreter, node.orelse, frame),
        ],
    )


def _with(interpreter: Interpreter, node: ast.With | ast.AsyncWith, frame: Frame) -> Flow | None:
    return _with_items(interpreter, node, frame, 0)


def _with_items(
    interpreter: Interpreter, node: ast.With | ast.AsyncWith, frame: Frame, position: int
) -> Flow | None:
    """Enter one item of a ``with`` after the other, then run the body."""
    if position == len(node.items):
        return execute(interpreter, node.body, frame)
    item = node.items[position]
    manager = interpreter.evaluate(item.context_expr, frame)

    def inside(entered: Value) -> Flow | None:
        if item.optional_vars is not None:
            assign(interpreter, item.optional_vars, entered, frame, node)
        return _with_items(interpreter, node, frame, position + 1)

    return run_context(interpreter, manager, interpreter.site(node, frame), frame, inside)


def _try(interpreter: Interpreter, node: ast.Try, frame: Frame) -> Flow | None:
    """Run a ``try``: its handlers may run from anywhere in the body, ``finally`` always does."""
    left = frame.left
    if _only_imports(node.body):
        flow = _try_imports(interpreter, node, frame)
    else:
        flow = _try_body(interpreter, node, frame)
    if node.finalbody:
        left, frame.left = frame.left, left
        last = execute(interpreter, node.finalbody, frame)
        frame.left = left or frame.left
        flow = last or flow
    return flow


def _only_imports(body: list[ast.stmt]) -> bool:
    return any(isinstance(stmt, ast.Import | ast.ImportFrom) for stmt in body) and all(
        isinstance(stmt, ast.Import | ast.ImportFrom | ast.Pass)
        or (isinstance(stmt, ast.Assign) and isinstance(stmt.value, ast.Constant | ast.Name))
        for stmt in body
    )


def _try_imports(interpreter: Interpreter, node: ast.Try, frame: Frame) -> Flow | None:
    """Run a ``try`` around imports: its handlers count where something was not found."""
    before = dict(frame.scope.names)
    execute(interpreter, node.body, frame)
    return _after_imports(interpreter, node, frame, before)


def _after_imports(
    interpreter: Interpreter, node: ast.Try, frame: Frame, before: dict[str, Value]
) -> Flow | None:
    """Go on after imports, which succeed where the DAGs run; handlers only give known stand-ins."""
    names = frame.scope.names
    imported = [value for name, value in names.items() if before.get(name, names) is not value]
    flow = execute(interpreter, node.orelse, frame)
    if not any(isinstance(value, Foreign) for value in imported):
        return flow
    ways = [dict(names)]
    for handler in node.handlers:
        _replace(names, before)
        execute(interpreter, handler.body, frame)
        ways.append(dict(names))
    _replace(names, merge_imports(ways))
    return flow


def _guards_imports(node: ast.Try) -> bool:
    """Whether the handlers only run where an import of the body fails."""
    caught = [ast.unparse(handler.type) if handler.type else "" for handler in node.handlers]
    return all(set(re.findall(r"\w+", kind)) <= _IMPORT_ERRORS and kind for kind in caught) and any(
        isinstance(stmt, ast.Import | ast.ImportFrom) for stmt in node.body
    )


def _replace(names: dict[str, Value], new: dict[str, Value]) -> None:
    names.clear()
    names.update(new)


def _try_body(interpreter: Interpreter, node: ast.Try, frame: Frame) -> Flow | None:
    names = frame.scope.names
    before = dict(names)
    flow = execute(interpreter, node.body, frame)
    if flow is None and node.handlers and _guards_imports(node):
        return _after_imports(interpreter, node, frame, before)
    anywhere = merge_names([before, dict(names)]) if node.handlers else names
    if flow is None and node.orelse:
        flow = execute(interpreter, node.orelse, frame)
    handlers: list[Callable[[], Flow | None]] = [
        lambda handler=handler: _handler(interpreter, handler, anywhere, frame)  # type: ignore[misc]
        for handler in node.handlers
    ]
    if flow is Flow.RAISE and len(handlers) == 1:
        return handlers[0]()
    if not handlers:
        return flow
    return run_ways(interpreter, frame, [lambda: flow, *handlers])


def _handler(
    interpreter: Interpreter, node: ast.ExceptHandler, names: dict[str, Value], frame: Frame
) -> Flow | None:
    _replace(frame.scope.names, names)
    if node.name:
        frame.scope.names[node.name] = Unknown(f"the exception {node.name}")
    return execute(interpreter, node.body, frame)


def _match(interpreter: Interpreter, node: ast.Match, frame: Frame) -> Flow | None:
    subject = interpreter.evaluate(node.subject, frame)
    return _match_cases(interpreter, node, subject, frame, 0)


def _match_cases(
    interpreter: Interpreter, node: ast.Match, subject: Value, frame: Frame, position: int
) -> Flow | None:
    if position == len(node.cases):
        return None
    case = node.cases[position]
    fits = patterns.fits(interpreter, case.pattern, subject, frame)
    if fits is not False and case.guard is not None:
        guard = interpreter.evaluate(case.guard, frame)
        truth = operators.truth(guard, interpreter.site(case.guard, frame))
        fits = False if truth is False else None if None in (fits, truth) else True
    if fits:
        return execute(interpreter, case.body, frame)

    def otherwise() -> Flow | None:
        return _match_cases(interpreter, node, subject, frame, position + 1)

    if fits is False:
        return otherwise()
    first = [lambda: execute(interpreter, case.body, frame), otherwise]
    return run_ways(interpreter, frame, first)


def _function(
    interpreter: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame
) -> None:
    function = make_function(interpreter, node, frame)
    value = decorated(interpreter, function, node, frame)
    bind(interpreter, node.name, value, frame, node)


def decorated(
    interpreter: Interpreter,
    value: Value,
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    frame: Frame,
) -> Value:
    """Apply decorators; one that is not known leaves what it decorates."""
    for decorator in reversed(node.decorator_list):
        wrap = interpreter.evaluate(decorator, frame)
        site = interpreter.site(decorator, frame)
        if isinstance(wrap, Unknown) and not isinstance(wrap, OneOf | Foreign):
            continue
        made = interpreter.call_value(wrap, [value], {}, site)
        if not isinstance(made, Unknown):
            value = made
    return value


def _class(interpreter: Interpreter, node: ast.ClassDef, frame: Frame) -> None:
    value = decorated(interpreter, classes.make_class(interpreter, node, frame), node, frame)
    bind(interpreter, node.name, value, frame, node)


def _global(interpreter: Interpreter, node: ast.Global, frame: Frame) -> None:
    frame.scope.outer.update(dict.fromkeys(node.names))


def _nonlocal(interpreter: Interpreter, node: ast.Nonlocal, frame: Frame) -> None:
    for name in node.names:
        scope: Scope | None = frame.scope.parent
        while scope is not None and name not in scope.names:
            scope = scope.parent
        if scope is not None:
            frame.scope.outer[name] = scope


def _delete(interpreter: Interpreter, node: ast.Delete, frame: Frame) -> None:
    for target in node.targets:
        delete(interpreter, target, frame)


def _assert(interpreter: Interpreter, node: ast.Assert, frame: Frame) -> None:
    interpreter.evaluate(node.test, frame)


def _nothing(interpreter: Interpreter, node: ast.Pass, frame: Frame) -> None:
    """``pass`` does nothing."""


EXECUTORS: dict[type[ast.stmt], Callable[[Interpreter, Any, Frame], Flow | None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.If: _if,
    ast.For: loops.run_for,
    ast.AsyncFor: loops.run_for,
    ast.While: loops.run_while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: imports.run_import,
    ast.ImportFrom: imports.run_import_from,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.Pass: _nothing,
    ast.Break: lambda interpreter, node, frame: Flow.BREAK,
    ast.Continue: lambda interpreter, node, frame: Flow.CONTINUE,
}
