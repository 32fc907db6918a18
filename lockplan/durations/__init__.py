"""How long tasks take: past runs, and the files that keep them."""

from lockplan.durations.files import COLUMNS, History, history_to_csv, is_metadata, read_history
from lockplan.durations.past import Instance, PastDuration, PastRuns, summarize

__all__ = [
    "COLUMNS",
    "History",
    "Instance",
    "PastDuration",
    "PastRuns",
    "history_to_csv",
    "is_metadata",
    "read_history",
    "summarize",
]
