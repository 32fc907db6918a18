"""Lock models: what a server does when the SQL of two tasks runs at the same time."""

from __future__ import annotations

from lockplan.engines.blocks import Block
from lockplan.engines.listing import locks_in_words
from lockplan.engines.models import (
    locks_of,
    locks_whole_tables,
    may_be_one_server,
    model_for,
    tables_of,
)
from lockplan.engines.opaque import opaque_meetings
from lockplan.engines.pairing import blocks
from lockplan.engines.population import committed_changes
from lockplan.engines.races import races
from lockplan.engines.tables import Tables
from lockplan.engines.verdicts import Findings, verdict
from lockplan.model.access import Footprint
from lockplan.model.dates import RunDates
from lockplan.model.schema import Schema
from lockplan.model.verdict import Verdict, Wait

__all__ = ["compare", "locks_in_words", "locks_whole_tables"]


def compare(a: Footprint, b: Footprint, schema: Schema, dates: RunDates) -> Verdict:
    """Return what the server would do with two tasks that run at the same time.

    Parameters
    ----------
    a, b
        Footprints whose regions hold concrete values.
    schema
        All tables that are known; what is not there makes a verdict possible, never free.
    dates
        The run relative to which rows are described.
    """
    tables = _with_changes(tables_of(schema), (a, b))
    blocked: list[Block] = []
    raced: list[Wait] = []
    for mine in a.transactions:
        for theirs in b.transactions:
            if not may_be_one_server(mine.connection, theirs.connection):
                continue
            model = model_for(mine, theirs, tables)
            blocked += blocks(locks_of(mine, model, tables), locks_of(theirs, model, tables))
            raced += races(mine, theirs, dates)
    return verdict(Findings(tuple(blocked), tuple(raced), opaque_meetings(a, b)), dates)


def _with_changes(tables: Tables, footprints: tuple[Footprint, ...]) -> Tables:
    """Return the tables with what the tasks commit on their way: it is not among the counts."""
    changed = committed_changes(footprints) if tables.counted else {}
    return Tables(tables.schema, changed) if changed else tables
