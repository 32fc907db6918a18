"""What the lock models cost: CPU milliseconds of a pair and of a statement, schema parsed once.

python benchmarks/pairs.py CASES

CASES is a file of JSON lines as `lockplan pair --cases` reads it. Nothing is remembered from one
measurement to the next: every statement is parsed anew.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import process_time
from typing import Any

import click

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from lockplan.cases import arguments_of  # noqa: E402  # found by the line above
from lockplan.pairs import Ground, Script, compare_sql  # noqa: E402
from lockplan.sql import read_ddl  # noqa: E402
from lockplan.sql.parse import forget_trees  # noqa: E402


@dataclass(slots=True)
class Times:
    """Milliseconds that were measured on one engine."""

    pairs: list[float] = field(default_factory=list)
    statements: list[float] = field(default_factory=list)


def milliseconds(done: Callable[[], object]) -> float:
    """Return the CPU time of a call that finds nothing parsed."""
    forget_trees()
    begun = process_time()
    done()
    return 1000 * (process_time() - begun)


def measure(case: dict[str, Any], times: Times) -> None:
    """Add the times of one case: of its pair, then of each of its statements alone."""
    arguments = arguments_of(case)
    arguments["schema"], _ = read_ddl(arguments["schema"])
    times.pairs.append(milliseconds(lambda: compare_sql(case["a"], case["b"], **arguments)))
    named = ("engine", "isolation", "schema", "statistics", "now")
    ground = Ground.of(**{name: arguments[name] for name in named})
    for text in (*case["a"], *case["b"]):
        script = Script("a", (text,))
        times.statements.append(milliseconds(lambda script=script: ground.footprint(script)))


def together(measured: Iterable[Times]) -> Times:
    """Return the times of all engines as one."""
    every = Times()
    for times in measured:
        every.pairs += times.pairs
        every.statements += times.statements
    return every


def line(name: str, times: Times) -> str:
    """Return an engine's line of the table."""
    figures = [
        figure
        for values in (times.pairs, times.statements)
        for figure in (median(values), quantiles(values, n=10)[-1])
    ]
    return f"{name:12} {len(times.pairs):6} " + " ".join(f"{figure:9.2f}" for figure in figures)


@click.command()
@click.argument("cases", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(cases: Path) -> None:
    """Print a line for each engine: median and ninth decile of a pair, of a footprint."""
    found: dict[str, Times] = defaultdict(Times)
    for text in cases.read_text(encoding="utf-8").splitlines():
        case = json.loads(text)
        measure(case, found[case["engine"]])
    print(f"{'':12} {'':6} {'CPU ms a pair':>19} {'CPU ms a footprint':>19}")
    print(f"{'engine':12} {'pairs':>6} " + " ".join(f"{name:>9}" for name in ("median", "p90") * 2))
    for name, times in (*found.items(), ("all", together(found.values()))):
        print(line(name, times))


if __name__ == "__main__":
    main()
