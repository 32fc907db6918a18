"""Statements that a library makes of a table's name."""

from __future__ import annotations

from lockplan.model.statement import Unknown
from lockplan.workflow.values import Text, Value


def filled(template: str, table: Value) -> Value:
    """Put a table's name, as far as it is known, into a statement."""
    before, _, after = template.partition("{}")
    if isinstance(table, str | Text):
        return Text.join([before, table, after])
    return table if isinstance(table, Unknown) else Unknown("a table that is not named")
