"""An HTTP API's configuration is read back as it was made; what may not be read is Missing, never false."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse

from contracts import recording_codec
from contracts.evidence import NOT_OF_HTTP_APIS, ApiKind, Configuration, Missing, Present
from gateway.http_api import CorsConfiguration, PayloadFormatVersion
from probes.api_reader import UnknownStageError
from probes.aws import AwsSession
from probes.http_api_configuration import collect_http_api_configuration
from sandbox.aws_side import start_aws_side
from sandbox.deploy_lambda import AwsClients

READ_AT = datetime(2026, 1, 2, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:notes"
ROUTES = 30


@pytest.fixture(scope="module")
def clients() -> Iterator[AwsClients]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url)
    side.stop()


@pytest.fixture(scope="module")
def http_api_id(clients: AwsClients) -> str:
    """Make an API with more routes than a page holds."""
    client = clients.get("apigatewayv2")
    cors = {"AllowOrigins": ["https://app.example.com"], "MaxAge": 60}
    made: str = client.create_api(Name="notes", ProtocolType="HTTP", CorsConfiguration=cors)["ApiId"]
    integration = client.create_integration(
        ApiId=made, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0"
    )
    authorizer = client.create_authorizer(
        ApiId=made,
        Name="tokens",
        AuthorizerType="REQUEST",
        IdentitySource=["$request.header.Authorization"],
        AuthorizerPayloadFormatVersion="2.0",
    )
    target = f"integrations/{integration['IntegrationId']}"
    for number in range(ROUTES):
        client.create_route(ApiId=made, RouteKey=f"GET /notes/{number}", Target=target)
    protected = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer["AuthorizerId"]}
    client.create_route(ApiId=made, RouteKey="$default", Target=target, **protected)
    settings = {
        "DestinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:/notes",
        "Format": "$context.requestId",
    }
    client.create_stage(ApiId=made, StageName="$default", AutoDeploy=True, AccessLogSettings=settings)
    clients.get("logs").create_log_group(logGroupName="/notes")
    return made


@pytest.fixture
def session(clients: AwsClients) -> AwsSession:
    made = boto3.Session(aws_access_key_id="x", aws_secret_access_key="y", region_name="us-east-1")
    return AwsSession(session=made, region="us-east-1", given_endpoint_url=clients.endpoint_url)


def _collect(session: AwsSession, http_api_id: str) -> Configuration:
    return collect_http_api_configuration(session, http_api_id, "$default", now=lambda: READ_AT)


def test_the_whole_configuration_is_read_with_every_page(session: AwsSession, http_api_id: str) -> None:
    found = _collect(session, http_api_id)
    assert found.api_kind is ApiKind.HTTP
    assert found.api_name == "notes"
    assert found.http is not None
    assert isinstance(found.http.http_api, Present)
    api = found.http.http_api.value
    assert len(api.routes) == ROUTES + 1
    default = api.route("$default")
    assert default is not None
    assert (default.is_protected, default.authorizer_name) == (True, "tokens")
    assert default.integration is not None
    assert default.integration.payload_format_version is PayloadFormatVersion.TWO
    assert api.cors_configuration == CorsConfiguration(allow_origins=("https://app.example.com",), max_age_s=60)
    assert isinstance(found.http.stage, Present)
    assert found.http.stage.value.auto_deploy
    assert isinstance(found.log_groups, Present)
    assert [(group.log_group_name, group.exists) for group in found.log_groups.value] == [("/notes", True)]
    assert found.rest_api == found.stage == NOT_OF_HTTP_APIS
    assert found.metadata.invoke_url.endswith(f"/_aws/execute-api/{http_api_id}/$default")


def test_alarms_are_read_that_name_the_api_rightly_or_wrongly(
    session: AwsSession, clients: AwsClients, http_api_id: str
) -> None:
    watched = {
        "right": ("5xx", {"ApiId": http_api_id, "Stage": "$default"}),
        "id-as-name": ("5XXError", {"ApiName": http_api_id}),
        "name": ("5xx", {"ApiName": "notes"}),
        "namesake": ("5XXError", {"ApiName": "notes", "Stage": "$default"}),  # of a REST API, perhaps
        "other-stage": ("5xx", {"ApiId": http_api_id, "Stage": "dev"}),
    }
    for name, (metric_name, dimensions) in watched.items():
        clients.get("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/ApiGateway",
            MetricName=metric_name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0.1,
            ComparisonOperator="GreaterThanThreshold",
        )
    found = _collect(session, http_api_id)
    assert isinstance(found.alarms, Present)
    assert {alarm.alarm_name for alarm in found.alarms.value} == {"right", "id-as-name", "name"}
    assert found.alarm_topics == Present(value=())


def test_the_configuration_survives_the_recording(session: AwsSession, http_api_id: str) -> None:
    found = _collect(session, http_api_id)
    assert recording_codec.decode(recording_codec.encode(found), Configuration) == found


def test_a_recording_from_before_http_apis_is_of_a_rest_api(session: AwsSession, http_api_id: str) -> None:
    plain = recording_codec.encode(_collect(session, http_api_id))
    del plain["http"]
    assert recording_codec.decode(plain, Configuration).api_kind is ApiKind.REST


def test_at_aws_the_default_stage_answers_at_the_root() -> None:
    made = boto3.Session(aws_access_key_id="x", aws_secret_access_key="y", region_name="eu-west-1")
    session = AwsSession(session=made, region="eu-west-1")
    root = "https://a1.execute-api.eu-west-1.amazonaws.com"
    assert session.http_api_invoke_url("a1", "$default") == root
    assert session.http_api_invoke_url("a1", "dev") == f"{root}/dev"


def test_an_unknown_api_or_stage_names_those_there_are(session: AwsSession, http_api_id: str) -> None:
    with pytest.raises(UnknownStageError, match=rf"no HTTP API 'nope'.*{http_api_id} \(notes\).*check http_api_id"):
        collect_http_api_configuration(session, "nope", "$default")
    with pytest.raises(UnknownStageError, match=r"has no stage 'dev'; its stages: \$default"):
        collect_http_api_configuration(session, http_api_id, "dev")


def test_a_websocket_api_is_refused(session: AwsSession, clients: AwsClients) -> None:
    made = clients.get("apigatewayv2").create_api(Name="chat", ProtocolType="WEBSOCKET")["ApiId"]
    with pytest.raises(UnknownStageError, match="is a WEBSOCKET API"):
        collect_http_api_configuration(session, made, "dev")


# -- what AWS refuses ---------------------------------------------------------------------------------------------

_PARTS = {
    "GetApi": ("apigatewayv2", "api", ""),
    "GetRoutes": ("apigatewayv2", "api", "/routes"),
    "GetIntegrations": ("apigatewayv2", "api", "/integrations"),
    "GetAuthorizers": ("apigatewayv2", "api", "/authorizers"),
    "GetStage": ("apigatewayv2", "stage", "/stages/$default"),
}


def _refusing(session: AwsSession, service: str, operation: str, code: str, status: int = 403) -> None:
    client = session.client(service)
    service_id = client.meta.service_model.service_id.hyphenize()
    answer = {"Error": {"Code": code, "Message": f"{operation} is refused"}, "ResponseMetadata": {}}
    refused = (SimpleNamespace(status_code=status), answer)
    client.meta.events.register(f"before-call.{service_id}.{operation}", lambda **_: refused)


def _missing(found: Configuration) -> dict[str, Missing]:
    assert found.http is not None
    parts = {"api": found.http.http_api, "stage": found.http.stage}
    return {name: part for name, part in parts.items() if isinstance(part, Missing)}


@pytest.mark.parametrize("operation", _PARTS)
def test_a_denied_read_makes_its_part_missing(session: AwsSession, http_api_id: str, operation: str) -> None:
    service, name, path = _PARTS[operation]
    _refusing(session, service, operation, "AccessDeniedException")
    missing = _missing(_collect(session, http_api_id))
    assert list(missing) == [name]
    assert missing[name].aws_error_code == "AccessDeniedException"
    resource = f"arn:aws:apigateway:us-east-1::/apis/{http_api_id}{path}"
    assert missing[name].remedy == f"allow apigateway:GET on {resource}"


@pytest.mark.parametrize("operation", _PARTS)
def test_a_throttled_read_is_tried_again(
    session: AwsSession, http_api_id: str, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def throttle_once(request: Any, **_: Any) -> AWSResponse | None:
        sent.append(request.url)
        if len(sent) > 1:
            return None
        headers = HTTPHeaders()
        headers["x-amzn-ErrorType"] = "TooManyRequestsException"
        return AWSResponse(request.url, 429, headers, HTTPResponse(body=BytesIO(b"{}"), preload_content=False))

    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    session.client("apigatewayv2").meta.events.register(f"before-send.*.{operation}", throttle_once)
    assert _missing(_collect(session, http_api_id)) == {}
    assert len(sent) >= 2


@pytest.mark.parametrize("operation", _PARTS)
def test_a_read_that_stays_throttled_is_missing(session: AwsSession, http_api_id: str, operation: str) -> None:
    service, name, _ = _PARTS[operation]
    _refusing(session, service, operation, "TooManyRequestsException", status=429)
    missing = _missing(_collect(session, http_api_id))
    assert list(missing) == [name]
    assert missing[name].reason.startswith("throttled after")
