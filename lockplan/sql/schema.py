"""Schema files: which files there are, what their statements define, what of it is not readable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lockplan.errors import InputError
from lockplan.model.place import Skipped, Span
from lockplan.model.schema import Schema

_WAY_OUT = "Give a file with the tables' CREATE TABLE statements, as mysqldump --no-data writes it"


def read_schema(paths: Sequence[Path]) -> tuple[Schema, tuple[Skipped, ...]]:
    """Read CREATE TABLE files, or folders of them.

    Returns
    -------
    tuple
        The schema, and the statements of the files that could not be read.

    Raises
    ------
    InputError
        A file is missing or is no text, or defines no table.
    """
    from lockplan.sql.ddl import SchemaBuilder

    builder = SchemaBuilder()
    for path in paths:
        before = builder.defined
        for file in _files(path):
            builder.read(file.as_posix(), _text(file))
        if builder.defined == before:
            raise InputError(str(path), "no CREATE TABLE in it could be read", _WAY_OUT)
    return builder.schema(), _skipped(builder.unread)


def read_ddl(text: str) -> tuple[Schema, tuple[Skipped, ...]]:
    """Read a schema from the text of its CREATE statements, and what of it is not readable."""
    from lockplan.sql.ddl import SchemaBuilder

    builder = SchemaBuilder()
    builder.read("schema", text)
    return builder.schema(), _skipped(builder.unread)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.rglob("*.sql"))
    if not files:
        raise InputError(str(path), "the folder has no .sql file", _WAY_OUT)
    return files


def _text(file: Path) -> str:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(str(file), error.strerror or "cannot be read", _WAY_OUT) from error
    except UnicodeDecodeError as error:
        raise InputError(str(file), "is not text in UTF-8", _WAY_OUT) from error
    if "\0" in text:
        raise InputError(str(file), "is a binary file", _WAY_OUT)
    return text


def _skipped(unread: Iterable[tuple[str, int, str]]) -> tuple[Skipped, ...]:
    return tuple(Skipped(Span(path, line), "schema", reason) for path, line, reason in unread)
