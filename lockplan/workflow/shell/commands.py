"""The commands of a shell script in order: words, standard input, and whether they surely run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lockplan.workflow.shell.holes import Holes
from lockplan.workflow.shell.words import Token, Words

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_DECLARES = frozenset({"export", "local", "declare", "readonly", "typeset"})
_OPENS = frozenset({"if", "case", "for", "while", "until", "select"})
_LOOPS = frozenset({"for", "while", "until", "select"})
_CLOSES = frozenset({"fi", "esac", "done"})
_LEADS = frozenset({"then", "else", "elif", "do", "{", "}", "!", "if", "while", "until", "time"})
_TAKES_A_WORD = re.compile(r"&?\d?>>?|<|<<<")


@dataclass(slots=True)
class Command:
    """A simple command."""

    words: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    """What stands before it: ``PGDATABASE=stats psql``."""
    text: str | None = None
    """Standard input given in the script itself."""
    file: str | None = None
    """The file that standard input comes from."""
    reads: Command | None = None
    """The command whose output it reads."""
    conditional: bool = False
    repeated: bool = False


@dataclass(slots=True)
class Script:
    """Reads the commands of a script, and the variables that they set."""

    source: str
    holes: Holes
    output_of: Callable[[str], str]
    variables: dict[str, str] = field(default_factory=dict)
    _blocks: list[str] = field(default_factory=list)

    def commands(self) -> Iterator[Command]:
        """Yield the commands in the order in which they stand."""
        current, redirection, may_run = Command(), "", False
        words = Words(self.source, self.holes, self.output_of, self.variables)
        for token in _closed(words):
            if token.kind == "document":
                current.text = token.text
            elif token.kind == "word" and redirection:
                _redirect(current, redirection, token.text)
                redirection = ""
            elif token.kind == "word":
                current.words.append(token.text)
            elif _TAKES_A_WORD.fullmatch(token.text):
                redirection = token.text
            elif ">&" not in token.text and "<&" not in token.text:
                yield from self._finished(current, conditional=may_run)
                piped = current if token.text.startswith("|") and token.text != "||" else None
                current, may_run = Command(reads=piped), token.text == "||"

    def _finished(self, command: Command, *, conditional: bool) -> Iterator[Command]:
        self._open_and_close(command.words)
        command.conditional = conditional or bool(self._blocks)
        command.repeated = any(block in _LOOPS for block in self._blocks)
        self._assign(command)
        if command.words:
            yield command

    def _open_and_close(self, words: list[str]) -> None:
        """Take the shell's own words off a command and note the blocks that they open and close."""
        while words and words[0] in _OPENS | _CLOSES | _LEADS:
            word = words.pop(0)
            if word in _CLOSES and self._blocks:
                self._blocks.pop()
            elif word in _OPENS:
                self._blocks.append(word)
            if word in ("for", "select", "case"):
                self._forget(words[:1])
                words.clear()

    def _assign(self, command: Command) -> None:
        """Set variables; what stands before a command is its environment."""
        words = command.words
        if words[:1] == ["read"]:
            self._forget([word for word in words[1:] if not word.startswith("-")])
        declares = bool(words) and words[0] in _DECLARES
        left = words[1:] if declares else words
        while left and (match := _ASSIGNMENT.fullmatch(left[0])) is not None:
            command.environment[match[1]] = match[2]
            left = left[1:]
        if left and not declares:
            command.words = left
            return
        command.words = []
        self.variables.update(command.environment)
        if command.conditional:
            self._forget(list(command.environment))

    def _forget(self, names: list[str]) -> None:
        """Say of variables that nothing is known of what they hold."""
        for name in names:
            self.variables[name] = self.holes.mark(f"the shell variable {name}")


def _closed(words: Words) -> Iterator[Token]:
    """Yield a script's tokens, and the end of its last line."""
    yield from words.tokens()
    yield Token("operator", "\n")


def _redirect(command: Command, operator: str, word: str) -> None:
    if operator == "<":
        command.file = word
    elif operator == "<<<":
        command.text = word
