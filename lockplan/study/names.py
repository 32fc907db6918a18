"""Finds what a user names: tasks, DAGs, tables, pools; an error suggests what may be meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from lockplan.errors import UnknownNameError
from lockplan.model.connection import Isolation
from lockplan.model.schema import Schema, Table
from lockplan.model.words import shorten
from lockplan.model.workflow import Dag, Pool, TaskKey

_SUGGESTED = 3
_LISTED = 8
_LONGEST = 60
_WILD = "*?["


class Names:
    """The names in some DAGs and in the schema."""

    def __init__(self, dags: Iterable[Dag], pools: Iterable[Pool], schema: Schema) -> None:
        self._schema = schema
        self._dags = {dag.dag_id: dag for dag in dags}
        tasks = [task for dag in self._dags.values() for task in dag.tasks]
        keys = [task.key for task in tasks]
        self._tasks = {str(key): key for key in keys}
        self._pools = {task.pool for task in tasks} | {pool.name for pool in pools}
        self._by_task_id: dict[str, list[TaskKey]] = {}
        for key in keys:
            self._by_task_id.setdefault(key.task_id, []).append(key)

    def task(self, name: str | TaskKey) -> TaskKey:
        """Return the task of a name: ``dag.task``, or ``task`` where only one DAG has it."""
        text = str(name)
        if text in self._tasks:
            return self._tasks[text]
        alike = self._by_task_id.get(text, [])
        if len(alike) == 1:
            return alike[0]
        if alike:
            raise UnknownNameError(text, "several DAGs have this task", _one_of(map(str, alike)))
        full = {task_id: str(keys[0]) for task_id, keys in self._by_task_id.items()}
        raise _unknown("task", text, [*self._tasks, *full], shown=full)

    def tasks(self, names: str | TaskKey | Iterable[str | TaskKey]) -> tuple[TaskKey, ...]:
        """Return the tasks of names, which may be patterns: ``auto.load_*``."""
        given = [names] if isinstance(names, str | TaskKey) else list(names)
        found = (key for name in given for key in self._matching(name))
        return tuple(dict.fromkeys(found))

    def _matching(self, name: str | TaskKey) -> Iterable[TaskKey]:
        text = str(name)
        if text in self._tasks or not any(sign in text for sign in _WILD):
            return (self.task(name),)
        found = [
            key
            for shown, key in self._tasks.items()
            if fnmatchcase(shown, text) or fnmatchcase(key.task_id, text)
        ]
        if not found:
            raise UnknownNameError(text, "no task has a name like this", _one_of(self._tasks))
        return found

    def dag(self, dag_id: str) -> Dag:
        """Return the DAG of an id."""
        if dag_id not in self._dags:
            raise _unknown("DAG", dag_id, self._dags)
        return self._dags[dag_id]

    def table(self, name: str) -> Table:
        """Return the definition of a table, ``database.table`` or ``table``."""
        database, _, table = name.rpartition(".")
        found = self._schema.table(table, database or None)
        if found is not None:
            return found
        if not self._schema.tables:
            way_out = "Give the tables' definitions: analyze(…, schema=…)."
            raise UnknownNameError(name, "no table is known", way_out)
        raise _unknown("table", name, [each.name for each in self._schema.tables], table)

    def columns(self, table: Table, names: Iterable[str]) -> tuple[str, ...]:
        """Return the lower-case names of columns of a table."""
        known = [column.name.lower() for column in table.columns]
        for name in names:
            if name.lower() not in known:
                raise _unknown(f"column of {table.name}", name, known)
        return tuple(name.lower() for name in names)

    def pool(self, name: str) -> str:
        """Return the name of a pool that a task uses, or that was told."""
        if name not in self._pools:
            raise _unknown("pool", name, self._pools)
        return name


def isolation(name: str | Isolation) -> Isolation:
    """Return the isolation level of a name, however it is written."""
    text = str(name).replace("_", " ").replace("-", " ").upper().strip()
    levels: Mapping[str, Isolation] = {str(level): level for level in Isolation}
    if text not in levels:
        raise _unknown("isolation level", str(name), levels, text)
    return levels[text]


def _unknown(
    what: str,
    name: str,
    known: Iterable[str],
    like: str | None = None,
    shown: Mapping[str, str] = MappingProxyType({}),
) -> UnknownNameError:
    """Return the error with the names that are nearest to `like`, which is the name by default.

    `shown` tells what to suggest in place of a known name.
    """
    names = sorted(set(known))
    lower = {each.lower(): shown.get(each, each) for each in reversed(names)}
    near = difflib.get_close_matches((like or name).lower(), lower, n=_SUGGESTED, cutoff=0.5)
    said = [shorten(each, _LONGEST) for each in dict.fromkeys(lower[each] for each in near)]
    way_out = f"Did you mean {' or '.join(said)}?" if said else _one_of(lower.values())
    return UnknownNameError(name, f"there is no such {what}", way_out)


def _one_of(names: Iterable[str]) -> str:
    all_of = [shorten(name, _LONGEST) for name in sorted(set(names))]
    more = f" and {len(all_of) - _LISTED} more" if len(all_of) > _LISTED else ""
    return f"There are {', '.join(all_of[:_LISTED])}{more}." if all_of else ""
