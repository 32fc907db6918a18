"""The patterns of ``match`` statements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lockplan.workflow import operators
from lockplan.workflow.objects import ClassValue, Instance
from lockplan.workflow.records import field_values, record_fields
from lockplan.workflow.scopes import Frame
from lockplan.workflow.values import Site, Text, Unknown, Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


PLAIN = (str, bytes, int, float, type(None), Text)
"""What is neither a sequence nor a mapping to a pattern."""


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
    if isinstance(pattern, ast.MatchMapping):
        return _mapping(interpreter, pattern, subject, frame)
    if isinstance(pattern, ast.MatchClass):
        return _class(interpreter, pattern, subject, frame)
    _not_known(pattern, frame)
    return None


def _not_known(pattern: ast.pattern, frame: Frame) -> None:
    for name in _names(pattern):
        frame.scope.names[name] = Unknown(f"{name}, matched by a pattern")


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
    if isinstance(subject, Instance) and subject.is_named_tuple():
        site = interpreter.site(ast.copy_location(ast.Constant(None), pattern), frame)
        subject = tuple(field_values(subject, site))
    if isinstance(subject, (*PLAIN, dict, set)):
        return False
    if not isinstance(subject, list | tuple) or interpreter.is_loose(subject):
        _not_known(pattern, frame)
        return None
    patterns = pattern.patterns
    star = next((n for n, each in enumerate(patterns) if isinstance(each, ast.MatchStar)), None)
    values = list(subject)
    if star is not None:
        width = len(values) - len(patterns) + 1
        values[star : star + width] = [interpreter.fresh(values[star : star + width])]
        if width < 0:
            return False
    if len(values) != len(patterns):
        return False
    return _all(interpreter, list(zip(patterns, values, strict=True)), frame)


def _mapping(
    interpreter: Interpreter, pattern: ast.MatchMapping, subject: Value, frame: Frame
) -> bool | None:
    if isinstance(subject, (*PLAIN, list, tuple)):
        return False
    keys = [interpreter.evaluate(key, frame) for key in pattern.keys]
    known = isinstance(subject, dict) and interpreter.known(keys)
    if not known or interpreter.is_loose(subject):
        _not_known(pattern, frame)
        return None
    if any(key not in subject for key in keys):
        return False
    if pattern.rest is not None:
        rest = {key: value for key, value in subject.items() if key not in keys}
        frame.scope.names[pattern.rest] = interpreter.fresh(rest)
    pairs = zip(pattern.patterns, (subject[key] for key in keys), strict=True)
    return _all(interpreter, list(pairs), frame)


def _class(
    interpreter: Interpreter, pattern: ast.MatchClass, subject: Value, frame: Frame
) -> bool | None:
    site = interpreter.site(ast.copy_location(ast.Constant(None), pattern), frame)
    kind = interpreter.evaluate(pattern.cls, frame)
    asked = interpreter.names.builtin("isinstance")
    found = interpreter.call_value(asked, [subject, kind], {}, site)
    if found is False:
        return False
    names = _positional(interpreter, kind, len(pattern.patterns), site)
    if found is not True or names is None:
        _not_known(pattern, frame)
        return None
    values = [
        subject if name is None else interpreter.attribute(subject, name, site)
        for name in (*names, *pattern.kwd_attrs)
    ]
    pairs = zip((*pattern.patterns, *pattern.kwd_patterns), values, strict=True)
    return _all(interpreter, list(pairs), frame)


def _positional(
    interpreter: Interpreter, kind: Value, count: int, site: Site
) -> list[str | None] | None:
    """Return the attributes that a class's positional patterns look at; None is the value itself.

    None in place of the list where they are not known.
    """
    if count == 0:
        return []
    if not isinstance(kind, ClassValue):
        return [None] if count == 1 else None
    names = interpreter.attribute(kind, "__match_args__", site)
    if not isinstance(names, tuple | list):
        names = [each.name for each in record_fields(kind) if not each.keyword_only]
    known = len(names) >= count and interpreter.known(list(names))
    return list(names[:count]) if known else None


def _all(
    interpreter: Interpreter, pairs: list[tuple[ast.pattern, Value]], frame: Frame
) -> bool | None:
    """Whether each part fits its pattern; what follows a part that does not is not looked at."""
    found: list[bool | None] = []
    for pattern, value in pairs:
        found.append(_part(interpreter, pattern, value, frame))
        if found[-1] is False:
            return False
    return None if None in found else True


def _part(
    interpreter: Interpreter, pattern: ast.pattern, value: Value, frame: Frame
) -> bool | None:
    if not isinstance(pattern, ast.MatchStar):
        return fits(interpreter, pattern, value, frame)
    if pattern.name is not None:
        frame.scope.names[pattern.name] = value
    return True


def _names(pattern: ast.pattern) -> list[str]:
    """Return the names that a pattern binds."""
    found = []
    for node in ast.walk(pattern):
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            found.append(name)
    return found
