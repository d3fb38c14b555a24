"""What the gateway knows of a request before its first step, and which deployment answers it."""

from __future__ import annotations

import uuid

import pytest

from gateway.context import request_context
from gateway.messages import ClientRequest, Headers
from gateway.rest_api import CanarySettings, RestApi, Stage
from sandbox.snapshot import DeployedStage
from sandbox.stage_driver import INVALID_REQUEST_ID, Arrival, _with_canary, gateway_context
from sandbox.stage_server import stage_target


def deployed(percent: float | None = None) -> DeployedStage:
    canary = None
    if percent is not None:
        canary = CanarySettings(
            percent_traffic=percent, deployment_id="canary", stage_variable_overrides={"colour": "yellow"}
        )
    return DeployedStage(
        rest_api=RestApi(name="base", rest_api_id="abc"),
        stage=Stage(
            stage_name="dev", deployment_id="base", variables={"colour": "blue", "size": "l"}, canary_settings=canary
        ),
        account_id="123456789012",
        region="eu-west-1",
        canary_rest_api=RestApi(name="canary", rest_api_id="abc"),
    )


def arrival(**headers: str) -> Arrival:
    request = ClientRequest(http_method="GET", path="/", headers=Headers.of(headers))
    return Arrival(request=request, signed_path="/", received_at=1_700_000_000.0)


@pytest.mark.parametrize(("percent", "name"), [(None, "base"), (0.0, "base"), (100.0, "canary")])
def test_a_canary_answers_its_share(percent: float | None, name: str) -> None:
    assert {_with_canary(deployed(percent)).rest_api.name for _ in range(20)} == {name}


def test_a_canary_has_its_own_deployment_and_variables() -> None:
    stage = _with_canary(deployed(100.0)).stage
    assert (stage.deployment_id, dict(stage.variables)) == ("canary", {"colour": "yellow", "size": "l"})


@pytest.mark.parametrize(("percent", "told"), [(None, None), (0.0, "false"), (100.0, "true")])
def test_the_context_tells_whether_a_canary_answers(percent: float | None, told: str | None) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html."""
    arrived = arrival()
    context = gateway_context(_with_canary(deployed(percent)), arrived, None)
    assert request_context(arrived.request, context, "GET").get("isCanaryRequest") == told


def test_request_ids() -> None:
    own = str(uuid.uuid4())
    given = {"x-amzn-RequestId": own}
    assert gateway_context(deployed(), arrival(**given), None).request_id == own
    given = {"x-amzn-RequestId": "mine"}
    assert gateway_context(deployed(), arrival(**given), None).request_id == INVALID_REQUEST_ID
    made = gateway_context(deployed(), arrival(), None)
    uuid.UUID(made.request_id)
    assert len(made.extended_request_id) == 16
    assert made.domain_name == "abc.execute-api.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("raw_path", "host", "target"),
    [
        ("/restapis/abc/dev/_user_request_/a%2Fb", "127.0.0.1:1", ("abc", "dev", "/a%2Fb")),
        ("/restapis/abc/dev/_user_request_", "x", ("abc", "dev", "/")),
        ("/restapis/abc/dev/_user_request_/", "x", ("abc", "dev", "/")),
        ("/restapis/abc/stages/dev", "127.0.0.1:1", None),
        ("/restapis/abc/dev/_user_request_other", "x", None),
        ("/dev/users", "abc.execute-api.us-east-1.amazonaws.com", ("abc", "dev", "/users")),
        ("/_aws/execute-api/abc/dev/users", "127.0.0.1:1", ("abc", "dev", "/users")),
        ("/dev", "ABC.execute-api.localhost.localstack.cloud:4566", ("abc", "dev", "/")),
        ("/dev/users", "abc.s3.amazonaws.com", None),
    ],
)
def test_a_stage_is_found_by_path_or_host(raw_path: str, host: str, target: tuple[str, str, str] | None) -> None:
    assert stage_target(raw_path, host) == target
