"""Healthy APIs of every make must not be accused: over each the whole catalogue judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.judge import judge_run
from contracts.verdict import Outcome
from tests.contracts import healthy_services as services
from tests.contracts.healthy_strangers import sam_proxy, serverless_proxy
from tests.contracts.rule_cases import run_of

STRANGERS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "SAM: Lambda proxies, data trace off": sam_proxy,
    "Serverless Framework: a proxy that catches everything": serverless_proxy,
    "CDK: default preflight options and Cognito": services.cdk_default,
    "a queue behind a service integration": services.sqs_integration,
    "a bucket with pictures": services.s3_proxy,
    "a private API before a load balancer": services.private_api,
    "a table and a workflow for signed calls": services.table_and_workflow,
    "a custom domain with mutual TLS and a base path": services.mutual_tls_domain,
}
BROKEN_WITH_REASON = {
    "Serverless Framework: a proxy that catches everything": {
        ("RT003", "ANY /"): "the root is handed to the application, and the contract has no operation there",
        ("RT003", "ANY /{proxy+}"): "whatever path is asked for is handed to the application",
    },
    "a private API before a load balancer": {
        ("RT003", "ANY /{proxy+}"): "whatever path is asked for is handed to the load balancer",
    },
}
"""What is broken on a healthy stage all the same, by rule and subject, and why it is told."""


@pytest.mark.parametrize("name", STRANGERS)
def test_nothing_is_broken_but_what_has_its_reason(name: str) -> None:
    judged = judge_run(run_of(STRANGERS[name]()), CATALOGUE)
    assert not judged.internal_errors, judged.internal_errors[0].details
    broken = {(one.rule, one.subject): one.message for one in judged.verdicts if one.outcome is Outcome.BROKEN}
    assert broken.keys() == BROKEN_WITH_REASON.get(name, {}).keys(), broken
