"""Loops: unrolled where their elements are known, else read once as something that repeats."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from lockplan.workflow import operators
from lockplan.workflow.assignments import assign
from lockplan.workflow.branches import run_ways
from lockplan.workflow.scopes import Flow, Frame, merge_names
from lockplan.workflow.values import Text, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

MUTATORS = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "pop", "remove", "clear"}
    | {"discard", "popitem", "popleft", "appendleft", "sort", "reverse"}
)


def run_for(interpreter: Interpreter, node: ast.For, frame: Frame) -> Flow | None:
    """Run a ``for`` statement."""
    site = interpreter.site(node, frame)
    iterable = interpreter.evaluate(node.iter, frame)
    elements = interpreter.iterate(iterable, site)
    if isinstance(elements, Unknown):
        return _unknown_for(interpreter, node, elements, frame)
    if len(elements) > interpreter.budget.iterations:
        reason = f"an element of a loop of {len(elements):,} passes"
        return _unknown_for(interpreter, node, Unknown(reason), frame)
    loose = interpreter.is_loose(iterable)

    def passes() -> Flow | None:
        for element in elements:
            flow = _pass_for(interpreter, node, element, frame, loose)
            if flow is not None:
                return flow
        return None

    return _run_loop(interpreter, node, frame, passes)


def _pass_for(
    interpreter: Interpreter, node: ast.For, element: Value, frame: Frame, loose: bool
) -> Flow | None:
    if loose and isinstance(element, Unknown):
        return _repeated(
            interpreter, node, frame, lambda: _for_target(interpreter, node, element, frame)
        )

    def once() -> Flow | None:
        _for_target(interpreter, node, element, frame)
        return _one_pass(interpreter, node.body, frame)

    return run_ways(interpreter, frame, [once, lambda: None]) if loose else once()


def _for_target(interpreter: Interpreter, node: ast.For, element: Value, frame: Frame) -> None:
    assign(interpreter, node.target, element, frame, node)


def _one_pass(interpreter: Interpreter, body: list[ast.stmt], frame: Frame) -> Flow | None:
    """Run a loop's body once; ``continue`` ends the pass as running through it does."""
    flow = interpreter.execute(body, frame)
    if frame.exits:
        names = frame.scope.names
        merged = merge_names([dict(names), *frame.exits])
        frame.exits.clear()
        names.clear()
        names.update(merged)
    return None if flow is Flow.CONTINUE else flow


def _run_loop(
    interpreter: Interpreter,
    node: ast.For | ast.AsyncFor | ast.While,
    frame: Frame,
    passes: Callable[[], Flow | None],
) -> Flow | None:
    """Run a loop's passes and its ``else``; what was uncertain inside ends with the loop."""
    conditional, region, exits = frame.conditional, interpreter.region, frame.exits
    frame.exits = []
    try:
        flow = passes()
        if flow is None and node.orelse:
            flow = interpreter.execute(node.orelse, frame)
        elif flow is Flow.BREAK:
            flow = None
    finally:
        frame.conditional, interpreter.region, frame.exits = conditional, region, exits
    return flow


def _unknown_for(
    interpreter: Interpreter, node: ast.For, element: Unknown, frame: Frame
) -> Flow | None:
    def passes() -> Flow | None:
        return _repeated(
            interpreter, node, frame, lambda: _for_target(interpreter, node, element, frame)
        )

    return _run_loop(interpreter, node, frame, passes)


def run_while(interpreter: Interpreter, node: ast.While, frame: Frame) -> Flow | None:
    """Run a ``while`` statement."""
    return _run_loop(interpreter, node, frame, lambda: _while_passes(interpreter, node, frame))


def _while_passes(interpreter: Interpreter, node: ast.While, frame: Frame) -> Flow | None:
    if isinstance(node.test, ast.Constant) and node.test.value:
        return _endless(interpreter, node, frame)
    outside, region = frame.conditional, interpreter.region
    for _ in range(interpreter.budget.iterations):
        test = interpreter.evaluate(node.test, frame)
        truth = operators.truth(test, interpreter.site(node, frame))
        if truth is False:
            return None
        if truth is None:
            break
        flow = _one_pass(interpreter, node.body, frame)
        if flow is not None:
            return flow
        if interpreter.region != region or (frame.conditional and not outside):
            break  # a way may have left the loop: how many passes follow is not known
    return _repeated(interpreter, node, frame, lambda: interpreter.evaluate(node.test, frame))


def _endless(interpreter: Interpreter, node: ast.While, frame: Frame) -> Flow | None:
    """Run ``while True``: its body runs at least once, and how often is not known."""
    repeated, frame.repeated = frame.repeated, True
    try:
        widen(interpreter, node, frame)
        flow = _one_pass(interpreter, node.body, frame)
    finally:
        frame.repeated = repeated
    return Flow.BREAK if flow is None else flow


def _repeated(
    interpreter: Interpreter,
    node: ast.For | ast.While,
    frame: Frame,
    begin: Callable[[], object],
) -> Flow | None:
    """Run a body that may run any number of times, also not at all."""

    def body() -> Flow | None:
        repeated, frame.repeated = frame.repeated, True
        try:
            widen(interpreter, node, frame)
            begin()
            flow = _one_pass(interpreter, node.body, frame)
        finally:
            frame.repeated = repeated
        return None if flow is Flow.BREAK else flow

    return run_ways(interpreter, frame, [body, lambda: None])


def widen(interpreter: Interpreter, node: ast.For | ast.While, frame: Frame) -> None:
    """Forget what a loop's body changes: a later pass begins with what an earlier one left."""
    changes = interpreter.notes.get(node)
    if changes is None:
        changes = interpreter.notes[node] = _changes(node)
    assigned, only_added, mutated = changes
    names = frame.scope.names
    for target in mutated:
        value = interpreter.evaluate(target, frame)
        if isinstance(value, list | dict | set):
            interpreter.loosen(value)
    for name in assigned:
        if name in names:
            before = names[name]
            hole = Unknown(f"{name} changes in a loop")
            grows = name in only_added and isinstance(before, str | Text)
            names[name] = Text.join([before, hole]) if grows else hole


def _changes(node: ast.For | ast.While) -> tuple[set[str], set[str], list[ast.expr]]:
    """Return the names a body assigns, those it only adds to, and the collections it changes."""
    inside = [inner for statement in node.body for inner in ast.walk(statement)]
    added = [
        inner.target
        for inner in inside
        if isinstance(inner, ast.AugAssign)
        and isinstance(inner.op, ast.Add)
        and isinstance(inner.target, ast.Name)
    ]
    stored = [n for n in inside if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]
    plain = {name.id for name in stored if name not in added}
    targets = [target for inner in inside if (target := _mutated(inner)) is not None]
    mutated = {ast.unparse(target): target for target in targets if _is_plain(target)}
    names = {name.id for name in stored}
    return names, {name.id for name in added} - plain, list(mutated.values())


def _mutated(node: ast.AST) -> ast.expr | None:
    """Return the collection that a node changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value if node.func.attr in MUTATORS else None
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.value
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
        return _loaded(node.target)
    return None


def _loaded(node: ast.Attribute) -> ast.expr:
    return ast.copy_location(ast.Attribute(node.value, node.attr, ast.Load()), node)


def _is_plain(node: ast.expr) -> bool:
    """Whether reading an expression again has no effect: a name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)
