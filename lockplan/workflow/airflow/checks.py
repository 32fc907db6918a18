"""The SQL that Airflow's check operators make of a table's name and what is to hold for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from lockplan.workflow.values import Site, Text, Value

_COLUMN_CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "null_check": "SUM(CASE WHEN {0} IS NULL THEN 1 ELSE 0 END)",
        "distinct_check": "COUNT(DISTINCT({0}))",
        "unique_check": "COUNT({0}) - COUNT(DISTINCT({0}))",
        "min": "MIN({0})",
        "max": "MAX({0})",
    }
)


def built_sql(operator: str, arguments: Mapping[str, Value], site: Site) -> list[Value]:
    """Return the texts that a check operator builds, none where what it checks is not known."""
    makers = (make for end, make in _BUILDERS.items() if operator.endswith(end))
    make = next(makers, None)
    if make is None or not isinstance(arguments.get("table"), str | Text):
        return []
    return make(arguments, site)


def _column_checks(arguments: Mapping[str, Value], site: Site) -> list[Value]:
    columns = arguments.get("column_mapping")
    if not columns or not site.interpreter.known(columns) or not _checks_are_named(columns):
        return []
    selects = [
        _select(
            f" SELECT '{column}' AS col_name, '{check}' AS check_type,"
            f" {column}_{check} AS check_result FROM (SELECT"
            f" {_COLUMN_CHECKS[check].format(column)} AS {column}_{check} FROM ",
            arguments,
            values,
        )
        for column, checks in columns.items()
        for check, values in checks.items()
    ]
    return [_union("SELECT col_name, check_type, check_result FROM (", selects, "check_columns")]


def _checks_are_named(columns: Value) -> bool:
    return isinstance(columns, dict) and all(
        isinstance(checks, dict) and checks.keys() <= _COLUMN_CHECKS.keys()
        for checks in columns.values()
    )


def _table_checks(arguments: Mapping[str, Value], site: Site) -> list[Value]:
    checks = arguments.get("checks")
    if not isinstance(checks, dict) or not checks or not all(map(_has_statement, checks.values())):
        return []
    selects = [
        _select(
            Text.join(
                [
                    f" SELECT '{name}' AS check_name, MIN({name}) AS check_result FROM"
                    " (SELECT CASE WHEN ",
                    check["check_statement"],
                    f" THEN 1 ELSE 0 END AS {name} FROM ",
                ]
            ),
            arguments,
            check,
        )
        for name, check in checks.items()
    ]
    return [_union("SELECT check_name, check_result FROM (", selects, "check_table")]


def _has_statement(check: Value) -> bool:
    return isinstance(check, dict) and isinstance(check.get("check_statement"), str | Text)


def _interval_checks(arguments: Mapping[str, Value], site: Site) -> list[Value]:
    metrics, days = arguments.get("metrics_thresholds"), arguments.get("days_back", -7)
    column = arguments.get("date_filter_column", "ds")
    if not isinstance(metrics, dict) or not metrics or not isinstance(days, int):
        return []
    if not all(isinstance(text, str) for text in (*metrics, column)):
        return []
    before = f"SELECT {', '.join(sorted(metrics))} FROM "
    moments = ("ds", f"macros.ds_add(ds, {-abs(days)})")
    return [
        Text.join([before, arguments["table"], f" WHERE {column}='{{{{ {moment} }}}}'"])
        for moment in moments
    ]


def _select(before: str | Text, arguments: Mapping[str, Value], check: Value) -> str | Text:
    clauses = list(_partition_clauses(arguments, check))
    where: list[str | Text] = []
    for position, clause in enumerate(clauses):
        where += [" AND " if position else " WHERE ", clause]
    return Text.join([before, arguments["table"], *(where or [" "]), ") AS sq "])


def _partition_clauses(arguments: Mapping[str, Value], check: Value) -> Iterator[str | Text]:
    given = (arguments, check if isinstance(check, dict) else {})
    for clause in (one.get("partition_clause") for one in given):
        if isinstance(clause, str | Text) and clause:
            yield clause


def _union(before: str, selects: list[str | Text], name: str) -> str | Text:
    pieces: list[str | Text] = [before]
    for position, select in enumerate(selects):
        pieces += ["UNION ALL" if position else "", select]
    return Text.join([*pieces, f") AS {name}"])


_BUILDERS: Mapping[str, Callable[[Mapping[str, Value], Site], list[Value]]] = MappingProxyType(
    {
        "ColumnCheckOperator": _column_checks,
        "TableCheckOperator": _table_checks,
        "IntervalCheckOperator": _interval_checks,
    }
)
