"""Values worked out from a run's dates by more than shifting and formatting: a quarter, a test.

An expression is data, so it compares, hashes and crosses processes; each operation is one of the
pure functions below.
"""

from __future__ import annotations

import calendar
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import Any

from lockplan.model.dates import Anchor, DateExpr, RunDates

FAILURES = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
"""What the operations raise where Python would."""
MOST_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that each run's dates decide."""

    operation: str
    """A key of `OPERATIONS` or `LAZY`."""
    operands: tuple[Any, ...]
    """Constants, texts of dates (a `DateExpr`), and other computed values."""

    def at(self, dates: RunDates) -> Any:
        """Return the value for one run; raises one of `FAILURES` where Python would fail."""
        lazy = LAZY.get(self.operation)
        if lazy is not None:
            return lazy(self.operands, dates)
        return OPERATIONS[self.operation](*(_at(operand, dates) for operand in self.operands))

    def render(self, dates: RunDates) -> str:
        """Return the text for one run, ``<?>`` where the code itself would fail."""
        try:
            return str(self.at(dates))
        except (*FAILURES, OverflowError):
            return "<?>"

    def leaves(self) -> Iterator[DateExpr]:
        """Yield the dates that the value is worked out from."""
        for operand in self.operands:
            if isinstance(operand, DateExpr):
                yield operand
            elif isinstance(operand, Computed):
                yield from operand.leaves()

    @property
    def size(self) -> int:
        """The number of operations in it."""
        return 1 + sum(each.size for each in self.operands if isinstance(each, Computed))

    @property
    def is_number(self) -> bool:
        """Whether it surely is a number where its operands are."""
        if self.operation in _NUMBERS:
            return True
        if self.operation in ("str", "format"):
            return _is_number(self.operands[0]) and self.operands[1:] in ((), ("",), ("d",))
        if self.operation == "percent":
            return self.operands[0] in ("%d", "%s", "%i") and _is_number(self.operands[1])
        return self.operation in _ARITHMETIC and all(map(_is_number, self.operands))

    def __str__(self) -> str:
        """Describe the value as people do: ``day of ds = 1``."""
        write = _WORDS.get(self.operation, _call_in_words)
        return write(self)


def _is_number(operand: Any) -> bool:
    return isinstance(operand, int | float) or (isinstance(operand, Computed) and operand.is_number)


def holds(condition: Computed | None, dates: RunDates) -> bool:
    """Whether a condition may hold in a run: one that fails to say so may, and None always does."""
    if condition is None:
        return True
    try:
        return bool(condition.at(dates))
    except (*FAILURES, OverflowError):
        return True


class Truth:
    """Whether a condition may hold in run after run; what was asked once is kept."""

    def __init__(self, condition: Computed) -> None:
        self._condition = condition
        leaves = tuple(condition.leaves())
        self._leaves = tuple(dict.fromkeys(leaves))
        self._repeats = len(self._leaves) < len(leaves)
        self._anchors = tuple(sorted({leaf.anchor for leaf in leaves}))
        self._told: dict[tuple[datetime, ...], bool] = {}
        self._told_of_texts: dict[tuple[str, ...], bool] = {}

    def at(self, dates: RunDates) -> bool:
        """Return what `holds` does, worked out once for all runs with the dates that count."""
        asked = tuple(map(dates.of, self._anchors))
        if asked not in self._told:
            self._told[asked] = self._by_texts(dates) if self._repeats else self._new(dates)
        return self._told[asked]

    def _by_texts(self, dates: RunDates) -> bool:
        """Write each date once where the condition compares it again and again."""
        try:
            texts = tuple(leaf.render(dates) for leaf in self._leaves)
        except (*FAILURES, OverflowError):
            return self._new(dates)
        if texts not in self._told_of_texts:
            self._told_of_texts[texts] = self._new(dates)
        return self._told_of_texts[texts]

    def _new(self, dates: RunDates) -> bool:
        return holds(self._condition, dates)


@lru_cache(maxsize=512)
def truth(condition: Computed) -> Truth:
    """Return where a condition holds, one for all who ask."""
    return Truth(condition)


def negated(condition: Computed) -> Computed:
    """Return the condition that holds where this one does not."""
    opposite = _OPPOSITES.get(condition.operation)
    if condition.operation == "not":
        inner = condition.operands[0]
        return inner if isinstance(inner, Computed) else condition
    if opposite is None:
        return Computed("not", (condition,))
    return Computed(opposite, condition.operands)


def all_of(*conditions: Computed) -> Computed:
    """Return the condition that holds where all of these do."""
    return _joined("and", conditions)


def any_of(*conditions: Computed) -> Computed:
    """Return the condition that holds where one of these does."""
    return _joined("or", conditions)


def _joined(operation: str, conditions: tuple[Computed, ...]) -> Computed:
    flat: list[Computed] = []
    for condition in conditions:
        nested = condition.operation == operation
        flat += condition.operands if nested else (condition,)
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else Computed(operation, unique)


def _at(operand: Any, dates: RunDates) -> Any:
    if isinstance(operand, Computed):
        return operand.at(dates)
    return operand.render(dates) if isinstance(operand, DateExpr) else operand


# operations


def _times(a: Any, b: Any) -> Any:
    for text, count in ((a, b), (b, a)):
        if isinstance(text, str | tuple) and len(text) * int(count) > MOST_CHARACTERS:
            raise ValueError("a text beyond bounds")
    return a * b


def _plus(a: Any, b: Any) -> Any:
    if isinstance(a, str | tuple) and len(a) + len(b) > MOST_CHARACTERS:
        raise ValueError("a text beyond bounds")
    return a + b


def _modulo(a: Any, b: Any) -> Any:
    if isinstance(a, str):
        raise TypeError("a template is filled by 'percent'")
    return a % b


def _formatted(value: Any, spec: str) -> str:
    return format(value, spec)


def _percent(template: str, value: Any) -> str:
    return str(template % value)


def _choose(operands: tuple[Any, ...], dates: RunDates) -> Any:
    """Return the value that stands after the first condition that holds."""
    for condition, value in zip(operands[::2], operands[1::2], strict=True):
        if holds(condition, dates):
            return _at(value, dates)
    return ""


def _iso(part: int) -> Callable[[date], int]:
    return lambda moment: tuple(moment.isocalendar())[part]


OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": _plus,
    "-": operator.sub,
    "*": _times,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": _modulo,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "negative": operator.neg,
    "positive": operator.pos,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.eq,
    "is not": operator.ne,
    "in": lambda element, container: element in container,
    "not in": lambda element, container: element not in container,
    "not": operator.not_,
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
    "len": len,
    "abs": abs,
    "round": round,
    "min": min,
    "max": max,
    "divmod": divmod,
    "format": _formatted,
    "percent": _percent,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "timedelta": lambda names, *values: timedelta(**dict(zip(names, values, strict=True))),
    "join": lambda *parts: "".join(parts),
    "tuple": lambda *items: items,
    "table": dict,
    "item": operator.getitem,
    "slice": lambda owner, start, stop: owner[start:stop],
    "calendar.monthrange": calendar.monthrange,
    "calendar.isleap": calendar.isleap,
    "quarter": lambda moment: (moment.month - 1) // 3 + 1,
    "day_of_year": lambda moment: moment.timetuple().tm_yday,
    "week_of_year": _iso(1),
    "days_in_month": lambda moment: calendar.monthrange(moment.year, moment.month)[1],
    **{name: operator.attrgetter(name) for name in ("year", "month", "day_of", "hour")},
    **{name: operator.attrgetter(name) for name in ("minute", "second", "days", "seconds")},
}
OPERATIONS["day_of"] = operator.attrgetter("day")
LAZY: dict[str, Callable[[tuple[Any, ...], RunDates], Any]] = {
    "and": lambda operands, dates: all(_at(each, dates) for each in operands),
    "or": lambda operands, dates: any(_at(each, dates) for each in operands),
    "choose": _choose,
}
METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        {"upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip", "startswith"}
        | {"endswith", "replace", "find", "index", "count", "isdigit", "removeprefix"}
        | {"removesuffix"}
    ),
    date: frozenset({"weekday", "isoweekday", "toordinal", "strftime", "isoformat", "date"}),
    timedelta: frozenset({"total_seconds"}),
    dict: frozenset({"get"}),
}
"""Methods without effects, by the type that they belong to."""


def _method(name: str, kinds: tuple[type, ...]) -> Callable[..., Any]:
    def call(owner: Any, *arguments: Any) -> Any:
        if not isinstance(owner, kinds):
            raise TypeError(f"no method {name}")
        return getattr(owner, name)(*arguments)

    return call


def _isocalendar(moment: Any) -> tuple[int, int, int]:
    year, week, day = moment.isocalendar()
    return (year, week, day)


def _with_methods() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in sorted({name for names in METHODS.values() for name in names}):
        kinds = tuple(kind for kind, names in METHODS.items() if name in names)
        yield f".{name}", _method(name, kinds)
    yield ".isocalendar", _isocalendar


OPERATIONS |= dict(_with_methods())

_ARITHMETIC = frozenset({"+", "-", "*", "//", "%", "negative", "positive", "abs"})
_NUMBERS = frozenset(
    {"int", "len", "quarter", "day_of_year", "week_of_year", "days_in_month", "year", "month"}
    | {"day_of", "hour", "minute", "second", "days", ".weekday", ".isoweekday", ".toordinal"}
)
BOOLEANS = frozenset(
    {"==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in", "not", "bool", "and", "or"}
    | {".startswith", ".endswith", ".isdigit"}
)
"""Operations whose result is true or false."""
_OPPOSITES = {
    "==": "!=",
    "!=": "==",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
}

# words

_SYMBOLS = {"==": "=", "is": "=", "!=": "≠", "is not": "≠"}
_FIELDS = {
    "%d": "day",
    "%m": "month",
    "%Y": "year",
    "%H": "hour",
    "%M": "minute",
    "%j": "day of year",
}
_WHOLE = ("%Y-%m-%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S+00:00")


def _words(operand: Any) -> str:
    if isinstance(operand, DateExpr):
        if operand.format in _FIELDS:
            return f"{_FIELDS[operand.format]} of {operand}"
        return str(operand) if operand.format in _WHOLE else f"{operand} as {operand.format}"
    if isinstance(operand, tuple):
        return ", ".join(_words(each) for each in operand)
    return str(operand) if isinstance(operand, Computed) else repr(operand)


def _inner(operand: Any) -> str:
    nested = isinstance(operand, Computed) and operand.operation in _INFIX
    return f"({_words(operand)})" if nested else _words(operand)


def _infix(one: Computed) -> str:
    left, right = one.operands
    return f"{_inner(left)} {_SYMBOLS.get(one.operation, one.operation)} {_inner(right)}"


def _same(one: Computed) -> str:
    return _words(one.operands[0])


def _shown(one: Computed) -> str:
    return _words(one.operands[1])


def _item(one: Computed) -> str:
    owner, key = one.operands
    if isinstance(owner, Computed) and owner.operation == "calendar.monthrange" and key == 1:
        return "days in the month"
    return (
        f"{_words(owner)}[{_words(key)}]" if isinstance(key, int) else f"an entry by {_inner(key)}"
    )


def _of(name: str) -> Callable[[Computed], str]:
    return lambda one: f"{name} of {_inner(one.operands[0])}"


def _between(words: str) -> Callable[[Computed], str]:
    return lambda one: f"{_inner(one.operands[0])} {words} {_words(one.operands[1])}"


def _call_in_words(one: Computed) -> str:
    name = one.operation.removeprefix(".").rpartition(".")[2]
    return f"{name}({', '.join(_words(each) for each in one.operands)})"


_INFIX = frozenset({"+", "-", "*", "/", "//", "%", "&", "|", "^", "and", "or"})
_WORDS: dict[str, Callable[[Computed], str]] = {
    **dict.fromkeys(("+", "-", "*", "/", "//", "%", "&", "|", "^"), _infix),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "is", "is not"), _infix),
    **dict.fromkeys(("moment", "day", "int", "str", "bool"), _same),
    **{name: _of(name) for name in ("quarter", "year", "month", "hour", "minute", "second")},
    **{name: _of(name.replace("_", " ")) for name in ("day_of_year", "week_of_year")},
    "day_of": _of("day"),
    "days_in_month": _of("days in the month"),
    "percent": _shown,
    "timedelta": _shown,
    "format": _same,
    "slice": _same,
    ".strftime": _same,
    "item": _item,
    ".weekday": _of("weekday"),
    ".isoweekday": _of("ISO weekday"),
    ".startswith": _between("begins with"),
    ".endswith": _between("ends with"),
    "in": _between("is one of"),
    "not in": _between("is none of"),
    "not": lambda one: f"not {_inner(one.operands[0])}",
    "and": lambda one: " and ".join(_inner(each) for each in one.operands),
    "or": lambda one: " or ".join(_words(each) for each in one.operands),
}

# a sample of runs that holds every calendar


@lru_cache(maxsize=1)
def sample_starts() -> tuple[datetime, ...]:
    """Return a moment of each day of 14 years: one of each kind of calendar, leap years and others.

    Every combination of month, day and day of the week is among them.
    """
    years: dict[tuple[bool, int], int] = {}
    for year in range(2027, 1999, -1):
        years.setdefault((calendar.isleap(year), date(year, 1, 1).weekday()), year)
    since = [timedelta(days=day, hours=day * 7 % 24) for day in range(366)]
    return tuple(
        datetime(year, 1, 1) + passed
        for year in sorted(years.values())
        for passed in (since if calendar.isleap(year) else since[:-1])
    )


@lru_cache(maxsize=1)
def sample_runs() -> tuple[RunDates, ...]:
    """Return a run that begins at each of `sample_starts`."""
    return tuple(map(_run, sample_starts()))


def _run(start: datetime) -> RunDates:
    end = start + _INTERVAL
    return RunDates(start, end, end + _DELAY)


_INTERVAL, _DELAY = timedelta(days=1), timedelta(hours=4)
_SAMPLED_AFTER = {
    Anchor.LOGICAL_DATE: timedelta(),
    Anchor.INTERVAL_END: _INTERVAL,
    **dict.fromkeys((Anchor.RUN_TIME, Anchor.SERVER_TIME, Anchor.WORKER_TIME), _INTERVAL + _DELAY),
}
"""How long after a sample run's start each of its dates is: a date alone needs no runs."""


@lru_cache(maxsize=512)
def sampled(value: Computed | DateExpr) -> tuple[Any, ...]:
    """Return a value in every sample run; raises what `Computed.at` does where it fails in one.

    An operation runs over the whole sample at once, and what two tests ask of a date is asked once.
    """
    if isinstance(value, DateExpr):
        return tuple(map(value.text, _sampled_dates(value)))
    if value.operation in LAZY:
        return tuple(map(value.at, sample_runs()))
    columns = (_column(operand) for operand in value.operands)
    return tuple(map(OPERATIONS[value.operation], *columns))


def _sampled_dates(value: DateExpr) -> Iterable[datetime]:
    after = _SAMPLED_AFTER[value.anchor]
    moments: Iterable[datetime] = (start + after for start in sample_starts())
    for step in value.steps:
        moments = map(step.apply, moments)
    return moments


def _column(operand: Any) -> Iterable[Any]:
    if isinstance(operand, Computed | DateExpr):
        return sampled(operand)
    return repeat(operand, len(sample_starts()))
