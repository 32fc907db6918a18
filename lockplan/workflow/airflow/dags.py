"""``DAG(…)``, ``with DAG``, ``@dag``."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from datetime import timedelta

from lockplan.model.place import Span
from lockplan.model.statement import Unknown
from lockplan.model.workflow import Origin
from lockplan.workflow import texts
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.relations import Related, relate
from lockplan.workflow.airflow.schedules import zone_from
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.databases.methods import BoundMethod, argument
from lockplan.workflow.objects import Function, Instance, NativeClass
from lockplan.workflow.stdlib.zones import object_of
from lockplan.workflow.values import Native, Site, Value

NOT_GIVEN = "not given"
_SCHEDULE_POSITION = 2
_SCHEDULES = ("schedule", "schedule_interval", "timetable")


@dataclass(slots=True, eq=False, repr=False)
class DagObject(Related):
    """A DAG while it is built."""

    dag_id: str | None
    """None where it is not known: nothing of such a DAG can be planned."""
    arguments: dict[str, Value]
    schedule: str | None
    """As in `Dag.schedule`, or `NOT_GIVEN`."""
    timing: Value
    """What the schedule is made of."""
    defined_at: Span
    tasks: dict[str, TaskObject] = field(default_factory=dict)
    edges: dict[tuple[str, str], Origin] = field(default_factory=dict)
    group_ids: set[str] = field(default_factory=set)
    blocks: list[Span] = field(default_factory=list)
    """Where the ``with`` or ``def`` blocks begin that build it."""

    def describe(self) -> str:
        return f"DAG {self.dag_id}"

    @property
    def default_args(self) -> dict[str, Value]:
        """What its tasks get where they say nothing else."""
        given = self.arguments.get("default_args")
        return given if isinstance(given, dict) else {}

    @property
    def params(self) -> dict[str, Value]:
        """The DAG's own parameters."""
        given = self.arguments.get("params")
        return given if isinstance(given, dict) else {}

    @property
    def begin(self) -> Value:
        """Its start date, from which its time zone comes, too."""
        return self.arguments.get("start_date") or self.default_args.get("start_date")

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("dag_id", "_dag_id"):
            return self.dag_id
        if name == "tasks":
            return list(self.tasks.values())
        if name == "task_ids":
            return list(self.tasks)
        if name == "task_dict":
            return dict(self.tasks)
        if name in ("roots", "leaves"):
            return self.heads() if name == "roots" else self.tails()
        if name == "task":
            return _task_decorator(self)
        if name == "timezone":
            return object_of(zone_from(self.begin))
        if name in self.arguments:
            return self.arguments[name]
        return Related.attribute(self, name, site)

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        self.arguments[name] = value

    def enter(self, site: Site) -> Value:
        self.open(Span(site.span.path, site.span.line), site)
        return self

    def open(self, block: Span, site: Site) -> None:
        """Begin a block whose tasks belong to this DAG."""
        self.blocks.append(block)
        collector_of(site).open_dags.append(self)

    def exit(self, site: Site) -> None:
        from lockplan.workflow.airflow.reaches import note_with

        self.close(site)
        note_with(self, site)

    def close(self, site: Site) -> None:
        """End a block."""
        collector_of(site).open_dags.remove(self)

    def heads(self) -> list[TaskObject]:
        return [task for task in self.tasks.values() if not task.above]

    def tails(self) -> list[TaskObject]:
        return [task for task in self.tasks.values() if not task.below]

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        """``dag >> task`` puts the task into the DAG, as Airflow 1 allowed."""
        if operator not in (">>", "<<") or not isinstance(other, TaskObject):
            return NotImplemented
        other.join(self, site)
        return self

    def free_group_id(self, group_id: str) -> str:
        """Return the id with the first suffix that no group has yet."""
        return _first_free(group_id, self.group_ids)

    def free_task_id(self, task_id: str) -> str:
        """Return the id with the first suffix that no task has yet."""
        return _first_free(task_id, set(self.tasks))

    def do_add_task(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``dag.add_task(task)``."""
        task = as_task(argument(args, kwargs, 0, "task"))
        if task is not None:
            task.join(self, site)
        return None

    def do_add_tasks(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``dag.add_tasks([…])``."""
        tasks = argument(args, kwargs, 0, "tasks")
        for task in tasks if isinstance(tasks, list | tuple) else []:
            self.do_add_task([task], {}, site)
        return None

    def do_get_task(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``dag.get_task(id)``."""
        task_id = argument(args, kwargs, 0, "task_id")
        found = self.tasks.get(task_id) if isinstance(task_id, str) else None
        return found or Unknown(f"task {task_id} of {self.describe()}")

    def do_has_task(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``dag.has_task(id)``."""
        found = self.do_get_task(args, kwargs, site)
        if isinstance(found, TaskObject) and found.conditional and not site.conditional:
            return Unknown("whether a task is made")
        return isinstance(found, TaskObject)

    def do_set_dependency(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``dag.set_dependency(upstream_id, downstream_id)``."""
        above = self.do_get_task(args[:1], {}, site)
        relate(above, self.do_get_task(args[1:], {}, site), site)
        return None


@dataclass(slots=True, eq=False, repr=False)
class DagClass(NativeClass):
    """``airflow.DAG``."""

    def describe(self) -> str:
        return "DAG"

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return make_dag(args, kwargs, site)

    def init_subclass_instance(
        self, instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> None:
        instance.native = make_dag(args, kwargs, site)


@dataclass(slots=True, eq=False, repr=False)
class DagFunction(Native):
    """A function under ``@dag``: calling it builds the DAG."""

    function: Value
    args: list[Value]
    kwargs: dict[str, Value]
    written_at: Site | None = None
    """Where its options are given."""

    def describe(self) -> str:
        return "DAG function"

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        own = self.function if isinstance(self.function, Function) else None
        given = dict(self.kwargs)
        if not self.args and "dag_id" not in given and own is not None:
            given["dag_id"] = own.name
        dag = make_dag(self.args, given, site, self.written_at)
        block = Span(own.module.path, own.node.lineno) if own is not None else site.span
        dag.defined_at = block
        dag.open(block, site)
        try:
            site.interpreter.call_value(self.function, args, kwargs, site)
        finally:
            dag.close(site)
        return dag

    def attribute(self, name: str, site: Site) -> Value:
        if name == "override":
            return BoundMethod(
                name,
                lambda args, kwargs, at: replace(
                    self, args=args, kwargs={**self.kwargs, **kwargs}, written_at=at
                ),
            )
        return Native.attribute(self, name, site)


@dataclass(slots=True, eq=False, repr=False)
class DagDecorator(Native):
    """``@dag``, with or without arguments."""

    args: list[Value] = field(default_factory=list)
    kwargs: dict[str, Value] = field(default_factory=dict)
    written_at: Site | None = None

    def describe(self) -> str:
        return "dag"

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if len(args) == 1 and not kwargs and isinstance(args[0], Native):
            return DagFunction(args[0], self.args, self.kwargs, self.written_at)
        return DagDecorator(args, kwargs, site)


def make_dag(
    args: list[Value], kwargs: dict[str, Value], site: Site, written_at: Site | None = None
) -> DagObject:
    """Make a DAG and note it; `written_at` is where its options stand, if not at `site`."""
    dag_id = argument(args, kwargs, 0, "dag_id")
    collector = collector_of(site)
    if not isinstance(dag_id, str):
        reason = texts.why_unknown(dag_id)
        collector.skip(site.span, "dag", f"its dag_id is not known: {reason}")
    made = DagObject(
        str(dag_id) if isinstance(dag_id, str) else None,
        dict(kwargs),
        _schedule(args, kwargs, written_at or site),
        argument(args, kwargs, _SCHEDULE_POSITION, *_SCHEDULES),
        site.span,
    )
    collector.dags.append(made)
    return made


def as_dag(value: Value) -> DagObject | None:
    """Return the DAG behind a value, also one of a folder's own DAG class."""
    inner = value.native if isinstance(value, Instance) else value
    return inner if isinstance(inner, DagObject) else None


def as_task(value: Value) -> TaskObject | None:
    """Return the one task behind a value, also of an operator class of the folder or a result."""
    inner = value.native if isinstance(value, Instance) else value
    if isinstance(inner, TaskObject):
        return inner
    heads = inner.heads() if isinstance(inner, Related) else []
    return heads[0] if len(heads) == 1 and not isinstance(inner, DagObject) else None


def _schedule(args: list[Value], kwargs: dict[str, Value], site: Site) -> str | None:
    name = next((name for name in _SCHEDULES if name in kwargs), None)
    if name is None and len(args) <= _SCHEDULE_POSITION:
        return NOT_GIVEN
    value = kwargs[name] if name else args[_SCHEDULE_POSITION]
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, timedelta):
        return repr(value).removeprefix("datetime.")
    return _source_of(name, site) or "a schedule that is not known"


def _source_of(name: str | None, site: Site) -> str | None:
    if not isinstance(site.node, ast.Call):
        return None
    given = next((k.value for k in site.node.keywords if k.arg == name), None)
    if name is None and len(site.node.args) > _SCHEDULE_POSITION:
        given = site.node.args[_SCHEDULE_POSITION]
    return None if given is None else ast.unparse(given)


def _first_free(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    number = 1
    while f"{wanted}__{number}" in taken:
        number += 1
    return f"{wanted}__{number}"


def _task_decorator(dag: DagObject) -> Native:
    from lockplan.workflow.airflow.taskflow import TaskDecorator

    return TaskDecorator("python", {"dag": dag})
