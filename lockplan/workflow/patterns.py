"""The patterns of ``match`` statements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lockplan.workflow import operators
from lockplan.workflow.scopes import Frame
from lockplan.workflow.values import Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


def fits(
    interpreter: Interpreter, pattern: ast.pattern, subject: Value, frame: Frame
) -> bool | None:
    """Whether a value fits a pattern, None where not known; binds the pattern's names."""
    if isinstance(pattern, ast.MatchValue):
        return _equals(
            interpreter, interpreter.evaluate(pattern.value, frame), pattern, subject, frame
        )
    if isinstance(pattern, ast.MatchSingleton):
        return _equals(interpreter, pattern.value, pattern, subject, frame)
    if isinstance(pattern, ast.MatchAs):
        return _as(interpreter, pattern, subject, frame)
    if isinstance(pattern, ast.MatchOr):
        return _any(interpreter, pattern, subject, frame)
    if isinstance(pattern, ast.MatchSequence):
        return _sequence(interpreter, pattern, subject, frame)
    for name in _names(pattern):
        frame.scope.names[name] = Unknown(f"{name}, matched by a pattern")
    return None


def _equals(
    interpreter: Interpreter, value: Value, pattern: ast.pattern, subject: Value, frame: Frame
) -> bool | None:
    node = ast.copy_location(ast.Constant(None), pattern)
    found = operators.compare("==", subject, value, interpreter.site(node, frame))
    return found if isinstance(found, bool) else None


def _as(
    interpreter: Interpreter, pattern: ast.MatchAs, subject: Value, frame: Frame
) -> bool | None:
    found = True if pattern.pattern is None else fits(interpreter, pattern.pattern, subject, frame)
    if pattern.name is not None and found is not False:
        frame.scope.names[pattern.name] = subject
    return found


def _any(
    interpreter: Interpreter, pattern: ast.MatchOr, subject: Value, frame: Frame
) -> bool | None:
    found = [fits(interpreter, each, subject, frame) for each in pattern.patterns]
    return True if True in found else None if None in found else False


def _sequence(
    interpreter: Interpreter, pattern: ast.MatchSequence, subject: Value, frame: Frame
) -> bool | None:
    starred = any(isinstance(each, ast.MatchStar) for each in pattern.patterns)
    if starred or not isinstance(subject, list | tuple) or interpreter.is_loose(subject):
        for name in _names(pattern):
            frame.scope.names[name] = Unknown(f"{name}, matched by a pattern")
        return None
    if len(subject) != len(pattern.patterns):
        return False
    pairs = zip(pattern.patterns, subject, strict=True)
    found = [fits(interpreter, each, value, frame) for each, value in pairs]
    return False if False in found else None if None in found else True


def _names(pattern: ast.pattern) -> list[str]:
    """Return the names that a pattern binds."""
    found = []
    for node in ast.walk(pattern):
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            found.append(name)
    return found
