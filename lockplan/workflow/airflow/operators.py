"""Operator classes: Airflow's own, of any provider, and the base of the folder's own ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.tasks import TaskObject, link_inputs, new_task
from lockplan.workflow.databases.methods import BoundMethod
from lockplan.workflow.values import Instance, Native, NativeClass, OneOf, Site, Value

SUFFIXES = ("Operator", "Sensor", "Transfer", "OperatorAsync", "SensorAsync")


@dataclass(slots=True, eq=False)
class OperatorClass(NativeClass):
    """A class whose objects are tasks."""

    name: str

    def describe(self) -> str:
        return self.name

    def attribute(self, name: str, site: Site) -> Value:
        if name == "partial":
            return BoundMethod(name, self._partial)
        if name == "__name__":
            return self.name
        return Native.attribute(self, name, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return new_task(self.name, args, kwargs, site)

    def init_subclass_instance(
        self, instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> None:
        task = new_task(instance.cls.name, args, kwargs, site, instance=instance, base=self.name)
        if isinstance(task, TaskObject):
            instance.native = task

    def _partial(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return PartialOperator(self.name, dict(kwargs))


@dataclass(slots=True, eq=False)
class PartialOperator(Native):
    """``Operator.partial(…)``: becomes a mapped task by ``expand``."""

    name: str
    kwargs: dict[str, Value] = field(default_factory=dict)

    def describe(self) -> str:
        return f"{self.name}.partial()"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "expand":
            return BoundMethod(name, self._expand)
        if name == "expand_kwargs":
            return BoundMethod(name, self._expand_kwargs)
        return Native.attribute(self, name, site)

    def _expand(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        task = new_task(self.name, [], {**self.kwargs, **kwargs}, site, mapped=True)
        if isinstance(task, TaskObject):
            task.arguments.update(one_of_each(kwargs))
        return task

    def _expand_kwargs(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        task = new_task(self.name, [], dict(self.kwargs), site, mapped=True)
        if isinstance(task, TaskObject):
            link_inputs(task, args, site)
            task.arguments["**"] = Unknown("mapped keyword arguments")
        return task


def one_of_each(kwargs: dict[str, Value]) -> dict[str, Value]:
    """Return mapped arguments as one task instance sees them: one element of each list."""
    return {name: _one_of(name, value) for name, value in kwargs.items()}


def _one_of(name: str, value: Value) -> Value:
    reason = f"mapped argument {name}"
    elements = list(value.items()) if isinstance(value, dict) else value
    if isinstance(elements, list | tuple) and elements:
        return elements[0] if len(elements) == 1 else OneOf(reason, tuple(elements))
    return Unknown(reason)
