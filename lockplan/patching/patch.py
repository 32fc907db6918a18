"""The patch: which files change, the diff, and what could not be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lockplan.model.analysis import DagPlan
from lockplan.model.place import Skipped, Span
from lockplan.patching.blocks import find_blocks, lines_of_blocks, render_block
from lockplan.patching.check import check_patched
from lockplan.patching.diff import repository_root, unified_diff
from lockplan.patching.edges import Group, group_edges
from lockplan.patching.place import find_place
from lockplan.patching.source import NotPatchableError, Source


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after."""

    path: Path
    """The file on disk, links resolved."""
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Patch:
    """All changes that a plan makes to the DAG files."""

    diff: bytes
    """A unified diff with paths from the repository's root; empty where there is nothing to patch.

    Bytes, because files keep their encodings and line endings: write it as it is.
    """
    files: tuple[FileChange, ...]
    unplaced: tuple[Skipped, ...]
    """Edges that no file can hold, each with its reason and the way out."""


def make_patch(plans: Sequence[DagPlan], folder: Path) -> Patch:
    """Write the plans' edges into the DAG files, in place of the blocks of an earlier patch.

    Parameters
    ----------
    plans
        All DAGs of the folder: a block whose DAG is not among them is taken out.
    folder
        The workflow's root, which the plans' paths are relative to.

    Raises
    ------
    PlanError
        A patched file would not be the old program plus the planned calls.
    """
    groups, skipped = group_edges(plans)
    paths = {plan.dag.path for plan in plans} | {group.path for group in groups}
    base = repository_root(folder.resolve()) or Path.cwd()
    unplaced, files, diff = list(skipped), [], b""
    for path in sorted(paths):
        mine = [group for group in groups if group.path == path]
        try:
            change, name = _change((folder / path).resolve(), base, mine)
        except NotPatchableError as obstacle:
            unplaced.append(_left_alone(path, mine, obstacle))
            continue
        if change.before != change.after:
            files.append(change)
            diff += unified_diff(name, change.before, change.after)
    return Patch(diff, tuple(files), tuple(sorted(unplaced)))


def _change(path: Path, base: Path, groups: Sequence[Group]) -> tuple[FileChange, str]:
    try:
        before = path.read_bytes()
    except OSError as error:
        raise NotPatchableError(f"it cannot be read ({error.strerror})") from error
    if not path.is_relative_to(base):
        raise NotPatchableError(f"it is outside {base}; run lockplan from a folder above it")
    after = _patched(path.name, Source.decode(before), groups).encode()
    return FileChange(path, before, after), path.relative_to(base).as_posix()


def _patched(name: str, source: Source, groups: Sequence[Group]) -> Source:
    """Return the text with the groups' blocks instead of the old ones, proven to be right."""
    removed = lines_of_blocks(source, find_blocks(source))
    if not removed and not groups:
        return source
    bare = source.without(removed)
    new = bare.with_lines(_blocks(bare, groups, _shifted(removed)))
    check_patched(name, bare, new, [edge.call for group in groups for edge in group.edges])
    return new


def _shifted(removed: Iterable[int]) -> Callable[[int], int]:
    """Return a function from line numbers of the file to those without the old blocks."""
    gone = sorted(removed)
    return lambda line: line - sum(number <= line for number in gone)


def _blocks(
    bare: Source, groups: Sequence[Group], shifted: Callable[[int], int]
) -> dict[int, list[str]]:
    tree = bare.parse()
    blocks: dict[int, list[str]] = {}
    for group in groups:
        line = None if group.block_line is None else shifted(group.block_line)
        place = find_place(bare, tree, line, group.names, shifted(group.last_line))
        text = render_block(group.edges, place.indent, bare.is_unicode)
        blocks.setdefault(place.after, []).extend(text)
    return blocks


def _left_alone(path: str, groups: Sequence[Group], obstacle: NotPatchableError) -> Skipped:
    edges = [named.edge for group in groups for named in group.edges]
    lost = ", ".join(f"{edge.downstream} after {edge.upstream}" for edge in edges)
    text = f"the file is left as it is: {obstacle}"
    return Skipped(Span(path, 1), "file", f"{text}; not written: {lost}" if lost else text)
