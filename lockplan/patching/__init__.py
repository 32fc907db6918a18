"""Writes a plan's edges back into the DAG files, as one patch that git applies."""

from lockplan.patching.lines import Style
from lockplan.patching.obstacles import with_refusals
from lockplan.patching.patch import FileChange, Patch, make_patch, without_blocks
from lockplan.patching.pools import pools_to_import
from lockplan.patching.verify import proven_patch
from lockplan.patching.write import recover, write_changes

__all__ = [
    "FileChange",
    "Patch",
    "Style",
    "make_patch",
    "pools_to_import",
    "proven_patch",
    "recover",
    "with_refusals",
    "without_blocks",
    "write_changes",
]
