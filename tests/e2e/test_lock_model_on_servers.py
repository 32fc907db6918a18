"""The lock model against real servers: it may call too much a conflict, never too little."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from servers import Server

from tests.e2e.differential import PAIRS_PER_EXAMPLE, complaint, in_short, is_too_free, said
from tests.e2e.lock_strategies import Trial, trials
from tests.e2e.two_sessions import TwoSessions, two_sessions
from tests.engines.measured import Measured, measured_pairs
from tests.engines.predicted import ISOLATIONS

MEASURED = measured_pairs()
TABLES = ("child", "parent", "fact", "other", "visit", "shop", "totals", "sales")
"""All names that tables get, a child before its parent."""


@pytest.fixture(scope="module")
def sessions(innodb_server: Server) -> Iterator[TwoSessions]:
    """Two sessions in a database of their own."""
    with (
        innodb_server.scratch_database("lock_model") as database,
        two_sessions(innodb_server, database) as opened,
    ):
        yield opened


def make_tables(sessions: TwoSessions, ddl: tuple[str, ...], rows: tuple[str, ...]) -> None:
    """Make the tables anew; ANALYZE lets the optimiser know of the rows."""
    gone = ["DROP VIEW IF EXISTS seen", f"DROP TABLE IF EXISTS {', '.join(TABLES)}"]
    sessions.prepare([*gone, *_tables_first(ddl, rows)])


def _tables_first(ddl: tuple[str, ...], rows: tuple[str, ...]) -> list[str]:
    """Put the rows before the triggers, which are not to follow them."""
    later = [line for line in ddl if line.startswith("CREATE TRIGGER")]
    return [*(line for line in ddl if line not in later), *rows, *later]


def analyze(sessions: TwoSessions, tables: tuple[str, ...]) -> None:
    sessions.prepare([f"ANALYZE TABLE {', '.join(tables)}"])


@in_short
@given(trials(PAIRS_PER_EXAMPLE))
def test_no_pair_that_the_server_stops_is_called_free(sessions: TwoSessions, trial: Trial) -> None:
    world, server = trial.world, sessions.server
    make_tables(sessions, world.ddl, world.rows)
    statistics = {table: sessions.statistics(table) for table in world.tables}
    for pair in trial.pairs:
        analyze(sessions, world.tables)
        level = ISOLATIONS[pair.isolation]
        happened = sessions.meet(pair.a, pair.b, pair.turns, level, pair.autocommit)
        for known in ({}, statistics):
            found = said(world, pair, server, known)
            assert not is_too_free(found, happened), complaint(world, pair, found, happened)
        if pair.autocommit:
            make_tables(sessions, world.ddl, world.rows)


@pytest.mark.parametrize("name", MEASURED)
def test_the_outcome_on_record_is_what_the_server_does(sessions: TwoSessions, name: str) -> None:
    pair = MEASURED[name]
    assert outcome(sessions, pair) == pair.stops[sessions.server.kind]


def outcome(sessions: TwoSessions, pair: Measured) -> str:
    """Say who stops whom, as the record does, or what came of it by turns."""
    level = ISOLATIONS[pair.isolation]
    if pair.turns:
        lay_out(sessions, pair)
        return sessions.meet(pair.a, pair.b, pair.turns, level) or "none"
    sides = []
    for held, asked in ((pair.a, pair.b), (pair.b, pair.a)):
        lay_out(sessions, pair)
        sides.append(sessions.stops(held, asked, level))
    return {(True, True): "both", (True, False): "a", (False, True): "b"}.get(
        (sides[0], sides[1]), "none"
    )


def lay_out(sessions: TwoSessions, pair: Measured) -> None:
    make_tables(sessions, pair.ddl, pair.rows)
    analyze(sessions, tuple(ddl.split()[2] for ddl in pair.ddl))
