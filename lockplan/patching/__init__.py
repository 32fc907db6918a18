"""Writes a plan's edges back into the DAG files, as one patch that git applies."""

from lockplan.patching.lines import Style
from lockplan.patching.obstacles import with_refusals
from lockplan.patching.patch import FileChange, Patch, make_patch, without_blocks
from lockplan.patching.pools import pools_to_import
from lockplan.patching.verify import texts_to_read, verified
from lockplan.patching.write import recover, write_changes

__all__ = [
    "FileChange",
    "Patch",
    "Style",
    "make_patch",
    "pools_to_import",
    "recover",
    "texts_to_read",
    "verified",
    "with_refusals",
    "without_blocks",
    "write_changes",
]
