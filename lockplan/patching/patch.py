"""The patch: which files change, the diff, and what could not be written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lockplan.model.analysis import DagPlan
from lockplan.model.place import Skipped, Span
from lockplan.model.workflow import Edge
from lockplan.patching.blocks import Code, render_block
from lockplan.patching.check import check_patched
from lockplan.patching.diff import repository_root, unified_diff
from lockplan.patching.edges import Group, Placer
from lockplan.patching.files import DagFile, holds_a_mark
from lockplan.patching.lines import OrderLine, Style, Way, code_of
from lockplan.patching.place import Place
from lockplan.patching.source import NotPatchableError

_NAMED = 4
"""So many tasks are named that a failure holds up, the others are counted."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after."""

    path: Path
    """The file on disk, links resolved."""
    name: str
    """Its path from the repository's root, with forward slashes."""
    before: bytes
    after: bytes
    edges: int = 0
    """How many lines of order its blocks have."""


@dataclass(frozen=True, slots=True)
class Patch:
    """All changes that a plan makes to the DAG files."""

    files: tuple[FileChange, ...]
    unplaced: tuple[Skipped, ...]
    """Edges, and weights, that no file can hold, each with its reason and the way out."""
    refused: tuple[Skipped, ...] = ()
    """Files that need their owner first: they are left as they are, nothing of them is written."""
    edges: tuple[Edge, ...] = ()
    """The edges that the files then hold."""
    lost: tuple[Edge, ...] = ()
    """Those that no file can hold."""

    @property
    def diff(self) -> bytes:
        """A unified diff with paths from the repository's root; empty where nothing changes.

        Bytes, because files keep their encodings and line endings: write it as it is.
        """
        return b"".join(unified_diff(file.name, file.before, file.after) for file in self.files)


def make_patch(
    plans: Sequence[DagPlan],
    folder: Path,
    *,
    style: Style | str = Style.SET_UPSTREAM,
    priority_weights: bool = False,
    at_end: Collection[str] = (),
) -> Patch:
    """Write the plans' edges into the DAG files, in place of the blocks of an earlier patch.

    Parameters
    ----------
    plans
        All DAGs of the folder: a block whose DAG is not among them is taken out.
    folder
        The workflow's root, which the plans' paths are relative to.
    style
        How an edge is written: `set_upstream`, `bitshift` or `chain`.
    priority_weights
        Write the plans' weights, too.
    at_end
        Ids of DAGs whose edges must come after all else that the files order: what they order by
        groups would change with edges inside of these.

    Raises
    ------
    PlanError
        A patched file would not be the old program plus the planned calls.
    """
    opened = cache(lambda path: DagFile.open(folder, path))
    placer = Placer(plans, opened, at_end)
    placer.place_edges()
    if priority_weights:
        placer.place_weights()
    groups = tuple(placer.groups.values())
    written = {group.reach.block.path for group in groups}
    marked = {path for path in _paths(plans) if holds_a_mark(folder, path)}
    base = repository_root(folder.resolve()) or Path.cwd()
    by_id = {plan.dag.dag_id: plan for plan in plans}
    files, refused = [], []
    for path in sorted(written | marked | set(placer.obstructed)):
        mine = [group for group in groups if group.reach.block.path == path]
        try:
            if path in placer.obstructed:
                raise placer.obstructed[path]
            files.append(_change(opened(path), base, mine, by_id, Style(style)))
        except NotPatchableError as obstacle:
            refused.append(_left_alone(path, obstacle))
    changed = tuple(change for change in files if change.before != change.after)
    edges = tuple(edge for group in groups for each in group.edges.values() for edge in each)
    unplaced = tuple(sorted(placer.unplaced))
    return Patch(changed, unplaced, tuple(refused), edges, tuple(placer.lost))


def without_blocks(paths: Iterable[str], folder: Path) -> Patch:
    """Take the generated blocks out of files: each becomes what it was before its first patch."""
    base = repository_root(folder.resolve()) or Path.cwd()
    files, refused = [], []
    for path in sorted(path for path in paths if holds_a_mark(folder, path)):
        try:
            files.append(_change(DagFile.open(folder, path), base, (), {}, Style.SET_UPSTREAM))
        except NotPatchableError as obstacle:
            refused.append(_left_alone(path, obstacle))
    return Patch(tuple(file for file in files if file.before != file.after), (), tuple(refused))


def _paths(plans: Sequence[DagPlan]) -> Iterable[str]:
    """Return the files that build the DAGs; what lies outside of the folder is others' as well."""
    blocks = (reach.block.path for plan in plans for reach in plan.dag.reaches)
    inside = (path for path in blocks if not path.startswith("../"))
    return dict.fromkeys([*(plan.dag.path for plan in plans), *inside])


def _change(
    file: DagFile, base: Path, groups: Sequence[Group], plans: Mapping[str, DagPlan], style: Style
) -> FileChange:
    if not file.on_disk.is_relative_to(base):
        raise NotPatchableError(f"it is outside {base}; run lockplan from a folder above it")
    new, orders = file.bare, 0
    if groups:
        placed: dict[Place, list[Group]] = {}
        for group in groups:
            placed.setdefault(_place(file, group), []).append(group)
        orders = sum(isinstance(line, OrderLine) for group in groups for line in group.lines)
        codes = {place: _code(file, each, style) for place, each in placed.items()}
        notes = {place: _notes(each, plans) for place, each in placed.items()}
        new = new.with_lines(_blocks(file, codes, notes))
        check_patched(file.path, file.bare, new, [*codes.values()])
    name = file.on_disk.relative_to(base).as_posix()
    return FileChange(file.on_disk, name, file.before, new.encode(), orders)


def _place(file: DagFile, group: Group) -> Place:
    """Return where a group stands: whatever is looked up exists at the end of its block."""
    if any(line.at_end for line in group.lines):
        return file.end_of(group.reach)
    roots = group.roots.union(*(line.roots() for line in group.lines))
    return file.place(group.reach, roots)


def _code(file: DagFile, groups: Sequence[Group], style: Style) -> Code:
    lines = [line for group in groups for line in group.lines]
    return tuple(code_of(lines, Way(style, file.version, file.step, file.chain)))


def _notes(groups: Sequence[Group], plans: Mapping[str, DagPlan]) -> tuple[str, ...]:
    """Return what a block says of each failure that holds up others, once for DAGs alike."""
    edges = [part for group in groups for part in group.edges.items()]
    said = (note for dag_id, each in edges for note in _held_up(plans[dag_id], each))
    return tuple(dict.fromkeys(said))


def _held_up(plan: DagPlan, edges: Sequence[Edge]) -> Iterator[str]:
    begins = {edge.upstream for edge in edges}
    for failure in plan.failures.of_tasks:
        if failure.task in begins:
            stopped = [key.task_id for key in failure.stopped]
            more = len(stopped) - _NAMED
            if more > 1:
                stopped = [*stopped[:_NAMED], f"{more} more"]
            names = ", ".join(stopped)
            yield f"If {failure.task.task_id} fails, these do not run (upstream_failed): {names}."


def _blocks(
    file: DagFile, codes: Mapping[Place, Code], notes: Mapping[Place, Sequence[str]]
) -> dict[int, list[str]]:
    """Return the lines to put in, by the line above; what stands deeper belongs to that line."""
    blocks: dict[int, list[str]] = {}
    for place in sorted(codes, key=lambda place: -len(place.indent)):
        text = render_block(codes[place], notes[place], place.indent, file.bare.encoding)
        blocks.setdefault(place.after, []).extend(text)
    return blocks


def _left_alone(path: str, obstacle: NotPatchableError) -> Skipped:
    return Skipped(Span(path, 1), "file", f"the file is left as it is: {obstacle}")
