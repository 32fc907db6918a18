"""What ``.airflowignore`` files tell Airflow to pass over, as its version reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lockplan.workflow.configured import configured

SYNTAX_OF_VERSION = {"1": "regexp", "2": "regexp", "3": "glob"}
"""How Airflow reads the patterns unless ``[core] dag_ignore_file_syntax`` says otherwise."""

_GLOB = re.compile(
    r"(?P<any>(?:^|(?<=/))\*\*/)|(?P<rest>(?<=/)\*\*$)|(?P<set>\[[^]]+\])|.", re.DOTALL
)
_WILD = {"*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ``.airflowignore``."""

    base: Path
    text: str

    def regexp(self, path: Path) -> bool:
        """Whether the line, as a regular expression, is found in the path or a folder above it."""
        relative = path.relative_to(self.base)
        try:
            found = re.compile(self.text)
        except re.error:
            return False
        parts = (relative, *relative.parents[:-1])
        return any(found.search(part.as_posix()) for part in parts)

    def glob(self, path: Path) -> bool | None:
        """Whether the line, read as Git does, ignores or takes back the path; None for neither."""
        text = self.text.removeprefix("!")
        below = "/.+" if text.endswith("/") and not path.is_dir() else "(?:/.*)?"
        relative = path.relative_to(self.base).as_posix()
        try:
            found = re.fullmatch(_expression(text) + below, relative)
        except re.error:
            return None
        return None if found is None else not self.text.startswith("!")


def patterns_of(folder: Path, text: str) -> list[Pattern]:
    """Return the patterns of a folder's ``.airflowignore``."""
    lines = (re.sub(r"\s*#.*", "", line).strip() for line in text.split("\n"))
    return [Pattern(folder, line) for line in lines if line]


def is_ignored(path: Path, patterns: Iterable[Pattern], syntax: str | None) -> bool:
    """Whether Airflow passes over a path; where its syntax is not known, whether by both."""
    here = [pattern for pattern in patterns if path.is_relative_to(pattern.base)]
    by_regexp = syntax != "glob" and any(pattern.regexp(path) for pattern in here)
    if syntax == "regexp" or (syntax is None and not by_regexp):
        return by_regexp
    decided = [pattern.glob(path) for pattern in here]
    return next((each for each in reversed(decided) if each is not None), False)


def configured_syntax(folder: Path) -> str | None:
    """Return which of the two Airflow's own configuration names."""
    return configured(folder, "core", "dag_ignore_file_syntax")


def _expression(glob: str) -> str:
    """Translate a pattern: one without a slash inside matches at any depth."""
    anywhere = "" if "/" in glob.rstrip("/") else "(?:.*/)?"
    return anywhere + _GLOB.sub(_translated, glob.strip("/"))


def _translated(match: re.Match[str]) -> str:
    piece = match[0]
    if match["any"]:
        return "(?:.*/)?"
    if match["rest"]:
        return ".*"
    if match["set"]:
        return f"[^{piece[2:]}" if piece[1] == "!" else piece
    return _WILD.get(piece, re.escape(piece))
