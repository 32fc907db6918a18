"""Options and inputs of the commands that take SQL in place of DAGs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lockplan.cli.options import Decorator, FilePath, schema_option
from lockplan.errors import InputError
from lockplan.model.connection import SERVERS, Isolation

if TYPE_CHECKING:
    from lockplan.pairs import Ground, Script

_ENGINES = [str(engine) for engine in SERVERS]
_STATISTICS = 'Give {"table": {"rows": n, "columns": {"name": {"min": …, "max": …}}}}'


class _Level(click.Choice[str]):
    """An isolation level, written with spaces, hyphens or underscores."""

    def __init__(self) -> None:
        super().__init__([str(level) for level in Isolation], case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take ``read-committed`` for ``READ COMMITTED``."""
        return str(super().convert(str(value).replace("-", " ").replace("_", " "), param, ctx))


_OPTIONS: tuple[Decorator, ...] = (
    click.option(
        "--engine",
        type=click.Choice(_ENGINES),
        default="mysql",
        show_default=True,
        help="The server on which the SQL runs.",
    ),
    click.option(
        "--isolation",
        metavar="LEVEL",
        type=_Level(),
        help="Isolation level; by default the server's own.",
    ),
    schema_option,
    click.option(
        "--statistics",
        metavar="FILE",
        type=FilePath(),
        help="JSON with each table's rows and its columns' min, max and distinct.",
    ),
    click.option(
        "--now",
        metavar="DATE",
        type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]),
        help="The server's clock, which CURDATE() and NOW() read; now by default.",
    ),
    click.option(
        "--server-version",
        metavar="VERSION",
        help="The server's version; by default the one that was measured.",
    ),
)


def ground_options(command: Any) -> Any:
    """Add the options that describe the server."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_DEFAULT_LEVELS = {"postgresql": "READ COMMITTED", "sqlite": "SERIALIZABLE"}


def make_ground(
    *,
    engine: str,
    isolation: str | None,
    schema: str | None,
    statistics: Path | None,
    now: datetime | None,
    server_version: str | None,
) -> Ground:
    """Return the server that the options describe; raises InputError for unusable files."""
    from lockplan.model.schema import Schema
    from lockplan.pairs import Ground
    from lockplan.schemas import load_schema

    tables, unread = load_schema(schema) if schema else (Schema(), ())
    for skipped in unread:
        click.echo(f"lockplan: not read: {skipped}", err=True)
    level = isolation or _DEFAULT_LEVELS.get(engine, "REPEATABLE READ")
    told = _read_statistics(statistics) if statistics else None
    return Ground.of(engine, level, tables, told, now, server_version)


def _read_statistics(file: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        found = json.loads(read_text(file))
    except ValueError as error:
        raise InputError(str(file), f"is not JSON: {error}", _STATISTICS) from error
    if not isinstance(found, dict) or not all(map(_is_statistics, found.values())):
        raise InputError(str(file), "holds no statistics of tables", _STATISTICS)
    return found


def _is_statistics(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("rows"), int | None):
        return False
    columns = value.get("columns", {})
    return isinstance(columns, dict) and all(isinstance(c, dict) for c in columns.values())


def read_text(file: Path) -> str:
    """Return a file's text; ``-`` is the standard input."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(str(file), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(str(file), "is not text in UTF-8") from error


def read_script(file: Path, autocommit: bool) -> Script:
    """Return the script in a file."""
    from lockplan.pairs import Script

    text = read_text(file)
    if not text.strip():
        raise InputError(str(file), "has no SQL in it")
    return Script(file.as_posix(), (text,), autocommit)
