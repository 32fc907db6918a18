"""The lock model against a real PostgreSQL: it may call too much a conflict, never too little."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from servers import Server

from tests.e2e.differential import PAIRS_PER_EXAMPLE, complaint, in_short, is_too_free, said
from tests.e2e.lock_strategies import COLUMNS, Trial
from tests.e2e.postgresql_strategies import trials
from tests.e2e.two_sessions import TwoSessions, two_sessions
from tests.engines.predicted import ISOLATIONS


@pytest.fixture(scope="module")
def sessions(postgresql_server: Server) -> Iterator[TwoSessions]:
    """Two sessions in a database of their own."""
    with (
        postgresql_server.scratch_database("lock_model") as database,
        two_sessions(postgresql_server, database) as opened,
    ):
        yield opened


def make_tables(sessions: TwoSessions, ddl: tuple[str, ...], rows: tuple[str, ...]) -> None:
    """Make the tables anew."""
    sessions.prepare([f"DROP TABLE IF EXISTS {', '.join(COLUMNS)} CASCADE", *ddl, *rows])


@in_short
@given(trials(PAIRS_PER_EXAMPLE))
def test_no_pair_that_postgresql_stops_is_called_free(sessions: TwoSessions, trial: Trial) -> None:
    world = trial.world
    make_tables(sessions, world.ddl, world.rows)
    statistics = {table: sessions.statistics(table) for table in world.tables}
    for pair in trial.pairs:
        level = ISOLATIONS[pair.isolation]
        happened = sessions.meet(pair.a, pair.b, pair.turns, level, pair.autocommit)
        for known in ({}, statistics):
            found = said(world, pair, sessions.server, known)
            assert not is_too_free(found, happened), complaint(world, pair, found, happened)
        if pair.autocommit:
            make_tables(sessions, world.ddl, world.rows)
