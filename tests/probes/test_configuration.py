"""A stage's configuration is read back as it was deployed; what may not be read is Missing, never false."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from urllib3 import HTTPResponse

from contracts.evidence import AlarmMetric, Configuration, DomainName, Missing, Present
from gateway import openapi
from gateway.rest_api import (
    ApiKey,
    ApiKeySource,
    AuthorizationType,
    Authorizer,
    AuthorizerType,
    ContentHandling,
    GatewayResponse,
    GatewayResponseType,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    Model,
    PassthroughBehavior,
    RequestValidator,
    Resource,
    RestApi,
    Stage,
    UsagePlan,
)
from probes.api_reader import UnknownStageError
from probes.aws import AwsError, AwsSession
from probes.configuration import collect_configuration, find_rest_api
from sandbox.aws_side import start_aws_side
from sandbox.deploy import AwsClients, Deployed, deploy, load_document, observed_stage

DOCUMENT = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"
READ_AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def clients() -> Iterator[AwsClients]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url)
    side.stop()


@pytest.fixture(scope="module")
def example() -> RestApi:
    return openapi.read(load_document(DOCUMENT)).rest_api


@pytest.fixture(scope="module")
def deployed(clients: AwsClients, example: RestApi) -> Deployed:
    key = ApiKey(api_key_id="", name="night", value="n" * 20)
    made = deploy(
        example,
        clients=clients,
        stage=observed_stage("dev", log_group_name="/access/dev", clients=clients, variables={"directoryHost": "x"}),
        usage_plans=[UsagePlan(usage_plan_id="", name="nightly", api_keys=(key,))],
    )
    _surround(clients, made, api_name=example.name)
    return made


def _surround(clients: AwsClients, deployed: Deployed, *, api_name: str) -> None:
    """Give the stage a custom domain, alarms of many kinds, and an API of the same name beside it."""
    gateway, cloudwatch = clients.get("apigateway"), clients.get("cloudwatch")
    for name in ("api.example.com", "other.example.com"):
        gateway.create_domain_name(domainName=name, securityPolicy="TLS_1_2")
    gateway.create_base_path_mapping(
        domainName="api.example.com", restApiId=deployed.rest_api_id, stage=deployed.stage_name, basePath="v1"
    )
    other = gateway.create_rest_api(name=api_name)
    gateway.create_base_path_mapping(domainName="other.example.com", restApiId=other["id"])
    topic = clients.get("sns").create_topic(Name="night")["TopicArn"]
    clients.get("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:night")
    every = {"Period": 60, "EvaluationPeriods": 3, "Threshold": 0.05, "ComparisonOperator": "GreaterThanThreshold"}
    own = [{"Name": "ApiName", "Value": api_name}, {"Name": "Stage", "Value": deployed.stage_name}]
    alarm = {**every, "Namespace": "AWS/ApiGateway", "MetricName": "5XXError", "Statistic": "Average"}
    for name, dimensions in {
        "own": own,
        "other-stage": [own[0], {"Name": "Stage", "Value": "other"}],
        "other-api": [{"Name": "ApiName", "Value": "other"}],
        "by-id": [{"Name": "ApiId", "Value": deployed.rest_api_id}],
    }.items():
        cloudwatch.put_metric_alarm(
            AlarmName=name, **alarm, Dimensions=dimensions, AlarmActions=[topic, topic + "-gone"]
        )
    stat = {"Metric": {"Namespace": "AWS/ApiGateway", "MetricName": "Count", "Dimensions": own}, "Period": 60}
    math = [
        {"Id": "e", "Expression": "FILL(m, 0)", "ReturnData": True},
        {"Id": "m", "MetricStat": {**stat, "Stat": "Sum"}, "ReturnData": False},
    ]
    del every["Period"]
    cloudwatch.put_metric_alarm(
        AlarmName="math", **every, Metrics=math, TreatMissingData="breaching", DatapointsToAlarm=2
    )
    cloudwatch.put_composite_alarm(AlarmName="between", AlarmRule="ALARM(math)")
    cloudwatch.put_composite_alarm(AlarmName="acts", AlarmRule='ALARM("between") OR OK(by-id)', AlarmActions=[topic])


@functools.cache
def _boto3_session(region: str) -> boto3.Session:
    """Return a session that has read botocore's service models once."""
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=region)


def _session(endpoint_url: str | None, region: str = "us-east-1") -> AwsSession:
    return AwsSession(session=_boto3_session(region), region=region, given_endpoint_url=endpoint_url)


@pytest.fixture
def session(clients: AwsClients) -> AwsSession:
    return _session(clients.endpoint_url)


def _collect(session: AwsSession, deployed: Deployed) -> Configuration:
    return collect_configuration(session, deployed.rest_api_id, deployed.stage_name, now=lambda: READ_AT)


def test_the_example_is_read_as_it_was_deployed(session: AwsSession, deployed: Deployed, example: RestApi) -> None:
    found = _collect(session, deployed)
    assert found.rest_api == Present(value=example)
    assert found.deployed == Present(value=example)


def test_everything_around_the_api_is_read(session: AwsSession, deployed: Deployed, clients: AwsClients) -> None:
    found = _collect(session, deployed)
    assert isinstance(found.stage, Present)
    assert found.stage.value.variables == {"directoryHost": "x"}
    assert found.stage.value.method_settings["*/*"].logging_level == "INFO"
    assert isinstance(found.usage_plans, Present)
    (plan,) = found.usage_plans.value
    assert [(key.name, key.enabled, key.value) for key in plan.api_keys] == [("night", True, "n" * 20)]
    assert isinstance(found.account, Present)
    assert found.account.value.cloudwatch_role_arn
    assert isinstance(found.log_groups, Present)
    assert [(group.log_group_name, group.exists) for group in found.log_groups.value] == [
        (f"API-Gateway-Execution-Logs_{deployed.rest_api_id}/dev", True),
        ("/access/dev", True),
    ]
    metadata = found.metadata
    assert (metadata.account_id, metadata.region, metadata.read_at) == ("123456789012", "us-east-1", READ_AT)
    assert (metadata.invoke_url, metadata.endpoint_url) == (deployed.invoke_url, clients.endpoint_url)


def test_a_change_that_is_not_deployed_is_seen(session: AwsSession, deployed: Deployed, example: RestApi) -> None:
    path = f"/restapis/{deployed.rest_api_id}"
    client = session.client("apigateway")
    client.put_gateway_response(restApiId=deployed.rest_api_id, responseType="INVALID_API_KEY", statusCode="418")
    try:
        found = _collect(session, deployed)
    finally:
        client.delete_gateway_response(restApiId=deployed.rest_api_id, responseType="INVALID_API_KEY")
    assert found.deployed == Present(value=example), path
    assert isinstance(found.rest_api, Present)
    assert found.rest_api.value.gateway_responses[GatewayResponseType.INVALID_API_KEY].status_code == "418"


def test_a_usage_plan_of_another_stage_is_left_out(session: AwsSession, deployed: Deployed) -> None:
    client = session.client("apigateway")
    plan = client.create_usage_plan(name="other", apiStages=[{"apiId": deployed.rest_api_id, "stage": "other"}])
    try:
        found = _collect(session, deployed)
    finally:
        client.delete_usage_plan(usagePlanId=plan["id"])
    assert isinstance(found.usage_plans, Present)
    assert [each.name for each in found.usage_plans.value] == ["nightly"]


def test_a_missing_log_group_is_told_as_such(session: AwsSession, deployed: Deployed) -> None:
    session.client("logs").delete_log_group(logGroupName="/access/dev")
    try:
        found = _collect(session, deployed)
    finally:
        session.client("logs").create_log_group(logGroupName="/access/dev")
    assert isinstance(found.log_groups, Present)
    assert [group.exists for group in found.log_groups.value] == [True, False]


def test_the_alarms_on_the_stage_are_read_with_who_acts_on_them(session: AwsSession, deployed: Deployed) -> None:
    found = _collect(session, deployed)
    assert isinstance(found.alarms, Present)
    alarms = {alarm.alarm_name: alarm for alarm in found.alarms.value}
    assert set(alarms) == {"own", "by-id", "math"}
    own = {"ApiName": "users-api", "Stage": "dev"}
    error = AlarmMetric(metric_name="5XXError", statistic="Average", period_s=60, dimensions=own)
    assert alarms["own"].metrics == (error,)
    assert (alarms["own"].datapoints_to_alarm, alarms["own"].treat_missing_data) == (3, "missing")
    assert alarms["math"].expressions == ("FILL(m, 0)",)
    assert (alarms["math"].metrics[0].metric_name, alarms["math"].metrics[0].dimensions) == ("Count", own)
    assert (alarms["math"].datapoints_to_alarm, alarms["math"].treat_missing_data) == (2, "breaching")
    assert [alarms[name].composite_alarms for name in ("own", "by-id", "math")] == [(), ("acts",), ("between",)]
    assert isinstance(found.alarm_topics, Present)
    topics = [
        (topic.topic_arn.rsplit(":", 1)[1], topic.exists, topic.confirmed_subscriptions)
        for topic in found.alarm_topics.value
    ]
    assert topics == [("night", True, 1), ("night-gone", False, 0)]


def test_custom_domains_of_the_stage_and_namesakes_are_read(session: AwsSession, deployed: Deployed) -> None:
    found = _collect(session, deployed)
    domain = DomainName(domain_name="api.example.com", security_policy="TLS_1_2", base_paths=("v1",))
    assert found.domain_names == Present(value=(domain,))
    assert isinstance(found.namesakes, Present)
    assert len(found.namesakes.value) == 1
    assert deployed.rest_api_id not in found.namesakes.value


def test_every_page_is_read(session: AwsSession, deployed: Deployed, example: RestApi) -> None:
    asked: list[Any] = []

    def small_pages(params: dict[str, Any], **_: Any) -> dict[str, Any]:
        asked.append(params.get("position"))
        return {**params, "limit": 2}

    for operation in ("GetResources", "GetModels"):
        session.client("apigateway").meta.events.register(f"provide-client-params.apigateway.{operation}", small_pages)
    assert _collect(session, deployed).rest_api == Present(value=example)
    assert len(asked) > 4


# -- what AWS refuses ---------------------------------------------------------------------------------------------

_PARTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "GetRestApi": ("apigateway", ("rest_api", "alarms", "alarm_topics", "namesakes"), "apigateway:GET"),
    "GetResources": ("apigateway", ("rest_api",), "apigateway:GET"),
    "GetModels": ("apigateway", ("rest_api",), "apigateway:GET"),
    "GetRequestValidators": ("apigateway", ("rest_api",), "apigateway:GET"),
    "GetAuthorizers": ("apigateway", ("rest_api",), "apigateway:GET"),
    "GetGatewayResponses": ("apigateway", ("rest_api",), "apigateway:GET"),
    "GetStage": ("apigateway", ("stage",), "apigateway:GET"),
    "GetExport": ("apigateway", ("deployed",), "apigateway:GET"),
    "GetUsagePlans": ("apigateway", ("usage_plans",), "apigateway:GET"),
    "GetUsagePlanKeys": ("apigateway", ("usage_plans",), "apigateway:GET"),
    "GetApiKeys": ("apigateway", ("usage_plans",), "apigateway:GET"),
    "GetAccount": ("apigateway", ("account",), "apigateway:GET"),
    "DescribeLogGroups": ("logs", ("log_groups",), "logs:DescribeLogGroups"),
    "DescribeAlarms": ("cloudwatch", ("alarms", "alarm_topics"), "cloudwatch:DescribeAlarms"),
    "ListSubscriptionsByTopic": ("sns", ("alarm_topics",), "sns:ListSubscriptionsByTopic"),
    "GetDomainNames": ("apigateway", ("domain_names",), "apigateway:GET"),
    "GetBasePathMappings": ("apigateway", ("domain_names",), "apigateway:GET"),
    "GetRestApis": ("apigateway", ("namesakes",), "apigateway:GET"),
}
_THROTTLED_JSON = '{"message": "Too Many Requests", "__type": "ThrottlingException"}'
_THROTTLED = {
    "sns": "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"
}
_EVIDENCE = (
    *("rest_api", "deployed", "stage", "usage_plans", "account", "log_groups"),
    *("alarms", "alarm_topics", "domain_names", "namesakes"),
)


def _refusing(session: AwsSession, service: str, operation: str, code: str, status: int = 403) -> None:
    """Let AWS refuse one operation."""
    client = session.client(service)
    service_id = client.meta.service_model.service_id.hyphenize()
    answer = {"Error": {"Code": code, "Message": f"{operation} is refused"}, "ResponseMetadata": {}}
    refused = (SimpleNamespace(status_code=status), answer)
    client.meta.events.register(f"before-call.{service_id}.{operation}", lambda **_: refused)


@pytest.mark.parametrize("operation", _PARTS)
def test_a_denied_read_makes_its_part_missing(session: AwsSession, deployed: Deployed, operation: str) -> None:
    service, parts, action = _PARTS[operation]
    _refusing(session, service, operation, "AccessDeniedException")
    found = _collect(session, deployed)
    missing = {name: part for name in _EVIDENCE if isinstance(part := getattr(found, name), Missing)}
    assert tuple(missing) == parts
    for part in missing.values():
        assert part.aws_error_code == "AccessDeniedException"
        assert part.reason == f"denied: {operation}: {operation} is refused"
        assert part.remedy is not None
        assert part.remedy.startswith(f"allow {action}")


def test_a_denied_identity_leaves_the_account_unknown(session: AwsSession, deployed: Deployed) -> None:
    _refusing(session, "sts", "GetCallerIdentity", "AccessDenied")
    assert _collect(session, deployed).metadata.account_id is None


@pytest.mark.parametrize("operation", _PARTS)
def test_a_throttled_read_is_tried_again(
    session: AwsSession, deployed: Deployed, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _, _ = _PARTS[operation]
    sent: list[str] = []

    def throttle_once(request: Any, **_: Any) -> AWSResponse | None:
        sent.append(request.url)
        if len(sent) > 1:
            return None
        headers = HTTPHeaders()
        headers["x-amzn-ErrorType"] = "TooManyRequestsException"
        body = BytesIO(_THROTTLED.get(service, _THROTTLED_JSON).encode())
        return AWSResponse(request.url, 429, headers, HTTPResponse(body=body, preload_content=False))

    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    session.client(service).meta.events.register(f"before-send.*.{operation}", throttle_once)
    found = _collect(session, deployed)
    assert all(isinstance(getattr(found, name), Present) for name in _EVIDENCE)
    assert len(sent) >= 2


@pytest.mark.parametrize("operation", _PARTS)
def test_a_read_that_stays_throttled_is_missing(session: AwsSession, deployed: Deployed, operation: str) -> None:
    service, parts, _ = _PARTS[operation]
    _refusing(session, service, operation, "TooManyRequestsException", status=429)
    found = _collect(session, deployed)
    missing = {name: part for name in _EVIDENCE if isinstance(part := getattr(found, name), Missing)}
    assert tuple(missing) == parts
    assert all(part.reason.startswith("throttled after") for part in missing.values())


def test_an_export_that_cannot_be_read_is_missing(session: AwsSession, deployed: Deployed) -> None:
    client = session.client("apigateway")
    exported = SimpleNamespace(read=lambda: b"<html>")
    answer = (SimpleNamespace(status_code=200), {"body": exported, "ResponseMetadata": {}})
    client.meta.events.register("before-call.api-gateway.GetExport", lambda **_: answer)
    found = _collect(session, deployed).deployed
    assert isinstance(found, Missing)
    assert found.reason.startswith("the stage's export cannot be read: ")


@pytest.mark.parametrize(
    ("code", "message"),
    [("ExpiredTokenException", "have expired"), ("UnrecognizedClientException", "does not accept the credentials")],
)
def test_bad_credentials_stop_the_collection(session: AwsSession, deployed: Deployed, code: str, message: str) -> None:
    _refusing(session, "apigateway", "GetRestApi", code)
    with pytest.raises(AwsError, match=message):
        _collect(session, deployed)


# -- what is not there --------------------------------------------------------------------------------------------


def test_an_unknown_api_is_said_with_those_there_are(session: AwsSession, deployed: Deployed) -> None:
    with pytest.raises(UnknownStageError, match="there is no REST API 'nowhere' in us-east-1") as raised:
        collect_configuration(session, "nowhere", "dev")
    assert f"{deployed.rest_api_id} (users-api)" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_wrong_region_is_said(clients: AwsClients, deployed: Deployed) -> None:
    with pytest.raises(UnknownStageError, match=r"in eu-west-1 \(there are: none\); check rest_api_id, the Region"):
        _collect(_session(clients.endpoint_url, region="eu-west-1"), deployed)


def test_an_unknown_stage_is_said_with_those_there_are(session: AwsSession, deployed: Deployed) -> None:
    with pytest.raises(UnknownStageError, match="has no stage 'prod'; its stages: dev"):
        collect_configuration(session, deployed.rest_api_id, "prod")


def test_an_api_is_found_by_name(session: AwsSession) -> None:
    client = session.client("apigateway")
    only = client.create_rest_api(name="only")["id"]
    twice = [client.create_rest_api(name="twice")["id"] for _ in range(2)]
    assert find_rest_api(session, "only") == only
    with pytest.raises(UnknownStageError, match="2 REST APIs in us-east-1 are named 'twice'") as raised:
        find_rest_api(session, "twice")
    assert all(rest_api_id in str(raised.value) for rest_api_id in twice)
    with pytest.raises(UnknownStageError, match="no REST API in us-east-1 is named 'none'"):
        find_rest_api(session, "none")
    _refusing(session, "apigateway", "GetRestApis", "AccessDeniedException")
    with pytest.raises(AwsError, match=r"cannot be looked up: denied: .*; allow apigateway:GET"):
        find_rest_api(session, "only")


# -- APIs made by Hypothesis --------------------------------------------------------------------------------------

_names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,7}", fullmatch=True)
_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
_content_types = st.sampled_from(["application/json", "text/plain", "image/png"])
_status_codes = st.sampled_from(["200", "201", "400", "404", "500"])
_templates = st.dictionaries(_content_types, _texts, max_size=2)
_LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"  # noqa: E501 - one address


def _parameters(prefix: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(_names.map(lambda name: f"{prefix}.{name}"), values, max_size=2)


def _by_status(items: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda item: str(item.status_code)))


_integration_responses = st.lists(
    st.builds(
        IntegrationResponse,
        status_code=_status_codes,
        selection_pattern=st.none() | st.sampled_from([r"4\d{2}", ".*Not found.*"]),
        response_parameters=_parameters("method.response.header", st.sampled_from(["'a'", "context.requestId"])),
        response_templates=_templates,
        content_handling=st.none() | st.sampled_from(list(ContentHandling)),
    ),
    max_size=3,
    unique_by=(lambda response: response.status_code, lambda response: response.selection_pattern),
).map(_by_status)


@st.composite
def _integrations(draw: st.DrawFn) -> Integration:
    kind = draw(st.sampled_from(list(IntegrationType)))
    uris = {IntegrationType.MOCK: None, IntegrationType.HTTP: "http://a.example/{p}"}
    uris |= {IntegrationType.HTTP_PROXY: "https://${stageVariables.host}/x"}
    return Integration(
        integration_type=kind,
        http_method=None if kind is IntegrationType.MOCK else draw(st.sampled_from(["GET", "POST"])),
        uri=uris.get(kind, _LAMBDA),
        request_parameters=draw(_parameters("integration.request.header", st.sampled_from(["'x'", "context.stage"]))),
        request_templates=draw(_templates),
        passthrough_behavior=draw(st.sampled_from(list(PassthroughBehavior))),
        content_handling=draw(st.none() | st.sampled_from(list(ContentHandling))),
        timeout_ms=draw(st.integers(50, 29_000)),
        cache_key_parameters=draw(st.sampled_from([(), ("method.request.path.q",)])),
        insecure_skip_verification=draw(st.booleans()),
        integration_responses=draw(_integration_responses),
    )


@st.composite
def _methods(draw: st.DrawFn, http_method: str, parts: Mapping[str, tuple[str, ...]]) -> Method:
    authorizer = draw(st.sampled_from([None, *parts["authorizers"]]))
    models = st.dictionaries(_content_types, st.sampled_from(parts["models"]), max_size=2)
    responses = st.lists(
        st.builds(
            MethodResponse,
            status_code=_status_codes,
            response_parameters=_parameters("method.response.header", st.booleans()),
            response_models=models,
        ),
        max_size=2,
        unique_by=lambda response: response.status_code,
    )
    open_types = st.sampled_from([AuthorizationType.NONE, AuthorizationType.AWS_IAM])
    return Method(
        http_method=http_method,
        operation_name=draw(st.none() | _names),
        authorization_type=AuthorizationType.CUSTOM if authorizer else draw(open_types),
        authorizer_name=authorizer,
        api_key_required=draw(st.booleans()),
        request_validator_name=draw(st.sampled_from([None, *parts["request_validators"]])),
        request_parameters=draw(_parameters("method.request.querystring", st.booleans())),
        request_models=draw(models),
        integration=draw(_integrations()),
        method_responses=_by_status(draw(responses)),
    )


@st.composite
def _apis(draw: st.DrawFn) -> RestApi:
    some = st.lists(_names, max_size=2, unique=True)
    model_names = draw(st.lists(_names, min_size=1, max_size=2, unique=True))
    schemas = st.sampled_from(['{"type":"object"}', '{"pattern":"^\\\\d+$","type":"string"}'])
    models = {name: Model(name=name, schema=draw(schemas)) for name in model_names}
    validators = {
        name: RequestValidator(
            name=name, validate_request_body=draw(st.booleans()), validate_request_parameters=draw(st.booleans())
        )
        for name in draw(some)
    }
    authorizers = {
        name: Authorizer(
            name=name,
            authorizer_type=draw(st.sampled_from([AuthorizerType.TOKEN, AuthorizerType.REQUEST])),
            uri=_LAMBDA,
            identity_source=f"method.request.header.{draw(_names)}",
            identity_validation_expression=draw(st.none() | st.just("^a+$")),
            result_ttl_s=draw(st.integers(0, 3600)),
        )
        for name in draw(some)
    }
    parts = {"models": tuple(models), "request_validators": tuple(validators), "authorizers": tuple(authorizers)}
    paths = draw(st.lists(st.sampled_from(["/", "/a", "/a/{p}", "/b/{rest+}"]), min_size=1, max_size=3, unique=True))
    http_methods = st.lists(st.sampled_from(["ANY", "GET", "POST"]), min_size=1, max_size=2, unique=True)
    resources = tuple(
        Resource(path=path, methods=tuple(draw(_methods(each, parts)) for each in sorted(draw(http_methods))))
        for path in sorted(paths)
    )
    responses = st.builds(
        GatewayResponse,
        response_type=st.sampled_from(list(GatewayResponseType)),
        status_code=st.none() | st.sampled_from(["400", "500"]),
        response_parameters=_parameters("gatewayresponse.header", st.just("'a'")),
        response_templates=_templates,
    )
    return RestApi(
        name=draw(_names),
        description=draw(st.none() | _names),
        version=draw(st.none() | st.just("1.2")),
        resources=resources,
        models=models,
        request_validators=validators,
        authorizers=authorizers,
        gateway_responses={each.response_type: each for each in draw(st.lists(responses, max_size=2))},
        binary_media_types=tuple(draw(st.lists(_content_types, max_size=2, unique=True))),
        minimum_compression_size_bytes=draw(st.none() | st.integers(0, 10_485_760)),
        api_key_source=draw(st.sampled_from(list(ApiKeySource))),
        disable_execute_api_endpoint=draw(st.booleans()),
        endpoint_types=draw(st.sampled_from([("EDGE",), ("REGIONAL",)])),
        tags=draw(st.dictionaries(_names, _names, max_size=2)),
    )


@pytest.fixture(scope="module")
def shared_session(clients: AwsClients) -> AwsSession:
    return _session(clients.endpoint_url)


@given(api=_apis())
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink an API takes minutes of deployments
)
def test_what_is_deployed_is_read(clients: AwsClients, shared_session: AwsSession, api: RestApi) -> None:
    made = deploy(api, clients=clients, stage=Stage(stage_name="s"))
    found = collect_configuration(shared_session, made.rest_api_id, "s")
    assert found.rest_api == Present(value=api)
    assert found.deployed == Present(value=api)
