from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.engines import compare
from lockplan.model.access import Footprint
from lockplan.model.connection import Connection
from lockplan.model.region import ALL, Region
from lockplan.model.schema import Schema
from lockplan.model.verdict import Certainty, Outcome, Side, Verdict
from tests.engines.builders import DATES, SCHEMA, connection, footprint

TABLES = ("by_day", "day_game", "day_key", "unique_day", "named", "parent", "child", "parted")
NO_TRIGGERS = Schema(SCHEMA.tables)
BLOCKING = (Outcome.WAIT, Outcome.DEADLOCK)

days = st.integers(1, 6).flatmap(
    lambda low: st.integers(0, 2).map(lambda more: f"day={low}..{low + more}")
)
limits = {
    "named": st.sampled_from(("name=load", "name=fix")),
    "parent": st.integers(1, 3).map(lambda n: f"id={n}"),
    "child": st.sampled_from(("parent_id=1", "parent_id=2", "id=1")),
}
game_days = st.tuples(days, st.sampled_from(("", "game=1", "game=2"))).map(" ".join)
verbs = st.sampled_from(("select", "share", "lock", "insert", "upsert", "update", "delete"))


@st.composite
def statements(draw: st.DrawFn) -> str:
    table = draw(st.sampled_from(TABLES))
    limit = draw(limits.get(table, game_days if table.endswith("day_game") else days))
    verb = draw(verbs)
    return f"{verb} {table} {limit}" + (" set value" if verb == "update" else "")


tasks = st.lists(statements(), min_size=1, max_size=4)
servers = st.builds(
    connection,
    st.sampled_from(("mysql", "mariadb", "postgresql", "sqlite", "hive")),
    st.sampled_from(("RR", "RC", "SER", None)),
    st.sampled_from(("8.4", "8.0.16", None)),
)


def freedom(verdict: Verdict) -> int:
    """Return 0 where the two surely block, 1 where they may, 2 where they do not."""
    if verdict.outcome not in BLOCKING:
        return 2
    return 0 if verdict.certainty is Certainty.CERTAIN else 1


def blocked(a: Footprint, b: Footprint, schema: Schema = NO_TRIGGERS) -> Verdict:
    return compare(a, b, schema, DATES)


@given(tasks, tasks, servers)
def test_swapping_the_tasks_swaps_only_the_sides(
    a: list[str], b: list[str], server: Connection
) -> None:
    forth = blocked(footprint("a", a, server), footprint("b", b, server))
    back = blocked(footprint("b", b, server), footprint("a", a, server))
    assert (forth.certainty, forth.outcome, forth.race) == (
        back.certainty,
        back.outcome,
        back.race,
    )
    swapped = {
        replace(
            wait,
            holder=Side.A if wait.holder is Side.B else Side.B,
            requester=Side.A if wait.requester is Side.B else Side.B,
        )
        for wait in back.waits
    }
    assert len(forth.waits) == 20 or set(forth.waits) == swapped


@given(tasks, tasks, servers)
def test_more_statements_never_make_a_pair_freer(
    a: list[str], b: list[str], server: Connection
) -> None:
    other = footprint("b", b, server)
    whole = blocked(footprint("a", a, server), other)
    part = blocked(footprint("a", a[:-1], server), other)
    assert freedom(whole) <= freedom(part)


@given(tasks, tasks, servers)
def test_forgetting_the_schema_never_frees_a_pair(
    a: list[str], b: list[str], server: Connection
) -> None:
    first, second = footprint("a", a, server), footprint("b", b, server)
    # What a foreign key reaches, nobody can know without a schema.
    named = {t for f in (a, b) for t in (s.split()[1] for s in f)}
    if {"parent", "child"} <= named:
        return
    if freedom(blocked(first, second)) < 2:
        assert freedom(blocked(first, second, Schema())) < 2


@given(tasks, tasks, servers)
def test_widening_the_rows_never_frees_a_pair(
    a: list[str], b: list[str], server: Connection
) -> None:
    # Not so for a statement that surely wants all rows: it goes another way, past new rows at RC.
    first, second = footprint("a", a, server), footprint("b", b, server)
    if freedom(blocked(first, second)) < 2:
        assert freedom(blocked(widened(first, ALL), second)) < 2


def widened(task: Footprint, region: Region) -> Footprint:
    transactions = tuple(
        replace(t, accesses=tuple(replace(access, region=region) for access in t.accesses))
        for t in task.transactions
    )
    return replace(task, transactions=transactions)


@given(tasks, tasks, servers)
@settings(max_examples=50)
def test_a_certain_verdict_misses_nothing(a: list[str], b: list[str], server: Connection) -> None:
    found = blocked(footprint("a", a, server), footprint("b", b, server))
    if found.outcome in BLOCKING and found.certainty is Certainty.CERTAIN:
        assert not found.missing
        assert any(wait.certain for wait in found.waits)
