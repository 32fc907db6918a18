"""Finds Airflow tasks whose SQL would block each other, and plans an order that prevents it."""

from __future__ import annotations

TYPE_CHECKING = False  # not from typing, which a folder that is the current one may hide
if TYPE_CHECKING:
    from lockplan.pairs import compare_sql as compare_sql
    from lockplan.study import Scenario as Scenario
    from lockplan.study import Study as Study
    from lockplan.study import analyze as analyze
    from lockplan.study import plan as plan
    from lockplan.workflow import read as read

__version__ = "0.1.0"

_HOMES = {
    "Scenario": "lockplan.study",
    "Study": "lockplan.study",
    "analyze": "lockplan.study",
    "compare_sql": "lockplan.pairs",
    "plan": "lockplan.study",
    "read": "lockplan.workflow",
}


def __getattr__(name: str) -> object:
    """Load the public functions when they are first asked for: the command line starts fast."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'lockplan' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
