"""Reading a live server: its schema and what it knows of its rows, without changing anything."""

from lockplan.live.read import Snapshot, is_url, read_server

__all__ = ["Snapshot", "is_url", "read_server"]
