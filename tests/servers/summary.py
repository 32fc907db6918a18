"""What became of the tests that need a real server, so that a skip is never silent.

Each test that uses a server carries the marker ``needs_mysql``, ``needs_mariadb`` …, and its
report names the server it ran on. Both travel with the reports, so this works with any runner.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from servers.server import KINDS, LABELS, Kind, Server

REQUIRE = "LOCKPLAN_REQUIRE_SERVERS"
USED = "real_server"
TOLD = "real_airflow"
"""The property of a report in which a test on a real Airflow says what it saw."""


@dataclass(frozen=True, slots=True)
class Account:
    """How many tests of one kind ran, were skipped, or broke before they began."""

    kind: Kind
    ran: int
    skipped: int
    broken: int
    servers: tuple[str, ...]
    """The servers that they ran on, ``MariaDB 10.11.19``."""
    reasons: tuple[str, ...]
    """Why tests were skipped."""
    required: bool

    @property
    def missed(self) -> bool:
        """Whether this kind was required and not one test ran on it."""
        return self.required and not self.ran

    def __str__(self) -> str:
        parts = []
        if self.ran:
            parts.append(f"{_tests(self.ran)} ran")
        if self.skipped:
            parts.append(f"SKIPPED {_tests(self.skipped)} ({'; '.join(self.reasons)})")
        if self.broken:
            parts.append(f"{_tests(self.broken)} BROKE in their setup")
        if self.missed:
            parts.append(f"FAILED, because {REQUIRE} wants a test that ran")
        name = ", ".join(self.servers) or LABELS[self.kind]
        return f"REAL SERVERS: {name}: {', '.join(parts)}"


def accounts(reports: Iterable[pytest.TestReport]) -> tuple[Account, ...]:
    """Count the reports per kind of server; a kind without tests has an account if required."""
    reports = tuple(reports)
    found = (
        _account(kind, [r for r in reports if f"needs_{kind}" in r.keywords]) for kind in KINDS
    )
    return tuple(a for a in found if a.ran or a.skipped or a.broken or a.required)


def _account(kind: Kind, reports: list[pytest.TestReport]) -> Account:
    skipped = [r for r in reports if _is_skip(r)]
    ran = [r for r in reports if r.when == "call" and not _is_skip(r)]
    properties = [value for r in ran for name, value in r.user_properties if name == USED]
    label = LABELS[kind]
    return Account(
        kind=kind,
        ran=len(ran),
        skipped=len(skipped),
        broken=sum(r.when == "setup" and r.failed for r in reports),
        servers=tuple(sorted({str(p) for p in properties if str(p).startswith(label)})),
        reasons=tuple(sorted({_reason(r) for r in skipped})),
        required=kind in required_kinds(),
    )


def required_kinds() -> tuple[Kind, ...]:
    """Give the kinds that ``LOCKPLAN_REQUIRE_SERVERS`` lists; an unknown word is an error."""
    words = [w.strip().lower() for w in os.environ.get(REQUIRE, "").split(",") if w.strip()]
    if unknown := sorted(set(words) - set(KINDS)):
        raise pytest.UsageError(f"{REQUIRE} knows {', '.join(KINDS)}, not {', '.join(unknown)}")
    return tuple(kind for kind in KINDS if kind in words)


def servers_used(values: Iterable[Any]) -> list[tuple[str, str]]:
    """Give the report properties that name the servers among a test's fixture values."""
    return sorted({(USED, str(value)) for value in values if isinstance(value, Server)})


def _is_skip(report: pytest.TestReport) -> bool:
    # A test that was expected to fail and did is reported as skipped too, but it ran.
    return report.skipped and not hasattr(report, "wasxfail")


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _tests(count: int) -> str:
    return f"{count} test" if count == 1 else f"{count} tests"


def told(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return what tests on a real Airflow saw."""
    return [
        str(value)
        for report in reports
        for name, value in report.user_properties
        if name == TOLD and report.when == "call"
    ]
