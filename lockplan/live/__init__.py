"""Reading a live server: its schema and its rows' statistics, or Airflow's past runs; read only."""

from lockplan.live.history import read_past_runs, shown_metadata
from lockplan.live.read import Snapshot, read_server

__all__ = ["Snapshot", "read_past_runs", "read_server", "shown_metadata"]
