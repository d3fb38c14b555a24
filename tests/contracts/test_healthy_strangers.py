"""Healthy APIs of every make must not be accused: over each the whole catalogue judges."""

from __future__ import annotations

import pytest

from contracts.catalogue import CATALOGUE
from contracts.judge import judge_run
from contracts.verdict import Outcome
from tests.contracts.healthy_strangers import STRANGERS
from tests.contracts.rule_cases import run_of

BROKEN_WITH_REASON = {
    "a Serverless Framework proxy that catches everything": {
        ("RT003", "ANY /"): "the root is handed to the application, and the contract has no operation there",
        ("RT003", "ANY /{proxy+}"): "whatever path is asked for is handed to the application",
    },
}
"""What is broken on a healthy stage all the same, by rule and subject, and why it is told."""


@pytest.mark.parametrize("name", STRANGERS)
def test_nothing_is_broken_but_what_has_its_reason(name: str) -> None:
    judged = judge_run(run_of(STRANGERS[name]()), CATALOGUE)
    assert not judged.internal_errors, judged.internal_errors[0].details
    broken = {(one.rule, one.subject): one.message for one in judged.verdicts if one.outcome is Outcome.BROKEN}
    assert broken.keys() == BROKEN_WITH_REASON.get(name, {}).keys(), broken
