"""gusty's order: dependencies, waits for other DAGs, leaf tasks, root tasks, ``latest_only``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockplan.workflow.airflow.dags import DagObject
from lockplan.workflow.airflow.groups import TaskGroupObject
from lockplan.workflow.airflow.operators import OperatorClass
from lockplan.workflow.airflow.relations import Related, relate
from lockplan.workflow.airflow.tasks import TaskObject, new_task
from lockplan.workflow.frontends.importing import at, keywords, moved, skip
from lockplan.workflow.objects import Instance
from lockplan.workflow.values import Native, Site, Value

if TYPE_CHECKING:
    from lockplan.workflow.frontends.gusty import Level

_WAITING: dict[str, Value] = {"poke_interval": 10, "timeout": 3600, "retries": 60}


@dataclass(slots=True, eq=False, repr=False)
class Member:
    """A task or a group, with the order that was set for it as a whole."""

    name: str
    value: Related
    made: Value = None
    """What the operator's class made, for a class of the folder its object."""
    above: set[str] = field(default_factory=set)
    """Of a group: names of tasks that were set before it."""
    below: set[str] = field(default_factory=set)
    is_below_group: bool = False

    def has_upstream(self) -> bool:
        """Whether a task was set before it."""
        return bool(self.value.above if isinstance(self.value, TaskObject) else self.above)

    def has_downstream(self) -> bool:
        """Whether a task was set after it."""
        return bool(self.value.below if isinstance(self.value, TaskObject) else self.below)

    def waits_only(self) -> bool:
        """Whether all that was set before it waits for other DAGs."""
        names = self.value.above if isinstance(self.value, TaskObject) else self.above
        return all(name.startswith("wait_for_") for name in names)


@dataclass(slots=True, eq=False, repr=False)
class Order:
    """Sets the order of one DAG's tasks, once all of them are there."""

    dag: DagObject
    levels: list[Level]
    given: dict[str, Value]
    waits: dict[str, Member] = field(default_factory=dict)

    def set(self) -> None:
        """Set all edges, in the sequence in which gusty does."""
        for level in self.levels[1:]:
            self._level_dependencies(level)
        for level in self.levels:
            self._task_dependencies(level)
        for level in self.levels:
            for spec in level.specs:
                task = level.tasks.get(spec["task_id"])
                self._wait(task, spec.get("external_dependencies"), level)
        for level in self.levels[1:]:
            self._wait(level.group, level.own.get("external_dependencies"), level)
        self._leaves()
        self._roots()

    def _children(self, parent: Level) -> dict[str, Member]:
        below = (level for level in self.levels if level.parent is parent)
        return {level.name: level.group for level in below if level.group is not None}

    def _level_dependencies(self, level: Level) -> None:
        assert level.parent is not None
        known = {**level.parent.tasks, **self._children(level.parent)}
        for name in _names(level.own.get("dependencies"), level.site):
            self._link(name, known, level.group, level.site)

    def _task_dependencies(self, level: Level) -> None:
        every = {name: task for each in self.levels for name, task in each.tasks.items()}
        known = {**every, **self._children(level)}
        for spec in level.specs:
            task = level.tasks.get(spec["task_id"])
            if task is None:
                continue
            for name in _names(spec.get("dependencies"), task_site(task, level.site)):
                renamed = level.renamed(name)
                self._link(renamed if renamed in known else name, known, task, level.site)
            for name in _found_by_itself(task):
                if name in known:
                    _put_before(known[name], task, level.site)

    def _link(self, name: str, known: dict[str, Member], member: Member | None, site: Site) -> None:
        above = known.get(name)
        if above is not None and member is not None:
            _put_before(above, member, site)
        elif member is not None:
            reason = f"{member.name} depends on {name}, which is not there"
            skip(at(name, task_site(member, site)), "edge", reason)

    def _wait(self, member: Member | None, listed: Value, level: Level) -> None:
        """Put sensors for tasks of other DAGs before a task or group."""
        for wait in self._sensors(listed, level.site) if member is not None else ():
            assert member is not None
            _put_before(wait, member, level.site)

    def _sensors(self, listed: Value, site: Site) -> Iterator[Member]:
        for dag_id, task_id, own in _external(listed, site):
            whole = task_id == "all"
            name = f"wait_for_DAG_{dag_id}" if whole else f"wait_for_{dag_id}_{task_id}"
            if name not in self.waits:
                kwargs = {"external_dag_id": dag_id, "external_task_id": None if whole else task_id}
                made = self._sensor({**self._waiting(), **own, **kwargs, "task_id": name}, site)
                if made is None:
                    continue
                self.waits[name] = Member(name, made)
            yield self.waits[name]

    def _waiting(self) -> dict[str, Value]:
        told = [self.given.get("wait_for_defaults"), self.levels[0].own.get("wait_for_defaults")]
        named = [keywords(each, frozenset()) for each in told if isinstance(each, dict)]
        return {**_WAITING, **{key: value for each in named for key, value in each.items()}}

    def _sensor(self, kwargs: dict[str, Value], site: Site) -> TaskObject | None:
        cls = self.given.get("wait_for_class")
        if isinstance(cls, Native) and not isinstance(cls, OperatorClass):
            made = site.interpreter.call_value(cls, [], kwargs, site)
            inner = made.native if isinstance(made, Instance) else made
            return inner if isinstance(inner, TaskObject) else None
        name = cls.name if isinstance(cls, OperatorClass) else "ExternalTaskSensor"
        task = new_task(name, [], kwargs, site)
        return task if isinstance(task, TaskObject) else None

    def _leaves(self) -> None:
        top = self.levels[0]
        added = self.given.get("leaf_tasks_from_dict")
        wanted = {*_names(top.data.get("leaf_tasks"), top.site), *_keys(added)}
        roots = _names(top.data.get("root_tasks"), top.site)
        leaves = {name: task for name, task in top.tasks.items() if name in wanted}
        for name, member in {**top.tasks, **self._children(top)}.items():
            if member.has_downstream() or name in leaves or name in roots:
                continue
            for leaf in leaves.values():
                _put_before(member, leaf, top.site)

    def _roots(self) -> None:
        top = self.levels[0]
        groups = {n: one for n, one in self._children(top).items() if not one.is_below_group}
        members = {**top.tasks, **groups, **self.waits}
        wanted = _names(top.data.get("root_tasks"), top.site)
        roots = {name: task for name, task in top.tasks.items() if name in wanted}
        for name, member in members.items():
            for root in roots.values() if member.waits_only() and name not in roots else ():
                _put_before(root, member, top.site)
        listed = top.data.get("external_dependencies")
        waits = {one.name: one for one in self._sensors(listed, top.site)}
        for name, member in members.items():
            if not member.has_upstream():
                for wait in (one for one in waits.values() if one.name != name):
                    _put_before(wait, member, top.site)
        if top.data.get("latest_only", True) is not False:
            self._latest_only([*{**members, **waits}.values()], top.site)

    def _latest_only(self, members: list[Member], site: Site) -> None:
        task = new_task("LatestOnlyOperator", [], {"task_id": "latest_only"}, site)
        if not isinstance(task, TaskObject):
            return
        first = Member("latest_only", task)
        for member in members:
            if not member.has_upstream():
                _put_before(first, member, site)


def task_site(member: Member, site: Site) -> Site:
    """Return the place of a task's file; a group's is that of its folder."""
    if isinstance(member.value, TaskObject):
        return moved(site, member.value.defined_at)
    return site


def _put_before(above: Member, member: Member, site: Site) -> None:
    """Order two members, and note it at the groups among them."""
    relate(above.value, member.value, site)
    if isinstance(above.value, TaskGroupObject):
        member.is_below_group = True
    else:
        member.above.add(above.name)
    if not isinstance(member.value, TaskGroupObject):
        above.below.add(member.name)


def _names(listed: Value, site: Site) -> list[str]:
    """Return a list of names; what is none is noted."""
    if listed is None:
        return []
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        skip(site, "edge", "a list of task names is not known or holds other things")
    names = listed if isinstance(listed, list | tuple) else ()
    return [each for each in names if isinstance(each, str)]


def _keys(value: Value) -> list[str]:
    return [str(key) for key in value] if isinstance(value, dict) else []


def _found_by_itself(task: Member) -> list[str]:
    """Return the dependencies that an operator of the folder finds by itself."""
    held = task.made.attributes.get("dependencies") if isinstance(task.made, Instance) else None
    return [each for each in held if isinstance(each, str)] if isinstance(held, list) else []


def _external(listed: Value, site: Site) -> Iterator[tuple[str, str, dict[str, Value]]]:
    """Yield the tasks of other DAGs: ``[{dag: task}]`` or ``{dag: {tasks: […], …}}``."""
    pairs: list[tuple[Value, Value, dict[str, Value]]] = []
    if isinstance(listed, dict):
        for dag_id, details in listed.items():
            own = keywords(details, frozenset({"tasks"})) if isinstance(details, dict) else {}
            tasks = details.get("tasks") if isinstance(details, dict) else None
            pairs += [
                (dag_id, task, own) for task in (tasks if isinstance(tasks, list) else [tasks])
            ]
    elif isinstance(listed, list):
        for each in listed:
            entries = each.items() if isinstance(each, dict) else [(each, None)]
            pairs += [(dag_id, task, {}) for dag_id, task in entries]
    elif listed is not None:
        pairs = [(listed, None, {})]
    for dag_id, task_id, own in pairs:
        if isinstance(dag_id, str) and isinstance(task_id, str):
            yield str(dag_id), str(task_id), own
        else:
            skip(at(dag_id, site), "edge", "a dependency on another DAG is not known")
