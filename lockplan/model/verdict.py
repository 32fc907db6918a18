"""What two tasks do to each other, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lockplan.model import html


class Certainty(StrEnum):
    """How sure a verdict is."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    NONE = "none"


class Protect(StrEnum):
    """Which conflicts a plan keeps apart."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    """The certain ones, and the possible ones whose table is known on both sides."""
    ALL = "all"
    """Tasks with statements that were not read, too."""


class Outcome(StrEnum):
    """What happens when the two meet, the worst first."""

    DEADLOCK = "deadlock"
    WAIT = "wait"
    RACE = "race"
    """Nobody waits, but a plain read sees the other's rows before or after, as chance has it."""


class Scope(StrEnum):
    """Between which runs two tasks meet."""

    SAME_RUN = "same run"
    NEXT_RUN = "next run"
    OTHER_DAG = "other DAG"
    ITSELF = "itself"


class Side(StrEnum):
    """One of the two tasks of a pair."""

    A = "a"
    B = "b"


@dataclass(frozen=True, slots=True)
class Wait:
    """One lock that one side holds and the other needs."""

    holder: Side
    requester: Side
    table: str
    lock: str
    """What is held against what is asked for, in plain words."""
    index: str | None
    interval: str
    """The rows or gap, with dates relative to the run where they are dates."""
    certain: bool
    holder_sequence: int
    """Position of the holding statement in its task."""
    requester_sequence: int
    metadata: bool = False
    """Whether it is a lock on the table's definition."""
    counter: bool = False
    """Whether it is the lock on the table's AUTO_INCREMENT counter."""
    while_running: bool = False
    """Whether the lock goes when the statement has run, not when its transaction ends."""
    deadlock: bool = False
    """Whether it is half of a deadlock."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a server would do with two tasks that run at the same time."""

    certainty: Certainty
    outcome: Outcome | None = None
    """None where the certainty is none."""
    waits: tuple[Wait, ...] = ()
    missing: tuple[str, ...] = ()
    """What lockplan was not told and would need to decide."""
    rule: str | None = None
    """Code of the rule in the catalogue."""
    help: str | None = None
    """One imperative sentence that would remove this conflict; None for the rule's own."""
    scope: Scope = Scope.SAME_RUN
    race: bool = False
    """Whether a plain read of one side meets rows that the other writes."""

    @property
    def a_blocks_b(self) -> bool:
        """Whether B may wait for A."""
        return any(wait.holder is Side.A for wait in self.waits)

    @property
    def b_blocks_a(self) -> bool:
        """Whether A may wait for B."""
        return any(wait.holder is Side.B for wait in self.waits)

    @property
    def deadlock(self) -> bool:
        """Whether both may wait for each other at once."""
        return self.outcome is Outcome.DEADLOCK

    def __str__(self) -> str:
        if self.outcome is None:
            return "the two do not meet"
        return f"{self.certainty} {self.outcome}, {self.scope}"

    def _repr_html_(self) -> str:
        rows = [(w.holder, w.requester, w.table, w.lock, w.interval) for w in self.waits]
        headers = ("holds", "waits", "table", "lock", "rows")
        missing = f"not known: {'; '.join(self.missing)}" if self.missing else ""
        lines = [f"help: {self.help}" if self.help else "", missing]
        return html.card(str(self), lines, html.table(headers, rows, "wait"))


FREE = Verdict(Certainty.NONE)
