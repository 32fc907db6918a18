"""Calls: of the folder's functions, of natives, of plain values' methods, of unknown things."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lockplan.workflow import access, computing, operators
from lockplan.workflow.contexts import GeneratorContext
from lockplan.workflow.loader import Source
from lockplan.workflow.objects import ClassValue, Function
from lockplan.workflow.scopes import Flow, Frame, Scope, merge_values
from lockplan.workflow.stdlib import methods
from lockplan.workflow.values import Foreign, Native, OneOf, Site, Spread, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def evaluate_call(interpreter: Interpreter, node: ast.Call, frame: Frame) -> Value:
    """Evaluate a call expression."""
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = interpreter.evaluate(function.value, frame)
        args = access.spread(interpreter, node.args, frame)
        kwargs = _keywords(interpreter, node, frame) if node.keywords else {}
        site = interpreter.call_site(node, frame, args, kwargs)
        return call_method(interpreter, owner, function.attr, args, kwargs, site)
    if isinstance(function, ast.Name) and function.id == "super" and not node.args:
        return access.super_of(interpreter, frame)
    callee = interpreter.evaluate(function, frame)
    args = access.spread(interpreter, node.args, frame)
    kwargs = _keywords(interpreter, node, frame) if node.keywords else {}
    site = interpreter.call_site(node, frame, args, kwargs)
    return call_value(interpreter, callee, args, kwargs, site)


def _keywords(interpreter: Interpreter, node: ast.Call, frame: Frame) -> dict[str, Value]:
    kwargs: dict[str, Value] = {}
    for keyword in node.keywords:
        value = interpreter.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
            continue
        if isinstance(value, dict):
            kwargs.update((str(name), each) for name, each in value.items())
        if not isinstance(value, dict) or interpreter.is_loose(value):
            reason = value.reason if isinstance(value, Unknown) else "keywords that are not known"
            kwargs["**"] = Unknown(reason)
    return kwargs


def call_method(
    interpreter: Interpreter,
    owner: Value,
    name: str,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> Value:
    """``owner.name(*args, **kwargs)``."""
    if isinstance(owner, Unknown):
        return _unknown_method(interpreter, owner, name, args, kwargs, site)
    if isinstance(owner, Native):
        found = access.attribute(interpreter, owner, name, site)
        if isinstance(found, Unknown) and not isinstance(found, OneOf):
            asked = owner if isinstance(owner, ClassValue) else None
            return _unknown_call(interpreter, found, name, args, kwargs, site, asked)
        return call_value(interpreter, found, args, kwargs, site)
    return methods.call(owner, name, args, kwargs, site)


def _unknown_method(
    interpreter: Interpreter,
    owner: Unknown,
    name: str,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> Value:
    if isinstance(owner, OneOf):
        return _each_option(
            interpreter,
            owner,
            site,
            lambda one, at: call_method(interpreter, one, name, args, kwargs, at),
        )
    if isinstance(owner, Foreign):
        found = access.attribute(interpreter, owner, name, site)
        if not isinstance(found, Unknown):
            return call_value(interpreter, found, args, kwargs, site)
    made = computing.method(owner, name, args, kwargs, site)
    return made or _unknown_call(interpreter, owner, name, args, kwargs, site)


def call_value(
    interpreter: Interpreter, callee: Value, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """``callee(*args, **kwargs)``."""
    if isinstance(callee, Native):
        return _call_native(interpreter, callee, args, kwargs, site)
    if isinstance(callee, OneOf):
        return _each_option(
            interpreter,
            callee,
            site,
            lambda one, at: call_value(interpreter, one, args, kwargs, at),
        )
    if isinstance(callee, Unknown):
        return _unknown_call(interpreter, callee, "", args, kwargs, site)
    return Unknown("result of something that cannot be called")


def _call_native(
    interpreter: Interpreter,
    callee: Native,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
) -> Value:
    try:
        return callee.call(args, kwargs, site)
    except operators.FAILURES as error:
        reason = f"{callee.describe()}() could not be followed: {type(error).__name__}: {error}"
        interpreter.skip(site.span, "call", reason)
        return Unknown(reason)


def _each_option(
    interpreter: Interpreter, value: OneOf, site: Site, call: Callable[[Value, Site], Value]
) -> Value:
    """Call each thing that a value may be, as something that may not happen."""
    at = replace(site, conditional=True)
    region, results = interpreter.region, []
    try:
        for option in value.options:
            interpreter.region = interpreter.new_region()
            results.append(call(option, at))
    finally:
        interpreter.region = region
    return merge_values(results, value.reason)


def _unknown_call(
    interpreter: Interpreter,
    owner: Unknown,
    name: str,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
    cls: ClassValue | None = None,
) -> Value:
    """Ask what a call of something unknown does; `cls` is the folder's class it is called on."""
    for ask in interpreter.on_unknown_call:
        made = ask(cls or owner, name, args, kwargs, site)
        if made is not None:
            return made
    if isinstance(owner, Foreign):
        dotted = f"{owner.dotted}.{name}" if name else owner.dotted
        return Unknown(f"result of {dotted}()")
    return Unknown(owner.reason)


# the folder's functions


def evaluate_lambda(interpreter: Interpreter, node: ast.Lambda, frame: Frame) -> Function:
    """Evaluate a lambda expression."""
    return make_function(interpreter, node, frame)


def make_function(interpreter: Interpreter, node: FunctionNode, frame: Frame) -> Function:
    """Return the function that a ``def`` or ``lambda`` makes, its defaults evaluated."""
    defaults = [interpreter.evaluate(default, frame) for default in node.args.defaults]
    keyword_defaults = {
        arg.arg: interpreter.evaluate(default, frame)
        for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is not None
    }
    scope: Scope | None = frame.scope
    while scope is not None and scope.is_class:
        scope = scope.parent
    if scope is not None and scope.names is frame.module.names:
        scope = None
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    return Function(node, frame.module, scope, name, defaults, keyword_defaults)


def run_function(
    interpreter: Interpreter,
    function: Function,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
    on_yield: Callable[[Value], None] | None = None,
) -> Value:
    """Run a function's body with its arguments bound; return the join of what it returns."""
    lost = site.conditional and _is_recursive(interpreter, function)
    if lost or len(interpreter.frames) >= interpreter.budget.depth:
        reason = f"{function.name}() calls itself too deep to be followed"
        interpreter.skip(site.span, "call", reason)
        return Unknown(reason)
    frame = _frame(interpreter, function, site)
    frame.on_yield = on_yield
    _bind_arguments(interpreter, function, args, kwargs, frame)
    interpreter.frames.append(frame)
    try:
        result = _run_body(interpreter, function, frame)
        for listen in interpreter.on_leave:
            listen(frame)
        return result
    except RecursionError:
        reason = f"{function.name}() is nested too deep to be followed"
        interpreter.skip(site.span, "call", reason)
        return Unknown(reason)
    finally:
        interpreter.frames.pop()


def _is_recursive(interpreter: Interpreter, function: Function) -> bool:
    """Whether a function already runs inside itself more than twice."""
    node, running = function.node, 0
    for frame in interpreter.frames:
        if frame.function is not None and frame.function.node is node:
            running += 1
    return running > 2


def _frame(interpreter: Interpreter, function: Function, site: Site) -> Frame:
    node = function.node
    source = interpreter.sources[function.module]
    scope = Scope({}, function.scope, interpreter.region)
    frame = Frame(function.module, source, scope, function)
    frame.conditional, frame.repeated = site.conditional, site.repeated
    if _yields(interpreter, node, source):
        frame.yields = []
    return frame


def _run_body(interpreter: Interpreter, function: Function, frame: Frame) -> Value:
    node = function.node
    if isinstance(node, ast.Lambda):
        return interpreter.evaluate(node.body, frame)
    flow = interpreter.execute(node.body, frame)
    if frame.yields is not None:
        return interpreter.fresh(frame.yields)
    if flow is None:
        frame.returns.append(None)
    if flow is Flow.RAISE and not frame.returns:
        return Unknown(f"result of {function.name}(), which raises an error")
    return merge_values(frame.returns)


def _yields(interpreter: Interpreter, node: FunctionNode, source: Source) -> bool:
    """Whether a function's own body yields; most files do not even hold the word."""
    found = interpreter.notes.get(node)
    if found is None:
        lines = source.lines[node.lineno - 1 : node.end_lineno]
        found = interpreter.notes[node] = (
            not isinstance(node, ast.Lambda)
            and any("yield" in line for line in lines)
            and _has_yield(node.body)
        )
    return bool(found)


def _has_yield(body: list[ast.stmt]) -> bool:
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _bind_arguments(
    interpreter: Interpreter,
    function: Function,
    args: list[Value],
    kwargs: dict[str, Value],
    frame: Frame,
) -> None:
    """Give each parameter its argument, its default, or an unknown."""
    spec = function.node.args
    names = frame.scope.names
    given = [function.bound, *args] if function.is_bound else args
    rest = next((value for value in given if isinstance(value, Spread)), None)
    positional = given if rest is None else given[: given.index(rest)]
    parameters = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    left = dict(kwargs)
    unknown = left.pop("**", rest)
    names.update(zip(parameters, positional, strict=False))
    if spec.vararg is not None:
        extra = tuple(positional[len(parameters) :])
        names[spec.vararg.arg] = extra if rest is None else rest
    first = len(parameters) - len(function.defaults)
    defaults = dict(zip(parameters[first:], function.defaults, strict=False))
    defaults |= function.keyword_defaults
    for name in (*parameters, *(arg.arg for arg in spec.kwonlyargs)):
        if name in left:
            names[name] = left.pop(name)
        elif name not in names:
            names[name] = _absent(name, defaults, unknown, function)
    if spec.kwarg is not None:
        interpreter.fresh(left)
        if unknown is not None:
            interpreter.loosen(left)
        names[spec.kwarg.arg] = left


def _absent(name: str, defaults: dict[str, Value], unknown: Value, function: Function) -> Value:
    """Return what a parameter holds that the call does not name."""
    if unknown is None and name in defaults:
        return defaults[name]
    missing = Unknown(f"the argument {name} of {function.name}()")
    return merge_values([missing, defaults[name]]) if name in defaults else missing


# with


def run_context(
    interpreter: Interpreter,
    manager: Value,
    site: Site,
    frame: Frame,
    inside: Callable[[Value], Flow | None],
) -> Flow | None:
    """Run what stands inside a ``with``, between entering and leaving its context manager."""
    if isinstance(manager, GeneratorContext):
        return _run_generator_context(interpreter, manager, site, inside)
    if not isinstance(manager, Native):
        return inside(manager)
    entered = manager.enter(site)
    left = frame.left
    try:
        return inside(entered)
    finally:
        left, frame.left = frame.left, left
        manager.exit(_site_now(site, frame))
        frame.left = left


def _site_now(site: Site, frame: Frame) -> Site:
    """Return a place with the circumstances that hold now."""
    return replace(site, conditional=frame.conditional or frame.left, repeated=frame.repeated)


def _run_generator_context(
    interpreter: Interpreter,
    manager: GeneratorContext,
    site: Site,
    inside: Callable[[Value], Flow | None],
) -> Flow | None:
    """Run a ``@contextmanager`` function; what stands inside the ``with`` runs at its ``yield``."""
    flows: list[Flow | None] = []

    def at_yield(value: Value) -> None:
        active, interpreter.frames = interpreter.frames, interpreter.frames[:-1]
        try:
            flows.append(inside(value))
        finally:
            interpreter.frames = active

    function = manager.function
    run_function(interpreter, function, manager.args, manager.kwargs, site, at_yield)
    return flows[0] if flows else inside(Unknown(f"value of {function.name}()"))
