"""Tasks while a DAG is built: their ids, their arguments, their place in the order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockplan.model.place import Skipped, Span
from lockplan.model.statement import Unknown
from lockplan.model.workflow import Origin
from lockplan.workflow import texts
from lockplan.workflow.airflow import setup_teardown
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.markers import stands_in_generated_block
from lockplan.workflow.airflow.relations import Related, held_in, relate, related
from lockplan.workflow.databases.methods import argument
from lockplan.workflow.objects import Function, Instance
from lockplan.workflow.values import Site, Value

if TYPE_CHECKING:
    from lockplan.workflow.airflow.dags import DagObject
    from lockplan.workflow.airflow.groups import TaskGroupObject

_UNNAMED = "a task whose id is not known"
UNKNOWN_ID = "the task_id of a"
_FIELDS = ("dag", "task_id", "default_args", "task_group")


@dataclass(slots=True, eq=False, repr=False)
class Flow:
    """The function of a TaskFlow task and what it is called with."""

    function: Value
    args: list[Value]
    kwargs: dict[str, Value]


@dataclass(slots=True, eq=False, repr=False)
class TaskObject(Related):
    """A task while its DAG is built."""

    operator: str
    """The class name."""
    task_id: str
    arguments: dict[str, Value]
    """Constructor arguments, with the defaults that the DAG and the groups give."""
    defined_at: Span
    dag: DagObject | None = None
    group: TaskGroupObject | None = None
    mapped: bool = False
    conditional: bool = False
    """Whether a condition that is not known decides if it is made."""
    flow: Flow | None = None
    instance: Instance | None = None
    """The object of the folder's own operator class."""
    base: str = ""
    """Airflow's class under the folder's own one, else the class itself."""
    above: set[str] = field(default_factory=set)
    """Ids of the direct upstream tasks."""
    below: set[str] = field(default_factory=set)
    """Ids of the direct downstream tasks."""
    is_setup: bool = False
    is_teardown: bool = False
    alternatives: list[TaskObject] = field(default_factory=list)
    """Tasks of the same id that stand under another branch of the code."""
    is_second: bool = False
    """Whether it was left out, and said, for a task that has its id."""

    def describe(self) -> str:
        return f"task {self.task_id}"

    def heads(self) -> list[TaskObject]:
        return [self]

    def tails(self) -> list[TaskObject]:
        return [self]

    def attribute(self, name: str, site: Site) -> Value:
        if name == "task_id":
            return self.task_id
        if name == "dag":
            return self.dag
        if name == "output":
            return XComArg(self)
        if name in ("upstream_task_ids", "downstream_task_ids"):
            return set(self.above if name.startswith("up") else self.below)
        if name in ("upstream_list", "downstream_list") and self.dag:
            ids = self.above if name.startswith("up") else self.below
            return [self.dag.tasks[one] for one in sorted(ids)]
        if name == "render_template":
            from lockplan.workflow.airflow.rendering import render_method

            return render_method(self)
        if name in ("operator_name", "task_type"):
            return self.operator
        if name in self.arguments:
            return self.arguments[name]
        return Related.attribute(self, name, site)

    def set_attribute(self, name: str, value: Value, site: Site) -> None:
        from lockplan.workflow.airflow.dags import as_dag

        dag = as_dag(value) if name == "dag" else None
        if stands_in_generated_block(site):
            return  # a weight of the last plan, which the next one does not start from
        if dag is not None:
            self.join(dag, site)
        else:
            self.arguments[name] = value
            if self.instance is None or name in self._template_fields():
                link_inputs(self, [value], site)

    def link_template_fields(self, site: Site) -> None:
        """Order an object of the folder's class after the tasks whose results it already holds."""
        held = self.instance.attributes if self.instance is not None else {}
        link_inputs(self, [held[name] for name in self._template_fields() if name in held], site)

    def _template_fields(self) -> list[str]:
        fields, _ = self.instance.cls.lookup("template_fields") if self.instance else ((), False)
        listed = fields if isinstance(fields, list | tuple) else ()
        return [name for name in listed if isinstance(name, str)]

    def join(self, dag: DagObject, site: Site) -> None:
        """Become a task of `dag`; a second one of its id is noted and left out.

        Where a condition that is not known decides between the two, they are one task that may do
        either's work.
        """
        if self.dag is dag:
            return
        first = dag.tasks.setdefault(self.task_id, self)
        if first is not self and not site.conditional:
            reason = f"a second task with the id {self.task_id!r} in {dag.describe()}"
            collector_of(site).skip(site.span, "task", reason)
            self.is_second = True
            return
        self.dag = dag
        if first is not self:
            first.alternatives.append(self)
            self.above, self.below = first.above, first.below

    def homeless(self) -> Skipped:
        """Say that the task belongs to no DAG, as Airflow would not run it."""
        given = self.arguments.get("dag")
        why = f": {given.reason}" if isinstance(given, Unknown) else ""
        reason = f"the task {self.task_id} belongs to no DAG that is known{why}"
        return Skipped(self.defined_at, "task", reason)

    def link(self, below: TaskObject, site: Site) -> None:
        """Note that this task ends before `below` starts; one without a DAG joins the other's."""
        if below.dag is None and self.dag is not None:
            below.join(self.dag, site)
        elif self.dag is None and below.dag is not None:
            self.join(below.dag, site)
        if self.dag is None or self.dag is not below.dag:
            reason = f"{self.task_id} and {below.task_id} are not in one DAG"
            collector_of(site).skip(site.span, "edge", reason)
            return
        key = (self.task_id, below.task_id)
        origin = Origin.GENERATED if stands_in_generated_block(site) else Origin.DATA
        if self.dag.edges.get(key) is not Origin.DATA:
            self.dag.edges[key] = origin
        self.below.add(below.task_id)
        below.above.add(self.task_id)

    def do_as_teardown(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``task.as_teardown(setups=…)``: runs after its setups, whatever happened to the work."""
        setups = kwargs.get("setups")
        if setups is not None:
            relate(setups, self, site)
            for task in (head for one in related(setups, site) for head in one.heads()):
                task.is_setup = True
        self.mark_teardown()
        return self

    def do_as_setup(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``task.as_setup()``."""
        self.is_setup = True
        return self

    def mark_teardown(self) -> None:
        """Become a teardown: it runs unless its setups failed, whatever else was asked for."""
        self.is_teardown = True
        self.arguments["trigger_rule"] = "all_done_setup_success"

    def enter(self, site: Site) -> Value:
        return setup_teardown.enter((self,), site)

    def exit(self, site: Site) -> None:
        setup_teardown.leave((self,), site)

    def do_execute(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``super().execute(context)``, or an operator run inside another task's callable."""
        from lockplan.workflow.airflow.perform import perform_base

        return perform_base(self, site)


@dataclass(slots=True, eq=False, repr=False)
class XComArg(Related):
    """The result of a task, as the DAG file hands it on."""

    task: TaskObject
    key: Value = None

    def describe(self) -> str:
        return f"result of task {self.task.task_id}"

    def heads(self) -> list[TaskObject]:
        return [self.task]

    def tails(self) -> list[TaskObject]:
        return [self.task]

    def attribute(self, name: str, site: Site) -> Value:
        if name == "operator":
            return self.task
        if name in ("map", "zip", "concat"):
            return Related.attribute(self, name, site)
        found = Related.attribute(self, name, site)
        return self.task.attribute(name, site) if isinstance(found, Unknown) else found

    def item(self, key: Value, site: Site) -> Value:
        return XComArg(self.task, key)

    def enter(self, site: Site) -> Value:
        return self.task.enter(site)

    def exit(self, site: Site) -> None:
        self.task.exit(site)

    def do_map(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``result.map(function)`` keeps the dependency."""
        return XComArg(self.task, Unknown("a mapped result"))

    do_zip = do_map
    do_concat = do_map


def new_task(
    operator: str,
    args: list[Value],
    kwargs: dict[str, Value],
    site: Site,
    *,
    flow: Flow | None = None,
    instance: Instance | None = None,
    base: str = "",
    mapped: bool = False,
) -> TaskObject | Unknown:
    """Make a task where the code stands and put it into its DAG."""
    from lockplan.workflow.airflow.dags import as_dag

    collector = collector_of(site)
    dag = as_dag(kwargs.get("dag")) or collector.dag
    group = _group(kwargs, dag, site)
    arguments = _with_defaults(kwargs, dag, group)
    name = argument(args, arguments, 0, "task_id")
    task = TaskObject(
        operator,
        _UNNAMED,
        arguments,
        site.span,
        group=group,
        mapped=mapped or _in_mapped(group),
        conditional=site.conditional,
        flow=flow,
        instance=instance,
        base=base or operator,
    )
    if not isinstance(name, str):
        reason = texts.why_unknown(name)
        if collector.dag is not None or kwargs.get("dag") is not None or "task_id" in kwargs:
            collector.skip(site.span, "task", f"{UNKNOWN_ID} {operator} is not known: {reason}")
            collector.unnamed.append(task)
        return Unknown(f"a {operator} whose task_id is not known")
    task.task_id = f"{group.prefix}{name}" if group else str(name)
    if flow is not None and dag is not None:
        task.task_id = dag.free_task_id(task.task_id)
    collector.tasks.append(task)
    if not mapped:
        setup_teardown.blocks_of(site).note(task)
    if group is not None:
        group.add(task)
    if dag is not None:
        task.join(dag, site)
    link_inputs(task, [kwargs, *(() if flow is None else (flow.args, flow.kwargs))], site)
    return task


def link_inputs(task: TaskObject, inputs: list[Value], site: Site) -> None:
    """Order a task after the tasks whose results it is given."""
    for value in inputs:
        held = value if not isinstance(value, dict) else _inputs(value)
        for one in held_in(held, site):
            for up in one.tails() if isinstance(one, XComArg) else []:
                if up is not task:
                    up.link(task, site)


def _inputs(kwargs: dict[str, Value]) -> list[Value]:
    return [value for name, value in kwargs.items() if name not in _FIELDS]


def _group(kwargs: dict[str, Value], dag: DagObject | None, site: Site) -> TaskGroupObject | None:
    from lockplan.workflow.airflow.groups import TaskGroupObject

    given = kwargs.get("task_group")
    if isinstance(given, TaskGroupObject):
        return given
    return collector_of(site).group_in(dag)


def _in_mapped(group: TaskGroupObject | None) -> bool:
    return group is not None and (group.mapped or _in_mapped(group.parent))


def _with_defaults(
    kwargs: dict[str, Value], dag: DagObject | None, group: TaskGroupObject | None
) -> dict[str, Value]:
    merged = dict(dag.default_args) if dag else {}
    outward: list[dict[str, Value]] = []
    while group is not None:
        outward.append(group.default_args)
        group = group.parent
    for defaults in reversed(outward):
        merged.update(defaults)
    own = kwargs.get("default_args")
    merged.update(own if isinstance(own, dict) else {})
    merged.update(kwargs)
    return {name: value for name, value in merged.items() if isinstance(name, str)}


def function_name(value: Value) -> str | None:
    """Return the name of a function of the folder."""
    return value.name if isinstance(value, Function) else None
