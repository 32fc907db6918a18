"""The lock model against SQLite: two connections to one file may not be kept apart too little."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockplan.model.verdict import Outcome
from tests.e2e.differential import PAIRS_PER_EXAMPLE, complaint, in_short, is_too_free
from tests.e2e.lock_strategies import (
    Pair,
    Trial,
    World,
    changes,
    conditions,
    equalities,
    inserts_of,
    transactions_of,
    trials_of,
    turns,
)
from tests.engines.predicted import predicted

COLUMNS = ("day", "game", "id", "value")
FACT = (
    "CREATE TABLE fact (id INTEGER PRIMARY KEY, day TEXT NOT NULL, game INTEGER NOT NULL, "
    "value INTEGER, UNIQUE (day, game))"
)
OTHER = "CREATE TABLE other (id INTEGER PRIMARY KEY, day TEXT, game INTEGER, value INTEGER)"
ROWS = "INSERT INTO fact (day, game, value) VALUES ('2026-03-02', 1, 0), ('2026-03-05', 2, 0)"
WHOLE = (
    "BEGIN IMMEDIATE",
    "BEGIN EXCLUSIVE",
    "CREATE TABLE IF NOT EXISTS fact (id INTEGER)",
    "CREATE TABLE fresh (id INTEGER)",
    "CREATE INDEX by_value ON fact (value)",
    "CREATE TEMP TABLE mine AS SELECT * FROM fact",
    "PRAGMA table_info(fact)",
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    journal = draw(st.sampled_from(("DELETE", "WAL")))
    rows = draw(st.sampled_from(((), (ROWS,))))
    return World((f"PRAGMA journal_mode = {journal}", FACT, OTHER), rows, ("fact", "other"))


@st.composite
def reads(draw: st.DrawFn, table: str) -> str:
    return f"SELECT COUNT(*) FROM {table} WHERE {draw(conditions(COLUMNS))}"


@st.composite
def copies(draw: st.DrawFn) -> str:
    where = draw(equalities("day"))
    return f"INSERT OR REPLACE INTO other SELECT * FROM fact WHERE {where}"


def statements() -> st.SearchStrategy[str]:
    tables = st.sampled_from(("fact", "other"))
    return st.one_of(
        tables.flatmap(reads),
        tables.flatmap(reads),
        tables.flatmap(lambda table: changes(table, ("",))),
        tables.flatmap(lambda table: inserts_of(table, ("INSERT", "INSERT OR IGNORE", "REPLACE"))),
        copies(),
        st.sampled_from(WHOLE[2:]),
    )


@st.composite
def pairs(draw: st.DrawFn, world: World) -> Pair:
    one = transactions_of(statements())
    begins = st.sampled_from(((), (), (), WHOLE[:1], WHOLE[1:2]))
    a, b = ((*draw(begins), *draw(one)) for _ in "ab")
    return Pair("RR", a, b, draw(turns(len(a), len(b))))


@dataclass(frozen=True, slots=True)
class File:
    """A file whose tables are made anew for each pair, since tasks commit."""

    path: Path

    def make(self, world: World) -> None:
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in (*world.ddl, *world.rows):
                connection.execute(statement)

    def meet(self, pair: Pair) -> Outcome | None:
        """Run two tasks by turns, each with its COMMIT; nobody waits, who would have to fails."""
        left = {"a": _task(pair.a), "b": _task(pair.b)}
        with (
            closing(sqlite3.connect(self.path, isolation_level=None, timeout=0)) as a,
            closing(sqlite3.connect(self.path, isolation_level=None, timeout=0)) as b,
        ):
            connections = {"a": a, "b": b}
            for side in f"{pair.turns}{'a' * 9}{'b' * 9}":
                if left[side] and _is_stopped(connections[side], left[side].pop(0)):
                    return Outcome.WAIT
        return None


def _task(statements: Sequence[str]) -> list[str]:
    begun = statements[0].startswith("BEGIN")
    return [*(() if begun else ("BEGIN",)), *statements, "COMMIT"]


def _is_stopped(connection: sqlite3.Connection, statement: str) -> bool:
    try:
        connection.execute(statement).fetchall()
    except sqlite3.IntegrityError:
        return False
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return True
        if "already exists" not in str(error):
            raise
    return False


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> File:
    return File(tmp_path_factory.mktemp("sqlite") / "tables.db")


@in_short
@given(trials_of(worlds(), pairs, PAIRS_PER_EXAMPLE))
def test_no_pair_that_sqlite_stops_is_called_free(file: File, trial: Trial) -> None:
    world = trial.world
    for pair in trial.pairs:
        file.make(world)
        happened = file.meet(pair)
        said = predicted(world.ddl, pair.a, pair.b, pair.isolation, "sqlite", "3.40", {})
        assert not is_too_free(said, happened), complaint(world, pair, said, happened)
