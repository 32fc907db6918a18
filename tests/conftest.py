"""Fixtures for tests on real servers, and the account of which of them ran."""

from collections.abc import Iterator

import pytest
from servers import (
    INNODB,
    KINDS,
    Account,
    Kind,
    NoServerError,
    Server,
    accounts,
    find_server,
    required_kinds,
    servers_used,
    told,
)


def running(kind: Kind) -> Iterator[Server]:
    """Give one server for the whole run, or skip with the way to get one."""
    try:
        with find_server(kind) as server:
            yield server
    except NoServerError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[Server]:
    """A real MySQL."""
    yield from running("mysql")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[Server]:
    """A real MariaDB."""
    yield from running("mariadb")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A real PostgreSQL."""
    yield from running("postgresql")


@pytest.fixture(scope="session", params=INNODB)
def innodb_server(request: pytest.FixtureRequest) -> Server:
    """Each of the two in turn: the test runs once on MySQL and once on MariaDB."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    return server


def pytest_configure(config: pytest.Config) -> None:
    required_kinds()  # a misspelt name must not pass as "nothing required"
    for kind in KINDS:
        config.addinivalue_line(
            "markers",
            f"needs_{kind}: runs on a real {kind} server (set by the fixtures themselves)",
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the servers that its fixtures ask for."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        for kind in KINDS:
            asked = f"{kind}_server" in getattr(item, "fixturenames", ())
            if asked or parameters.get("innodb_server") == kind:
                item.add_marker(f"needs_{kind}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Note in the test's report which server it runs on."""
    item.user_properties += servers_used(getattr(item, "funcargs", {}).values())


def reported(config: pytest.Config) -> list[pytest.TestReport]:
    """Give the reports that the terminal has been told."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    stats = terminal.stats.values() if terminal else ()
    return [r for reports in stats for r in reports if isinstance(r, pytest.TestReport)]


def counted(config: pytest.Config) -> tuple[Account, ...]:
    """Count the tests that needed a server."""
    return accounts(reported(config))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run in which a required kind of server ran no test."""
    if not session.config.option.collectonly and any(a.missed for a in counted(session.config)):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say for each kind of server whether its tests ran, and why not; and what Airflow did."""
    for account in () if config.option.collectonly else counted(config):
        wanting = account.skipped or account.broken or account.missed
        terminalreporter.write_line(str(account), bold=True, red=bool(wanting), green=not wanting)
    for line in told(reported(config)):
        terminalreporter.write_line(f"REAL AIRFLOW: {line}", bold=True)
