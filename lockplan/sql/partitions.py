"""The clauses of PARTITION BY, and what a server tells of partitions, to a Partitioning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from lockplan.model.connection import Engine
from lockplan.model.partitions import FUNCTIONS, value_of
from lockplan.model.region import parse_value
from lockplan.model.schema import (
    Column,
    ColumnType,
    Partition,
    Partitioning,
    PartitionMethod,
    PartitionValue,
    Table,
)
from lockplan.sql.interface import UnreadableSQL
from lockplan.sql.scan import mask

_BY = re.compile(
    r"(?i)\bPARTITION\s+BY\s+(?P<linear>LINEAR\s+)?(?P<method>RANGE|LIST|HASH|KEY)\b"
    r"(?:\s+COLUMNS)?(?:\s+ALGORITHM\s*=\s*\d)?\s*(?=\()"
)
_BY_ANYTHING = re.compile(r"(?i)\bPARTITION\s+BY\b")
_COUNT = re.compile(r"(?i)\bPARTITIONS\s+(\d+)")
_DEFINITION = re.compile(
    r"(?i)\bPARTITION\s+(?P<name>[\w$]+|'+)"
    r"(?:\s+VALUES\s+(?P<kind>LESS\s+THAN|IN)\s*(?P<max>MAXVALUE)?(?=\s*\(|\s|,|\)|\Z))?"
)
_CALL = re.compile(r"(?i)\s*(\w+)\s*(?=\()")
_STRING = re.compile(
    r"(?is)\s*(?:_\w+\s*|DATE\s*|TIMESTAMP\s*)?'((?:[^']|'')*)'\s*(?:::[\w ]+)?\s*\Z"
)
_UNBOUNDED = frozenset({"MAXVALUE", "MINVALUE", "NULL"})
_MOST = 8192
"""Partitions that a table of MySQL may have."""
_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""How far clocks are ahead of UTC and behind it."""


_FOR_VALUES = re.compile(
    r"(?i)\bFOR\s+VALUES\s+(?:(?P<from>FROM)|(?P<in>IN)|WITH)\s*(?=\()|\b(?P<default>DEFAULT)\b"
)
_TO = re.compile(r"(?i)\s*TO\s*(?=\()")
_CHANGE = re.compile(r"(?i)\b(?P<verb>[A-Z]+)\s+PARTITION(?:S|ING)?\b")
_SAME_PARTITIONS = frozenset(
    ("TRUNCATE", "ANALYZE", "OPTIMIZE", "CHECK", "REPAIR", "REBUILD", "EXCHANGE", "IMPORT")
)


def read_partitioning(text: str, masked: str, columns: Sequence[Column]) -> Partitioning | None:
    """Read the PARTITION BY clause among a table's options, None where there is none."""
    found = _BY.search(masked)
    if found is None:
        return Partitioning(PartitionMethod.KEY) if _BY_ANYTHING.search(masked) else None
    end = closing(masked, found.end())
    listed = list(_listed(text, masked, end)) or _numbered(masked, end)
    own_hash = found["linear"] or not listed  # PostgreSQL's HASH neither lists nor counts here
    method = PartitionMethod[found["method"].upper()]
    if method is PartitionMethod.HASH and own_hash:
        method = PartitionMethod.KEY
    cut = partitioned_by(method, text[found.end() : end], columns)
    return with_partitions(cut, listed, columns)


def partitioned_by(
    method: PartitionMethod, expression: str, columns: Sequence[Column]
) -> Partitioning:
    """Return how an expression puts rows into partitions that are not known yet."""
    known = {column.name.lower() for column in columns}
    plain = _bare(expression).replace("`", "").replace('"', "").lower()
    names = tuple(part.strip() for part in plain.split(","))
    if known.issuperset(names):
        return Partitioning(method, names)
    call = _CALL.match(plain)
    if call and call[1] in FUNCTIONS and _bare(plain[call.end() :]) in known:
        return Partitioning(method, (_bare(plain[call.end() :]),), call[1])
    return Partitioning(method)


@dataclass(frozen=True, slots=True)
class Described:
    """One partition as a definition or a server describes it."""

    name: str
    description: str | None = None
    """What stands behind LESS THAN or IN, without its parentheses; None where nothing does."""


def with_partitions(
    cut: Partitioning, listed: Sequence[Described], columns: Sequence[Column]
) -> Partitioning:
    """Return the partitioning with its partitions; without bounds that could not be read."""
    try:
        return replace(cut, partitions=tuple(_partitions(cut, listed, columns)))
    except UnreadableSQL:
        return replace(cut, columns=(), function=None, partitions=())


def _partitions(
    cut: Partitioning, listed: Iterable[Described], columns: Sequence[Column]
) -> Iterator[Partition]:
    reader = _Values.of(cut, columns)
    low: tuple[PartitionValue, ...] = ()
    for each in listed:
        name, text = each.name.lower(), each.description
        if text is None or text.strip().upper() == "DEFAULT":
            yield Partition(name)
        elif cut.method is PartitionMethod.LIST:
            yield Partition(name, values=reader.rows(text))
        else:
            (high,) = reader.rows(f"({text})")
            yield Partition(name, reader.moments(low, -_WEST), reader.moments(high, _EAST))
            low = high


def attached(
    cut: Partitioning, name: str, text: str, masked: str, columns: Sequence[Column]
) -> Partitioning:
    """Return PostgreSQL's partitioning with one more partition, ``FOR VALUES …`` or DEFAULT."""
    try:
        added = _attached(name, text, masked, _Values.of(cut, columns))
    except UnreadableSQL:
        added = Partition(name)
    return replace(cut, partitions=(*cut.partitions, added))


def _attached(name: str, text: str, masked: str, reader: _Values) -> Partition:
    found = _FOR_VALUES.search(masked)
    if found is None or not (found["from"] or found["in"]):
        return Partition(name)
    end = closing(masked, found.end())
    first = text[found.end() + 1 : end - 1]
    if found["in"]:
        return Partition(name, values=reader.rows(first))
    to = _TO.match(masked, end)
    if to is None:
        return Partition(name)
    (low,) = reader.rows(f"({first})")
    (high,) = reader.rows(text[to.end() : closing(masked, to.end())])
    return Partition(name, low, high)


def changed(table: Table, text: str, masked: str) -> Table | None:
    """Return a table after an ALTER TABLE of its partitions; None where it changes other things."""
    if _BY_ANYTHING.search(masked):
        return replace(table, partitioning=read_partitioning(text, masked, table.columns))
    found, cut = _CHANGE.search(masked), table.partitioning
    if found is None or cut is None:
        return None
    verb = found["verb"].upper()
    if verb == "REMOVE":
        return replace(table, partitioning=None)
    if verb in _SAME_PARTITIONS:
        return table
    listed = list(_listed(text, masked, found.start()))
    return replace(table, partitioning=_changed(cut, verb, listed, text[found.end() :], table))


def _changed(
    cut: Partitioning, verb: str, listed: Sequence[Described], rest: str, table: Table
) -> Partitioning:
    if verb in ("DROP", "DETACH"):
        gone = {_plain(name) for name in separated(rest.partition(" CONCURRENTLY")[0])}
        return _without(cut, gone)
    if verb == "ADD" and listed and cut.partitions:
        last = cut.partitions[-1].high
        added = with_partitions(cut, listed, table.columns).partitions
        if added:
            first = replace(added[0], low=last)
            return replace(cut, partitions=(*cut.partitions, first, *added[1:]))
    return replace(cut, partitions=())


def _without(cut: Partitioning, gone: set[str]) -> Partitioning:
    """Return MySQL's or PostgreSQL's partitioning after some partitions went.

    A RANGE partition of MySQL takes over what the one before it held.
    """
    kept: list[Partition] = []
    low: tuple[PartitionValue, ...] | None = None
    for partition in cut.partitions:
        if partition.name in gone:
            low = partition.low if low is None else low
            continue
        kept.append(partition if low is None else replace(partition, low=low))
        low = None
    return replace(cut, partitions=tuple(kept))


def _plain(name: str) -> str:
    return re.sub(r"(?i)^\s*IF\s+EXISTS\s+", "", name).strip(' \n\t`"').rpartition(".")[2].lower()


@dataclass(frozen=True, slots=True)
class _Values:
    """Reads the values of bounds as the partitioning compares them."""

    types: tuple[ColumnType | None, ...]
    function: str | None

    @classmethod
    def of(cls, cut: Partitioning, columns: Sequence[Column]) -> _Values:
        types: Mapping[str, ColumnType] = {column.name.lower(): column.type for column in columns}
        return cls(tuple(types[name] for name in cut.columns), cut.function)

    def rows(self, text: str) -> tuple[tuple[PartitionValue, ...], ...]:
        """Read ``1, 2`` as two rows of one value, ``(1, 2)`` as one row of two."""
        return tuple(self._row(part) for part in separated(text))

    def _row(self, text: str) -> tuple[PartitionValue, ...]:
        return tuple(
            self._value(part, self.types[min(index, len(self.types) - 1)] if self.types else None)
            for index, part in enumerate(separated(_bare(text)))
        )

    def _value(self, text: str, type: ColumnType | None) -> PartitionValue:
        text = _bare(text)
        if text.upper() in _UNBOUNDED:
            return None
        call = _CALL.match(text)
        if call is not None and call[1].lower() in FUNCTIONS:
            moment = self._constant(_bare(text[call.end() :]), ColumnType.DATETIME)
            if isinstance(moment, datetime):
                return value_of(call[1].lower(), moment)
        return self._constant(text, ColumnType.NUMBER if self.function else type)

    def _constant(self, text: str, type: ColumnType | None) -> PartitionValue:
        string = _STRING.match(text)
        try:
            found = string[1].replace("''", "'") if string else str(Decimal(text.strip()))
        except InvalidOperation:
            raise UnreadableSQL(f"the bound of a partition is not read: {text[:60]}") from None
        value = parse_value(found, type)
        if value is None:
            raise UnreadableSQL(f"the bound of a partition is not read: {text[:60]}")
        return value

    def moments(
        self, bounds: tuple[PartitionValue, ...], margin: timedelta
    ) -> tuple[PartitionValue, ...]:
        """Return bounds of UNIX_TIMESTAMP as wall clock: seconds may be any time zone's."""
        if self.function != "unix_timestamp":
            return bounds
        return tuple(
            _wall_clock(each, margin) if isinstance(each, Decimal) else each for each in bounds
        )


def _wall_clock(seconds: Decimal, margin: timedelta) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None) + margin
    except (OverflowError, ValueError, OSError):
        return None


def _listed(text: str, masked: str, start: int) -> Iterator[Described]:
    """Yield the partitions that a definition lists behind `start`."""
    for found in _DEFINITION.finditer(masked, start):
        name = text[found.start("name") : found.end("name")].strip("`\"'")
        if found["max"]:
            yield Described(name, found["max"])
        elif found["kind"]:
            opening = masked.index("(", found.end())
            yield Described(name, text[opening + 1 : closing(masked, opening) - 1])
        else:
            yield Described(name)


def _numbered(masked: str, start: int) -> list[Described]:
    """Return the partitions of ``PARTITIONS n``, which the server names."""
    found = _COUNT.search(masked, start)
    return [Described(f"p{number}") for number in range(min(int(found[1]), _MOST) if found else 0)]


def closing(masked: str, start: int = 0) -> int:
    """Return the place behind the parenthesis that closes the first one from `start` on."""
    depth = 0
    for found in re.finditer(r"[()]", masked[start:]):
        depth += 1 if found.group() == "(" else -1
        if depth == 0:
            return start + found.end()
    raise UnreadableSQL("a parenthesis is not closed")


def separated(text: str) -> list[str]:
    """Cut a list at its commas, but not inside parentheses or quotes."""
    masked, depth, start, found = mask(text, Engine.MYSQL), 0, 0, []
    for index, char in enumerate(masked):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            found.append(text[start:index])
            start = index + 1
    return [*found, text[start:]]


def _bare(text: str) -> str:
    """Return an expression without spaces and parentheses around it."""
    text = text.strip()
    while text.startswith("(") and closing(mask(text, Engine.MYSQL)) == len(text):
        text = text[1:-1].strip()
    return text
