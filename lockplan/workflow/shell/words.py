"""Cutting a shell script into words and operators, its variables filled in where known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from lockplan.workflow.shell.holes import Holes

_PIECE = re.compile(
    r"""
      (?P<space>[ \t\r]+|\\\r?\n)
    | (?P<comment>(?<![^\s;|&()])\#[^\n]*)
    | (?P<operator>
          \d?>&\d?-? | &>>? | \d?>>? | \d?<&\d | <<< | <<-? | < | && | \|\| | \|&? | ;;? | [&()\n])
    | '(?P<single>[^']*)'
    | \$'(?P<ansi>(?:[^'\\]|\\.)*)'
    | "(?P<double>(?>[^"\\`$]+|\\.|\$\((?:[^()]|\([^()]*\))*+\)|`[^`]*`|\$)*+)"
    | \\(?P<escaped>.)
    | (?P<expansion>\$\((?:[^()]|\([^()]*\))*+\) | \$\{[^}]*\} | \$\w+ | `[^`]*` | \$[@*\#?!$-])
    | (?P<plain>[^\s;|&()<>'"\\$`]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_QUOTES = re.compile(
    r"\\(?P<escaped>[\\\"$`\n])"
    r"|(?P<expansion>\$\((?:[^()]|\([^()]*\))*+\)|\$\{[^}]*\}|\$\w+|`[^`]*`)",
    re.DOTALL,
)
_PARAMETER = re.compile(r"\$\{?(\w+)(?::?-(.*))?\}?", re.DOTALL)
_ANSI = {"n": "\n", "t": "\t", "'": "'", "\\": "\\"}


class UnreadableScriptError(Exception):
    """The script has a quote that does not end."""


@dataclass(slots=True)
class Token:
    """A word, an operator, or the text of a here-document."""

    kind: Literal["word", "operator", "document"]
    text: str


@dataclass(slots=True)
class Words:
    """Reads one script from front to back; the variables may change while it does."""

    script: str
    holes: Holes
    output_of: Callable[[str], str]
    """What ``$(command)`` gives."""
    variables: dict[str, str] = field(default_factory=dict)
    _word: str | None = None

    def tokens(self) -> Iterator[Token]:
        """Yield words and operators; a here-document follows the operator that begins it."""
        position = 0
        while position < len(self.script):
            match = _PIECE.match(self.script, position)
            assert match is not None
            position = match.end()
            kind, text = match.lastgroup or "", match.group(match.lastgroup or 0)
            if kind == "operator" and text.startswith("<<") and text != "<<<":
                yield from self._ended()
                document, position = self._document(position, strip_tabs=text.endswith("-"))
                yield Token("document", document)
            elif kind in ("space", "comment", "operator"):
                yield from self._ended()
                if kind == "operator":
                    yield Token("operator", text)
            else:
                yield from self._grown(kind, text)
        yield from self._ended()

    def expanded(self, text: str) -> str:
        """Fill in what the shell does inside double quotes."""
        return _IN_QUOTES.sub(
            lambda m: (m["escaped"] or "").strip("\n") or self._expansion(m["expansion"] or ""),
            text,
        )

    def _ended(self) -> Iterator[Token]:
        if self._word is not None:
            yield Token("word", self._word)
            self._word = None

    def _grown(self, kind: str, text: str) -> Iterator[Token]:
        if kind == "other" and text in "'\"`":
            raise UnreadableScriptError
        if kind == "expansion":
            yield from self._split(self._expansion(text))
        elif kind == "double":
            self._word = (self._word or "") + self.expanded(text)
        elif kind == "ansi":
            plain = re.sub(r"\\(.)", lambda m: _ANSI.get(m[1], m[0]), text)
            self._word = (self._word or "") + plain
        else:
            self._word = (self._word or "") + text

    def _split(self, value: str) -> Iterator[Token]:
        """Add the value of a variable outside of quotes: white space in it ends words."""
        first, *others = re.split(r"\s+", value)
        self._word = (self._word or "") + first if first or self._word is not None else None
        for other in others:
            yield from self._ended()
            self._word = other or None

    def _expansion(self, text: str) -> str:
        if text.startswith(("$(", "`")):
            return self.output_of(text[2:-1] if text.startswith("$(") else text[1:-1])
        match = _PARAMETER.fullmatch(text)
        name, default = match.groups() if match is not None else (text, None)
        if name in self.variables:
            return self.variables[name]
        return default if default else self.holes.mark(f"the shell variable {name}")

    def _document(self, position: int, *, strip_tabs: bool) -> tuple[str, int]:
        """Cut the here-document out of the lines below, and leave the rest of this line."""
        match = re.compile(r"[ \t]*(['\"\\]?)([\w!.-]+)['\"]?").match(self.script, position)
        if match is None:
            raise UnreadableScriptError
        line_end = self.script.find("\n", match.end())
        body = self.script[line_end + 1 :] if line_end >= 0 else ""
        end = re.compile(rf"^[ \t]*{re.escape(match[2])}[ \t]*$", re.MULTILINE).search(body)
        text, rest = (body[: end.start()], body[end.end() :]) if end is not None else (body, "")
        line = self.script[match.end() : line_end] if line_end >= 0 else self.script[match.end() :]
        self.script = f"{line}{rest}" if rest.startswith("\n") else f"{line}\n{rest}"
        if strip_tabs:
            text = re.sub(r"^\t+", "", text, flags=re.MULTILINE)
        return text if match[1] else self.expanded(text), 0
