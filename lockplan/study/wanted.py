"""Which conflicts a plan keeps apart."""

from __future__ import annotations

from lockplan.model.conflict import Conflict
from lockplan.model.verdict import Certainty, Outcome, Protect, Scope


def blocks(conflict: Conflict) -> bool:
    """Return whether one of the two waits for the other; in a race nobody does."""
    return conflict.verdict.outcome in (Outcome.WAIT, Outcome.DEADLOCK)


def is_wanted(conflict: Conflict, protect: Protect, scope: Scope) -> bool:
    """Whether the pair is to be kept apart: a race is a finding, but nothing that is enforced."""
    wanted = protect is Protect.ALL or is_certain(conflict)
    wanted = wanted or (protect is Protect.POSSIBLE and conflict.both_tables_known)
    wanted = wanted and not conflict.in_one_pool
    return blocks(conflict) and wanted and conflict.verdict.scope is scope


def is_certain(conflict: Conflict) -> bool:
    """Return whether the two surely meet."""
    return conflict.verdict.certainty is Certainty.CERTAIN
