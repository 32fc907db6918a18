"""The command line: options in, one call, an exit code out."""

from __future__ import annotations

import gc
import sys

import click

from lockplan import __version__
from lockplan.cli.analyze import analyze
from lockplan.cli.gantt import gantt
from lockplan.cli.history import history
from lockplan.cli.locks import locks
from lockplan.cli.pair import pair
from lockplan.cli.patch import patch
from lockplan.cli.report import report
from lockplan.cli.snapshot import snapshot
from lockplan.cli.tasks import tasks
from lockplan.errors import LockplanError

BROKEN = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lockplan")
def cli() -> None:
    """Find Airflow tasks whose SQL would block each other, and plan an order that prevents it.

    Exit codes: 0 nothing left to do, 1 conflicts found, 2 the input or the usage is wrong.
    """


cli.add_command(analyze)
cli.add_command(patch)
cli.add_command(gantt)
cli.add_command(report)
cli.add_command(snapshot)
cli.add_command(history)
cli.add_command(tasks)
cli.add_command(pair)
cli.add_command(locks)


def main() -> None:
    """Run the command line; an error of the user's input ends with its message and code 2."""
    # Nearly all values live to the end: looking for dead ones often costs a sixth of the time.
    gc.set_threshold(500_000)
    try:
        cli()
    except LockplanError as error:
        click.echo(f"lockplan: {error}", err=True)
        sys.exit(BROKEN)
    finally:
        gc.freeze()  # what is left dies with the process: it need not be searched once more
