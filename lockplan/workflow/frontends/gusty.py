"""gusty: a folder becomes a DAG, its subfolders task groups, its files tasks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lockplan.model.place import Span
from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.airflow.dags import DagObject, as_task, make_dag
from lockplan.workflow.airflow.groups import TaskGroupObject, open_group
from lockplan.workflow.databases.methods import Factory
from lockplan.workflow.frontends.gusty_files import PARSERS, Spec, metadata, specs, tags
from lockplan.workflow.frontends.gusty_order import Member, Order
from lockplan.workflow.frontends.importing import (
    at,
    folder_of,
    keywords,
    make,
    moved,
    skip,
    why_not_found,
)
from lockplan.workflow.objects import Function
from lockplan.workflow.stdlib.yaml_texts import Tag
from lockplan.workflow.values import Native, Site, Value

_METADATA = "METADATA.yml"
_IGNORED = ".gustyignore"
_HIDDEN = ("_", ".")
_NOT_OF_DAG = frozenset({"task_group_defaults", "wait_for_defaults", "latest_only", "parse_hooks"})
_NOT_OF_TASK = frozenset(
    {"operator", "dependencies", "external_dependencies", "multi_task_spec"}
    | {"python_callable_partials"}
)


@dataclass(slots=True, eq=False, repr=False)
class Level:
    """A folder: the DAG itself or a task group, with what stands in it."""

    path: Path
    parent: Level | None
    site: Site
    data: Spec
    """What METADATA.yml and the caller's defaults say."""
    own: Spec
    """What METADATA.yml itself says."""
    specs: list[Spec] = field(default_factory=list)
    tasks: dict[str, Member] = field(default_factory=dict)
    group: Member | None = None
    """The task group of a folder below the DAG's own."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def renamed(self, task_id: str) -> str:
        """Return a task id as the group's prefix or suffix makes it."""
        if self.parent is None:
            return task_id
        if self.data.get("suffix_group_id") is True:
            return f"{task_id}_{self.name}"
        return f"{self.name}_{task_id}" if self.data.get("prefix_group_id") is True else task_id


def _create_dag(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``create_dag(dag_dir, …)``."""
    named = args[0] if args else kwargs.get("dag_dir")
    root = folder_of(named, site)
    if root is None:
        skip(site, "dag", f"the folder of a DAG is not known: {why_not_found(named)}")
        return Unknown("a DAG whose folder is not known")
    return _build(root, {key: value for key, value in kwargs.items() if key != "dag_dir"}, site)


def _create_dags(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``create_dags(dags_dir, globals(), …)``: each subfolder is a DAG."""
    named = args[0] if args else kwargs.get("dags_dir")
    root = folder_of(named, site)
    if root is None:
        skip(site, "dag", f"the folder of the DAGs is not known: {why_not_found(named)}")
        return None
    given = {key: value for key, value in kwargs.items() if key not in ("dags_dir", "caller_env")}
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and not folder.name.endswith("__"):
            _build(folder, given, site)
    return None


def _build(root: Path, given: dict[str, Value], site: Site) -> DagObject:
    tag = tags(_constructors(given), site)
    levels = list(_levels(root, None, given, tag, site))
    top = levels[0]
    dag = make_dag([], {**keywords(top.data, _NOT_OF_DAG), "dag_id": root.name}, site)
    collector = collector_of(site)
    collector.open_dags.append(dag)
    try:
        for level in levels:
            _open(level, dag)
        for level in levels:
            _read_tasks(level, given, tag)
        Order(dag, levels, given).set()
    finally:
        collector.open_dags.remove(dag)
    return dag


def _constructors(given: dict[str, Value]) -> dict[str, Value]:
    """Return the functions behind YAML tags, by the tags' names."""
    own = given.get("dag_constructors")
    if isinstance(own, list):
        own = {each.name: each for each in own if isinstance(each, Function)}
    macros = given.get("user_defined_macros")
    named = [*_items(own), *_items(macros)]
    return {str(name).strip("!"): value for name, value in named}


def _items(value: Value) -> list[tuple[Value, Value]]:
    return list(value.items()) if isinstance(value, dict) else []


def _levels(
    folder: Path, parent: Level | None, given: dict[str, Value], tag: Tag, site: Site
) -> Iterator[Level]:
    """Yield a folder and those below it, each before its own subfolders."""
    level = _level(folder, parent, given, tag, site)
    yield level
    if parent is None and level.data.get("ignore_subfolders") is True:
        return
    contains = site.interpreter.loader.contains
    for below in sorted(folder.iterdir()):
        hidden = below.name.startswith(_HIDDEN) or (below / _IGNORED).exists()
        if not hidden and not below.is_symlink() and below.is_dir() and contains(below):
            yield from _levels(below, level, given, tag, site)


def _level(
    folder: Path, parent: Level | None, given: dict[str, Value], tag: Tag, site: Site
) -> Level:
    path = folder / _METADATA
    there = path.is_file()
    own = metadata(path, site, tag) if there else {}
    defaults = given if parent is None else given.get("task_group_defaults")
    data: Spec = {**(defaults if isinstance(defaults, dict) else {}), **own}
    above, below = given.get("default_args"), own.get("default_args")
    if parent is None and isinstance(above, dict) and isinstance(below, dict):
        data["default_args"] = {**above, **below}
    where = Span(site.interpreter.loader.display(path), 1)
    return Level(folder, parent, moved(site, where) if there else site, data, own)


def _open(level: Level, dag: DagObject) -> None:
    """Make the task group of a folder below the DAG's own."""
    if level.parent is None:
        return
    above = level.parent.group
    kwargs: dict[str, Value] = {"prefix_group_id": False, **keywords(level.data, frozenset())}
    kwargs |= {"dag": dag, "parent_group": None if above is None else above.value}
    level.group = Member(level.name, open_group(level.name, kwargs, level.site))


def _read_tasks(level: Level, given: dict[str, Value], tag: Tag) -> None:
    hooks = given.get("parse_hooks")
    parsers = {str(k): v for k, v in hooks.items()} if isinstance(hooks, dict) else {}
    endings = (*PARSERS, *parsers)
    for path in sorted(level.path.iterdir()):
        usable = path.name.endswith(endings) and not path.name.startswith(_HIDDEN)
        if usable and path.name != _METADATA and path.is_file():
            level.specs += specs(path, level.site, tag, parsers)
    level.specs += _leaves(level, given)
    for spec in level.specs:
        _make_task(spec, level)


def _leaves(level: Level, given: dict[str, Value]) -> list[Spec]:
    """Return the tasks that the caller adds after all others."""
    added = given.get("leaf_tasks_from_dict")
    if level.parent is not None or not isinstance(added, dict):
        return []
    there = {spec["task_id"] for spec in level.specs}
    return [
        {**spec, "task_id": name}
        for name, spec in added.items()
        if isinstance(spec, dict) and name not in there
    ]


def _make_task(spec: Spec, level: Level) -> None:
    site = at(spec["task_id"], level.site)
    name = level.renamed(str(spec["task_id"]))
    spec["task_id"] = name
    group = level.group.value if level.group is not None else None
    if isinstance(group, TaskGroupObject):
        group.enter(site)
    try:
        kwargs = {**keywords(spec, _NOT_OF_TASK), "task_id": name}
        made = make(_operator(spec["operator"]), kwargs, site)
    finally:
        if isinstance(group, TaskGroupObject):
            group.exit(site)
    task = as_task(made)
    if task is not None:
        level.tasks[name] = Member(name, task, made)


def _operator(path: Value) -> Value:
    """Return an operator's import path; ``local.X`` stands in ``operators/x.py``."""
    if not isinstance(path, str) or not path.startswith("local."):
        return path
    name = path.removeprefix("local.")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return f"operators.{snake}.{name}"


def _named(name: str, create: Callable[..., Value]) -> Callable[[], Native]:
    return lambda: Factory(name, create)


NAMES: dict[str, Callable[[], Native]] = {
    "gusty.create_dag": _named("create_dag", _create_dag),
    "gusty.create_dags": _named("create_dags", _create_dags),
    "gusty.multi.create_dags": _named("create_dags", _create_dags),
}
