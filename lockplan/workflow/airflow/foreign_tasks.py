"""Tasks made by functions that are not in the folder: known by their place in an order."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.dags import as_dag
from lockplan.workflow.airflow.relations import Related
from lockplan.workflow.airflow.taskflow import DECORATED
from lockplan.workflow.airflow.tasks import Flow, TaskObject, new_task
from lockplan.workflow.values import Foreign, Produced, Site, Value


@dataclass(slots=True, eq=False, repr=False)
class ForeignTask(Related):
    """The result of a foreign function that the code puts into an order: a task, made then.

    It is named as its call says, else as the function, as a function under ``@task`` is.
    """

    function: Foreign
    name: str
    args: list[Value]
    kwargs: dict[str, Value]
    site: Site
    made: TaskObject | None = None

    def describe(self) -> str:
        return f"result of {self.function.dotted}()"

    def heads(self) -> list[TaskObject]:
        """Return the one task."""
        if self.made is None:
            flow = Flow(self.function, self.args, self.kwargs)
            known = {name: self.kwargs[name] for name in _OF_THE_TASK if name in self.kwargs}
            given = {"task_id": self.name, **known}
            task = new_task(DECORATED["python"], [], given, self.site, flow=flow)
            self.made = task if isinstance(task, TaskObject) else None
        return [] if self.made is None else [self.made]

    tails = heads


_OF_THE_TASK = ("dag", "task_group", "task_id", "trigger_rule", "pool", "retries")


def produced(
    owner: Foreign, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """Return what a foreign function makes where a DAG is built; None where it makes no task."""
    dag = as_dag(kwargs.get("dag")) or collector_of(site).dag
    dotted = f"{owner.dotted}.{method}" if method else owner.dotted
    name = dotted.rpartition(".")[2]
    if dag is None or not name or name[0].isupper():
        return None
    function = Foreign(owner.reason, dotted)
    task = ForeignTask(function, name, args, kwargs, site)
    if isinstance(kwargs.get("task_id"), str):
        task.heads()
    return Produced(task.describe(), task)


def ordered(
    owner: Produced, method: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value | None:
    """Call a method that puts the result of a foreign function into an order; None for others."""
    if method not in ("set_upstream", "set_downstream"):
        return None
    made: Value = site.interpreter.call_method(owner.stands_for, method, args, kwargs, site)
    return Unknown(f"result of {method}()") if made is None else made
