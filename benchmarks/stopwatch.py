"""CPU time, which a busy machine hardly changes."""

from __future__ import annotations

import time


class Stopwatch:
    """Counts from when it was made."""

    def __init__(self) -> None:
        self._begun = time.process_time()

    @property
    def cpu_s(self) -> float:
        """CPU seconds of all threads until now."""
        return time.process_time() - self._begun
