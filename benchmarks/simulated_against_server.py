"""The sample's nights on a real MySQL beside the simulation: who waits, who fails, how long.

python benchmarks/simulated_against_server.py [SECONDS]      default: 6

So many real seconds stand for a minute of the night. Threads run the tasks of `auto` and `inten`,
as they stand and planned, with the statements that lockplan read, in real transactions; the
server's timeout is 50 s of the night. What was measured goes to `samples/measurements.json`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from e2e.real_nights import Comparison, Two, compare  # noqa: E402
from servers import Server, find_server  # noqa: E402

import lockplan  # noqa: E402
from lockplan.model.timeline import Timeline  # noqa: E402

SAMPLES = ROOT / "samples"
MEASUREMENTS = SAMPLES / "measurements.json"
LOGICAL_DATE = datetime(2026, 11, 15)
"""The last day of the sample's rows."""
TIMEOUT_S = 50.0
DAGS = ("auto", "inten")
ABOUT = (
    "Nights of the sample on a real MySQL, beside which notebooks and tests put the simulation. "
    "Times are seconds of the night; nights: each with its tasks in the order of the DAG "
    "(task, state, start_s, end_s, error) and its waits "
    "(requester, holder, start_s, end_s), read from performance_schema.data_lock_waits. "
    "Written by benchmarks/simulated_against_server.py."
)


def main() -> None:
    """Print two lines for each DAG and the pairs that differ, and keep what was measured."""
    scale = (float(sys.argv[1]) if len(sys.argv) > 1 else 6.0) / 60.0
    analysis = lockplan.analyze(
        SAMPLES / "dags", schema=SAMPLES / "schema.sql", logical_date=LOGICAL_DATE
    ).analysis
    with find_server("mysql") as server:
        found = []
        for dag_id, planned in product(DAGS, (False, True)):
            found.append(
                compare(server, analysis, dag_id, planned=planned, scale=scale, timeout_s=TIMEOUT_S)
            )
            print(*told(found[-1]), sep="\n", flush=True)
        keep(server, scale, found)


def told(each: Comparison) -> Iterable[str]:
    """Yield what one night shows."""
    yield f"{each.name}:"
    for name, timeline in (("simulated", each.simulated), ("measured", each.measured)):
        errors = [error for _, error in timeline.errors()]
        yield (
            f"  {name:9}  makespan {timeline.makespan_s:6.0f} s  lock waits "
            f"{timeline.lock_wait_s:6.0f} s  failed {', '.join(sorted(errors)) or 'none'}"
        )
        yield from (f"    {key}: {error}" for key, error in timeline.errors())
    yield f"  pairs that waited: {len(each.both)} in both"
    yield from _pairs("simulated alone", each.only_simulated)
    yield from _pairs("measured alone", each.only_measured)
    yield from _pairs("measured, and never said to wait", each.not_foreseen)


def _pairs(name: str, found: set[Two]) -> Iterable[str]:
    yield f"  {name}: {len(found)}"
    yield from (f"    {' and '.join(sorted(map(str, pair)))}" for pair in sorted(found, key=sorted))


def keep(server: Server, scale: float, found: Iterable[Comparison]) -> None:
    """Write what was measured."""
    text = json.dumps(
        {
            "about": ABOUT,
            "server": f"MySQL {server.version}",
            "logical_date": LOGICAL_DATE.date().isoformat(),
            "innodb_lock_wait_timeout_s": TIMEOUT_S,
            "real_seconds_for_a_minute": scale * 60,
            "nights": {each.name: _as_json(each.measured) for each in found},
        },
        indent=1,
    )
    MEASUREMENTS.write_text(f"{text}\n", encoding="utf-8")


def _as_json(timeline: Timeline) -> dict[str, Any]:
    return {
        "tasks": [
            [str(run.task), str(run.state), round(run.start_s, 1), round(run.end_s, 1), run.error]
            for run in timeline.runs
        ],
        "waits": [
            [str(run.task), str(wait.holder), round(wait.start_s, 1), round(wait.end_s, 1)]
            for run in timeline.runs
            for wait in run.waits
        ],
    }


if __name__ == "__main__":
    main()
