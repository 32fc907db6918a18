"""Options that several commands share, and how a report leaves the house."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from lockplan.errors import InputError

FIRST_YEAR, LAST_YEAR = 1971, 2200

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class FilePath(click.Path):
    """A path; an empty one, as from an unset shell variable, does not mean the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse the empty text."""
        if value == "":
            self.fail("an empty path", param, ctx)
        return super().convert(value, param, ctx)


def dag_paths(
    _context: click.Context, _argument: click.Parameter, paths: tuple[Path, ...]
) -> tuple[Path, ...]:
    """Return the folders to read: where none is given, the one that Airflow itself would read."""
    if paths:
        return paths
    import os

    from lockplan.airflow_settings import find_airflow

    airflow = find_airflow(Path.cwd(), os.environ)
    if airflow.dags_folder is None:
        raise click.UsageError("give the folder of the DAGs: no airflow.cfg here names one")
    if not airflow.dags_folder.is_dir():
        problem = f"dags_folder = {airflow.dags_folder} is no folder of this machine"
        raise InputError(airflow.source, problem, "Give the folder of the DAGs")
    return (airflow.dags_folder,)


paths_argument: Decorator = click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=FilePath(), callback=dag_paths
)


def not_empty(_context: click.Context, _option: click.Parameter, source: str | None) -> str | None:
    """Refuse the empty text, as `FilePath` does; a path object would spoil a URL's slashes."""
    if source == "":
        raise click.BadParameter("an empty path")
    return source


def _within_calendar(
    _context: click.Context, _option: click.Parameter, date: datetime | None
) -> datetime | None:
    """Refuse dates around which no years of runs can be looked at."""
    if date is not None and not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise click.BadParameter(f"the year must be {FIRST_YEAR} to {LAST_YEAR}")
    return date


def logical_date_option(help: str) -> Decorator:
    """Return ``--logical-date`` with what it means to a command."""
    return click.option(
        "--logical-date",
        metavar="DATE",
        type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
        callback=_within_calendar,
        help=help,
    )


schema_option: Decorator = click.option(
    "--schema",
    metavar="SOURCE",
    callback=not_empty,
    help="The tables: CREATE TABLE statements in an SQL file or a folder of them, a snapshot's "
    ".json file, or a server's URL.",
)
workers_option: Decorator = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="Tasks that run at the same time; 16 by default.",
)
history_option: Decorator = click.option(
    "--history",
    metavar="SOURCE",
    callback=not_empty,
    help="Past durations: a file of `lockplan history`, the URL of Airflow's metadata database, "
    "or an airflow.cfg that names it.",
)
protect_option: Decorator = click.option(
    "--protect",
    type=click.Choice(["certain", "possible", "all"]),
    default="possible",
    help="Keep apart certain conflicts only, possible ones on known tables too, or all.",
)
variables_option: Decorator = click.option(
    "--variables",
    metavar="FILE",
    type=FilePath(),
    help="Airflow's Variables, as `airflow variables export` writes them.",
)
connections_option: Decorator = click.option(
    "--connections",
    metavar="FILE",
    type=FilePath(),
    help="Airflow's Connections, as `airflow connections export` writes them.",
)
pools_option: Decorator = click.option(
    "--pools",
    metavar="FILE",
    type=FilePath(),
    help="Airflow's pools, as `airflow pools export` writes them.",
)
format_option: Decorator = click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of the report.",
)
output_option: Decorator = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FilePath(),
    help="Write the report to a file.",
)


def without_password(source: str) -> str:
    """Return a schema's source as it may be shown: a URL may hold credentials."""
    if "://" not in source:
        return source
    return re.sub(r"://.*@", "://…@", source).partition("?")[0]


def write_report(text: str, output: Path | None) -> None:
    """Write a report to a file, or to the screen in the characters that it has."""
    if output is not None:
        write_file(output, text.encode(errors="backslashreplace"))
        click.echo(f"lockplan: wrote {output}", err=True)
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    click.echo(shown, nl=not shown.endswith("\n"))


def write_file(file: Path, content: bytes) -> None:
    """Write a file of results; raise InputError where that is not possible."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise InputError(str(file), f"cannot be written: {error.strerror}") from error
