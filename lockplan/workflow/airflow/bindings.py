"""Which variable holds which task when its block ends, so that a patch can name it."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from lockplan.model.place import Span
from lockplan.model.workflow import Binding
from lockplan.workflow.airflow.collector import Collector
from lockplan.workflow.airflow.dags import as_task
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.loader import Source
from lockplan.workflow.values import BindingEvent


@dataclass(slots=True, eq=False, repr=False)
class _Block:
    """A block of a file: where it begins, how its lines are indented."""

    begin: int
    indent: str


@dataclass(slots=True, eq=False, repr=False)
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
        blocks: dict[str, dict[int, _Block]] = {}
        top = _Block(1, "")
        last: dict[tuple[str, int, str], tuple[BindingEvent, _Block]] = {}
        times: dict[tuple[Span, str], int] = {}
        holding = {event.span.path for event in self.events if as_task(event.value) is not None}
        for event in self.events:
            path = event.span.path
            if path not in sources or path not in holding:
                continue
            times[event.span, event.name] = times.get((event.span, event.name), 0) + 1
            if path not in blocks:
                blocks[path] = _blocks_by_line(sources[path], withs)
            block = blocks[path].get(event.span.line, top)
            last[path, block.begin, event.name] = (event, block)
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


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, outer ones first: what stands in inner ones replaces what is outside."""
    pending = deque(body)
    while pending:
        node = pending.popleft()
        yield node
        for part in _holders(node):
            for name in ("body", "orelse", "finalbody"):
                pending.extend(getattr(part, name, ()))


def _holders(node: ast.stmt) -> list[ast.AST]:
    """Return what holds a statement's blocks: itself, its handlers, its cases."""
    return [node, *getattr(node, "handlers", []), *getattr(node, "cases", [])]


def _blocks_by_line(source: Source, withs: set[tuple[str, int]]) -> dict[int, _Block]:
    """Return the innermost function or ``with DAG`` around each line that has one."""
    found: dict[int, _Block] = {}
    for node in _statements(source.tree.body):
        is_with = isinstance(node, ast.With) and (source.display, node.lineno) in withs
        if is_with or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert isinstance(node, ast.With | ast.FunctionDef | ast.AsyncFunctionDef)
            first = source.lines[node.body[0].lineno - 1]
            block = _Block(node.lineno, first[: len(first) - len(first.lstrip())])
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            found.update(dict.fromkeys(lines, block))
    return found
