"""Two tasks given as SQL alone, or one: what was read, what it locks, what would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lockplan.model.access import ReadStatement
from lockplan.model.connection import Engine, Isolation
from lockplan.model.place import Skipped
from lockplan.model.verdict import Certainty, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Server:
    """The server that a script is thought to run on."""

    engine: Engine
    version: str | None
    isolation: Isolation


@dataclass(frozen=True, slots=True)
class ReadScript:
    """The SQL of one task as it was read."""

    name: str
    """Its file as the user named it."""
    autocommit: bool
    statements: tuple[ReadStatement, ...]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of one of the tasks, or of the server, and what the lock model says then."""

    advice: str
    """One imperative sentence."""
    certainty: Certainty
    """Of a wait that is left."""
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class PairReport:
    """Two scripts, and what the server would do with them at the same time."""

    server: Server
    a: ReadScript
    b: ReadScript
    verdict: Verdict
    remedies: tuple[Remedy, ...]
    """Changes after which less is left to fear, the best first."""
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class HeldLock:
    """One lock that a statement asks for, in words."""

    kind: str
    """What it lies on: ``record``, ``gap``, ``next-key``, ``insert intention``, ``metadata`` …"""
    mode: str
    text: str
    """Kind and mode in plain words."""
    index: str | None
    """None where it lies on no index, or on one that is not known."""
    rows: str
    until: str
    """How long it stays."""
    sure: bool
    """False where the server may not take it at all."""
    rule: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LockedTable:
    """What one statement locks in one table."""

    table: str
    roles: tuple[str, ...]
    """What the statement does to it; empty where a foreign key leads there."""
    ways: tuple[tuple[HeldLock, ...], ...]
    """One for each way that the server may go."""
    undecided: tuple[str, ...] = ()
    """What was not told and would decide between the ways."""


@dataclass(frozen=True, slots=True)
class LockedStatement:
    """One statement and the locks that it takes."""

    statement: ReadStatement
    tables: tuple[LockedTable, ...]


@dataclass(frozen=True, slots=True)
class LockReport:
    """All statements of a script with their locks."""

    server: Server
    script: ReadScript
    statements: tuple[LockedStatement, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One measured pair, and what is said of it."""

    id: str
    engine: str
    family: str
    blocks: bool
    """Whether one task stopped the other on the server."""
    deadlock: bool | None
    """Whether a deadlock was seen; None where none could be provoked."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Score:
    """How the verdicts on some cases compare with what servers did; all are numbers of pairs."""

    blocked: int
    blocked_certain: int
    blocked_none: int
    free: int
    free_none: int
    free_certain: int
    deadlocks: int
    deadlocks_called: int
    deadlocks_false: int


def score(cases: Sequence[Case]) -> Score:
    """Count how the verdicts agree with what was measured."""
    blocked = [case.verdict.certainty for case in cases if case.blocks]
    free = [case.verdict.certainty for case in cases if not case.blocks]
    called = [case for case in cases if case.deadlock is not None and case.verdict.deadlock]
    return Score(
        blocked=len(blocked),
        blocked_certain=blocked.count(Certainty.CERTAIN),
        blocked_none=blocked.count(Certainty.NONE),
        free=len(free),
        free_none=free.count(Certainty.NONE),
        free_certain=free.count(Certainty.CERTAIN),
        deadlocks=sum(bool(case.deadlock) for case in cases),
        deadlocks_called=sum(bool(case.deadlock) for case in called),
        deadlocks_false=sum(not case.deadlock for case in called),
    )
