"""One DAG of dag-factory: its arguments, its groups, its tasks and their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lockplan.model.dates import Anchor
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.dags import DagObject, make_dag
from lockplan.workflow.airflow.groups import TaskGroupObject, open_group
from lockplan.workflow.airflow.relations import relate
from lockplan.workflow.airflow.variables import variable_get
from lockplan.workflow.dates import run_time
from lockplan.workflow.frontends.dagfactory_objects import mapped_over, result_of
from lockplan.workflow.frontends.importing import (
    at,
    function_in,
    imported,
    keywords,
    make,
    parameters,
    skip,
)
from lockplan.workflow.stdlib import zones
from lockplan.workflow.values import DateKind, Native, Site, Value

Config = dict[Value, Value]

_NOT_OF_DAG = frozenset({"tasks", "task_groups", "dag_id", "schedule", "schedule_interval"})
_NOT_OF_TASK = frozenset(
    {"operator", "decorator", "dependencies", "task_group_name", "parent_group_name", "task_id"}
    | {"variables_as_arguments", "python_callable_name", "python_callable_file"}
)
_NOT_OF_GROUP = frozenset({"dependencies", "parent_group_name", "group_name", "group_id"})


@dataclass(slots=True, eq=False, repr=False)
class _Build:
    """A DAG while it is made of its configuration."""

    dag: DagObject
    site: Site
    group_configs: dict[str, Config]
    tasks: dict[str, Value] = field(default_factory=dict)
    groups: dict[str, TaskGroupObject | None] = field(default_factory=dict)


def build_dag(name: str, config: Config, site: Site) -> Value:
    """Make a DAG with all that could be read; the rest is skipped with its line."""
    dag = make_dag([], {**_arguments(config), **_schedule(config), "dag_id": str(name)}, site)
    if isinstance(config.get("schedule"), dict | list):
        dag.schedule = "assets"
    here = at(name, site)
    build = _Build(dag, here, _by_name(config.get("task_groups"), "group_name", "group", here))
    collector = collector_of(site)
    collector.open_dags.append(dag)
    try:
        for group in build.group_configs:
            _group(group, build, ())
        tasks = _by_name(config.get("tasks"), "task_id", "task", here)
        for task in _sorted(tasks):
            _make_task(task, tasks[task], build)
        _order({**tasks, **build.group_configs}, build)
    finally:
        collector.open_dags.remove(dag)
    return dag


def _arguments(config: Config) -> dict[str, Value]:
    given = _with_zone(keywords(config, _NOT_OF_DAG))
    if isinstance(given.get("default_args"), dict):
        given["default_args"] = _with_zone(given["default_args"])
    return given


def _with_zone(given: Mapping[str, Value]) -> dict[str, Value]:
    """Return settings with their start date in the ``timezone`` that stands beside it, else UTC."""
    if "start_date" not in given:
        return dict(given)
    zone = given.get("timezone", "UTC")
    return {**given, "start_date": _in_zone(given["start_date"], zone)}


def _in_zone(begin: Value, zone: Value) -> Value:
    try:
        moment = datetime.fromisoformat(str(begin))
    except ValueError:  # a time from now, or what only the night knows
        return zones.in_zone(run_time(DateKind.AWARE, Anchor.RUN_TIME), zone)
    return zones.placed(moment, zone)


def _schedule(config: Config) -> dict[str, Value]:
    """Return the schedule, in whichever spelling; the text ``none`` means no schedule."""
    for name in ("schedule", "schedule_interval"):
        if name in config:
            value = config[name]
            none = isinstance(value, str) and value.strip().lower() == "none"
            return {"schedule": None if none else value}
    return {}


def _by_name(entries: Value, key: str, what: str, site: Site) -> dict[str, Config]:
    """Return configurations by name, given as a mapping or as a list of mappings."""
    found: dict[str, Config] = {}
    for name, config in _entries(entries, key):
        if not isinstance(name, str) or not isinstance(config, dict):
            place = next(iter(config), None) if isinstance(config, dict) else name
            skip(at(place, site), "task", f"a {what} of the configuration has no {key}")
        elif name in found:
            skip(at(name, site), "task", f"a second {what} with the {key} {name!r}")
        else:
            found[name] = config
    if not isinstance(entries, dict | list | None):
        skip(site, "task", f"the {what}s of the configuration are neither a mapping nor a list")
    return found


def _entries(entries: Value, key: str) -> Iterator[tuple[Value, Value]]:
    if isinstance(entries, dict):
        yield from entries.items()
    elif isinstance(entries, list):
        for config in entries:
            yield config.get(key) if isinstance(config, dict) else None, config


def _sorted(tasks: dict[str, Config]) -> list[str]:
    """Return the tasks, each after those that it depends on; those on a cycle come last."""
    waiting = {name: [up for up in _names(tasks[name]) if up in tasks] for name in tasks}
    ready: dict[str, None] = {}
    while True:
        free = [name for name, above in waiting.items() if all(up in ready for up in above)]
        if not free:
            return [*ready, *waiting]
        ready |= dict.fromkeys(free)
        for name in free:
            del waiting[name]


def _names(config: Config) -> list[str]:
    listed = config.get("dependencies")
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _group(name: str, build: _Build, inside: tuple[str, ...]) -> TaskGroupObject | None:
    """Return a group, made after the group around it."""
    if name in build.groups:
        return build.groups[name]
    config = build.group_configs.get(name)
    site = at(name, build.site)
    if config is None or name in inside:
        why = "is not configured" if config is None else "stands inside itself"
        skip(site, "task", f"the task group {name} {why}")
        return None
    above = config.get("parent_group_name")
    parent = _group(above, build, (*inside, name)) if isinstance(above, str) else None
    kwargs = {**keywords(config, _NOT_OF_GROUP), "dag": build.dag, "parent_group": parent}
    build.groups[name] = open_group(str(name), kwargs, site)
    return build.groups[name]


def _make_task(name: str, config: Config, build: _Build) -> None:
    site = at(name, build.site)
    wanted = config.get("task_group_name")
    group = _group(wanted, build, ()) if isinstance(wanted, str) else None
    if group is not None:
        group.enter(site)
    try:
        made = _made(name, config, build, site)
    finally:
        if group is not None:
            group.exit(site)
    if made is not None:
        build.tasks[name] = made


def _made(name: str, config: Config, build: _Build, site: Site) -> Value:
    kwargs = keywords(config, _NOT_OF_TASK)
    kwargs |= _callable(config, site) | _variables(config, site) | {"task_id": str(name)}
    if "decorator" in config:
        return _decorated(config["decorator"], kwargs, build, site)
    if not isinstance(config.get("operator"), str):
        skip(site, "task", f"the task {name} has neither an operator nor a decorator")
        return None
    if isinstance(kwargs.get("expand"), dict):
        over = {key: mapped_over(each, build.tasks) for key, each in kwargs["expand"].items()}
        kwargs["expand"] = over
    return make(config["operator"], kwargs, site)


def _callable(config: Config, site: Site) -> dict[str, Value]:
    """Return the function that a task runs, given by file and name or by import path."""
    if "python_callable_file" in config:
        file, name = config["python_callable_file"], config.get("python_callable_name")
        return {"python_callable": function_in(file, name, site)}
    given = config.get("python_callable")
    return {"python_callable": imported(given, site)} if isinstance(given, str) else {}


def _variables(config: Config, site: Site) -> dict[str, Value]:
    """Return the arguments that are taken from Airflow's Variables."""
    listed = config.get("variables_as_arguments")
    pairs = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {
        str(each["attribute"]): variable_get([each.get("variable")], {}, site)
        for each in pairs
        if isinstance(each.get("attribute"), str)
    }


def _decorated(path: Value, kwargs: dict[str, Value], build: _Build, site: Site) -> Value:
    """Call a function under a decorator such as ``@task``, mapped where it says ``expand``."""
    interpreter = site.interpreter
    function = kwargs.pop("python_callable", Unknown("a task without a function"))
    expand = _results(kwargs, "expand", build, site)
    partial = _results(kwargs, "partial", build, site)
    taken = [name for name in parameters(function) if name in kwargs]
    inputs = {name: result_of(kwargs.pop(name), build.tasks, site) for name in taken}
    decorator = imported(path, site)
    if not isinstance(decorator, Native) or not isinstance(function, Native):
        unknown = next(each for each in (decorator, function) if not isinstance(each, Native))
        why = unknown.reason if isinstance(unknown, Unknown) else "it is no function"
        skip(site, "task", f"the task {kwargs['task_id']} is not known: {why}")
        return None
    made = interpreter.call_value(decorator, [function], kwargs, site)
    if partial:
        made = interpreter.call_method(made, "partial", [], partial, site)
    if expand:
        return interpreter.call_method(made, "expand", [], {**inputs, **expand}, site)
    return interpreter.call_value(made, [], inputs, site)


def _results(kwargs: dict[str, Value], key: str, build: _Build, site: Site) -> dict[str, Value]:
    given = kwargs.pop(key, None)
    named = keywords(given, frozenset()) if isinstance(given, dict) else {}
    return {name: result_of(value, build.tasks, site) for name, value in named.items()}


def _order(configs: dict[str, Config], build: _Build) -> None:
    known = {**build.tasks, **build.groups}
    for name, config in configs.items():
        listed = config.get("dependencies")
        if not isinstance(listed, list | None):
            skip(at(name, build.site), "edge", f"the dependencies of {name} are no list")
        for up in listed if isinstance(listed, list) else []:
            place = at(up, at(name, build.site))
            if not isinstance(up, str) or up not in known or name not in known:
                skip(place, "edge", f"{name} depends on {up}, of which one is not there")
            else:
                relate(known[up], known[name], place)
