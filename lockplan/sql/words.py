"""A statement as a stream of words, for the kinds that the parser does not read."""

from __future__ import annotations

import re

from lockplan.sql.interface import TableName, UnreadableSQL

_TOKEN = re.compile(
    r"(?P<quoted>`(?:[^`]|``)*`|\"(?:[^\"]|\"\")*\"|\[[^\]]*\])"
    r"|(?P<string>'(?:[^'\\]|\\.|'')*')"
    r"|(?P<word>[@#]{0,2}[\w$]+)|(?P<sign>[^\s\w])"
)


class Words:
    """Reads words from left to right; keywords compare without case."""

    def __init__(self, text: str, masked: str) -> None:
        # Comments are blank in the masked text; quoted text is taken from the original.
        shown = "".join(t if m != " " else " " for t, m in zip(text, masked, strict=True))
        self._tokens = [(str(m.lastgroup), m.group()) for m in _TOKEN.finditer(shown)]
        self._at = 0

    def peek(self) -> str:
        """Return the next token in upper case; empty at the end."""
        return self._tokens[self._at][1].upper() if self._at < len(self._tokens) else ""

    def take(self) -> str:
        """Return the next token in upper case and step over it."""
        token = self.peek()
        self._at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Step over these words where they come next."""
        end = self._at + len(words)
        found = tuple(text.upper() for _, text in self._tokens[self._at : end])
        if found != words:
            return False
        self._at = end
        return True

    def accept_any(self, *words: str) -> str:
        """Step over the next word where it is one of these; return it or an empty text."""
        return self.take() if self.peek() and self.peek() in words else ""

    def skip_to(self, *words: str) -> bool:
        """Step behind the first of these words; False, and nothing read, where none comes."""
        for index in range(self._at, len(self._tokens)):
            kind, text = self._tokens[index]
            if kind == "word" and text.upper() in words:
                self._at = index + 1
                return True
        return False

    def has(self, *words: str) -> bool:
        """Whether one of these words is still to come."""
        return any(kind == "word" and t.upper() in words for kind, t in self._tokens[self._at :])

    def names(self) -> list[TableName]:
        """Read names separated by commas."""
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        return found

    def name(self) -> TableName:
        """Read a table's name, with its qualifiers; raises UnreadableSQL where there is none."""
        parts = [self._identifier()]
        while self.accept("."):
            parts.append(self._identifier())
        return TableName(parts[-2] if len(parts) > 1 else None, parts[-1])

    def _identifier(self) -> str:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        if kind not in ("word", "quoted") or text.startswith("@"):
            raise UnreadableSQL(
                "a table's name was expected" + (f" where {text} stands" * bool(text))
            )
        self._at += 1
        return text[1:-1].replace(text[0] * 2, text[0]) if kind == "quoted" else text

    def value(self) -> str:
        """Read one value as text, without its quotes."""
        self.accept_any("=", ":", "TO")
        self.accept("=")
        return self.take().strip("'\"`")
