"""Where a schema comes from: files of CREATE TABLE statements, a snapshot, or a live server."""

from __future__ import annotations

from pathlib import Path

from lockplan.model.place import Skipped
from lockplan.model.schema import Schema
from lockplan.snapshots import read_snapshot
from lockplan.sql import read_schema


def load_schema(given: str | Path) -> tuple[Schema, tuple[Skipped, ...]]:
    """Read a schema from an SQL file, a folder of them, a snapshot's .json file or a server's URL.

    Returns
    -------
    tuple
        The schema, and what of it could not be read.

    Raises
    ------
    InputError
        Where it cannot be used at all; the text holds no credentials.
    """
    if "://" in str(given):
        from lockplan.live import read_server

        snapshot = read_server(str(given))
        return snapshot.schema, snapshot.skipped
    file = Path(given)
    if file.suffix.lower() == ".json":
        return read_snapshot(file), ()
    return read_schema([file])
