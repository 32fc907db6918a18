"""Which model stands for a name of Airflow's: classes, decorators and functions by dotted name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from lockplan.model.statement import Unknown
from lockplan.model.workflow import TriggerRule, WeightRule
from lockplan.workflow.airflow import macros, relations, schedules, setup_teardown
from lockplan.workflow.airflow.assets import AssetDecorator
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.context import Context, Opaque, make_param, run_context
from lockplan.workflow.airflow.dags import DagClass, DagDecorator
from lockplan.workflow.airflow.groups import TaskGroupClass, TaskGroupDecorator
from lockplan.workflow.airflow.operators import SUFFIXES, OperatorClass
from lockplan.workflow.airflow.taskflow import SetupDecorator, TaskDecorator
from lockplan.workflow.airflow.variables import variable_get
from lockplan.workflow.databases.methods import Factory
from lockplan.workflow.values import Native, Site, Value


def resolve(dotted: str) -> Native | None:
    """Return the model of a name under ``airflow``, None where it has none."""
    return _resolved(dotted) if dotted.startswith("airflow.") else None


@lru_cache(maxsize=4096)
def _resolved(dotted: str) -> Native | None:
    return _by_last_name(dotted.rpartition(".")[2]) or macros.resolve(dotted)


@lru_cache(maxsize=4096)
def _by_last_name(name: str) -> Native | None:
    """Return one model of a name, wherever Airflow's versions keep it: code asks which one is."""
    made = _NAMES.get(name)
    if made is not None:
        return made()
    if name.endswith("TaskGroup"):  # a provider's own kind
        return TaskGroupClass()
    return OperatorClass(name) if name.endswith(SUFFIXES) and name[0].isupper() else None


def _factory(name: str, make: Callable[..., Value]) -> Callable[[], Native]:
    return lambda: Factory(name, make)


def _label(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return relations.Label()


def _current_context(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    task = collector_of(site).running
    return Context(run_context(task, task.dag)) if task else Unknown("the task's context")


def _variable() -> Native:
    return Opaque("Variable", {"get": Factory("Variable.get", variable_get)})


def _trigger_rule() -> Native:
    names = [*TriggerRule, "dummy", "none_failed_or_skipped"]
    return Opaque("TriggerRule", {str(name).upper(): str(name) for name in names})


def _weight_rule() -> Native:
    return Opaque("WeightRule", {rule.name: str(rule) for rule in WeightRule})


_NAMES: Mapping[str, Callable[[], Native]] = MappingProxyType(
    {
        "DAG": DagClass,
        "dag": DagDecorator,
        "asset": AssetDecorator,
        "task": TaskDecorator,
        "TaskGroup": TaskGroupClass,
        "task_group": TaskGroupDecorator,
        "setup": lambda: SetupDecorator("setup"),
        "teardown": lambda: SetupDecorator("teardown"),
        "context_wrapper": setup_teardown.wrapper,
        "Label": _factory("Label", _label),
        "chain": _factory("chain", relations.chain),
        "chain_linear": _factory("chain_linear", relations.chain_linear),
        "cross_downstream": _factory("cross_downstream", relations.cross_downstream),
        "Variable": _variable,
        "TriggerRule": _trigger_rule,
        "WeightRule": _weight_rule,
        "Param": _factory("Param", make_param),
        "get_current_context": _factory("get_current_context", _current_context),
        "macros": macros.Macros,
        **schedules.NAMES,
    }
)
