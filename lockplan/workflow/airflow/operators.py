"""Operator classes: Airflow's own, of any provider, and the base of the folder's own ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.setup_teardown import blocks_of
from lockplan.workflow.airflow.tasks import TaskObject, link_inputs, new_task
from lockplan.workflow.databases.methods import BoundMethod
from lockplan.workflow.databases.operators import template_fields
from lockplan.workflow.objects import ClassValue, Instance, NativeClass
from lockplan.workflow.values import Native, OneOf, Site, Value

SUFFIXES = ("Operator", "Sensor", "Transfer", "OperatorAsync", "SensorAsync")


@dataclass(slots=True, eq=False, repr=False)
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
        if name == "template_fields":
            return template_fields(self.name)
        return Native.attribute(self, name, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return new_task(self.name, args, kwargs, site)

    def init_subclass_instance(
        self, instance: Instance, args: list[Value], kwargs: dict[str, Value], site: Site
    ) -> None:
        task = new_task(instance.cls.name, args, kwargs, site, instance=instance, base=self.name)
        if isinstance(task, TaskObject):
            instance.native = task
            task.link_template_fields(site)

    def subclass_attribute(self, cls: ClassValue, name: str, site: Site) -> Value:
        if name == "partial":
            return BoundMethod(name, lambda args, kwargs, _: PartialOperator(cls.name, kwargs, cls))
        return self.attribute(name, site)

    def _partial(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return PartialOperator(self.name, dict(kwargs))


@dataclass(slots=True, eq=False, repr=False)
class PartialOperator(Native):
    """``Operator.partial(…)``: becomes a mapped task by ``expand``."""

    name: str
    kwargs: dict[str, Value] = field(default_factory=dict)
    cls: ClassValue | None = None
    """The folder's own operator class."""

    def describe(self) -> str:
        return f"{self.name}.partial()"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "expand":
            return BoundMethod(name, self._expand)
        if name == "expand_kwargs":
            return BoundMethod(name, self._expand_kwargs)
        return Native.attribute(self, name, site)

    def _expand(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if self.cls is not None:
            return self._own_task(self.cls, one_of_each(kwargs), list(kwargs.values()), site)
        task = new_task(self.name, [], {**self.kwargs, **kwargs}, site, mapped=True)
        if isinstance(task, TaskObject):
            task.arguments.update(one_of_each(kwargs))
        return task

    def _expand_kwargs(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        mapped = {"**": Unknown("mapped keyword arguments")}
        if self.cls is not None:
            return self._own_task(self.cls, mapped, args, site)
        task = new_task(self.name, [], dict(self.kwargs), site, mapped=True)
        if isinstance(task, TaskObject):
            link_inputs(task, args, site)
            task.arguments.update(mapped)
        return task

    def _own_task(
        self, cls: ClassValue, mapped: dict[str, Value], inputs: list[Value], site: Site
    ) -> Value:
        """Make an object of the folder's class as one task instance sees it."""
        made = site.interpreter.instantiate(cls, [], {**self.kwargs, **mapped}, site)
        task = made.native if isinstance(made, Instance) else None
        if isinstance(task, TaskObject):
            task.mapped = True
            blocks_of(site).forget(task)
            link_inputs(task, [self.kwargs, *inputs], site)
        return made


def one_of_each(kwargs: dict[str, Value]) -> dict[str, Value]:
    """Return mapped arguments as one task instance sees them: one element of each list."""
    return {name: _one_of(name, value) for name, value in kwargs.items()}


def _one_of(name: str, value: Value) -> Value:
    reason = f"mapped argument {name}"
    elements = list(value.items()) if isinstance(value, dict) else value
    if isinstance(elements, list | tuple) and elements:
        return elements[0] if len(elements) == 1 else OneOf(reason, tuple(elements))
    return Unknown(reason)
