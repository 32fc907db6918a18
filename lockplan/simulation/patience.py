"""What servers do with a task that waits for a lock: how long, in which order, and with what end.

Sources: the MySQL manual on ``innodb_lock_wait_timeout``, ``lock_wait_timeout`` and deadlock
detection, PostgreSQL's on ``deadlock_timeout``, SQLite's on its busy handler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from lockplan.model.night import LockSystem, ServerSettings

LOCK_WAIT_TIMEOUT = "1205"
DEADLOCK = "1213"
NO_NEXT_VALUE = "1467"
POSTGRESQL_LOCK_TIMEOUT = "55P03"
POSTGRESQL_DEADLOCK = "40P01"
SQLITE_BUSY = "database is locked"


@dataclass(frozen=True, slots=True)
class Patience:
    """How one lock system treats those who wait."""

    timeout_s: float
    error: str
    """What the task gets then; its transaction keeps what it locked before."""
    deadlock_after_s: float = 0.0
    """From the start of a wait until a deadlock is looked for; infinite where it never is."""
    deadlock_error: str = DEADLOCK
    """What the victim gets; its whole transaction is rolled back at once."""
    spares_the_larger: bool = False
    """Whether the victim is the one that has changed less, not the one that noticed."""


def patience(settings: ServerSettings) -> Mapping[LockSystem, Patience]:
    """Return how each lock system treats those who wait."""
    rows_s = settings.innodb_lock_wait_timeout_s
    metadata_s = settings.lock_wait_timeout_s
    mariadb_s = settings.mariadb_lock_wait_timeout_s
    return {
        LockSystem.INNODB_ROWS: Patience(rows_s, LOCK_WAIT_TIMEOUT, spares_the_larger=True),
        LockSystem.MYSQL_METADATA: Patience(metadata_s, LOCK_WAIT_TIMEOUT),
        LockSystem.MARIADB_METADATA: Patience(mariadb_s, LOCK_WAIT_TIMEOUT),
        LockSystem.MARIADB_COUNTER: Patience(
            rows_s, NO_NEXT_VALUE, deadlock_error=NO_NEXT_VALUE, spares_the_larger=True
        ),
        LockSystem.POSTGRESQL: Patience(
            settings.lock_timeout_s,
            POSTGRESQL_LOCK_TIMEOUT,
            settings.deadlock_timeout_s,
            POSTGRESQL_DEADLOCK,
        ),
        LockSystem.SQLITE: Patience(settings.sqlite_timeout_s, SQLITE_BUSY, inf),
        LockSystem.OTHER: Patience(inf, "", deadlock_error="deadlock"),
    }
