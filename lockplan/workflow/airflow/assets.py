"""``@asset`` and ``@asset.multi``: a function that makes a DAG of one task."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lockplan.model.place import Span
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.context import Context, run_context
from lockplan.workflow.airflow.dags import DagObject, make_dag
from lockplan.workflow.airflow.schedules import UNKNOWN, Asset
from lockplan.workflow.airflow.taskflow import DecoratedTask
from lockplan.workflow.airflow.tasks import TaskObject, new_task
from lockplan.workflow.objects import Function
from lockplan.workflow.values import Native, Site, Value

_OF_THE_DAG = frozenset({"schedule", "params", "dag_id"})
_OPERATOR = "_AssetMainOperator"


@dataclass(slots=True, eq=False, repr=False)
class AssetDecorator(Native):
    """``@asset(schedule=…)``; with `multi`, ``@asset.multi(outlets=[…], schedule=…)``."""

    kwargs: dict[str, Value] = field(default_factory=dict)
    multi: bool = False

    def describe(self) -> str:
        return "asset.multi" if self.multi else "asset"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "multi" and not self.multi:
            return AssetDecorator(multi=True)
        return Native.attribute(self, name, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if not args:
            return AssetDecorator({**self.kwargs, **kwargs}, self.multi)
        return self._define(args[0], site)

    def _define(self, decorated: Value, site: Site) -> Value:
        """Make the DAG as the function is defined: nobody calls it."""
        function = decorated.function if isinstance(decorated, DecoratedTask) else decorated
        if not isinstance(function, Function):
            return Unknown("an asset of something that is no function of the folder")
        named = None if self.multi else self.kwargs.get("name")
        name = function.name if named is None else named
        block = Span(function.module.path, function.node.lineno)
        dag = make_dag([], self._dag_arguments(name), site)
        dag.defined_at = block
        dag.open(block, site)
        try:
            _make_task(decorated, function, dag, replace(site, span=block))
        finally:
            dag.exit(site)
        made = Asset((str(name) if isinstance(name, str) else UNKNOWN,), {"name": name})
        for task in dag.tasks.values():
            task.arguments.setdefault("outlets", self.kwargs.get("outlets") if self.multi else made)
        return made

    def _dag_arguments(self, name: Value) -> dict[str, Value]:
        given = {key: value for key, value in self.kwargs.items() if key in _OF_THE_DAG}
        return {**given, "dag_id": given.get("dag_id") or name, "catchup": False}


def _make_task(decorated: Value, function: Function, dag: DagObject, site: Site) -> None:
    if isinstance(decorated, DecoratedTask):
        decorated.call([], {}, site)
        return
    given = {"task_id": function.name, "python_callable": function}
    task = new_task(_OPERATOR, [], given, site, base="PythonOperator")
    if isinstance(task, TaskObject):
        task.arguments["op_kwargs"] = _inputs(function, task, dag)


def _inputs(function: Function, task: TaskObject, dag: DagObject) -> dict[str, Value]:
    """Return what the task calls its function with: parameters without a default name assets."""
    spec = function.node.args
    positional = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    defaults = dict(zip(positional[::-1], function.defaults[::-1], strict=False))
    defaults |= function.keyword_defaults
    context = run_context(task, dag)
    special = {"context": Context(context), "outlet_events": context.get("outlet_events")}
    names = (*positional, *(arg.arg for arg in spec.kwonlyargs))
    return {
        name: defaults[name] if name in defaults else special.get(name) or Unknown(f"asset {name}")
        for name in names
    }
