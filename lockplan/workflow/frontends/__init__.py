"""DAGs that are written in YAML: dag-factory and gusty make the tasks that Python would make."""

from __future__ import annotations

from collections.abc import Callable

from lockplan.workflow.frontends import dagfactory, gusty
from lockplan.workflow.stdlib.natives import Module
from lockplan.workflow.values import Native, Value

_NAMES: dict[str, Callable[[], Native]] = {**dagfactory.NAMES, **gusty.NAMES}
_MODULES = frozenset(name.rpartition(".")[0] for name in _NAMES)


def resolve(dotted: str) -> Value | None:
    """Return the model of a name of a YAML front end, None where it has none."""
    made = _NAMES.get(dotted)
    if made is not None:
        return made()
    return Module(dotted, resolve) if dotted in _MODULES else None
