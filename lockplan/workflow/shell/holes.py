"""Marks in the place of what is not known of a script: shells, clients and SQL leave them alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lockplan.model.statement import Hole, Unknown
from lockplan.workflow.values import Text, Value, origin_of

_MARK = re.compile("\x01(\\d+)\x01")


@dataclass(slots=True)
class Holes:
    """The holes of one script; a mark is the number of one."""

    known: list[Hole] = field(default_factory=list)

    def mark(self, hole: Hole | str) -> str:
        """Return the mark of a new hole; a text is the reason of an unknown."""
        self.known.append(Unknown(hole) if isinstance(hole, str) else hole)
        return f"\x01{len(self.known) - 1}\x01"

    def marked(self, value: Value) -> str:
        """Return a text with marks in the place of its holes; of another value, one mark."""
        if isinstance(value, str):
            return str(value)
        if isinstance(value, Text):
            return "".join(p if isinstance(p, str) else self.mark(p) for p in value.parts)
        return self.mark(value if isinstance(value, Unknown) else "a word of a command")

    def unmarked(self, text: str) -> str | Text:
        """Put the holes back into a text."""
        pieces = _MARK.split(str(text))
        parts = [self.known[int(p)] if n % 2 else p for n, p in enumerate(pieces)]
        return Text.join(parts, origin_of(text))

    def value(self, text: str) -> Value:
        """Return a text without marks as it is, and the first hole of another one."""
        match = _MARK.search(text)
        if match is None:
            return text
        hole = self.known[int(match.group(1))]
        return hole if isinstance(hole, Unknown) else Unknown("a date of the run")

    def shown(self, text: str) -> str:
        """Return a text with an ellipsis in the place of each hole, for people."""
        return _MARK.sub("…", text)
