"""The lock model against real servers: it may call too much a conflict, never too little."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from servers import Server

from lockplan.model.verdict import Outcome, Verdict
from tests.e2e.lock_strategies import Pair, Trial, World, trials
from tests.e2e.two_sessions import TwoSessions, two_sessions
from tests.engines.measured import Measured, measured_pairs
from tests.engines.predicted import ISOLATIONS, is_free, predicted

EXAMPLES = 30
"""How many sets of tables the short run makes; LOCKPLAN_FUZZ_EXAMPLES asks for more."""
PAIRS_PER_EXAMPLE = 8
asked_for = os.environ.get("LOCKPLAN_FUZZ_EXAMPLES")

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
    sessions.prepare([f"DROP TABLE IF EXISTS {', '.join(TABLES)}", *ddl, *rows])


def analyze(sessions: TwoSessions, tables: tuple[str, ...]) -> None:
    sessions.prepare([f"ANALYZE TABLE {', '.join(tables)}"])


def complaint(world: World, pair: Pair, said: object, happened: Outcome) -> str:
    """Say everything that is needed to look into a pair."""
    return f"{happened}, lockplan says {said}\n{world}\n{pair}"


def is_too_free(said: Verdict, happened: Outcome | None) -> bool:
    """Whether a verdict says less than what happened."""
    if happened is Outcome.DEADLOCK:
        return said.outcome is not Outcome.DEADLOCK
    return happened is Outcome.WAIT and is_free(said)


@settings(
    max_examples=int(asked_for or EXAMPLES),
    derandomize=asked_for is None,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
@given(trials(PAIRS_PER_EXAMPLE))
def test_no_pair_that_the_server_stops_is_called_free(sessions: TwoSessions, trial: Trial) -> None:
    world, server = trial.world, sessions.server
    make_tables(sessions, world.ddl, world.rows)
    statistics = {table: sessions.statistics(table) for table in world.tables}
    for pair in trial.pairs:
        analyze(sessions, world.tables)
        level = ISOLATIONS[pair.isolation]
        happened = sessions.meet(pair.a, pair.b, pair.turns, level)
        for known in ({}, statistics):
            found = predicted(
                world.ddl, pair.a, pair.b, pair.isolation, server.kind, server.version, known
            )
            assert not is_too_free(found, happened), complaint(world, pair, found, happened)


@pytest.mark.parametrize("name", MEASURED)
def test_the_outcome_on_record_is_what_the_server_does(sessions: TwoSessions, name: str) -> None:
    pair = MEASURED[name]
    assert outcome(sessions, pair) == pair.stops[sessions.server.kind]


def outcome(sessions: TwoSessions, pair: Measured) -> str:
    """Say who stops whom, as the record does."""
    sides = []
    for held, asked in ((pair.a, pair.b), (pair.b, pair.a)):
        make_tables(sessions, pair.ddl, pair.rows)
        analyze(sessions, tuple(ddl.split()[2] for ddl in pair.ddl))
        sides.append(sessions.stops(held, asked, ISOLATIONS[pair.isolation]))
    return {(True, True): "both", (True, False): "a", (False, True): "b"}.get(
        (sides[0], sides[1]), "none"
    )
