"""The resources that a task declares, as accesses beside those of its SQL."""

from __future__ import annotations

from collections.abc import Iterable

from lockplan.model.access import Access, Role, StatementKind, Transaction
from lockplan.model.connection import Connection, Engine, TableId
from lockplan.model.region import WHOLE, Box, Region
from lockplan.model.resource import Resource
from lockplan.model.workflow import Task

_RESOURCES = Connection("resources", Engine.RESOURCE, server="resources")
_PART = "part"
"""What stands for a column: the line on which a resource's intervals lie."""
_KINDS = {Role.READ: StatementKind.SELECT, Role.UPDATE: StatementKind.UPDATE}


def resource_transactions(task: Task, sequence: int, number: int) -> tuple[Transaction, ...]:
    """Return a task's resources as one transaction, none where it declares nothing.

    They count as one statement, at `sequence`: what a task declares it holds from its first moment,
    all at once. `number` is the transaction's own.
    """

    def accesses(resources: Iterable[Resource], role: Role) -> tuple[Access, ...]:
        return tuple(
            Access(
                TableId("resources", "", resource.name),
                role,
                _region(resource),
                _KINDS[role],
                sequence,
                number,
            )
            for resource in resources
        )

    found = accesses(task.writes, Role.UPDATE) + accesses(task.reads, Role.READ)
    return (Transaction(_RESOURCES, found),) if found else ()


def _region(resource: Resource) -> Region:
    if resource.interval is None:
        return WHOLE
    return Region((Box.of({_PART: (resource.interval,)}),))
