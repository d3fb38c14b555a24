"""A web ACL before a stage: what its rules match is blocked by the gateway's own answer, at once and only so long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.rest_api import (
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    Resource,
    RestApi,
    Stage,
)
from sandbox.deploy import AwsClients, Deployed, deploy
from sandbox.sandbox import Sandbox

MOCK = Integration(
    integration_type=IntegrationType.MOCK,
    request_templates={"application/json": '{"statusCode": 200}'},
    integration_responses=(IntegrationResponse(status_code="200", response_templates={"application/json": "{}"}),),
)
VISIBILITY = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "test"}


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[AwsClients, Deployed]]:
    get = Method(http_method="GET", integration=MOCK, method_responses=(MethodResponse(status_code="200"),))
    api = RestApi(name="walled", resources=(Resource(path="/mock", methods=(get,)),))
    with Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url)
        yield clients, deploy(api, clients=clients, stage=Stage(stage_name="dev"))


def _rule(name: str, priority: int, action: str, **sought: Any) -> dict[str, Any]:
    transformations = [{"Priority": 0, "Type": "NONE"}]
    return {
        "Name": name,
        "Priority": priority,
        "Action": {action: {}},
        "Statement": {"ByteMatchStatement": {**sought, "TextTransformations": transformations}},
        "VisibilityConfig": VISIBILITY,
    }


@pytest.mark.parametrize(
    ("name", "rules", "default", "query", "status"),
    [
        ("blocked", [("Block", "CONTAINS", b"union")], "Allow", "?q=a+union+b", 403),
        ("not-matched", [("Block", "CONTAINS", b"union")], "Allow", "?q=a", 200),
        ("allowed-first", [("Allow", "STARTS_WITH", b"q="), ("Block", "CONTAINS", b"union")], "Allow", "?q=union", 200),
        ("counted", [("Count", "CONTAINS", b"union")], "Allow", "?q=union", 200),
        ("default", [("Allow", "EXACTLY", b"q=a")], "Block", "?q=b", 403),
    ],
)
def test_rules_decide_in_their_order(  # noqa: PLR0913, PLR0917 - a table
    stage: tuple[AwsClients, Deployed],
    name: str,
    rules: list[tuple[str, str, bytes]],
    default: str,
    query: str,
    status: int,
) -> None:
    clients, deployed = stage
    firewall = clients.get("wafv2")
    written = [
        _rule(
            f"{name}-{number}",
            number,
            action,
            SearchString=text,
            FieldToMatch={"QueryString": {}},
            PositionalConstraint=where,
        )
        for number, (action, where, text) in enumerate(rules)
    ]
    created = firewall.create_web_acl(
        Name=name, Scope="REGIONAL", DefaultAction={default: {}}, Rules=written, VisibilityConfig=VISIBILITY
    )
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{deployed.rest_api_id}/stages/dev"
    firewall.associate_web_acl(WebACLArn=created["Summary"]["ARN"], ResourceArn=arn)
    try:
        answer = httpx.get(f"{deployed.invoke_url}/mock{query}")
    finally:
        firewall.disassociate_web_acl(ResourceArn=arn)
    assert answer.status_code == status
    if status == 403:
        assert (answer.json(), answer.headers["x-amzn-ErrorType"]) == ({"message": "Forbidden"}, "ForbiddenException")
    assert httpx.get(f"{deployed.invoke_url}/mock{query}").status_code == 200
