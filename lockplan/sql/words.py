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

    def clauses(self) -> list[Words]:
        """Return what is left, cut at the commas that stand in no parentheses; reads nothing."""
        found: list[list[tuple[str, str]]] = [[]]
        depth = 0
        for token in self._tokens[self._at :]:
            depth += {"(": 1, ")": -1}.get(token[1], 0)
            if depth == 0 and token[1] == ",":
                found.append([])
            else:
                found[-1].append(token)
        return [_of(tokens) for tokens in found]

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

    def take_text(self) -> str:
        """Return the next token as written, without its quotes, and step over it."""
        _, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        self._at += 1
        return text.strip("'\"`")

    def skip_to_any(self, *words: str) -> str:
        """Step behind the first of these words and return it; empty where none comes."""
        return self._tokens[self._at - 1][1].upper() if self.skip_to(*words) else ""

    def skip_behind(self, sign: str) -> None:
        """Step behind the next such sign, or to the end."""
        while self.take() not in (sign, ""):
            pass

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

    def owner(self) -> TableName:
        """Read a column's name, and return the table that qualifies it."""
        parts = [self._identifier()]
        while self.accept("."):
            parts.append(self._identifier())
        if len(parts) < 2:
            raise UnreadableSQL("a column was expected with its table")
        return TableName(parts[-3] if len(parts) > 2 else None, parts[-2])

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


def _of(tokens: list[tuple[str, str]]) -> Words:
    words = Words("", "")
    words._tokens = tokens
    return words
