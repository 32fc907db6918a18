from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from time import process_time

import pytest

from lockplan.engines import compare
from lockplan.model.access import Footprint, Transaction
from lockplan.model.connection import Connection, Engine, TableId
from lockplan.model.place import Skipped, Span
from lockplan.model.region import Box, Interval, Region
from lockplan.model.schema import Schema
from lockplan.model.verdict import FREE, Certainty, Outcome, Verdict
from tests.engines.builders import DATES, SCHEMA, access, connection, footprint


def verdict(a: list[str], b: list[str], on: Connection | None = None) -> Verdict:
    return compare(footprint("a", a, on), footprint("b", b, on), SCHEMA, DATES)


def moved(task: Footprint, server: str, database: str) -> Footprint:
    """Return the task with its tables on another server or in another database."""
    transactions = tuple(
        replace(
            t,
            connection=replace(t.connection, server=server),
            accesses=tuple(
                replace(a, table=TableId(server, database, a.table.table)) for a in t.accesses
            ),
        )
        for t in task.transactions
    )
    return replace(task, transactions=transactions)


@pytest.mark.parametrize(("server", "database"), [("db2", "stats"), ("db", "archive")])
def test_the_same_name_elsewhere_is_another_table(server: str, database: str) -> None:
    a = footprint("a", ["delete by_day"])
    assert compare(a, moved(a, server, database), SCHEMA, DATES) == FREE


def test_a_database_that_is_not_known_may_be_the_same() -> None:
    a = footprint("a", ["delete by_day"])
    found = compare(a, moved(a, "db", "?stats_conn"), SCHEMA, DATES)
    assert (found.certainty, found.outcome) == (Certainty.POSSIBLE, Outcome.WAIT)
    assert "whether stats.by_day is one table for both tasks" in found.missing


def test_two_engines_never_meet() -> None:
    a = footprint("a", ["delete by_day"], connection("mysql"))
    b = footprint("b", ["delete by_day"], connection("postgresql"))
    assert compare(a, b, SCHEMA, DATES) == FREE


def test_an_unread_statement_may_touch_anything_on_its_connection() -> None:
    server = connection()
    skipped = Skipped(Span("dags/a.py", 7), "statement", "the text comes from a variable")
    a = Footprint(footprint("a", []).task, (), (), unread=((server, skipped),))
    found = compare(a, footprint("b", ["select by_day"]), SCHEMA, DATES)
    assert (found.certainty, found.rule) == (Certainty.POSSIBLE, "LP501")
    assert "dags/a.py:7" in found.missing[0]


def test_an_unread_statement_elsewhere_is_free() -> None:
    elsewhere = replace(connection(), server="db2")
    skipped = Skipped(Span("dags/a.py", 7), "statement", "the text comes from a variable")
    a = Footprint(footprint("a", []).task, (), (), unread=((elsewhere, skipped),))
    assert compare(a, footprint("b", ["delete by_day"]), SCHEMA, DATES) == FREE


def test_a_conditional_statement_makes_nothing_certain() -> None:
    line = "update named name=load set value"
    sometimes = replace(access(line), conditional=True)
    a = replace(footprint("a", []), transactions=(Transaction(connection(), (sometimes,)),))
    found = compare(a, footprint("b", [line]), SCHEMA, DATES)
    assert found.certainty is Certainty.POSSIBLE
    assert "whether the conditional statement runs" in found.missing


def test_locks_of_an_earlier_transaction_are_gone() -> None:
    first = Transaction(connection(), (access("update named name=load set value", 0),))
    second = Transaction(connection(), (access("update day_game day=1 game=1 set value", 1),))
    a = replace(footprint("a", []), transactions=(first, second))
    b = footprint(
        "b", ["update day_game day=1 game=1 set value", "update named name=load set value"]
    )
    assert compare(a, b, SCHEMA, DATES).outcome is Outcome.WAIT


def test_an_unnamed_engine_is_taken_from_the_tables_definition() -> None:
    unknown = replace(connection(), engine=Engine.UNKNOWN)
    points = (["update named name=load set value"], ["update named name=fix set value"])
    assert verdict(*points, on=unknown) == FREE
    a, b = footprint("a", points[0], unknown), footprint("b", points[1], unknown)
    assert compare(a, b, Schema(), DATES).certainty is Certainty.POSSIBLE


def test_a_number_does_not_search_an_index_on_text() -> None:
    found = verdict(["update named name=1 set value"], ["update named name=2 set value"])
    assert (found.certainty, found.rule) == (Certainty.CERTAIN, "LP102")


def test_text_that_collations_fold_is_not_taken_apart() -> None:
    found = verdict(["update named name=café set value"], ["update named name=cafe set value"])
    assert found.certainty is not Certainty.NONE


def test_a_scan_that_may_run_downwards_meets_both_neighbours() -> None:
    a = access("update by_day day=5..6 set value")
    newest = replace(a, region=replace(a.region, exact=False))
    task = replace(footprint("a", []), transactions=(Transaction(connection(), (newest,)),))
    found = compare(task, footprint("b", ["update by_day day=1..4 set value"]), SCHEMA, DATES)
    assert found.certainty is Certainty.POSSIBLE


def test_half_open_instants_that_touch_are_adjacent() -> None:
    def half_open(low: int, high: int) -> Footprint:
        interval = Interval(datetime(2026, 3, low), datetime(2026, 3, high), True, False)
        scan = replace(
            access("update day_key set value"), region=Region((Box.of({"day": [interval]}),))
        )
        return replace(footprint("a", []), transactions=(Transaction(connection(), (scan,)),))

    found = compare(half_open(1, 8), half_open(8, 15), SCHEMA, DATES)
    assert (found.certainty, found.rule) == (Certainty.CERTAIN, "LP103")


def test_many_waits_are_cut_at_twenty_the_worst_first() -> None:
    many = [f"update day_game day={n} game=1 set value" for n in range(1, 28)]
    found = verdict(many, many[::-1])
    assert found.outcome is Outcome.DEADLOCK
    assert len(found.waits) == 20
    assert found.waits[0].certain


def test_rows_are_described_relative_to_the_run() -> None:
    found = verdict(["update by_day day=4..10 set value"], ["delete by_day day=10..12"])
    assert found.waits[0].interval == "day ds"
    assert found.waits[0].table == "stats.by_day"
    assert found.waits[0].index == "PRIMARY"


def test_comparing_two_typical_tasks_is_quick() -> None:
    a = footprint("a", ["delete day_key day=10", "insert day_key day=10"])
    b = footprint("b", ["update day_key day=4..10 set value"])
    begin = process_time()
    for _ in range(200):
        compare(a, b, SCHEMA, DATES)
    assert (process_time() - begin) / 200 < 0.003
