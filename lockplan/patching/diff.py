"""Unified diffs that git accepts, made of bytes."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def unified_diff(name: str, before: bytes, after: bytes) -> bytes:
    """Return the change of one file; nothing where there is none.

    `name` is its path from the repository's root, with forward slashes.
    """
    if before == after:
        return b""
    hunks = difflib.diff_bytes(
        difflib.unified_diff, _LINES.findall(before), _LINES.findall(after), lineterm=b"\n"
    )
    lines = [line if line.endswith(b"\n") else line + _NO_NEWLINE for line in hunks][2:]
    return _header(name) + b"".join(lines)


def _header(name: str) -> bytes:
    old, new = quoted(f"a/{name}"), quoted(f"b/{name}")
    # git ends a name with a tab where it could be taken for a name and a date
    tab = "\t" if " " in name else ""
    return f"diff --git {old} {new}\n--- {old}{tab}\n+++ {new}{tab}\n".encode("ascii")


def quoted(name: str) -> str:
    """Write a path as git does: in quotes with octal bytes where it is not plain ASCII."""
    data = name.encode("utf-8", "surrogateescape")
    if all(32 <= byte < 127 and byte not in _ESCAPES for byte in data):
        return name
    return '"' + "".join(map(_escaped, data)) + '"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return "\\" + _ESCAPES[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


def repository_root(folder: Path) -> Path | None:
    """Return the root of the git repository that holds a folder, None where there is none."""
    return next((up for up in (folder, *folder.parents) if (up / ".git").exists()), None)
