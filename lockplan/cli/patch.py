"""`lockplan patch`: the plan's edges in the DAG files, as a diff or in place."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lockplan.cli.options import (
    FilePath,
    connections_option,
    history_option,
    logical_date_option,
    paths_argument,
    protect_option,
    schema_option,
    variables_option,
    without_password,
    workers_option,
    write_file,
)

if TYPE_CHECKING:
    from lockplan.model.place import Skipped
    from lockplan.model.remedy import NewPool
    from lockplan.patching import Patch
    from lockplan.study import Study

CONFLICTS_LEFT = 1
REFUSED = 2
_STYLES = ("set_upstream", "bitshift", "chain")


@click.command()
@paths_argument
@click.option("--write", is_flag=True, help="Edit the files in place, all or none; print no diff.")
@click.option(
    "--remove", is_flag=True, help="Take the generated blocks out of the files again, in place."
)
@click.option(
    "--style",
    type=click.Choice(_STYLES),
    default=_STYLES[0],
    show_default=True,
    help="How an edge is written.",
)
@click.option(
    "--priority-weights", is_flag=True, help="Also write the weights that give the plan's schedule."
)
@click.option(
    "--pools",
    metavar="FILE.json",
    type=FilePath(),
    help="Write the pools for what no edge can order, for `airflow pools import`.",
)
@schema_option
@logical_date_option("Compare the runs from this date on; today by default.")
@workers_option
@history_option
@protect_option
@variables_option
@connections_option
@click.option(
    "--known-pools",
    metavar="FILE",
    type=FilePath(),
    help="Airflow's pools, as `airflow pools export` writes them.",
)
def patch(
    paths: tuple[Path, ...],
    write: bool,
    remove: bool,
    style: str,
    priority_weights: bool,
    pools: Path | None,
    known_pools: Path | None,
    **given: Any,
) -> None:
    """Put the edges that keep conflicting tasks apart into the DAG files in PATH.

    Prints a diff that `git apply` takes, and what it does to the standard error. The edges stand in
    marked blocks, which the next run replaces.

    Exit code 0: no unprotected conflict is left. 1: there are some, in the files as they stand.
    2: the input is wrong, or a file needs its owner first; then nothing is written.
    """
    from lockplan.patching import recover

    for folder in _folders(paths):
        for file in recover(folder):
            _say(f"finished {file}, which an interrupted run had begun")
    if remove:
        _remove(paths)
        return
    _patch(paths, write, style, priority_weights, pools, {**given, "pools": known_pools})


def _patch(
    paths: tuple[Path, ...],
    write: bool,
    style: str,
    priority_weights: bool,
    pools: Path | None,
    given: dict[str, Any],
) -> None:
    from lockplan.patching import write_changes
    from lockplan.study import analyze

    study = analyze(paths, **given)
    made = study.patch(style, priority_weights=priority_weights)
    _refuse(made)
    if not study.analysis.workflow.dags and study.analysis.skipped:
        _say("no DAG could be read, see `lockplan analyze`")
        sys.exit(REFUSED)
    if pools:
        _write_pools(study.pools(made), pools)
    if write:
        write_changes(made.files, Path(study.analysis.workflow.root))
    else:
        sys.stdout.buffer.write(made.diff)
    _summarize(study, made, write, given["schema"])
    if write and made.files:
        study = analyze(paths, **given)
    sys.exit(0 if study.is_protected else CONFLICTS_LEFT)


def _remove(paths: tuple[Path, ...]) -> None:
    from lockplan.patching import without_blocks, write_changes
    from lockplan.workflow.folder import open_folder

    for path in paths:
        found = open_folder(path)
        folder = found.path
        made = without_blocks([str(file.path.relative_to(folder)) for file in found.files], folder)
        _refuse(made)
        write_changes(made.files, folder)
        for file in made.files:
            _say(f"took the block out of {file.name}")
        if not made.files:
            _say(f"no generated block in {folder}")


def _refuse(made: Patch) -> None:
    """End with code 2 where files need their owner first: all files are patched or none."""
    if made.refused:
        _say_all("not patched", made.refused)
        _say("nothing was written; set this right, or name the other files alone")
        sys.exit(REFUSED)


def _summarize(study: Study, made: Patch, write: bool, schema: str | None) -> None:
    for file in made.files:
        _say(f"{'wrote ' if write else ''}{file.name}: {_count(file.edges, 'edge')}")
    _say_all("not patched", made.unplaced)
    left = [each for plan in study.analysis.plans for each in plan.plan.left_open]
    for each in left:
        _say(f"no edge keeps apart {each.a} and {each.b}: {each.reason}. {each.remedy}")
    if not made.files:
        _say("nothing to patch")
    elif not write:
        words = ["lockplan", "patch", *map(str, study.paths)]
        words += ["--schema", without_password(schema)] if schema else []
        _say(f"apply it with `git apply`, or write it with `{shlex.join([*words, '--write'])}`")


def _write_pools(pools: tuple[NewPool, ...], file: Path) -> None:
    from lockplan.patching import pools_to_import

    write_file(file, pools_to_import(pools))
    _say(f"wrote {file}: {_count(len(pools), 'pool')}")
    for pool in pools:
        members = ", ".join(f"{each.task} ({each.pool_slots})" for each in pool.tasks)
        _say(f'give pool="{pool.name}" and these pool_slots to {members}')


def _folders(paths: Iterable[Path]) -> list[Path]:
    """Return the folders in which an earlier run may have left something: the root of it all."""
    folders = [path if path.is_dir() else path.parent for path in paths]
    common = os.path.commonpath([folder.resolve() for folder in folders])
    return [*folders, Path(common)]


def _say_all(what: str, skipped: Iterable[Skipped]) -> None:
    for each in skipped:
        _say(f"{what}: {each}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _say(text: str) -> None:
    click.echo(f"lockplan: {text}", err=True)
