"""The models of libraries that few folders use, loaded when code first names their package."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType

from lockplan.workflow.values import Value

_ROOM = "lockplan.workflow.databases"
_SQLALCHEMY = ("core", "orm", "alchemy")
MODULES = MappingProxyType(
    {
        "sqlalchemy": _SQLALCHEMY,
        "sqlmodel": _SQLALCHEMY,
        "clickhouse_driver": ("clickhouse",),
        "clickhouse_connect": ("clickhouse",),
        "google": ("bigquery",),
        "psycopg": ("composition",),
        "psycopg2": ("composition",),
    }
)
"""The modules of this room with the models of a package, in the order in which they are asked."""


def resolve(dotted: str) -> Value | None:
    """Return the model of a name of one of these packages, None where it has none."""
    for name in MODULES.get(dotted.partition(".")[0], ()):
        found: Value | None = import_module(f"{_ROOM}.{name}").resolve(dotted)
        if found is not None:
            return found
    return None
