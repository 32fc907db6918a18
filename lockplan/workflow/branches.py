"""Reading code whose condition is not known: every way is read, and the ways are joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lockplan.workflow.scopes import Flow, Frame, join_flows, merge_names
from lockplan.workflow.values import Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter

Way = Callable[[], Flow | None]
_LOOP_EXITS = (Flow.BREAK, Flow.CONTINUE)


def run_ways(interpreter: Interpreter, frame: Frame, ways: list[Way]) -> Flow | None:
    """Run each way from the same names, as something that may not happen; join what they leave."""
    names = frame.scope.names
    before = dict(names)
    conditional, region = frame.conditional, interpreter.region
    frame.conditional = True
    ends: list[tuple[Flow | None, dict[str, Value]]] = []
    try:
        for way in ways:
            interpreter.region = interpreter.new_region()
            flow = way()
            ends.append((flow, dict(names)))
            names.clear()
            names.update(before)
    finally:
        frame.conditional, interpreter.region = conditional, region
    joined = join_flows([flow for flow, _ in ends])
    _keep_names(frame, ends, joined)
    _note_exits(interpreter, frame, ends, joined)
    return joined


def _keep_names(
    frame: Frame, ends: list[tuple[Flow | None, dict[str, Value]]], joined: Flow | None
) -> None:
    """Go on with the names of the ways that go on."""
    kept = [names for flow, names in ends if flow is joined] or [ends[-1][1]]
    merged = merge_names(kept)
    frame.scope.names.clear()
    frame.scope.names.update(merged)


def _note_exits(
    interpreter: Interpreter,
    frame: Frame,
    ends: list[tuple[Flow | None, dict[str, Value]]],
    joined: Flow | None,
) -> None:
    """Remember ways that leave the loop or function while others stay: the rest may not happen."""
    for flow, names in ends:
        if flow is joined:
            continue
        if flow is Flow.RETURN:
            frame.left = True
        elif flow in _LOOP_EXITS:
            frame.exits.append(names)
            frame.conditional = True
            interpreter.region = interpreter.new_region()
