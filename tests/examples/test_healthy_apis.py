"""False alarms: whole nights on healthy APIs of different make break nothing, whatever the seed.

One night of the two small APIs stands in every run; ten seeds of all three by ``tox -e seeds``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.judgement import Judgement
from contracts.verdict import Outcome
from tests.examples.healthy_apis import HEALTHY, HealthyApi

SEEDS = range(1, 11)
UNDETERMINED_BECAUSE = "the log cut "
"""The one reason that a healthy API leaves anything open: AWS cuts what it logs of a body at 1,024 bytes."""


@pytest.fixture(scope="module")
def healthy(request: pytest.FixtureRequest) -> Iterator[HealthyApi]:
    with HEALTHY[request.param]() as api:
        yield api


@pytest.fixture(autouse=True)
def _sandbox_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")


@pytest.mark.slow
@pytest.mark.parametrize("healthy", ["parcels-api", "petstore-mock"], indirect=True)
def test_a_night_on_a_healthy_api_breaks_nothing(healthy: HealthyApi, tmp_path: Path) -> None:
    assert_healthy(healthy.night(1, tmp_path / "recording"))


@pytest.mark.seeds
@pytest.mark.parametrize("healthy", list(HEALTHY), indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_seed_breaks_a_healthy_api(healthy: HealthyApi, seed: int, tmp_path: Path) -> None:
    assert_healthy(healthy.night(seed, tmp_path / "recording"))


def assert_healthy(judgement: Judgement) -> None:
    """Assert that a night saw all it asked for, and that nothing is broken or left open for an unknown reason."""
    assert judgement.internal_errors == ()
    assert [(verdict.rule, verdict.subject, verdict.message) for verdict in judgement.broken] == []
    open_ones = [verdict for verdict in judgement.verdicts if verdict.outcome is Outcome.UNDETERMINED]
    unexplained = [
        (verdict.rule, verdict.subject, finding.message)
        for verdict in open_ones
        for finding in verdict.findings
        if not finding.message.startswith(UNDETERMINED_BECAUSE)
    ]
    assert unexplained == []
    assert judgement.summary["held"] > len(judgement.contract.operations) * 10
    assert judgement.manifest.requested == judgement.manifest.sent
    assert {transaction.exchange.operation for transaction in judgement.transactions} >= {
        operation.name for operation in judgement.contract.operations
    }
