"""What lockplan says of two transactions given as SQL, over tables given as DDL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from lockplan.engines import compare
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
) -> Verdict:
    """Return the verdict on two transactions on one server."""
    level = ISOLATIONS[isolation]
    server = Connection("stats", Engine(engine), "db", "stats", level, version, autocommit=False)
    schema = with_statistics(schema_of(ddl), statistics)
    first, second = (
        replace(read(*task, connection=server, schema=schema), task=TaskKey("dag", name))
        for name, task in (("a", a), ("b", b))
    )
    return compare(first, second, schema, RUN)


def is_free(verdict: Verdict) -> bool:
    """Whether nobody is said to wait; a race is no wait."""
    return verdict.outcome not in (Outcome.WAIT, Outcome.DEADLOCK)
