"""Why a file cannot be read as Python, and what its owner can do about it."""

from __future__ import annotations

import codecs
import re

UNFINISHED_MERGE = "a merge was left unfinished here: resolve it"
_BY_LINE = (
    (re.compile(r"<{7}|={7}$|>{7}"), UNFINISHED_MERGE),
    (
        re.compile(r"\s*[%!]\w"),
        "a notebook's command, which Python does not know: take it out, or name the file in "
        ".airflowignore",
    ),
)
_BY_MESSAGE = (
    (
        re.compile(r"Missing parentheses in call to|multiple exception types"),
        "this is Python 2: port it, or name the file in .airflowignore",
    ),
)


def of_syntax(error: SyntaxError, text: str) -> str:
    """Return why Python's parser refuses a text."""
    lines = text.split("\n")
    number = (error.lineno or 1) - 1
    line = lines[number] if number < len(lines) else ""
    known = [advice for pattern, advice in _BY_LINE if pattern.match(line)]
    known += [advice for pattern, advice in _BY_MESSAGE if pattern.search(error.msg)]
    detail = f" ({known[0]})" if known else ""
    return f"Python cannot parse it: {error.msg}{detail}"


def of_bytes(error: Exception) -> str:
    """Return why a file's bytes are no text."""
    if isinstance(error, UnicodeDecodeError) and error.encoding == "utf-8":
        detail = "it is not UTF-8 and has no coding line that names another encoding"
        return f"cannot be read as text: {detail}: save it as UTF-8"
    if isinstance(error, UnicodeDecodeError):
        return f"cannot be read as text: {error.reason}"
    return f"cannot be read as text: {brief(error)}"


def line_of(error: Exception) -> int:
    """Return the line of the first byte that is no text, 1 where the error names none."""
    if not isinstance(error, UnicodeDecodeError):
        return 1
    return error.object.count(b"\n", 0, error.start) + 1


def brief(error: BaseException) -> str:
    """Return the first line of an error's text."""
    return (str(error) or type(error).__name__).split("\n")[0]


def refuse_other_bytes(data: bytes) -> None:
    """Raise for bytes that are surely no Python file."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("it is UTF-16, which Python does not read: save it as UTF-8")
    position = data.find(b"\0")
    if position >= 0:
        reason = "it holds null bytes, so it is not a Python file"
        raise UnicodeDecodeError("null bytes", data, position, position + 1, reason)
