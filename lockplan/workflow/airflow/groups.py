"""Task groups: ``TaskGroup`` and ``@task_group``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.relations import Related
from lockplan.workflow.databases.methods import BoundMethod, argument
from lockplan.workflow.objects import Function, NativeClass
from lockplan.workflow.values import Native, Site, Value

if TYPE_CHECKING:
    from lockplan.workflow.airflow.dags import DagObject
    from lockplan.workflow.airflow.tasks import TaskObject


@dataclass(slots=True, eq=False, repr=False)
class TaskGroupObject(Related):
    """A group; its id stands before the ids of its tasks."""

    group_id: str
    prefix: str
    """What stands before a task's own id, empty or ending in a dot."""
    dag: DagObject | None
    parent: TaskGroupObject | None
    default_args: dict[str, Value] = field(default_factory=dict)
    tasks: list[TaskObject] = field(default_factory=list)
    mapped: bool = False

    def describe(self) -> str:
        return f"task group {self.group_id}"

    def attribute(self, name: str, site: Site) -> Value:
        return self.group_id if name == "group_id" else Related.attribute(self, name, site)

    def enter(self, site: Site) -> Value:
        collector_of(site).open_groups.append(self)
        return self

    def exit(self, site: Site) -> None:
        collector_of(site).open_groups.remove(self)

    def outermost_mapped(self) -> str | None:
        """Return the id of the outermost mapped group, this one or one around it."""
        around = self.parent.outermost_mapped() if self.parent else None
        return around or (self.group_id if self.mapped else None)

    def add(self, task: TaskObject) -> None:
        """Take a task into this group and the groups around it."""
        self.tasks.append(task)
        if self.parent is not None:
            self.parent.add(task)

    def heads(self) -> list[TaskObject]:
        return [task for task in self.tasks if not self._inside(task.above)]

    def tails(self) -> list[TaskObject]:
        last = [task for task in self.tasks if not self._inside(task.below)]
        found = [one for task in last for one in self._work_before(task)]
        return list(dict.fromkeys(found))

    def _work_before(self, task: TaskObject) -> list[TaskObject]:
        """Return the task, or of a teardown the last work before it: nobody waits for teardowns."""
        if not task.is_teardown:
            return [task]
        found: list[TaskObject] = []
        for up in self.tasks:
            if up.task_id not in task.above or up.is_setup:
                continue
            if up.is_teardown:
                found += self._work_before(up)
            elif not self._goes_on(up, task):
                found.append(up)
        return found

    def _goes_on(self, task: TaskObject, teardown: TaskObject) -> bool:
        below = task.below - {teardown.task_id}
        return any(one.task_id in below and not one.is_teardown for one in self.tasks)

    def _inside(self, ids: set[str]) -> bool:
        return any(task.task_id in ids for task in self.tasks)


@dataclass(slots=True, eq=False, repr=False)
class TaskGroupClass(NativeClass):
    """``TaskGroup(group_id=…)``."""

    def describe(self) -> str:
        return "TaskGroup"

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        group_id = argument(args, kwargs, 0, "group_id")
        return open_group(group_id if isinstance(group_id, str) else None, kwargs, site)


@dataclass(slots=True, eq=False, repr=False)
class TaskGroupFunction(Native):
    """A function under ``@task_group``: each call makes a group."""

    function: Value
    kwargs: dict[str, Value]
    partial: dict[str, Value] = field(default_factory=dict)
    mapped: bool = False

    def describe(self) -> str:
        return "task group function"

    def attribute(self, name: str, site: Site) -> Value:
        methods = {"override": self._override, "partial": self._partial, "expand": self._expand}
        if name in methods:
            return BoundMethod(name, methods[name])
        if name == "expand_kwargs":
            return BoundMethod(name, lambda *given: self._expand([], {}, given[2]))
        return Native.attribute(self, name, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        name = self.kwargs.get("group_id")
        if not isinstance(name, str):
            name = self.function.name if isinstance(self.function, Function) else "group"
        group = open_group(name, self.kwargs, site, renames=True)
        group.mapped = self.mapped
        group.enter(site)
        try:
            made = site.interpreter.call_value(
                self.function, args, {**self.partial, **kwargs}, site
            )
        finally:
            group.exit(site)
        return made if isinstance(made, Related | list | tuple | dict) else group

    def _override(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return TaskGroupFunction(self.function, {**self.kwargs, **kwargs}, self.partial)

    def _partial(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return TaskGroupFunction(self.function, self.kwargs, {**self.partial, **kwargs})

    def _expand(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        mapped = TaskGroupFunction(self.function, self.kwargs, self.partial, mapped=True)
        return mapped.call([], kwargs, site)


@dataclass(slots=True, eq=False, repr=False)
class TaskGroupDecorator(Native):
    """``@task_group``, with or without arguments."""

    kwargs: dict[str, Value] = field(default_factory=dict)

    def describe(self) -> str:
        return "task_group"

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if args and not isinstance(args[0], str):
            return TaskGroupFunction(args[0], self.kwargs)
        named = {"group_id": args[0]} if args else {}
        return TaskGroupDecorator({**self.kwargs, **named, **kwargs})


def open_group(
    name: str | None, kwargs: dict[str, Value], site: Site, *, renames: bool = False
) -> TaskGroupObject:
    """Make a group where the code stands; a name that is not known prefixes nothing."""
    from lockplan.workflow.airflow.dags import as_dag

    collector = collector_of(site)
    parent = kwargs.get("parent_group")
    dag = as_dag(kwargs.get("dag")) or collector.dag
    if not isinstance(parent, TaskGroupObject):
        parent = collector.group_in(dag)
    if name is None:
        collector.skip(site.span, "task", "the id of a task group is not known")
    before = parent.prefix if parent else ""
    group_id = f"{before}{name or '?'}"
    if dag is not None:
        renames = renames or kwargs.get("add_suffix_on_collision") is True
        group_id = dag.free_group_id(group_id) if renames else group_id
        dag.group_ids.add(group_id)
    prefix = "" if kwargs.get("prefix_group_id") is False else f"{group_id}."
    defaults = kwargs.get("default_args")
    return TaskGroupObject(
        group_id, prefix, dag, parent, dict(defaults) if isinstance(defaults, dict) else {}
    )
