"""DAGs that are written in YAML: dag-factory and gusty make the tasks that Python would make."""

from __future__ import annotations

from lockplan.workflow.stdlib.natives import Module
from lockplan.workflow.values import Value

_PACKAGES = ("dagfactory", "gusty")


def resolve(dotted: str) -> Value | None:
    """Return the model of a name of a YAML front end, None where it has none."""
    if dotted.partition(".")[0] not in _PACKAGES:
        return None
    from lockplan.workflow.frontends import dagfactory, gusty  # few folders need them

    names = {**dagfactory.NAMES, **gusty.NAMES}
    if dotted in names:
        return names[dotted]()
    is_module = any(name.startswith(f"{dotted}.") for name in names)
    return Module(dotted, resolve) if is_module else None
