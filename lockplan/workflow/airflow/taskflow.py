"""TaskFlow: ``@task`` and its variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.operators import one_of_each
from lockplan.workflow.airflow.tasks import (
    Flow,
    TaskObject,
    XComArg,
    function_name,
    link_inputs,
    new_task,
)
from lockplan.workflow.databases.methods import BoundMethod
from lockplan.workflow.databases.recorder import recorder_of
from lockplan.workflow.values import Native, Site, Value

DECORATED: Mapping[str, str] = MappingProxyType(
    {
        "python": "_PythonDecoratedOperator",
        "branch": "_BranchPythonDecoratedOperator",
        "short_circuit": "_ShortCircuitDecoratedOperator",
        "sensor": "DecoratedSensorOperator",
        "virtualenv": "_PythonVirtualenvDecoratedOperator",
        "external_python": "_PythonExternalDecoratedOperator",
        "branch_virtualenv": "_BranchPythonVirtualenvDecoratedOperator",
        "branch_external_python": "_BranchExternalPythonDecoratedOperator",
        "bash": "_BashDecoratedOperator",
        "sql": "_SQLDecoratedOperator",
        "docker": "_DockerDecoratedOperator",
        "kubernetes": "_KubernetesDecoratedOperator",
        "pyspark": "_PySparkDecoratedOperator",
        "snowpark": "_SnowparkDecoratedOperator",
    }
)
"""The operator class behind each variant of ``@task``."""


@dataclass(slots=True, eq=False, repr=False)
class TaskDecorator(Native):
    """``@task``, ``@task.branch`` …, with or without arguments."""

    kind: str = "python"
    kwargs: dict[str, Value] = field(default_factory=dict)

    def describe(self) -> str:
        return "task"

    def attribute(self, name: str, site: Site) -> Value:
        return TaskDecorator(name, dict(self.kwargs))

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if args and not isinstance(args[0], str):
            return DecoratedTask(args[0], self.kind, {**self.kwargs, **kwargs})
        return TaskDecorator(self.kind, {**self.kwargs, **kwargs})


@dataclass(slots=True, eq=False, repr=False)
class SetupDecorator(Native):
    """``@setup`` and ``@teardown`` over a function or over ``@task``."""

    mark: str
    """The decorator's name."""

    def describe(self) -> str:
        return self.mark

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if not args:
            return self
        made = args[0]
        if not isinstance(made, DecoratedTask):
            made = DecoratedTask(made, "python", {})
        made.mark = self.mark
        return made


@dataclass(slots=True, eq=False, repr=False)
class DecoratedTask(Native):
    """A function under ``@task``: each call makes a task."""

    function: Value
    kind: str
    kwargs: dict[str, Value]
    fixed: dict[str, Value] = field(default_factory=dict)
    """Arguments given by ``partial``."""
    mark: str = ""
    """``setup`` or ``teardown`` where its tasks are that."""

    def describe(self) -> str:
        return function_name(self.function) or "task function"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("function", "__wrapped__"):
            return self.function
        methods = {
            "override": self._override,
            "partial": self._partial,
            "expand": self._expand,
            "expand_kwargs": self._expand_kwargs,
        }
        if name in methods:
            return BoundMethod(name, methods[name])
        if isinstance(self.function, Native):
            return self.function.attribute(name, site)
        return Native.attribute(self, name, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if recorder_of(site) is not None:
            return site.interpreter.call_value(self.function, args, kwargs, site)
        return self._make(Flow(self.function, args, {**self.fixed, **kwargs}), site)

    def _make(self, flow: Flow, site: Site, mapped: bool = False) -> Value:
        given = dict(self.kwargs)
        given.setdefault("task_id", function_name(self.function) or Unknown("a nameless function"))
        operator = DECORATED.get(self.kind, f"_{self.kind.title()}DecoratedOperator")
        task = new_task(operator, [], given, site, flow=flow, mapped=mapped)
        if not isinstance(task, TaskObject):
            return task
        if self.mark == "teardown":
            task.mark_teardown()
        task.is_setup = self.mark == "setup"
        return XComArg(task)

    def _override(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return replace(self, kwargs={**self.kwargs, **kwargs})

    def _partial(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return replace(self, fixed={**self.fixed, **kwargs})

    def _expand(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        made = self._make(Flow(self.function, [], {**self.fixed, **kwargs}), site, mapped=True)
        if isinstance(made, XComArg) and made.task.flow is not None:
            made.task.flow.kwargs.update(one_of_each(kwargs))
        return made

    def _expand_kwargs(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        given = {**self.fixed, "**": Unknown("mapped keyword arguments")}
        made = self._make(Flow(self.function, [], given), site, mapped=True)
        if isinstance(made, XComArg):
            link_inputs(made.task, args, site)
        return made
