"""What the commands cost: CPU seconds of whole processes, median of several runs.

python benchmarks/commands.py [RUNS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--help",),
    ("analyze", "samples/dags", "--schema", "samples/schema.sql"),
    ("analyze", "samples/dags", "--schema", "samples/schema.sql", "--format", "json"),
    ("analyze", "samples/dags"),
)


def cpu_s(arguments: tuple[str, ...]) -> float:
    """Return user and system seconds of one run."""
    before = os.times()
    command = [sys.executable, "-m", "lockplan", *arguments]
    subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user - before.children_user
    return used + after.children_system - before.children_system


def main() -> None:
    """Print a table: least, median and most of the runs."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'CPU seconds of':60} {'least':>6} {'median':>6} {'most':>6}")
    for arguments in COMMANDS:
        times = [cpu_s(arguments) for _ in range(runs)]
        figures = (min(times), statistics.median(times), max(times))
        name = " ".join(("lockplan", *arguments))
        print(f"{name:60} " + " ".join(f"{figure:6.2f}" for figure in figures))


if __name__ == "__main__":
    main()
