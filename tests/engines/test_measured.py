"""The measured pairs without a server: what lockplan says is never freer than what happened."""

from __future__ import annotations

import pytest

from lockplan.model.verdict import Certainty
from tests.engines.measured import VERSIONS, measured_pairs
from tests.engines.predicted import is_free

PAIRS = measured_pairs()


@pytest.mark.parametrize("kind", VERSIONS)
@pytest.mark.parametrize("name", PAIRS)
def test_what_a_server_stopped_is_never_called_free(name: str, kind: str) -> None:
    pair = PAIRS[name]
    if pair.stops[kind] != "none":
        assert not is_free(pair.verdict(kind))


@pytest.mark.parametrize("kind", VERSIONS)
@pytest.mark.parametrize("name", PAIRS)
def test_what_a_server_let_pass_is_never_called_certain(name: str, kind: str) -> None:
    pair = PAIRS[name]
    if pair.stops[kind] == "none":
        found = pair.verdict(kind)
        assert is_free(found) or found.certainty is not Certainty.CERTAIN


@pytest.mark.parametrize("kind", VERSIONS)
@pytest.mark.parametrize("name", [name for name in PAIRS if PAIRS[name].turns])
def test_a_deadlock_by_turns_is_called_and_a_mere_wait_is_none(name: str, kind: str) -> None:
    pair = PAIRS[name]
    assert pair.verdict(kind).deadlock == (pair.stops[kind] == "deadlock")
