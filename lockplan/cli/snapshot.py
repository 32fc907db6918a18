"""`lockplan snapshot`: a live server's tables and statistics as a file."""

from __future__ import annotations

from pathlib import Path

import click

from lockplan.cli.options import FilePath, write_file


@click.command()
@click.argument("url", metavar="URL")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FilePath(),
    required=True,
    help="Where to write the snapshot, JSON: give it to --schema later.",
)
def snapshot(url: str, output: Path) -> None:
    """Write the tables of a live server, and what it knows of their rows, to a file.

    URL is mysql://USER:PASSWORD@HOST/DATABASE, mariadb://…, postgresql://… or sqlite:///FILE;
    without DATABASE, MySQL and MariaDB give all that USER may see. Nothing is changed, no table is
    read through, no values of text columns and no credentials are written.

    Exit code 0: written. 2: the server cannot be read.
    """
    from lockplan.live import read_server
    from lockplan.snapshots import snapshot_to_json

    taken = read_server(url)
    write_file(output, snapshot_to_json(taken.schema, taken.server).encode())
    for skipped in taken.skipped:
        click.echo(f"lockplan: not read: {skipped.where.path}: {skipped.reason}", err=True)
    tables = len(taken.schema.tables)
    click.echo(
        f"lockplan: wrote {output} ({tables} {'table' if tables == 1 else 'tables'})", err=True
    )
