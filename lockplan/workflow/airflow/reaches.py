"""What the ends of blocks can name of the DAGs, so that a patch can order their tasks there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from lockplan.model.place import Span
from lockplan.model.workflow import BlockKind, Reach
from lockplan.workflow.airflow.collector import Collector, collector_of
from lockplan.workflow.airflow.dags import DagObject, as_dag
from lockplan.workflow.airflow.tasks import TaskObject, XComArg
from lockplan.workflow.interpreter import Interpreter
from lockplan.workflow.objects import Instance
from lockplan.workflow.scopes import Frame
from lockplan.workflow.values import Native, Site, Value

_DEPTH = 3
"""How deep in collections and objects a task is looked for: ``self.tasks["load"]`` is two."""
_CHOICE = 4
"""So many expressions are kept for one thing: any of them may not do where a patch stands."""
_MOST = 2_000
"""So many parts of collections are looked at for one block: large settings hold no tasks."""
_HOLDERS = (Native, list, tuple, dict)
_INWARDS = (BlockKind.WITH, BlockKind.FUNCTION, BlockKind.MODULE)


@dataclass(frozen=True, slots=True, eq=False)
class RawReach:
    """A `Reach` with the DAG that it is of."""

    dag: DagObject
    reach: Reach


def note_with(dag: DagObject, site: Site) -> None:
    """Note what the end of a ``with DAG`` can name."""
    if not site.interpreter.frames:
        return
    block = Span(site.span.path, site.span.line)
    found = _named(site.interpreter.frames[-1].scope.names, site.interpreter)
    collector = collector_of(site)
    run = _Run(BlockKind.WITH, block, len(collector.reaches), site.conditional)
    collector.reaches += [raw for raw in run.reaches(found) if raw.dag is dag]


def note_function(collector: Collector, frame: Frame, interpreter: Interpreter) -> None:
    """Note what the end of a function can name, where it deals with DAGs."""
    function = frame.function
    if function is None or not (collector.dags or collector.tasks):
        return
    if any(isinstance(value, _HOLDERS) for value in frame.scope.names.values()):
        block = frame.span(function.node.lineno)
        found = _named(frame.scope.names, interpreter)
        run = _Run(BlockKind.FUNCTION, block, len(collector.reaches), frame.conditional)
        collector.reaches += run.reaches(found)


def reaches_of(
    collector: Collector, interpreter: Interpreter
) -> dict[DagObject, tuple[Reach, ...]]:
    """Return what was noted of each DAG, and what the modules' ends can name."""
    noted = list(collector.reaches)
    for module in interpreter.modules.values() if collector.dags else ():
        found = _named(module.names, interpreter)
        noted += _Run(BlockKind.MODULE, Span(module.path, 1), 0).reaches(found)
    by_dag: dict[DagObject, list[Reach]] = {}
    for raw in noted:
        by_dag.setdefault(raw.dag, []).append(raw.reach)
    return {dag: _ordered(dag, reaches) for dag, reaches in by_dag.items()}


def _ordered(dag: DagObject, reaches: Iterable[Reach]) -> tuple[Reach, ...]:
    """Return the reaches of the DAG's own file first, inner blocks before outer ones."""

    def rank(reach: Reach) -> tuple[bool, int, int]:
        is_elsewhere = reach.block.path != dag.defined_at.path
        return is_elsewhere, _INWARDS.index(reach.kind), -reach.block.line

    return tuple(sorted(reaches, key=rank))


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a block."""

    kind: BlockKind
    block: Span
    number: int
    conditional: bool = False

    def reaches(self, found: Iterable[tuple[str, Value]]) -> list[RawReach]:
        """Return what it can name, by DAG; a task's own DAG can be named by the task, too."""
        dags: dict[DagObject, list[str]] = {}
        through: dict[DagObject, list[str]] = {}
        tasks: dict[DagObject, dict[str, list[str]]] = {}
        for text, value in found:
            thing = _thing(value)
            if isinstance(thing, DagObject):
                dags.setdefault(thing, []).append(text)
            elif thing is not None and thing.dag is not None:
                path = "operator.dag" if isinstance(value, XComArg) else "dag"
                through.setdefault(thing.dag, []).append(f"{text}.{path}")
                tasks.setdefault(thing.dag, {}).setdefault(thing.task_id, []).append(text)
        return [
            RawReach(
                dag,
                Reach(
                    self.kind,
                    self.block,
                    self.number,
                    tuple([*dags.get(dag, ()), *through.get(dag, ())][:_CHOICE]),
                    tuple((i, tuple(each[:_CHOICE])) for i, each in tasks.get(dag, {}).items()),
                    len(dag.tasks),
                    self.conditional,
                ),
            )
            for dag in dict.fromkeys([*dags, *tasks])
        ]


def _named(names: Mapping[str, Value], interpreter: Interpreter) -> Iterator[tuple[str, Value]]:
    """Yield DAGs and tasks with their expressions, plain variables first."""
    level = [(name, value) for name, value in names.items() if isinstance(value, _HOLDERS)]
    for _ in range(_DEPTH):
        deeper: list[tuple[str, Value]] = []
        for text, value in level:
            if _thing(value) is not None:
                yield text, value
            elif len(deeper) < _MOST and not interpreter.is_loose(value):
                deeper += islice(_parts(text, value), _MOST)
        level = deeper


def _thing(value: Value) -> DagObject | TaskObject | None:
    inner = value.native if isinstance(value, Instance) else value
    if isinstance(inner, XComArg):
        return inner.task
    return inner if isinstance(inner, TaskObject) else as_dag(inner)


def _parts(text: str, value: Value) -> Iterator[tuple[str, Value]]:
    """Yield what a collection or an object holds."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, str | int) and isinstance(item, _HOLDERS):
                yield f"{text}[{_literal(key)}]", item
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            if isinstance(item, _HOLDERS):
                yield f"{text}[{number}]", item
    elif isinstance(value, Instance):
        for name, item in value.attributes.items():
            if isinstance(item, _HOLDERS):
                yield f"{text}.{name}", item


def _literal(key: str | int) -> str:
    """Return a key as Python, in double quotes where it is a text."""
    plain = isinstance(key, str) and key.isprintable() and not set('"\\') & set(key)
    return f'"{key}"' if plain else repr(key)
