"""Writes a plan's edges back into the DAG files, as one patch that git applies."""

from lockplan.patching.patch import FileChange, Patch, make_patch

__all__ = ["FileChange", "Patch", "make_patch"]
