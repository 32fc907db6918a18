"""Reading a live server: its schema and what it knows of its rows, without changing anything."""

from lockplan.live.read import Snapshot, read_server

__all__ = ["Snapshot", "read_server"]
