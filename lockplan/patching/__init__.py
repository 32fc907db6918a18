"""Writes a plan's edges back into the DAG files, as one patch that git applies."""

from lockplan.patching.lines import Style
from lockplan.patching.patch import FileChange, Patch, make_patch, without_blocks
from lockplan.patching.verify import texts_to_read, verified
from lockplan.patching.write import recover, write_changes

__all__ = [
    "FileChange",
    "Patch",
    "Style",
    "make_patch",
    "recover",
    "texts_to_read",
    "verified",
    "without_blocks",
    "write_changes",
]
