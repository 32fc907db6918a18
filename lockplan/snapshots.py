"""The snapshot file: a schema with statistics as JSON, for work without the server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lockplan.errors import InputError
from lockplan.model.region import parse_value
from lockplan.model.schema import (
    Column,
    ColumnStatistics,
    ColumnType,
    ForeignKey,
    Index,
    Partition,
    Partitioning,
    PartitionMethod,
    PartitionValue,
    Schema,
    Statistics,
    Table,
    Trigger,
    View,
)

VERSION = 1
_MARK = "lockplan_snapshot"
_WAY_OUT = "Write it again with `lockplan snapshot URL -o FILE`"


def snapshot_to_json(schema: Schema, server: str) -> str:
    """Return a snapshot's text; `server` says which one it shows, without credentials."""
    document = {_MARK: VERSION, "server": server, **_plain(schema)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_snapshot(file: Path) -> Schema:
    """Read a snapshot file; raises InputError for one that cannot be used."""
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(str(file), error.strerror or "cannot be read", _WAY_OUT) from error
    except (ValueError, RecursionError) as error:
        raise InputError(str(file), f"is not JSON: {error}", _WAY_OUT) from error
    version = document.get(_MARK) if isinstance(document, dict) else None
    if version != VERSION:
        problem = "is no snapshot" if version is None else f"is a snapshot of version {version}"
        raise InputError(str(file), f"{problem}, {VERSION} was expected", _WAY_OUT)
    try:
        return _schema(document)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise InputError(str(file), f"is damaged: {error!r}", _WAY_OUT) from error


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; what is as usual is left out."""
    if is_dataclass(value):
        found = ((each, getattr(value, each.name)) for each in fields(value) if each.init)
        return {each.name: _plain(own) for each, own in found if own != _usual(each)}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value.value if isinstance(value, StrEnum) else value


def _usual(each: Field[Any]) -> Any:
    return each.default if each.default is not MISSING else MISSING


def _schema(document: Mapping[str, Any]) -> Schema:
    return Schema(
        tuple(_table(each) for each in document.get("tables", ())),
        tuple(View(**_tuples(each, "columns")) for each in document.get("views", ())),
        tuple(Trigger(**_tuples(each, "events")) for each in document.get("triggers", ())),
        document.get("journal"),
    )


def _tuples(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: tuple(each) if name in names else each for name, each in said.items()}


def _table(said: Mapping[str, Any]) -> Table:
    columns = tuple(_column(each) for each in said["columns"])
    types = {column.name.lower(): column.type for column in columns}
    keys = ("columns", "parent_columns")
    made: dict[str, Any] = {
        **said,
        "columns": columns,
        "indexes": tuple(Index(**_tuples(each, "columns")) for each in said["indexes"]),
        "foreign_keys": tuple(
            ForeignKey(**_tuples(each, *keys)) for each in said.get("foreign_keys", ())
        ),
    }
    if "partitioning" in said:
        made["partitioning"] = _partitioning(said["partitioning"], types)
    if "statistics" in said:
        made["statistics"] = _statistics(said["statistics"], types)
    return Table(**made)


def _column(said: Mapping[str, Any]) -> Column:
    return Column(**{**said, "type": ColumnType(said["type"])})


def _statistics(said: Mapping[str, Any], types: Mapping[str, ColumnType]) -> Statistics:
    columns = {
        name: ColumnStatistics(
            _value(each.get("low"), types.get(name)),
            _value(each.get("high"), types.get(name)),
            each.get("distinct"),
        )
        for name, each in said.get("columns", {}).items()
    }
    return Statistics(said["rows"], MappingProxyType(columns), said.get("estimated", False))


def _partitioning(said: Mapping[str, Any], types: Mapping[str, ColumnType]) -> Partitioning:
    columns, function = tuple(said.get("columns", ())), said.get("function")
    bounds = [_bound_type(function, types[name]) for name in columns]
    return Partitioning(
        PartitionMethod(said["method"]),
        columns,
        function,
        tuple(_partition(each, bounds) for each in said.get("partitions", ())),
    )


def _bound_type(function: str | None, type: ColumnType) -> ColumnType:
    if function is None:
        return type
    return ColumnType.DATETIME if function == "unix_timestamp" else ColumnType.NUMBER


def _partition(said: Mapping[str, Any], types: Sequence[ColumnType]) -> Partition:
    return Partition(
        said["name"],
        tuple(_bounds(said.get("low", ()), types)),
        tuple(_bounds(said.get("high", ()), types)),
        tuple(tuple(_bounds(each, types)) for each in said.get("values", ())),
    )


def _bounds(said: Sequence[Any], types: Sequence[ColumnType]) -> Iterator[PartitionValue]:
    return (_value(*pair) for pair in zip_longest(said, types[: len(said)]))


def _value(said: Any, type: ColumnType | None) -> PartitionValue:
    return None if said is None else parse_value(str(said), type)
