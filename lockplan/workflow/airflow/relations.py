"""Order as the code gives it: ``>>``, ``set_upstream``, ``chain``, ``cross_downstream``, labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from lockplan.model.statement import Unknown
from lockplan.workflow.airflow.collector import collector_of
from lockplan.workflow.databases.methods import WithMethods, argument
from lockplan.workflow.objects import Instance
from lockplan.workflow.values import Native, Produced, Site, Value

if TYPE_CHECKING:
    from lockplan.workflow.airflow.tasks import TaskObject


@dataclass(slots=True, eq=False, repr=False)
class Related(WithMethods):
    """A task, or something that stands for tasks in an order."""

    is_plain_object = True

    def heads(self) -> list[TaskObject]:
        """Return the tasks that start first."""
        raise NotImplementedError

    def tails(self) -> list[TaskObject]:
        """Return the tasks that end last."""
        raise NotImplementedError

    def truth(self) -> bool | None:
        return True

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if operator not in (">>", "<<"):
            return NotImplemented
        if isinstance(other, Label):
            return other.binary(operator, self, not reflected, site)
        left, right = (other, self) if reflected else (self, other)
        if operator == ">>":
            relate(left, right, site)
        else:
            relate(right, left, site)
        return self if reflected else other

    def do_set_upstream(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``task.set_upstream(other)``."""
        relate(argument(args, kwargs, 0, "task_or_task_list"), self, site)
        return None

    def do_set_downstream(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``task.set_downstream(other)``."""
        relate(self, argument(args, kwargs, 0, "task_or_task_list"), site)
        return None


@dataclass(slots=True, eq=False, repr=False)
class Label(Native):
    """``Label("…")`` between two tasks: passes the order on."""

    above: list[Value] = field(default_factory=list)
    below: list[Value] = field(default_factory=list)

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if operator not in (">>", "<<"):
            return NotImplemented
        comes_before = (operator == ">>") is reflected
        (self.above if comes_before else self.below).append(other)
        relate(list(self.above), list(self.below), site)
        return self if reflected else other


def related(value: Value, site: Site, *, quiet: bool = False) -> list[Related]:
    """Return the tasks and groups that a value holds; what is not known is noted as skipped."""
    if isinstance(value, Related):
        return [value]
    if isinstance(value, Produced):
        return [] if quiet else [value.stands_for]
    if isinstance(value, Instance):
        return [value.native] if isinstance(value.native, Related) else []
    if isinstance(value, list | tuple | set):
        return [one for item in value for one in related(item, site, quiet=quiet)]
    if isinstance(value, Unknown) and not quiet:
        reason = f"a task of this order is not known: {value.reason}"
        collector_of(site).skip(site.span, "edge", reason)
    return []


def held_in(value: Value, site: Site) -> list[Related]:
    """Return the tasks whose results stand anywhere in an argument."""
    if isinstance(value, dict):
        return [one for item in value.values() for one in held_in(item, site)]
    if isinstance(value, list | tuple | set):
        return [one for item in value for one in held_in(item, site)]
    return related(value, site, quiet=True)


def relate(above: Value, below: Value, site: Site) -> None:
    """Note that all tasks of `above` end before any of `below` start."""
    heads = [task for one in related(below, site) for task in one.heads()]
    for up in (task for one in related(above, site) for task in one.tails()):
        for down in heads:
            up.link(down, site)


def chain(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``chain(a, [b, c], [d, e])``: neighbouring lists of one length are paired."""
    for above, below in _neighbours(args):
        if isinstance(above, list | tuple) and isinstance(below, list | tuple):
            for up, down in zip(above, below, strict=False):
                relate(up, down, site)
        else:
            relate(above, below, site)
    return None


def chain_linear(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``chain_linear(a, [b, c], [d, e])``: every task of a list before every one of the next."""
    for above, below in _neighbours([value for value in args if value not in ([], ())]):
        relate(above, below, site)
    return None


def cross_downstream(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``cross_downstream([a, b], [c, d])``."""
    above = argument(args, kwargs, 0, "from_tasks")
    relate(above, argument(args, kwargs, 1, "to_tasks"), site)
    return None


def _neighbours(values: list[Value]) -> Iterable[tuple[Value, Value]]:
    return pairwise(values)
