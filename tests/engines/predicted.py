"""What lockplan says of two transactions given as SQL, over tables given as DDL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from lockplan.engines import compare
from lockplan.model.access import Footprint
from lockplan.model.connection import Connection, Engine, Isolation
from lockplan.model.schema import Schema
from lockplan.model.verdict import Outcome, Verdict
from lockplan.model.workflow import TaskKey
from lockplan.sql import with_statistics
from lockplan.sql.ddl import SchemaBuilder
from tests.footprints.reading import RUN, read

ISOLATIONS = {"RR": Isolation.REPEATABLE_READ, "RC": Isolation.READ_COMMITTED}


@lru_cache(maxsize=64)
def schema_of(ddl: tuple[str, ...]) -> Schema:
    """Return the tables that the statements create."""
    builder = SchemaBuilder()
    builder.read("schema.sql", ";\n".join(ddl))
    assert not builder.unread
    return builder.schema()


def predicted(
    ddl: tuple[str, ...],
    a: Iterable[str],
    b: Iterable[str],
    isolation: str,
    engine: str,
    version: str,
    statistics: Mapping[str, Any] = MappingProxyType({}),
    autocommit: str = "",
) -> Verdict:
    """Return the verdict on two tasks on one server; `autocommit` names the sides that have it."""
    level = ISOLATIONS[isolation]
    server = Connection("stats", Engine(engine), "db", "stats", level, version)
    schema = with_statistics(schema_of(ddl), statistics)

    def task(name: str, statements: Iterable[str]) -> Footprint:
        connection = replace(server, autocommit=name in autocommit)
        found = read(*statements, connection=connection, schema=schema)
        return replace(found, task=TaskKey("dag", name))

    return compare(task("a", a), task("b", b), schema, RUN)


def is_free(verdict: Verdict) -> bool:
    """Whether nobody is said to wait; a race is no wait."""
    return verdict.outcome not in (Outcome.WAIT, Outcome.DEADLOCK)
