"""Airflow's macros on dates: ``macros.ds_add`` and its kind, in templates and in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.methods import Factory, argument
from lockplan.workflow.dates import ISO_DATE, formatted, parsed, shift
from lockplan.workflow.values import DateExpr, Native, Site, Text, Value

_STANDARD = ("datetime", "timedelta", "time", "dateutil", "json", "random", "uuid")


class Macros(Native):
    """The object ``macros`` of a task's context."""

    __slots__ = ()

    def describe(self) -> str:
        return "macros"

    def attribute(self, name: str, site: Site) -> Value:
        found = resolve(f"airflow.macros.{name}")
        if found is not None:
            return found
        if name not in _STANDARD:
            return Unknown(f"macros.{name}")
        dotted = f"datetime.{name}" if name in ("datetime", "timedelta") else name
        return site.interpreter.names.resolve(dotted)


def resolve(dotted: str) -> Native | None:
    """Return the model of one of Airflow's date macros."""
    if not dotted.startswith("airflow.") or ".macros." not in dotted:
        return None
    name = dotted.rpartition(".")[2]
    return Factory(f"macros.{name}", _MACROS[name]) if name in _MACROS else None


def _ds_add(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    days = argument(args, kwargs, 1, "days")
    moment = _moment(argument(args, kwargs, 0, "ds"), ISO_DATE)
    if not isinstance(days, int):
        return Unknown("ds_add by days that are not known")
    if isinstance(moment, Unknown):
        return moment
    return _text(_moved(moment, timedelta(days=days)), ISO_DATE)


def _ds_format(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    before = argument(args, kwargs, 1, "input_format")
    after = argument(args, kwargs, 2, "output_format")
    if not isinstance(before, str) or not isinstance(after, str):
        return Unknown("ds_format with a format that is not known")
    moment = _moment(argument(args, kwargs, 0, "ds"), before)
    return moment if isinstance(moment, Unknown) else _text(moment, after)


def _moment(value: Value, format: str) -> DateExpr | datetime | Unknown:
    if isinstance(value, DateExpr):
        return value
    if isinstance(value, Text):
        return parsed(value, format)
    try:
        return datetime.strptime(value, format)
    except (TypeError, ValueError):
        return value if isinstance(value, Unknown) else Unknown("a date that is not known")


def _moved(moment: DateExpr | datetime, distance: timedelta) -> DateExpr | datetime:
    return moment + distance if isinstance(moment, datetime) else shift(moment, distance)


def _text(moment: DateExpr | datetime, format: str) -> str | Text:
    return moment.strftime(format) if isinstance(moment, datetime) else formatted(moment, format)


_MACROS: Mapping[str, Callable[[list[Value], dict[str, Value], Site], Value]] = MappingProxyType(
    {"ds_add": _ds_add, "ds_format": _ds_format}
)
