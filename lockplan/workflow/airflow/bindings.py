"""Which variable holds which task when its block ends, so that a patch can name it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from lockplan.model.place import Span
from lockplan.model.workflow import Binding
from lockplan.workflow.airflow.collector import Collector
from lockplan.workflow.airflow.dags import as_task
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.loader import Source
from lockplan.workflow.values import BindingEvent


@dataclass(slots=True, eq=False)
class _Block:
    """A block of a file: where it begins, how its lines are indented."""

    begin: int
    indent: str


@dataclass(slots=True, eq=False)
class Bindings:
    """Assignments of plain variables in the order in which reading met them."""

    events: list[BindingEvent] = field(default_factory=list)

    def note(self, event: BindingEvent) -> None:
        """Take one assignment in: the callback of `Interpreter.on_binding`."""
        self.events.append(event)

    def by_task(
        self, collector: Collector, sources: dict[str, Source]
    ) -> dict[TaskObject, Binding]:
        """Return the binding of each task that a plain variable holds at its block's end."""
        withs = {(b.path, b.line) for dag in collector.dags for b in dag.blocks}
        blocks: dict[Span, _Block | None] = {}
        last: dict[tuple[str, int, str], tuple[BindingEvent, _Block]] = {}
        times: dict[tuple[Span, str], int] = {}
        for event in self.events:
            times[event.span, event.name] = times.get((event.span, event.name), 0) + 1
            if event.span not in blocks:
                blocks[event.span] = _block(event.span, withs, sources)
            block = blocks[event.span]
            if block is not None:
                last[event.span.path, block.begin, event.name] = (event, block)
        found: dict[TaskObject, Binding] = {}
        for event, block in last.values():
            task = as_task(event.value)
            once = times[event.span, event.name] == 1
            if task is not None and once and not event.conditional and _in_file(task, event):
                found.setdefault(task, _binding(event, block))
        return found


def _binding(event: BindingEvent, block: _Block) -> Binding:
    path = event.span.path
    return Binding(path, event.name, Span(path, block.begin), event.last_line, block.indent)


def _in_file(task: TaskObject, event: BindingEvent) -> bool:
    return task.dag is not None and task.dag.defined_at.path == event.span.path


def _block(span: Span, withs: set[tuple[str, int]], sources: dict[str, Source]) -> _Block | None:
    """Return the innermost function or ``with DAG`` around a line."""
    source = sources.get(span.path)
    if source is None:
        return None
    best = _Block(1, "")
    for node in _enclosing(source.tree.body, span.line):
        is_with = isinstance(node, ast.With) and (span.path, node.lineno) in withs
        if is_with or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = source.lines[node.body[0].lineno - 1]
            indent = first[: len(first) - len(first.lstrip())]
            best = _Block(node.lineno, indent)
    return best


def _enclosing(body: Iterable[ast.AST], line: int) -> Iterable[ast.With | ast.FunctionDef]:
    """Yield the compound statements around a line, outermost first."""
    for node in body:
        begin, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if begin <= line <= end:
            yield node  # type: ignore[misc]
            yield from _enclosing(ast.iter_child_nodes(node), line)
