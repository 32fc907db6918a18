"""How much the search may do: counted in work, so that a plan is reproducible, or until a time."""

from __future__ import annotations

from math import inf
from time import monotonic

WORK = 8_000_000
"""Default: a unit is about a microsecond of Python, so a plan costs some seconds at most."""


class Budget:
    """Work that may still be done; a part of a budget takes from the whole."""

    def __init__(self, work: float, until: float = inf, whole: Budget | None = None) -> None:
        self.work = work
        self.until = until
        self._whole = whole

    @classmethod
    def of(cls, work: float, time_limit_s: float | None) -> Budget:
        """Return a budget of work or, where a limit is given, of seconds on the clock alone."""
        return cls(work) if time_limit_s is None else cls(inf, monotonic() + time_limit_s)

    @property
    def timed(self) -> bool:
        """Whether the clock ends it, so that two runs may differ."""
        return self.until < inf

    @property
    def seconds(self) -> float:
        """Seconds that are left on the clock."""
        return max(0.0, self.until - monotonic())

    @property
    def left(self) -> bool:
        """Whether anything may still be done."""
        return self.work > 0 and (not self.timed or self.seconds > 0)

    def take(self, work: float) -> bool:
        """Spend work, unless nothing is left; the last piece may be larger than what is left."""
        if not self.left:
            return False
        self.spend(work)
        return True

    def spend(self, work: float) -> None:
        """Note work that was done."""
        self.work -= work
        if self._whole is not None:
            self._whole.spend(work)

    def part(self, share: float) -> Budget:
        """Return a share of what is left now; what it leaves over stays with the whole."""
        until = monotonic() + share * self.seconds if self.timed else inf
        return Budget(share * self.work, until, self)
