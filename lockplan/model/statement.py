"""SQL as the reader found it: text with holes where a run's dates or unknown values go."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.computed import Computed
from lockplan.model.connection import Connection
from lockplan.model.dates import DateExpr, RunDates
from lockplan.model.place import Span


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that reading alone cannot give."""

    reason: str
    """Why, in a few words: ``Variable.get('x')``, ``result of requests.get()``."""


Hole = DateExpr | Computed | Unknown
Parts = tuple[str | Hole, ...]


def render_parts(parts: Parts, dates: RunDates) -> str:
    """Return the text for one run; an unknown part is written as ``<?>``."""
    return "".join(
        part
        if isinstance(part, str)
        else "<?>"
        if isinstance(part, Unknown)
        else part.render(dates)
        for part in parts
    )


@dataclass(frozen=True, slots=True)
class Param:
    """A bound parameter of a statement."""

    parts: Parts
    """The value as text with holes."""
    quoted: bool
    """Whether the driver would send it as a quoted string."""
    name: str | None = None
    """The name of a named parameter (``%(name)s``, ``:name``); None for a positional one."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One text that a task hands to a server; it may hold several SQL statements."""

    parts: Parts
    params: tuple[Param, ...] | Unknown | None
    """Bound parameters; Unknown where they are given but not known, None where none are given."""
    connection: Connection
    transaction: int
    """A task's statements with one number run in one transaction (SQL's own COMMITs apart)."""
    built_at: Span
    """Where the text begins: a literal's first line, or a line of a .sql file."""
    run_at: Span
    """Where it is handed to the server."""
    conditional: bool = False
    """Whether it stands under a condition that reading cannot decide."""
    repeated: bool = False
    """Whether it stands in a loop whose length reading cannot decide, or runs once per row."""
    when: Computed | None = None
    """The condition on the run's dates under which it is sent; None where it always is."""

    def render(self, dates: RunDates) -> str:
        """Return the text for one run, before parameters are bound."""
        return render_parts(self.parts, dates)
