"""A DAG file that may be patched: what stands in it without the blocks of earlier patches."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lockplan.model.workflow import BlockKind, Reach
from lockplan.patching.blocks import MARK, find_blocks, lines_of_blocks
from lockplan.patching.place import Place, end_of, find_block, find_place
from lockplan.patching.scopes import certain_names, chain_import, stored_names
from lockplan.patching.source import NotPatchableError, Source
from lockplan.workflow.folder import PythonFile, airflow_version


@dataclass(frozen=True)
class DagFile:
    """One file as it is, and as it is without generated blocks."""

    path: str
    """Relative to the workflow's root."""
    on_disk: Path
    """Links resolved."""
    before: bytes
    bare: Source
    removed: frozenset[int]
    """The lines of the old blocks."""

    @classmethod
    def open(cls, folder: Path, path: str) -> DagFile:
        """Read a file; raise NotPatchableError where it cannot be patched."""
        on_disk = (folder / path).resolve()
        try:
            before = on_disk.read_bytes()
        except OSError as error:
            raise NotPatchableError(f"it cannot be read ({error.strerror})") from error
        source = Source.decode(before)
        removed = lines_of_blocks(source, find_blocks(source))
        return cls(path, on_disk, before, source.without(removed), removed)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree without the old blocks."""
        return self.bare.parse()

    def block(self, reach: Reach) -> ast.Module | ast.stmt:
        """Return the block that a reach is of."""
        if reach.kind is BlockKind.MODULE:
            return self.tree
        line = reach.block.line
        return find_block(self.tree, line - sum(number <= line for number in self.removed))

    def certain_names(self, reach: Reach) -> frozenset[str]:
        """Return the variables that surely hold something where the block ends."""
        return certain_names(self.tree, self.block(reach))

    def globals_only(self, name: str) -> bool:
        """Whether no statement of the module stores the name: the code put it into globals()."""
        return name not in self._stored

    @cached_property
    def _stored(self) -> frozenset[str]:
        return frozenset(stored_names(self.tree.body, everywhere=True))

    def end_of(self, reach: Reach) -> Place:
        """Return the place behind all of a block; raise NotPatchableError where there is none."""
        return end_of(self.bare, self.block(reach))

    def place(self, reach: Reach, roots: Collection[str]) -> Place:
        """Return the place behind all that uses these variables, or behind all of the block."""
        return find_place(self.bare, self.block(reach), roots) or self.end_of(reach)

    @cached_property
    def step(self) -> str:
        """The white space of one level of indentation."""
        return next(_indents(self.bare, self.tree), "    ")

    @cached_property
    def version(self) -> str:
        """Airflow's major version that the file is written for; what 2.11 has, 3 has, too."""
        found = airflow_version([PythonFile(self.on_disk, self.bare.text)]) or "2"
        return "2" if found == "3" and "airflow.sdk" not in self.bare.text else found

    @cached_property
    def chain(self) -> str | None:
        """The name under which the file imports Airflow's ``chain``; None where it does not."""
        return chain_import(self.tree)


def holds_a_mark(folder: Path, path: str) -> bool:
    """Whether a file may hold a generated block."""
    try:
        return MARK.encode() in (folder / path).read_bytes()
    except OSError:
        return False


def _indents(source: Source, tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and body[0].lineno > node.lineno:
            line = source.lines[body[0].lineno - 1]
            indent = line[: len(line) - len(line.lstrip())]
            if indent:
                yield indent
