"""The context that Airflow gives to a task: its dates, parameters, and what only a server knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from lockplan.model.dates import Anchor, DateExpr
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.dags import DagObject
from lockplan.workflow.airflow.macros import Macros
from lockplan.workflow.airflow.tasks import TaskObject
from lockplan.workflow.airflow.variables import TemplateVariables
from lockplan.workflow.databases.methods import BoundMethod, argument
from lockplan.workflow.databases.targets import connection_field
from lockplan.workflow.dates import ISO_DATE, formatted, shift
from lockplan.workflow.values import Native, OneOf, Site, Value

LOGICAL_DATE = DateExpr(Anchor.LOGICAL_DATE)
INTERVAL_END = DateExpr(Anchor.INTERVAL_END)
_ISO_ZONE = "%Y-%m-%dT%H:%M:%S+00:00"
_DAY = timedelta(days=1)


@dataclass(slots=True, eq=False, repr=False)
class Context(Native):
    """A context object: any name that is not modelled is unknown, with its name as the reason."""

    names: dict[str, Value]

    def describe(self) -> str:
        return "the task's context"

    def item(self, key: Value, site: Site) -> Value:
        return self.names.get(key, Unknown(str(key))) if isinstance(key, str) else Unknown("?")

    def attribute(self, name: str, site: Site) -> Value:
        if name == "get":
            return BoundMethod(name, lambda args, kwargs, site: self.item(args[0], site))
        return Native.attribute(self, name, site)


@dataclass(slots=True, eq=False, repr=False)
class Opaque(Native):
    """An object of the run of which a few fields are known."""

    name: str
    fields: dict[str, Value]

    def describe(self) -> str:
        return self.name

    def attribute(self, name: str, site: Site) -> Value:
        if name in self.fields:
            return self.fields[name]
        return Opaque(f"{self.name}.{name}", {})

    def item(self, key: Value, site: Site) -> Value:
        return self.attribute(key, site) if isinstance(key, str) else Native.item(self, key, site)

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        shown = ", ".join(str(arg) for arg in args if isinstance(arg, str))
        return Unknown(f"{self.name}({shown})")


@dataclass(slots=True, eq=False, repr=False)
class RunConf(Opaque):
    """``dag_run.conf``: a scheduled run has none, so that what it falls back to holds."""

    scheduled: bool

    def attribute(self, name: str, site: Site) -> Value:
        if name == "get":
            return BoundMethod(f"{self.name}.get", self._get)
        return Opaque.attribute(self, name, site)

    def _get(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        default = argument(args, kwargs, 1, "default")
        given = Unknown(f"{self.name}.get({args[0] if args else ''})")
        if default is None:
            return given
        return default if self.scheduled else OneOf(given.reason, (default, given))


@dataclass(slots=True, eq=False, repr=False)
class Connections(Native):
    """``conn`` of a template."""

    def describe(self) -> str:
        return "conn"

    def attribute(self, name: str, site: Site) -> Value:
        return _ConnectionFields(name)


@dataclass(slots=True, eq=False, repr=False)
class _ConnectionFields(Native):
    """``conn.<id>`` of a template."""

    conn_id: str

    def describe(self) -> str:
        return f"conn.{self.conn_id}"

    def attribute(self, name: str, site: Site) -> Value:
        return connection_field(self.conn_id, name)


def run_context(task: TaskObject, dag: DagObject | None) -> dict[str, Value]:
    """Return the names that Airflow gives to a task's callable and templates."""
    owner = {"task_id": task.task_id, "dag_id": dag.dag_id if dag else Unknown("dag_id")}
    dates = _dates(dag.schedule if dag else None)
    own = task.arguments.get("params")
    params = {**(dag.params if dag else {}), **(own if isinstance(own, dict) else {})}
    run = {name: dates[name] for name in ("execution_date", "logical_date")}
    intervals = {name: dates[name] for name in ("data_interval_start", "data_interval_end")}
    instance = Opaque("ti", {**owner, **run, "task": task, "try_number": Unknown("try_number")})
    return {
        **dates,
        "ti": instance,
        "task_instance": instance,
        "dag_run": Opaque(
            "dag_run", {**run, **intervals, "dag_id": owner["dag_id"], "conf": _conf(dag)}
        ),
        "dag": dag,
        "task": task,
        "params": {name: _default(value) for name, value in params.items()},
        "macros": Macros(),
        "var": TemplateVariables(),
        "conn": Connections(),
        "conf": Opaque("conf", {}),
        "run_id": Unknown("run_id"),
        "test_mode": False,
        "outlets": [],
        "inlets": [],
        "templates_dict": task.arguments.get("templates_dict"),
        "task_instance_key_str": Unknown("task_instance_key_str"),
        "map_index_template": None,
        "triggering_dataset_events": Opaque("triggering_dataset_events", {}),
        "triggering_asset_events": Opaque("triggering_asset_events", {}),
    }


@lru_cache(maxsize=256)
def _dates(schedule: str | None) -> dict[str, Value]:
    start, end = LOGICAL_DATE, INTERVAL_END
    names: dict[str, Value] = {
        "execution_date": start,
        "logical_date": start,
        "data_interval_start": start,
        "data_interval_end": end,
        "next_execution_date": end,
        "prev_execution_date": _previous(schedule),
        "ts": formatted(start, _ISO_ZONE),
        "ts_nodash": formatted(start, "%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": formatted(start, "%Y%m%dT%H%M%S+0000"),
        **_day("ds", start),
        **_day("next_ds", end),
        **_day("yesterday_ds", shift(start, _DAY, -1)),
        **_day("tomorrow_ds", shift(start, _DAY)),
        **_day("prev_ds", _previous(schedule)),
    }
    for name in ("prev_data_interval_start_success", "prev_data_interval_end_success"):
        names[name] = Unknown(name)
    for name in ("prev_execution_date_success", "prev_start_date_success"):
        names[name] = Unknown(name)
    return names


def _conf(dag: DagObject | None) -> RunConf:
    return RunConf("dag_run.conf", {}, dag is not None and dag.schedule is not None)


def _day(name: str, moment: DateExpr | Unknown) -> dict[str, Value]:
    if isinstance(moment, Unknown):
        return {name: moment, f"{name}_nodash": moment}
    return {name: formatted(moment, ISO_DATE), f"{name}_nodash": formatted(moment, "%Y%m%d")}


def _previous(schedule: str | None) -> DateExpr | Unknown:
    """Return the run before, where the schedule is one run a day."""
    if schedule == "@daily" or _once_a_day(schedule or ""):
        return shift(LOGICAL_DATE, _DAY, -1)
    return Unknown("the date of the run before, which depends on the schedule")


def _once_a_day(schedule: str) -> bool:
    fields = schedule.split()
    times, days = fields[:2], fields[2:]
    return len(fields) == 5 and all(f.isdigit() for f in times) and days == ["*"] * 3


def _default(value: Value) -> Value:
    """Return the default of a ``Param(…)``."""
    return (
        value.fields["default"]
        if isinstance(value, Opaque) and "default" in value.fields
        else value
    )


def make_param(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``Param(default, …)``: scheduled runs have the default."""
    default = argument(args, kwargs, 0, "default", default=Unknown("a parameter without default"))
    return Opaque("Param", {"default": default, "value": default})
