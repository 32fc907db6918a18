"""What the trials on all servers share: how many are made, and when a verdict is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, settings
from servers import Server

from lockplan.model.verdict import Outcome, Verdict
from tests.e2e.lock_strategies import Pair, World
from tests.engines.predicted import is_free, predicted

EXAMPLES = 15
"""How many sets of tables the short run makes; LOCKPLAN_FUZZ_EXAMPLES asks for more."""
PAIRS_PER_EXAMPLE = 8
asked_for = os.environ.get("LOCKPLAN_FUZZ_EXAMPLES")

in_short = settings(
    max_examples=int(asked_for or EXAMPLES),
    derandomize=asked_for is None,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
"""The settings of a run."""


def complaint(world: World, pair: Pair, said: Verdict, happened: Outcome | None) -> str:
    """Say everything that is needed to look into a pair."""
    return f"{happened}, lockplan says {said}\n{world}\n{pair}"


def said(world: World, pair: Pair, server: Server, known: Mapping[str, Any]) -> Verdict:
    """Return what lockplan says of a pair on a server, with the statistics that are known."""
    ground = (pair.isolation, server.kind, server.version, known, pair.autocommit)
    return predicted(world.ddl, pair.a, pair.b, *ground)


def is_too_free(said: Verdict, happened: Outcome | None) -> bool:
    """Whether a verdict says less than what happened."""
    if happened is Outcome.DEADLOCK:
        return said.outcome is not Outcome.DEADLOCK
    return happened is Outcome.WAIT and is_free(said)
