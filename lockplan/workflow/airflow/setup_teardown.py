"""Blocks of setup and teardown tasks: ``with teardown:``, ``with setup >> teardown:``.

What stands inside such a block runs after its setups and before its teardowns. The rules follow
Airflow's own ones step by step, also where they surprise: a task made after an inner block is left
out of the outer one, and a mapped task belongs to none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockplan.workflow.airflow.relations import related
from lockplan.workflow.databases.methods import Factory, WithMethods, argument
from lockplan.workflow.values import Native, Site, Value

if TYPE_CHECKING:
    from lockplan.workflow.airflow.tasks import TaskObject

Tasks = tuple["TaskObject", ...]


@dataclass(slots=True, eq=False, repr=False)
class _Level:
    """The tasks of one kind that the innermost block names, and those of the blocks around it."""

    now: Tasks = ()
    outside: list[Tasks] = field(default_factory=list)

    def push(self, tasks: Tasks) -> None:
        """Begin a block."""
        if self.now and self.now != tasks:
            self.outside.append(self.now)
        self.now = tasks

    def pop(self) -> tuple[Tasks, Tasks]:
        """End a block; return its tasks and those of the block around it."""
        ended = self.now
        self.now = self.outside.pop() if self.outside else ()
        return ended, self.now


@dataclass(slots=True, eq=False, repr=False)
class Blocks:
    """The open blocks of one reading; lives in `Interpreter.state`."""

    active: bool = False
    work: dict[Tasks, list[TaskObject]] = field(default_factory=dict)
    """What was made inside the block of some setups or teardowns."""
    setups: _Level = field(default_factory=_Level)
    teardowns: _Level = field(default_factory=_Level)
    teardowns_of_setups: _Level = field(default_factory=_Level)
    setups_of_teardowns: _Level = field(default_factory=_Level)

    def open(self, tasks: Tasks) -> None:
        """Begin the block of some setups or some teardowns."""
        first = tasks[0]
        if first.is_teardown:
            self.teardowns.push(tasks)
            self.setups_of_teardowns.push(_nearest(first, teardowns=False))
        else:
            self.setups.push(tasks)
            self.teardowns_of_setups.push(_nearest(first, teardowns=True))
        self.active = True

    def note(self, task: TaskObject) -> None:
        """Take a new task into the innermost block."""
        for tasks in (self.setups.now, self.teardowns.now) if self.active else ():
            if tasks:
                self.work.setdefault(tasks, []).append(task)

    def forget(self, task: TaskObject) -> None:
        """Take a mapped task out again: Airflow has no object of it when the block is open."""
        for work in self.work.values():
            if task in work:
                work.remove(task)

    def close(self, site: Site) -> None:
        """End the innermost block: order its work, then its setups and teardowns with others."""
        if self.setups.now:
            self._order(self.setups.now, site)
        if self.teardowns.now:
            self._order(self.teardowns.now, site)
        self._end(site)
        self.active = False

    def _order(self, tasks: Tasks, site: Site) -> None:
        """Order the work of a block: its first tasks after the setups, its last before teardowns.

        Of work that is all in the middle of something, the one task made first or last counts.
        """
        work = [task for task in self.work.get(tasks, []) if not task.is_setup | task.is_teardown]
        if not work:
            return
        roots = [task for task in work if not task.above]
        leaves = [task for task in work if not task.below]
        if tasks is self.setups.now:
            _link(tasks, roots or work[:1], site)
            _link(self.teardowns.now or leaves or work[-1:], self.teardowns_of_setups.now, site)
        else:
            _link(leaves or work[-1:], tasks, site)
            _link(self.setups_of_teardowns.now, self.setups.now or roots or work[:1], site)

    def _end(self, site: Site) -> None:
        """Outer setups run before inner ones, inner teardowns before outer ones."""
        setups, around = self.setups.pop()
        _link(around, setups, site)
        teardowns, around = self.teardowns.pop()
        _link(teardowns, around, site)
        _link(*self.teardowns_of_setups.pop(), site)
        inner, outer = self.setups_of_teardowns.pop()
        _link(outer, inner, site)
        self.work.pop(setups, None)
        self.work.pop(teardowns, None)


@dataclass(slots=True, eq=False, repr=False)
class Scope(WithMethods):
    """``with teardown as scope:``, to which tasks made before can be added."""

    def describe(self) -> str:
        return "a block of setup and teardown tasks"

    def do_add_task(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``scope.add_task(task)``."""
        for one in related(argument(args, kwargs, 0, "task"), site):
            for task in one.heads():
                blocks_of(site).note(task)
        return None


@dataclass(slots=True, eq=False, repr=False)
class TaskList(Native):
    """``context_wrapper([…])``: a block of several setups or several teardowns."""

    tasks: Tasks

    def enter(self, site: Site) -> Value:
        return enter(self.tasks, site)

    def exit(self, site: Site) -> None:
        leave(self.tasks, site)


def enter(tasks: Tasks, site: Site) -> Value:
    """Begin the ``with`` of some setups or teardowns; other tasks begin nothing."""
    if _begins_a_block(tasks):
        blocks_of(site).open(tasks)
    return Scope()


def leave(tasks: Tasks, site: Site) -> None:
    """End the ``with`` of some setups or teardowns."""
    if _begins_a_block(tasks):
        blocks_of(site).close(site)


def blocks_of(site: Site) -> Blocks:
    """Return the open blocks of the interpreter that runs at `site`."""
    blocks = site.interpreter.state.setdefault(Blocks, Blocks())
    assert isinstance(blocks, Blocks)
    return blocks


def wrapper() -> Native:
    """Return the model of ``context_wrapper``."""
    return Factory("context_wrapper", _wrap)


def _wrap(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    found = related(argument(args, kwargs, 0, "tasks"), site)
    return TaskList(tuple(task for one in found for task in one.heads()))


def _begins_a_block(tasks: Tasks) -> bool:
    return bool(tasks) and (tasks[0].is_setup or tasks[0].is_teardown)


def _nearest(task: TaskObject, *, teardowns: bool) -> Tasks:
    """Return the teardowns below a setup, or the setups above a teardown: the nearest ones."""
    seen = {task.task_id}
    ids = task.below if teardowns else task.above
    while task.dag is not None and ids - seen:
        seen |= ids
        near = [task.dag.tasks[one] for one in sorted(ids) if one in task.dag.tasks]
        found = [one for one in near if (one.is_teardown if teardowns else one.is_setup)]
        if found:
            return tuple(found)
        ids = {other for one in near for other in one.above | one.below} - seen
    return ()


def _link(above: Tasks | list[TaskObject], below: Tasks | list[TaskObject], site: Site) -> None:
    for up in above:
        for down in below:
            if up is not down:
                up.link(down, site)
