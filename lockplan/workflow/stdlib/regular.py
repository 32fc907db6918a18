"""``re``: patterns over known texts; those that may run long are left unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lockplan.workflow.stdlib.natives import Builtin, pure
from lockplan.workflow.values import Native, Site, Unknown, Value

Args = list[Value]
Kwargs = dict[str, Value]

_NESTED_REPEAT = re.compile(r"[+*}][^()]*\)[+*{]|\|[^()]*\)[+*{]")
MAX_MATCHED = 20_000


@dataclass(slots=True, eq=False, repr=False)
class MatchValue(Native):
    """What ``re.match`` and its kind found."""

    match: re.Match[str]

    def describe(self) -> str:
        return "a match"

    def truth(self) -> bool | None:
        return True

    def item(self, key: Value, site: Site) -> Value:
        return pure("match", self.match.group).function([key], {}, site)

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("group", "groups", "groupdict", "start", "end", "span", "expand"):
            return pure(name, getattr(self.match, name))
        return Unknown(f"{name} of a match")


def _guarded(name: str, function: Callable[..., Value]) -> Builtin:
    def guarded(pattern: str, *rest: Value, **options: Value) -> Value:
        if _NESTED_REPEAT.search(pattern) or any(
            isinstance(each, str) and len(each) > MAX_MATCHED for each in rest
        ):
            raise ValueError("a pattern that may take long")
        found = function(str(pattern), *rest, **options)
        return MatchValue(found) if isinstance(found, re.Match) else found

    return pure(f"re.{name}", guarded)


_SUB = _guarded("sub", re.sub)


def _substitute(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``re.sub``; a function of the folder is asked for each match's replacement."""
    if len(args) < 3 or not isinstance(args[1], Native):
        return _SUB.function(args, kwargs, site)
    function = args[1]

    def replaced(match: re.Match[str]) -> str:
        made = site.interpreter.call_value(function, [MatchValue(match)], {}, site)
        if not isinstance(made, str):
            raise ValueError("a replacement that is not known")
        return str(made)

    asked = _guarded(
        "sub", lambda pattern, *rest, **options: re.sub(pattern, replaced, *rest, **options)
    )
    return asked.function([args[0], *args[2:]], kwargs, site)


FUNCTIONS: dict[str, Builtin] = {
    name: _guarded(name, getattr(re, name))
    for name in ("split", "findall", "match", "search", "fullmatch")
} | {"sub": Builtin("re.sub", _substitute), "escape": pure("re.escape", re.escape)}


@dataclass(slots=True, eq=False, repr=False)
class Pattern(Native):
    """``re.compile(pattern, flags)``."""

    pattern: Value
    flags: Value = 0

    def describe(self) -> str:
        return "a pattern"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "pattern":
            return self.pattern
        function = FUNCTIONS.get(name)
        if function is None:
            return Unknown(f"{name} of a pattern")
        flags = {"flags": self.flags}
        return Builtin(
            name,
            lambda args, kwargs, at: function.function(
                [self.pattern, *args], {**kwargs, **flags}, at
            ),
        )


def _compile(args: Args, kwargs: Kwargs, site: Site) -> Value:
    flags = args[1] if len(args) > 1 else kwargs.get("flags", 0)
    return Pattern(args[0], flags) if args else Unknown("a pattern")


NAMES: dict[str, Value] = (
    {f"re.{name}": value for name, value in FUNCTIONS.items()}
    | {f"re.{flag.name}": int(flag) for flag in re.RegexFlag}
    | {f"re.{short}": int(getattr(re, short)) for short in "AIMSXU"}
    | {"re.compile": Builtin("re.compile", _compile)}
)
MODULES = ("re",)
