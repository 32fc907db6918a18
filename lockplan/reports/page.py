"""A page of lines for a terminal or a file: wrapped, in colour or plain, in UTF-8 or ASCII."""

from __future__ import annotations

import io
import os
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

_ASCII = str.maketrans(
    {
        "…": "...",
        "↔": "<->",
        "→": "->",
        "—": "-",
        "–": "-",
        "·": "|",
        "×": "x",
        "█": "#",
        "░": "~",
        "─": "-",
        "┬": "+",
        "○": "o",
    }
)
_FILE_WIDTH = 100
_LEAST_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Medium:
    """What a reader's screen or file can show."""

    width: int
    color: bool
    unicode: bool

    @classmethod
    def of(cls, output: TextIO | None, environ: Mapping[str, str] | None = None) -> Medium:
        """Look at a stream; None is a UTF-8 file. ``NO_COLOR`` and ``TERM=dumb`` are honoured."""
        if output is None:
            return cls(_FILE_WIDTH, color=False, unicode=True)
        environ = os.environ if environ is None else environ
        plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
        width = shutil.get_terminal_size((_FILE_WIDTH, 24)).columns
        terminal = output.isatty()
        return cls(
            max(_LEAST_WIDTH, width) if terminal else _FILE_WIDTH,
            terminal and not plain,
            _can_encode(output.encoding),
        )


def _can_encode(encoding: str | None) -> bool:
    try:
        "…↔█░".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@dataclass(slots=True)
class Page:
    """Lines in the making."""

    medium: Medium
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Text and style, already wrapped."""

    def line(self, text: str = "", style: str = "", indent: int = 0, hang: int = 4) -> None:
        """Add a line; where it is too long it goes on at `hang` columns behind the indent."""
        # a name from the user's files must not move the cursor or end the line
        printable = "".join(char if char.isprintable() else " " for char in text)
        wrapped = textwrap.wrap(
            self.plain(printable),
            self.medium.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_on_hyphens=False,
            break_long_words=False,  # a path is there to be clicked
        )
        self.lines += [(part, style) for part in wrapped or [""]]

    def exact(self, text: str) -> None:
        """Add a line that was made to fit, character by character."""
        if not self.medium.unicode:
            text = text.replace("…", "~")
        self.lines.append((self.plain(text), ""))

    def heading(self, text: str) -> None:
        """Add a heading, set off from what is above."""
        self.line()
        self.line(text, "bold")

    def plain(self, text: str) -> str:
        """Return a text in characters that the reader's encoding has."""
        if self.medium.unicode:
            return text
        return text.translate(_ASCII).encode("ascii", "replace").decode("ascii")

    def render(self) -> str:
        """Return all lines as one text with a final newline."""
        from rich.console import Console
        from rich.text import Text

        buffer = io.StringIO()
        console = Console(
            file=buffer,
            width=self.medium.width,
            force_terminal=self.medium.color,
            color_system="standard" if self.medium.color else None,
            no_color=not self.medium.color,
            legacy_windows=False,
            _environ={},
        )
        for text, style in self.lines:
            console.print(Text(text, style), soft_wrap=True)
        return buffer.getvalue()
