"""A Python file as lines that can be taken out and put in without touching any other byte."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from lockplan.errors import LockplanError

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_LONE_RETURN = re.compile(r"\r(?!\n)")


class NotPatchableError(LockplanError):
    """A file cannot be patched; the text says why and what the user may do."""


class ChangedFileError(NotPatchableError):
    """A file is no longer what was read."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file."""

    lines: tuple[str, ...]
    """With their own endings; only "\\n" ends a line, as for git and for Python's parser."""
    encoding: str
    eol: str
    """The ending of most lines: new ones get it."""

    @classmethod
    def decode(cls, data: bytes) -> Source:
        """Read a file's bytes; raise NotPatchableError where they are no Python text."""
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            text = data.decode(encoding)
        except (SyntaxError, UnicodeDecodeError) as error:
            raise NotPatchableError(f"its text cannot be decoded ({error})") from error
        if _LONE_RETURN.search(text):
            raise NotPatchableError("it has carriage returns inside its lines; convert its endings")
        windows = text.count("\r\n") * 2 > text.count("\n")
        return cls(tuple(_LINES.findall(text)), encoding, "\r\n" if windows else "\n")

    def encode(self) -> bytes:
        """Return the file's bytes."""
        return self.text.encode(self.encoding)

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.lines)

    def parse(self) -> ast.Module:
        """Return the syntax tree; raise NotPatchableError where there is none."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError) as error:
            raise NotPatchableError(f"it does not parse ({error})") from error

    def without(self, numbers: Collection[int]) -> Source:
        """Return the text without the lines of these numbers, counted from 1."""
        kept = [line for number, line in enumerate(self.lines, 1) if number not in numbers]
        return self._with_lines(kept)

    def with_lines(self, after: Mapping[int, Sequence[str]]) -> Source:
        """Return the text with new lines, given without endings, behind the numbered lines."""
        lines: list[str] = []
        for number, line in enumerate(self.lines, 1):
            lines.append(line)
            lines += [new + self.eol for new in after.get(number, ())]
        return self._with_lines(lines)

    def _with_lines(self, lines: list[str]) -> Source:
        """Close every line but the last, which ends as the file's last line did."""
        closed = [line if line.endswith("\n") else line + self.eol for line in lines]
        if closed and not self.lines[-1].endswith("\n"):
            closed[-1] = closed[-1].removesuffix(self.eol)
        return replace(self, lines=tuple(closed))
