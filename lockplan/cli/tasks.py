"""`lockplan tasks`: what reading a folder of DAGs gives."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from lockplan.cli.options import (
    connections_option,
    format_option,
    logical_date_option,
    output_option,
    paths_argument,
    variables_option,
    write_report,
)

NOTHING_READ = 2


@click.command()
@paths_argument
@logical_date_option("Write the SQL out for the run of this date; today by default.")
@variables_option
@connections_option
@format_option
@output_option
def tasks(
    paths: tuple[Path, ...],
    logical_date: datetime | None,
    variables: Path | None,
    connections: Path | None,
    format: str,
    output: Path | None,
) -> None:
    """List the DAGs in PATH: tasks, their order, connections, statements, and what was not read.

    Nothing is run or compared. Exit code 0: read. 2: the input is wrong, or no DAG could be read.
    """
    from lockplan.study import list_tasks

    listing = list_tasks(
        paths, logical_date=logical_date, variables=variables, connections=connections
    )
    if format == "json":
        from lockplan.reports.json import listing_to_json

        text = listing_to_json(listing)
    else:
        from lockplan.reports.listing import listing_to_text

        text = listing_to_text(listing, output=sys.stdout if output is None else None)
    write_report(text, output)
    if not listing.workflow.dags and listing.skipped:
        click.echo("lockplan: no DAG could be read, see what was not analysed", err=True)
        sys.exit(NOTHING_READ)
