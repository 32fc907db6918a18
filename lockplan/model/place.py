"""Places in the user's files, and what could not be read there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file."""

    path: str
    """Path relative to the folder that was analysed, with forward slashes."""
    line: int
    """Line number, from 1."""
    column: int = 1
    """Column number, from 1."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """Something that lockplan could not read: counted and shown, never taken for empty."""

    where: Span
    what: str
    """What was not read: ``file``, ``statement``, ``task``, ``edge``, ``dag``, ``history`` …"""
    reason: str
    """One sentence: why, and where possible the way out."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.reason}"
