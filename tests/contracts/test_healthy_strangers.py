"""Healthy APIs of every make must not be accused: over each the whole catalogue judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.judge import judge_run
from contracts.verdict import Outcome
from tests.contracts import healthy_fronts as fronts
from tests.contracts import healthy_services as services
from tests.contracts.healthy_strangers import guarded_function, sam_out_of_the_box, sam_proxy, serverless_proxy
from tests.contracts.rule_cases import run_of

STRANGERS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "SAM: Lambda proxies, data trace off": sam_proxy,
    "SAM: out of the box": sam_out_of_the_box,
    "Serverless Framework: a proxy that catches everything": serverless_proxy,
    "CDK: default preflight options and Cognito": fronts.cdk_default,
    "a function behind an authorizer, a key, a web ACL and a throttle": guarded_function,
    "Serverless Framework: functions behind templates": services.serverless_lambda,
    "a queue behind a service integration": services.sqs_integration,
    "a bucket with pictures": services.s3_proxy,
    "a private API before a load balancer": fronts.private_api,
    "a table and a workflow for signed calls": services.table_and_workflow,
    "an HTTP API behind a JWT authorizer": fronts.http_api,
    "a custom domain with mutual TLS and a base path": fronts.mutual_tls_domain,
}
BROKEN_WITH_REASON = {
    "SAM: out of the box": {
        ("OB001", "stage"): "no execution is logged, so no mapping and no failure can be explained",
        ("OB002", "stage"): "there is no access log",
        ("OB004", "stage"): "nothing is traced (a note)",
        ("AL004", "stage"): "no operation has metrics of its own (a note)",
        ("LM001", "stage"): "the stage may use the account's whole quota (a note)",
    },
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


BY_THE_ANSWER = {
    "BN001", "CO002", "CO003", "CO004", "CO005", "CO006", "CO008", "CO009", "CO011", "CO014", "ER004", "GR002", "IQ009",
    "LM003", "LM004", "MQ003", "MQ005", "MQ006", "MQ007", "MQ008", "MS001", "MS002", "MS004", "MS007", "MS008", "RT001",
    "RT002", "RT008", "SE002",
}  # fmt: skip
"""Rules that the answer alone, or the contract, lets hold."""

_PARTS = ("deployed", "current", "stage", "account", "alarms", "alarm_topics", "domain_names", "namesakes")


@pytest.mark.parametrize("name", STRANGERS)
def test_whoever_may_read_nothing_accuses_nobody_and_lets_only_answers_hold(name: str) -> None:
    told = STRANGERS[name]()
    unread = {"log": "missing", "access": "missing", "trace": "missing"}
    exchanges = [{**exchange, **unread} for exchange in told["exchanges"]]
    http = {"http": "missing"} if "http" in told else {}
    case = {**told, **dict.fromkeys(_PARTS, "missing"), **http, "exchanges": exchanges}
    judged = judge_run(run_of(case), CATALOGUE)
    outcomes = {outcome: {one.rule for one in judged.verdicts if one.outcome is outcome} for outcome in Outcome}
    assert not judged.internal_errors
    assert not outcomes[Outcome.BROKEN]
    assert outcomes[Outcome.HELD] <= BY_THE_ANSWER
