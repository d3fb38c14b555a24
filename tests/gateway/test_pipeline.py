"""The four steps: which answer each request gets, who is asked on the way, and what the log tells."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway import choices, signature_refusal
from gateway.execution import LogLine
from gateway.execution_log import read, write
from gateway.messages import (
    Answer,
    AuthorizerRequest,
    AuthorizerResponse,
    ClientRequest,
    Effect,
    EndpointFailure,
    EndpointRequest,
    EndpointResponse,
    GatewayContext,
    Headers,
    UsagePlanDecision,
    UsagePlanRequest,
    UsagePlanResponse,
)
from gateway.pipeline import Executed, execute
from gateway.rest_api import (
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
)

_FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
_LAMBDA_URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{_FUNCTION}/invocations"
_CONTEXT = GatewayContext(
    request_id="11111111-2222-3333-4444-555555555555",
    extended_request_id="ext=",
    rest_api_id="abc123",
    stage_name="dev",
    requested_at=datetime(2026, 11, 22, 13, 0, 0, tzinfo=UTC),
    domain_name="abc123.execute-api.eu-west-1.amazonaws.com",
    trace_id="1-67891233-abcdef012345678912345678",
    region="eu-west-1",
)
_ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc123/dev/GET/users/1"


@dataclass
class Ran:
    """An execution with all that was asked on its way."""

    executed: Executed
    asked: list[Effect] = field(default_factory=list)

    @property
    def status(self) -> int:
        return self.executed.response.status

    @property
    def headers(self) -> Headers:
        return self.executed.response.headers

    @property
    def body(self) -> Any:
        return json.loads(self.executed.response.body)

    @property
    def endpoint(self) -> EndpointRequest:
        return next(effect for effect in self.asked if isinstance(effect, EndpointRequest))

    @property
    def kinds(self) -> list[str]:
        return [type(effect).__name__ for effect in self.asked]

    @property
    def log(self) -> str:
        return "\n".join(write(self.executed.execution, logging_level="INFO", data_trace_enabled=True))


def run(  # noqa: PLR0913 - one answer a kind of question
    api: RestApi,
    request: ClientRequest | None = None,
    *,
    endpoint: EndpointResponse | None = None,
    authorizer: AuthorizerResponse | None = None,
    plan: UsagePlanResponse | None = None,
    variables: Mapping[str, str] | None = None,
    gateway: GatewayContext = _CONTEXT,
    web_acl_arn: str | None = None,
) -> Ran:
    """Drive the steps with fixed answers."""
    stage = Stage(stage_name="dev", variables=variables or {}, web_acl_arn=web_acl_arn)
    steps = execute(api, stage, request or ClientRequest(http_method="GET", path="/users/1"), gateway)
    asked: list[Effect] = []
    try:
        effect = next(steps)
        while True:
            asked.append(effect)
            effect = steps.send(_answer(effect, endpoint, authorizer, plan))
    except StopIteration as stopped:
        return Ran(executed=stopped.value, asked=asked)


def _answer(
    effect: Effect,
    endpoint: EndpointResponse | None,
    authorizer: AuthorizerResponse | None,
    plan: UsagePlanResponse | None,
) -> Answer:
    if isinstance(effect, AuthorizerRequest):
        return authorizer or AuthorizerResponse(error_message="nobody set an answer")
    if isinstance(effect, UsagePlanRequest):
        return plan or UsagePlanResponse(decision=UsagePlanDecision.ALLOWED)
    return endpoint or EndpointResponse(body=b"{}")


def integration(kind: IntegrationType = IntegrationType.AWS, **changes: Any) -> Integration:
    """Return an integration that answers 200."""
    values: dict[str, Any] = {
        "integration_type": kind,
        "http_method": "POST",
        "uri": _LAMBDA_URI,
        "integration_responses": (IntegrationResponse(status_code="200"),),
        **changes,
    }
    return Integration(**values)


def mock(**changes: Any) -> Integration:
    """Return a MOCK integration that answers 200."""
    return integration(
        IntegrationType.MOCK,
        **{"uri": None, "request_templates": {"application/json": '{"statusCode": 200}'}, **changes},
    )


_OK = MethodResponse(status_code="200", response_parameters={"method.response.header.X-Answer": False})


def api(*methods: Method, path: str = "/users/{userId}", **changes: Any) -> RestApi:
    """Return an API with one resource."""
    return RestApi(name="users", resources=(Resource(path=path, methods=methods, resource_id="r1"),), **changes)


def method(used: Integration | None = None, **changes: Any) -> Method:
    """Return a method that declares 200."""
    values: dict[str, Any] = {
        "http_method": "GET",
        "integration": used or mock(),
        "method_responses": (_OK,),
        **changes,
    }
    return Method(**values)


def get(path: str = "/users/1", **changes: Any) -> ClientRequest:
    """Return a GET request."""
    return ClientRequest(http_method="GET", path=path, **changes)


# --- who answers ---


def test_a_slash_at_the_end_is_left_out_of_the_route_and_stays_in_the_event() -> None:
    """See: https://github.com/geoadmin/service-stac/pull/440, https://github.com/floci-io/floci/issues/1557."""
    ran = run(api(method(integration(IntegrationType.AWS_PROXY))), get("/users/1/"))
    event = json.loads(ran.endpoint.body)
    assert (event["resource"], event["path"], event["pathParameters"]) == (
        "/users/{userId}",
        "/users/1/",
        {"userId": "1"},
    )
    assert event["requestContext"]["path"] == "/dev/users/1/"


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (
            "Bearer token",
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and ",
        ),
        (
            "Bearer a=b",
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature'",
        ),
        ("allow", "Authorization header requires 'Credential' parameter. "),
        (
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
            "Authorization header requires existence of",
        ),
    ],
)
def test_an_unknown_route_reads_whatever_authorization_holds_as_a_signature(authorization: str, message: str) -> None:
    """See: https://github.com/DataBiosphere/azul/issues/7470, https://github.com/serverless/serverless/issues/3205."""
    ran = run(api(method()), get("/nowhere", headers=Headers.of({"Authorization": authorization})))
    assert (ran.status, ran.headers.get("x-amzn-ErrorType")) == (403, "IncompleteSignatureException")
    assert ran.body["message"].startswith(message)
    assert ran.executed.gateway_response is GatewayResponseType.DEFAULT_4XX


def test_an_unknown_route_with_a_whole_signature_is_a_missing_token() -> None:
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0", "X-Amz-Date": "x"}
    assert run(api(method()), get("/nowhere", headers=Headers.of(headers))).body == {
        "message": "Missing Authentication Token"
    }


@pytest.mark.parametrize(("verb", "path"), [("GET", "/nowhere"), ("DELETE", "/users/1"), ("GET", "/users/1/2")])
def test_an_unknown_route_is_a_missing_token(verb: str, path: str) -> None:
    ran = run(api(method()), ClientRequest(http_method=verb, path=path))
    assert ran.status == 403
    assert ran.body == {"message": "Missing Authentication Token"}
    assert ran.headers.get("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert ran.executed.context["error.responseType"] == "MISSING_AUTHENTICATION_TOKEN"
    assert ran.executed.resource_path is None
    assert ran.asked == []


def test_every_answer_carries_its_ids() -> None:
    ran = run(api(method()))
    assert ran.headers.get("x-amzn-RequestId") == _CONTEXT.request_id
    assert ran.headers.get("x-amz-apigw-id") == _CONTEXT.extended_request_id


def test_a_mock_answer_has_no_trace_header_and_no_endpoint_lines() -> None:
    ran = run(api(method()))
    assert ran.status == 200
    assert "X-Amzn-Trace-Id" not in ran.headers
    assert "Endpoint" not in ran.log
    assert "Successfully completed execution" in ran.log


def test_an_endpoint_answer_has_the_trace_header() -> None:
    ran = run(api(method(integration())))
    assert ran.headers.get("X-Amzn-Trace-Id") == f"Root={_CONTEXT.trace_id}"
    assert ran.endpoint.headers.get("X-Amzn-Trace-Id") == f"Root={_CONTEXT.trace_id}"


def test_a_client_chooses_its_trace() -> None:
    ran = run(api(method(integration())), get(headers=Headers([("X-Amzn-Trace-Id", "Root=1-2-3;Sampled=1")])))
    assert ran.endpoint.headers.get("X-Amzn-Trace-Id") == "Root=1-2-3;Sampled=1"


def test_head_has_no_body() -> None:
    used = mock(
        integration_responses=(
            IntegrationResponse(status_code="200", response_templates={"application/json": "hello"}),
        )
    )
    ran = run(api(method(used, http_method="HEAD")), ClientRequest(http_method="HEAD", path="/users/1"))
    assert (ran.status, ran.executed.response.body) == (200, b"")


def test_the_override_header_chooses_the_method() -> None:
    request = get(headers=Headers([("X-HTTP-Method-Override", "delete")]))
    ran = run(api(method(http_method="DELETE")), request)
    assert (ran.status, ran.executed.context["httpMethod"]) == (200, "DELETE")


def test_a_large_body_is_refused() -> None:
    called = method(integration(IntegrationType.AWS_PROXY))
    ran = run(api(called), get(body=b"x" * choices.FUNCTION_PAYLOAD_LIMIT_BYTES))
    assert (ran.status, ran.body) == (413, {"message": "Request Too Long"})


def test_a_wrong_kind_of_answer_is_a_mistake_of_the_driver() -> None:
    steps = execute(api(method()), Stage(stage_name="dev"), get(), _CONTEXT)
    next(steps)
    with pytest.raises(TypeError, match="UsagePlanResponse"):
        steps.send(EndpointResponse())


# --- authorizers ---

_TOKEN = Authorizer(name="token", authorizer_type=AuthorizerType.TOKEN, uri=_LAMBDA_URI, authorizer_id="au1")
_REQUEST = Authorizer(
    name="request",
    authorizer_type=AuthorizerType.REQUEST,
    uri=_LAMBDA_URI,
    identity_source="method.request.header.X-Who, method.request.querystring.tenant",
)


def _policy(effect: str = "Allow", resource: object = "*", **more: object) -> AuthorizerResponse:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    document = {"principalId": "somebody-known", "policyDocument": {"Statement": [statement]}, **more}
    return AuthorizerResponse(body=json.dumps(document), latency_ms=7)


def _secured(authorizer: Authorizer, used: Integration | None = None) -> RestApi:
    secured = method(used, authorization_type=AuthorizationType.CUSTOM, authorizer_name=authorizer.name)
    return api(secured, authorizers={authorizer.name: authorizer})


def _signed(token: str = "secret-token-1") -> ClientRequest:
    return get(headers=Headers([("Authorization", token)]))


@pytest.mark.parametrize(
    ("answer", "status", "error_type", "body"),
    [
        (_policy(), 200, None, None),
        (_policy(resource=_ARN), 200, None, None),
        (_policy(resource="arn:aws:execute-api:*:*:abc123/dev/*/users/?"), 200, None, None),
        (
            _policy(resource=_ARN.replace("GET", "POST")),
            403,
            "AccessDeniedException",
            {"Message": "User is not authorized to access this resource"},
        ),
        (
            _policy("Deny"),
            403,
            "AccessDeniedException",
            {"Message": "User is not authorized to access this resource with an explicit deny"},
        ),
        (
            AuthorizerResponse(error_message="Unauthorized"),
            401,
            "UnauthorizedException",
            {"message": "Unauthorized"},
        ),
        (AuthorizerResponse(error_message="boom"), 500, "AuthorizerConfigurationException", {"message": None}),
        (AuthorizerResponse(body="no json"), 500, "AuthorizerConfigurationException", {"message": None}),
        (AuthorizerResponse(body='{"principalId": "x"}'), 500, "AuthorizerConfigurationException", {"message": None}),
        (_policy(context={"nested": {}}), 500, "AuthorizerConfigurationException", {"message": None}),
        (
            AuthorizerResponse(failure=EndpointFailure.TIMEOUT),
            500,
            "AuthorizerFailureException",
            {"message": None},
        ),
    ],
)
def test_what_an_authorizer_says_decides(
    answer: AuthorizerResponse, status: int, error_type: str | None, body: object
) -> None:
    ran = run(_secured(_TOKEN), _signed(), authorizer=answer)
    assert (ran.status, ran.headers.get("x-amzn-ErrorType")) == (status, error_type)
    if body is not None:
        assert ran.body == body
    expected = ["AuthorizerRequest"] + (["UsagePlanRequest"] if status == 200 else [])
    assert ran.kinds == expected


def test_a_token_authorizer_is_asked_with_its_event() -> None:
    ran = run(_secured(_TOKEN), _signed(), authorizer=_policy())
    asked = ran.asked[0]
    assert isinstance(asked, AuthorizerRequest)
    assert asked.event == {"type": "TOKEN", "methodArn": _ARN, "authorizationToken": "secret-token-1"}
    assert asked.cache_key is not None
    assert "secret-token-1" in asked.cache_key


def test_a_request_authorizer_is_asked_with_the_request() -> None:
    request = get(query="tenant=t1&tag=a&tag=b", headers=Headers([("X-Who", "me")]))
    ran = run(_secured(replace(_REQUEST, result_ttl_s=0)), request, authorizer=_policy())
    asked = ran.asked[0]
    assert isinstance(asked, AuthorizerRequest)
    assert asked.event["type"] == "REQUEST"
    assert asked.event["multiValueQueryStringParameters"] == {"tenant": ["t1"], "tag": ["a", "b"]}
    assert asked.event["pathParameters"] == {"userId": "1"}
    assert asked.event["stageVariables"] == {}
    assert asked.cache_key is None


@pytest.mark.parametrize(
    ("authorizer", "request_"),
    [
        (_TOKEN, get()),
        (_TOKEN, _signed("")),
        (replace(_TOKEN, identity_validation_expression="Bearer [a-z]+"), _signed("Bearer abc1")),
        (_REQUEST, get(headers=Headers([("X-Who", "me")]))),
    ],
)
def test_without_identity_nobody_is_asked(authorizer: Authorizer, request_: ClientRequest) -> None:
    ran = run(_secured(authorizer), request_, authorizer=_policy())
    assert (ran.status, ran.kinds) == (401, [])
    assert "Unauthorized request: " in ran.log
    assert "Starting execution" not in ran.log


def test_the_validation_expression_must_match_the_whole_token() -> None:
    ran = run(
        _secured(replace(_TOKEN, identity_validation_expression="Bearer [a-z]+")),
        _signed("Bearer abc"),
        authorizer=_policy(),
    )
    assert ran.status == 200


def test_what_an_authorizer_adds_is_in_the_context() -> None:
    used = integration(
        request_templates={
            "application/json": "$context.authorizer.principalId $context.authorizer.admin $context.authorizer.n"
        }
    )
    ran = run(_secured(_TOKEN, used), _signed(), authorizer=_policy(context={"admin": True, "n": 5}))
    assert ran.log.count("****") >= 2
    assert "Endpoint request body after transformations: somebody-known true 5" in ran.log
    assert ran.executed.context["authorizer.principalId"] == "somebody-known"


def test_the_log_of_an_authorizer_masks_and_comes_before_the_usage_plan() -> None:
    ran = run(_secured(_TOKEN), _signed(), authorizer=_policy())
    order = [
        "Extended Request Id",
        "Starting authorizer: au1",
        "Incoming identity: ********oken-1",
        "Using valid authorizer policy for principal: ********-known",
        "Successfully completed authorizer execution",
        "Verifying Usage Plan",
        "Starting execution",
    ]
    places = [ran.log.index(part) for part in order]
    assert places == sorted(places)


def test_iam_without_a_signature_is_a_missing_token_and_else_the_driver_decides() -> None:
    signed = api(method(authorization_type=AuthorizationType.AWS_IAM))
    assert run(signed).body == {"message": "Missing Authentication Token"}
    expired = AuthorizerResponse(refused_signature=signature_refusal.expired_token())
    ran = run(signed, _signed(), authorizer=expired)
    assert (ran.status, ran.headers.get("x-amzn-ErrorType")) == (403, "ExpiredTokenException")
    allowed = run(signed, _signed(), authorizer=AuthorizerResponse(body='{"userArn": "arn:aws:iam::1:user/a"}'))
    assert allowed.executed.context["identity.userArn"] == "arn:aws:iam::1:user/a"


# --- usage plans ---


@pytest.mark.parametrize(
    ("decision", "status", "error_type", "message"),
    [
        (UsagePlanDecision.INVALID_API_KEY, 403, "ForbiddenException", "Forbidden"),
        (UsagePlanDecision.NO_USAGE_PLAN, 403, "ForbiddenException", "Forbidden"),
        (UsagePlanDecision.THROTTLED, 429, "TooManyRequestsException", "Too Many Requests"),
        (UsagePlanDecision.STAGE_THROTTLED, 429, "TooManyRequestsException", "Too Many Requests"),
        (UsagePlanDecision.QUOTA_EXCEEDED, 429, "LimitExceededException", "Limit Exceeded"),
    ],
)
def test_usage_plan_decisions(decision: UsagePlanDecision, status: int, error_type: str, message: str) -> None:
    request = get(headers=Headers([("x-api-key", "my-long-api-key-value")]))
    ran = run(api(method(api_key_required=True)), request, plan=UsagePlanResponse(decision=decision))
    assert (ran.status, ran.headers.get("x-amzn-ErrorType"), ran.body) == (status, error_type, {"message": message})
    assert "Starting execution" not in ran.log
    assert "my-long-api-key" not in ran.log


def test_a_throttled_request_logs_four_lines() -> None:
    plan = UsagePlanResponse(decision=UsagePlanDecision.THROTTLED, rate_limit=1, burst_limit=1)
    steps = execute(
        api(method(api_key_required=True)),
        Stage(stage_name="dev"),
        get(headers=Headers([("x-api-key", "my-long-api-key-value")])),
        replace(_CONTEXT, trace_id=None),
    )
    next(steps)
    with pytest.raises(StopIteration) as stopped:
        steps.send(plan)
    lines = write(stopped.value.value.execution, logging_level="INFO", data_trace_enabled=True)
    assert len(lines) == 4
    assert lines[2].endswith(
        "Key throttle limit exceeded for RestApi abc123, Stage dev, Resource r1, HttpMethod GET. Limit: 1.00 Burst: 1"
    )
    assert lines[3].endswith("Method completed with status: 429")


def test_a_required_key_that_is_missing_is_refused_whatever_the_driver_says() -> None:
    assert run(api(method(api_key_required=True))).status == 403


def test_a_key_that_is_allowed_is_in_the_context() -> None:
    plan = UsagePlanResponse(decision=UsagePlanDecision.ALLOWED, api_key_id="k1")
    request = get(headers=Headers([("X-Api-Key", "my-long-api-key-value")]))
    ran = run(api(method(api_key_required=True)), request, plan=plan)
    assert (ran.status, ran.executed.context["identity.apiKeyId"]) == (200, "k1")


# --- method request ---

_STRICT: dict[str, Any] = {
    "request_validators": {
        "all": RequestValidator(name="all", validate_request_body=True, validate_request_parameters=True)
    },
    "models": {
        "Name": Model(name="Name", schema='{"type":"string","minLength":2}'),
        "User": Model(
            name="User",
            schema=json.dumps(
                {
                    "type": "object",
                    "required": ["password", "email"],
                    "properties": {
                        "email": {"$ref": "https://apigateway.amazonaws.com/restapis/xyz/models/Name"},
                        "age": {"type": "integer", "minimum": 0},
                    },
                }
            ),
        ),
    },
}


def _strict(**changes: Any) -> RestApi:
    strict = method(
        http_method="POST",
        request_validator_name="all",
        request_models={"application/json": "User"},
        request_parameters={
            "method.request.querystring.page": True,
            "method.request.header.X-Tenant": True,
            "method.request.querystring.size": False,
        },
        **changes,
    )
    return api(strict, **_STRICT)


def _post(body: bytes, **changes: Any) -> ClientRequest:
    values = {"query": "page=1", "headers": Headers([("x-tenant", "t")]), **changes}
    return ClientRequest(http_method="POST", path="/users/1", body=body, **values)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", '[object has missing required properties (["email","password"])]'),
        (b"{}", '[object has missing required properties (["email","password"])]'),
        (b"{", "[Unknown error parsing request body]"),
        (
            b"[]",
            '[instance type (array) does not match any allowed primitive type (allowed: ["object"])]',
        ),
        (
            b'{"email":"a","password":1}',
            '[string "a" is too short (length: 1, required minimum: 2)]',
        ),
        (
            b'{"email":"aa","password":1,"age":-1}',
            "[numeric instance is lower than the required minimum (minimum: 0, found: -1)]",
        ),
    ],
)
def test_a_bad_body_is_refused_and_said(body: bytes, error: str) -> None:
    ran = run(_strict(), _post(body))
    assert (ran.status, ran.body) == (400, {"message": "Invalid request body"})
    assert ran.headers.get("x-amzn-ErrorType") == "BadRequestException"
    assert ran.executed.context["error.validationErrorString"] == error
    assert ran.executed.context["error.responseType"] == "BAD_REQUEST_BODY"
    assert f"Request body does not match model schema for content type application/json: {error}" in ran.log
    assert "Endpoint" not in ran.log


def test_a_good_body_passes() -> None:
    assert run(_strict(), _post(b'{"email":"aa","password":"x"}')).status == 200


def test_a_body_of_a_type_without_model_is_not_validated() -> None:
    headers = Headers([("X-Tenant", "t"), ("Content-Type", "text/plain")])
    used = mock(request_templates={"text/plain": '{"statusCode": 200}'})
    assert run(_strict(integration=used), _post(b"{", headers=headers)).status == 200


def test_a_charset_does_not_hide_the_model() -> None:
    headers = Headers([("X-Tenant", "t"), ("Content-Type", "application/json; charset=utf-8")])
    assert run(_strict(), _post(b"{}", headers=headers)).status == 400


def test_missing_parameters_are_named_and_come_before_the_body() -> None:
    ran = run(_strict(), ClientRequest(http_method="POST", path="/users/1", body=b"{"))
    assert ran.body == {"message": "Missing required request parameters: [page, X-Tenant]"}
    assert ran.executed.context["error.responseType"] == "BAD_REQUEST_PARAMETERS"


def test_a_blank_parameter_is_missing() -> None:
    ran = run(_strict(), _post(b"{}", query="page="))
    assert ran.body == {"message": "Missing required request parameters: [page]"}


def test_without_a_validator_nothing_is_validated() -> None:
    free = replace(_strict().resources[0].methods[0], request_validator_name=None)
    assert (
        run(replace(_strict(), resources=(Resource(path="/users/{userId}", methods=(free,)),)), _post(b"{")).status
        == 200
    )


# --- integration request ---


@pytest.mark.parametrize(
    ("behavior", "templates", "content_type", "status"),
    [
        (PassthroughBehavior.WHEN_NO_MATCH, {"application/json": "{}"}, "text/plain", 200),
        (PassthroughBehavior.WHEN_NO_MATCH, {}, "text/plain", 200),
        (PassthroughBehavior.WHEN_NO_TEMPLATES, {"application/json": "{}"}, "text/plain", 415),
        (PassthroughBehavior.WHEN_NO_TEMPLATES, {}, "text/plain", 200),
        (PassthroughBehavior.NEVER, {"application/json": "{}"}, "text/plain", 415),
        (PassthroughBehavior.NEVER, {}, "text/plain", 415),
        (PassthroughBehavior.NEVER, {"application/json": "{}"}, "application/json; charset=utf-8", 200),
        (PassthroughBehavior.NEVER, {"application/json": "{}"}, None, 200),
    ],
)
def test_passthrough(
    behavior: PassthroughBehavior, templates: dict[str, str], content_type: str | None, status: int
) -> None:
    used = integration(
        IntegrationType.HTTP, uri="http://backend.test/x", request_templates=templates, passthrough_behavior=behavior
    )
    headers = Headers([] if content_type is None else [("Content-Type", content_type)])
    ran = run(api(method(used)), get(headers=headers, body=b"raw"))
    assert ran.status == status
    if status == 415:
        assert ran.body == {"message": "Unsupported Media Type"}
    elif content_type == "text/plain":
        assert ran.endpoint.body == b"raw"


def test_parameters_are_mapped() -> None:
    used = integration(
        IntegrationType.HTTP,
        http_method="PUT",
        uri="http://${stageVariables.host}/v1/{id}/x?fixed=1",
        request_parameters={
            "integration.request.path.id": "method.request.path.userId",
            "integration.request.querystring.q": "method.request.querystring.q",
            "integration.request.querystring.tag": "method.request.multivaluequerystring.tag",
            "integration.request.querystring.gone": "method.request.querystring.gone",
            "integration.request.header.X-Static": "'a fixed value'",
            "integration.request.header.X-Request": "context.requestId",
            "integration.request.header.X-Stage": "stageVariables.host",
            "integration.request.header.X-From-Body": "method.request.body.user.name",
            "integration.request.header.X-In": "method.request.header.X-In",
            "integration.request.header.X-Undeclared": "method.request.header.X-Undeclared",
        },
    )
    declared = {
        "method.request.querystring.q": False,
        "method.request.querystring.tag": False,
        "method.request.querystring.gone": False,
        "method.request.header.X-In": False,
    }
    request = get(
        "/users/a%2Fb%20c",
        query="q=1&q=two%20words&tag=x&tag=y",
        headers=Headers([("x-in", "in"), ("X-Undeclared", "u")]),
        body=b'{"user":{"name":"Ann"}}',
    )
    ran = run(api(method(used, request_parameters=declared)), request, variables={"host": "backend.test"})
    sent = ran.endpoint
    assert sent.uri == "http://backend.test/v1/a/b%20c/x?fixed=1&q=two%20words&tag=x&tag=y"
    assert sent.http_method == "PUT"
    assert {name: sent.headers.get(name) for name in ("X-Static", "X-Request", "X-Stage", "X-From-Body", "X-In")} == {
        "X-Static": "a fixed value",
        "X-Request": _CONTEXT.request_id,
        "X-Stage": "backend.test",
        "X-From-Body": "Ann",
        "X-In": "in",
    }
    assert "X-Undeclared" not in sent.headers


def test_request_overrides() -> None:
    template = (
        '#set($context.requestOverride.header.X-New = "h")'
        '#set($context.requestOverride.querystring.q = "o")'
        '#set($context.requestOverride.path.id = "other"){}'
    )
    used = integration(
        IntegrationType.HTTP,
        uri="http://backend.test/{id}",
        request_parameters={
            "integration.request.path.id": "method.request.path.userId",
            "integration.request.querystring.q": "'mapped'",
        },
        request_templates={"application/json": template.replace("header.X-New", "header['X-New']")},
    )
    sent = run(api(method(used))).endpoint
    assert sent.uri == "http://backend.test/other?q=o"


@pytest.mark.parametrize(
    "uri", ["http://${stageVariables.gone}/x", "not a url", "http://", "http://[::1", "ftp://x/y", "http://a:b/"]
)
def test_an_address_that_is_none_is_a_configuration_error(uri: str) -> None:
    ran = run(api(method(integration(IntegrationType.HTTP_PROXY, uri=uri))))
    assert (ran.status, ran.body) == (500, {"message": "Internal server error"})
    assert "Execution failed due to configuration error: Invalid endpoint address" in ran.log
    assert ran.headers.get("x-amzn-ErrorType") == "InternalServerErrorException"


def test_an_http_proxy_passes_request_and_answer() -> None:
    used = integration(IntegrationType.HTTP_PROXY, http_method="ANY", uri="http://backend.test/base/{proxy}",
                       request_parameters={"integration.request.path.proxy": "method.request.path.proxy"})  # fmt: skip
    request = ClientRequest(
        http_method="PATCH",
        path="/a/b%20c/",
        query="x=1&x=2",
        headers=Headers(
            [("Accept", "*/*"), ("TE", "trailers"), ("Expect", "100-continue"), ("Authorization", "Basic x")]
        ),
        body=b"\xc3\xa9",
    )
    answered = EndpointResponse(
        status=418,
        headers=Headers(
            [("Server", "s"), ("Date", "d"), ("WWW-Authenticate", "Basic"), ("X-Own", "1"), ("X-Own", "2")]
        ),
        body=b"tea",
    )
    ran = run(api(method(used, http_method="ANY"), path="/{proxy+}"), request, endpoint=answered)
    sent = ran.endpoint
    assert (sent.http_method, sent.uri) == ("PATCH", "http://backend.test/base/a/b%20c?x=1&x=2")
    assert sent.body == b"\xc3\xa9"
    assert "TE" not in sent.headers
    assert "Expect" not in sent.headers
    assert "Host" not in sent.headers
    assert sent.headers.get("Authorization") == "Basic x"
    assert "Basic x" not in ran.log
    assert ran.status == 418
    assert ran.headers.get("x-amzn-Remapped-Server") == "s"
    assert ran.headers.get("x-amzn-Remapped-WWW-Authenticate") == "Basic"
    assert ran.headers.get_all("X-Own") == ("1", "2")
    assert ran.executed.response.body == b"tea"


def test_a_signed_authorization_header_stays_here() -> None:
    used = integration(IntegrationType.HTTP_PROXY, uri="http://backend.test/")
    ran = run(
        api(method(used, authorization_type=AuthorizationType.AWS_IAM)),
        _signed("AWS4-HMAC-SHA256 …"),
        authorizer=AuthorizerResponse(body="{}"),
    )
    assert "Authorization" not in ran.endpoint.headers


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        (
            "arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem",
            "https://dynamodb.eu-west-1.amazonaws.com/?Action=PutItem",
        ),
        ("arn:aws:apigateway:eu-west-1:sqs:path/1/queue", "https://sqs.eu-west-1.amazonaws.com/1/queue"),
        ("arn:aws:apigateway:eu-west-1:bucket.s3:path//key", "https://bucket.s3.eu-west-1.amazonaws.com/key"),
        (_LAMBDA_URI, f"https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/{_FUNCTION}/invocations"),
    ],
)
def test_addresses_of_aws_services(uri: str, url: str) -> None:
    assert run(api(method(integration(uri=uri)))).endpoint.uri == url


def test_a_function_behind_a_stage_variable_can_be_called_asynchronously() -> None:
    used = integration(
        uri=_LAMBDA_URI.replace(":f/", ":${stageVariables.fn}/"),
        request_parameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
    )
    sent = run(api(method(used)), variables={"fn": "f"}).endpoint
    assert (sent.lambda_arn, sent.invocation_type) == (_FUNCTION, "Event")


def test_a_function_takes_only_json() -> None:
    used = integration(request_templates={"application/json": '{"name": "$input.params(\'name\')"}'})
    ran = run(api(method(used)), get(query='name=a"b'))
    assert ran.status == 400
    assert ran.body["message"].startswith("Could not parse request body into json: ")
    assert 'Endpoint request body after transformations: {"name": "a"b"}' in ran.log
    assert ran.kinds == ["UsagePlanRequest"]


@pytest.mark.parametrize(
    ("template", "content_type", "status"),
    [
        ('{"statusCode": 200}', None, 200),
        ("{statusCode: 200}", None, 200),
        ("{'statusCode': 200}", None, 200),
        ('{"statusCode": "two"}', None, 500),
        ("{}", None, 500),
        ("[]", None, 500),
        ('{"statusCode": 200}', "text/plain", 500),
    ],
)
def test_what_a_mock_answers(template: str, content_type: str | None, status: int) -> None:
    headers = Headers([] if content_type is None else [("Content-Type", content_type)])
    ran = run(api(method(mock(request_templates={"application/json": template}))), get(headers=headers, body=b"x"))
    assert ran.status == status
    if status == 500:
        assert "Unable to parse statusCode. It should be an integer that is defined in the request template." in ran.log


def test_a_mock_chooses_its_response_by_status() -> None:
    used = mock(
        request_templates={"application/json": '{"statusCode": #if($input.params("scope") == "in")200#{else}404#end}'},
        integration_responses=(
            IntegrationResponse(status_code="404", selection_pattern="4\\d{2}"),
            IntegrationResponse(status_code="200"),
        ),
    )
    declared = (_OK, MethodResponse(status_code="404"))
    assert run(api(method(used, method_responses=declared)), get(query="scope=in")).status == 200
    assert run(api(method(used, method_responses=declared)), get(query="scope=out")).status == 404


@pytest.mark.parametrize(
    ("handling", "binary", "body", "expected"),
    [
        (None, False, b"text", b"text"),
        (None, False, b"\xff\xfe", "\ufffd\ufffd".encode()),
        (None, True, b"\xff\xfe", b"\xff\xfe"),
        (ContentHandling.CONVERT_TO_TEXT, True, b"\xff\xfe", base64.b64encode(b"\xff\xfe")),
        (ContentHandling.CONVERT_TO_BINARY, False, base64.b64encode(b"\xff\xfe"), b"\xff\xfe"),
        (ContentHandling.CONVERT_TO_BINARY, False, b"no base64!", None),
    ],
)
def test_request_payloads_are_converted(
    handling: ContentHandling | None, binary: bool, body: bytes, expected: bytes | None
) -> None:
    used = integration(IntegrationType.HTTP_PROXY, uri="http://backend.test/", content_handling=handling)
    request = get(headers=Headers([("Content-Type", "image/png")]), body=body)
    ran = run(api(method(used), binary_media_types=("image/*",) if binary else ("audio/mpeg",)), request)
    if expected is None:
        assert ran.status == 500
        assert "Unable to base64 decode the body" in ran.log
    else:
        assert ran.endpoint.body == expected


def test_binary_for_all_breaks_a_mock() -> None:
    ran = run(api(method(mock()), binary_media_types=("*/*",)))
    assert ran.status == 500
    assert "Method request body before transformations: [Binary Data]" in ran.log
    assert "Execution failed due to configuration error: Unable to transform request" in ran.log
    mended = mock(content_handling=ContentHandling.CONVERT_TO_TEXT)
    assert run(api(method(mended), binary_media_types=("*/*",))).status == 200


@pytest.mark.parametrize(
    ("template", "body", "status"),
    [
        ("$input.path('$.a')", b"{a", 400),
        ("$input.path('$.a')", b"a=b", 200),
        ("#if(", b"", 500),
        ("$util.urlDecode('%')", b"", 500),
    ],
)
def test_a_template_that_fails(template: str, body: bytes, status: int) -> None:
    used = integration(IntegrationType.HTTP, uri="http://b.test/", request_templates={"application/json": template})
    assert run(api(method(used)), get(body=body)).status == status


# --- integration response ---


def _raised(message: str) -> EndpointResponse:
    return EndpointResponse(body=json.dumps({"errorMessage": message}).encode(), function_error="Unhandled")


_BY_MESSAGE = integration(
    integration_responses=(
        IntegrationResponse(status_code="404", selection_pattern=".*Not found.*"),
        IntegrationResponse(status_code="409", selection_pattern="Conflict"),
        IntegrationResponse(status_code="200"),
    )
)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (_raised("User Not found at all"), 404),
        (_raised("Conflict"), 409),
        (_raised("A Conflict here"), 200),
        (_raised("first line\nNot found"), 200),
        (EndpointResponse(body=b'{"errorMessage": "Conflict"}'), 200),
    ],
)
def test_a_function_error_is_matched_whole_by_its_message(answer: EndpointResponse, status: int) -> None:
    declared = (_OK, MethodResponse(status_code="404"), MethodResponse(status_code="409"))
    ran = run(api(method(_BY_MESSAGE, method_responses=declared)), endpoint=answer)
    assert ran.status == status


def test_http_answers_are_matched_by_status() -> None:
    used = integration(
        IntegrationType.HTTP,
        uri="http://b.test/",
        integration_responses=(IntegrationResponse(status_code="200", selection_pattern="2\\d{2}"),),
    )
    assert run(api(method(used)), endpoint=EndpointResponse(status=204)).status == 200
    ran = run(api(method(used)), endpoint=EndpointResponse(status=403))
    assert ran.status == 500
    assert (
        "Execution failed due to configuration error: No match for output mapping and no default output mapping "
        "configured. Endpoint Response Status Code: 403"
    ) in ran.log
    assert ran.executed.gateway_response is GatewayResponseType.API_CONFIGURATION_ERROR
    assert ran.executed.context["integrationStatus"] == "403"


def test_an_undeclared_status_is_a_configuration_error() -> None:
    ran = run(api(method(integration(), method_responses=())))
    assert ran.status == 500
    assert "Output mapping refers to an invalid method response: 200" in ran.log


def test_responses_are_mapped_and_transformed() -> None:
    chosen = IntegrationResponse(
        status_code="200",
        response_parameters={
            "method.response.header.X-Answer": "integration.response.header.x-inner",
            "method.response.header.Location": "integration.response.body.links[0].href",
            "method.response.header.X-Undeclared": "'x'",
            "method.response.header.Content-Type": "'application/hal+json'",
        },
        response_templates={"application/json": '{"id": $input.json(\'$.id\'), "user": "$input.params(\'userId\')"}'},
    )
    declared = MethodResponse(
        status_code="200",
        response_parameters={
            "method.response.header.X-Answer": False,
            "method.response.header.Location": False,
            "method.response.header.Content-Type": False,
        },
    )
    answered = EndpointResponse(
        headers=Headers([("X-Inner", "42"), ("X-Hidden", "h")]), body=b'{"id":7,"links":[{"href":"/users/7"}]}'
    )
    ran = run(
        api(method(integration(integration_responses=(chosen,)), method_responses=(declared,))), endpoint=answered
    )
    assert ran.body == {"id": 7, "user": "1"}
    assert ran.headers.get("X-Answer") == "42"
    assert ran.headers.get("Location") == "/users/7"
    assert ran.headers.get("Content-Type") == "application/hal+json"
    assert "X-Undeclared" not in ran.headers
    assert "X-Hidden" not in ran.headers


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, b"json"),
        ("application/xml", b"xml"),
        ("application/xml;q=0.9, text/html", b"xml"),
        ("text/html, application/xml;q=0.9", b"json"),
        ("text/html", b"json"),
    ],
)
def test_accept_chooses_the_response_template(accept: str | None, expected: bytes) -> None:
    chosen = IntegrationResponse(
        status_code="200", response_templates={"application/json": "json", "application/xml": "xml"}
    )
    headers = Headers([] if accept is None else [("Accept", accept)])
    ran = run(api(method(mock(integration_responses=(chosen,)))), get(headers=headers))
    assert ran.executed.response.body == expected


@pytest.mark.parametrize(
    ("value", "status"), [("418", 418), ('"418"', 200), ("99", 200), ("600", 200), ("$input.params('gone')", 200)]
)
def test_only_a_number_overrides_the_status(value: str, status: int) -> None:
    template = f"#set($context.responseOverride.status = {value})#set($context.responseOverride.header.X-B = 'b')"
    template = template.replace("header.X-B", 'header["X-B"]')
    chosen = IntegrationResponse(status_code="200", response_templates={"application/json": template})
    ran = run(api(method(mock(integration_responses=(chosen,)))))
    assert ran.status == status


def test_the_response_template_reads_what_the_request_template_set() -> None:
    used = mock(
        request_templates={"application/json": '#set($context.responseOverride.header.foo = "bar"){"statusCode": 200}'},
        integration_responses=(
            IntegrationResponse(
                status_code="200", response_templates={"application/json": "$context.responseOverride.header.foo"}
            ),
        ),
    )
    ran = run(api(method(used)))
    assert (ran.executed.response.body, ran.headers.get("foo")) == (b"bar", "bar")


@pytest.mark.parametrize(
    ("failure", "status", "message", "line"),
    [
        (EndpointFailure.TIMEOUT, 504, "Endpoint request timed out", "Execution failed due to a timeout error"),
        (
            EndpointFailure.NETWORK_ERROR,
            504,
            "Network error communicating with endpoint",
            "Execution failed due to a network error communicating with endpoint: Connection is closed",
        ),
        (
            EndpointFailure.PERMISSION_DENIED,
            500,
            "Internal server error",
            "Execution failed due to configuration error: Invalid permissions on Lambda function",
        ),
        (
            EndpointFailure.THROTTLED,
            500,
            "Internal server error",
            "Lambda invocation failed with status: 429. Lambda request id: lambda-1",
        ),
        (
            EndpointFailure.TLS_ERROR,
            500,
            "Internal server error",
            "Execution failed due to configuration error: Connection is closed",
        ),
        (
            EndpointFailure.INVALID_ENDPOINT,
            500,
            "Internal server error",
            "Execution failed due to configuration error: Invalid endpoint address",
        ),
    ],
)
@pytest.mark.parametrize("kind", [IntegrationType.AWS, IntegrationType.AWS_PROXY])
def test_an_endpoint_that_does_not_answer(
    kind: IntegrationType, failure: EndpointFailure, status: int, message: str, line: str
) -> None:
    answered = EndpointResponse(
        failure=failure, failure_message="Connection is closed", latency_ms=29, endpoint_request_id="lambda-1"
    )
    ran = run(api(method(integration(kind))), endpoint=answered)
    assert (ran.status, ran.body) == (status, {"message": message})
    assert ran.headers.get("x-amzn-ErrorType") == "InternalServerErrorException"
    assert line in ran.log
    assert f"Method completed with status: {status}" in ran.log
    assert ran.executed.context["integrationLatency"] == "29"
    assert "integrationStatus" not in ran.executed.context


@pytest.mark.parametrize(
    ("handling", "accept", "body", "expected"),
    [
        (None, "image/png", b"\x89PNG", b"\x89PNG"),
        (None, "image/png, text/html", b"\x89PNG", b"\x89PNG"),
        (None, "text/html, image/png", b"\x89PNG", base64.b64encode(b"\x89PNG")),
        (ContentHandling.CONVERT_TO_BINARY, "text/html", b"\x89PNG", b"\x89PNG"),
        (ContentHandling.CONVERT_TO_TEXT, "image/png", b"\x89PNG", base64.b64encode(b"\x89PNG")),
    ],
)
def test_response_payloads_are_converted(
    handling: ContentHandling | None, accept: str, body: bytes, expected: bytes
) -> None:
    chosen = IntegrationResponse(status_code="200", content_handling=handling)
    used = integration(IntegrationType.HTTP, uri="http://b.test/", integration_responses=(chosen,))
    answered = EndpointResponse(headers=Headers([("Content-Type", "image/png")]), body=body)
    request = get(headers=Headers([("Accept", accept)]))
    ran = run(api(method(used), binary_media_types=("image/png",)), request, endpoint=answered)
    assert ran.executed.response.body == expected


# --- Lambda proxy ---


def _proxy(document: object, request: ClientRequest | None = None, **changes: Any) -> Ran:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return run(
        api(method(integration(IntegrationType.AWS_PROXY)), **changes), request, endpoint=EndpointResponse(body=body)
    )


def test_a_proxy_answer_is_passed() -> None:
    ran = _proxy(
        {
            "statusCode": 201,
            "headers": {"X-One": "1", "X-Flag": True, "content-length": "2", "Set-Cookie": "a=1"},
            "multiValueHeaders": {"set-cookie": ["a=1", "b=2"]},
            "body": "hi",
            "isBase64Encoded": False,
        }
    )
    assert (ran.status, ran.executed.response.body) == (201, b"hi")
    assert ran.headers.get("X-Flag") == "true"
    assert ran.headers.get("x-amzn-Remapped-content-length") == "2"
    assert ran.headers.get_all("set-cookie") == ("a=1", "b=2")
    assert ran.headers.get("Content-Type") == "application/json"
    assert ran.executed.context["integration.status"] == "201"
    assert ran.executed.context["integrationStatus"] == "200"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"Bad response",
        "Bad response",
        None,
        [],
        {"statusCode": 200, "body": {"an": "object"}},
        {"statusCode": 200, "extra": 1},
        {"statusCode": "abc"},
        {"statusCode": 20},
        {"statusCode": 200, "headers": {"X": {"a": 1}}},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "multiValueHeaders": {"X": "no list"}},
        {"statusCode": 200, "isBase64Encoded": "yes"},
    ],
)
def test_a_malformed_proxy_answer_is_502(document: object) -> None:
    ran = _proxy(document)
    assert (ran.status, ran.body) == (502, {"message": "Internal server error"})
    assert "Execution failed due to configuration error: Malformed Lambda proxy response" in ran.log
    assert ran.executed.gateway_response is GatewayResponseType.INTEGRATION_FAILURE


@pytest.mark.parametrize("document", [{"statusCode": 200}, {"statusCode": "200", "body": None, "headers": None}, {}])
def test_a_sparse_proxy_answer_is_fine(document: object) -> None:
    assert _proxy(document).status == 200


def test_a_proxy_function_that_raises_is_502_and_says_so_in_the_log() -> None:
    answered = replace(_raised("boom"), endpoint_request_id="lambda-1")
    ran = run(api(method(integration(IntegrationType.AWS_PROXY))), endpoint=answered)
    assert (ran.status, ran.body) == (502, {"message": "Internal server error"})
    assert (
        "Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: lambda-1"
    ) in ran.log
    context = ran.executed.context  # as recorded: https://github.com/DataBiosphere/azul/issues/8192
    assert (context["error.responseType"], context["integrationStatus"]) == ("INTEGRATION_FAILURE", "200")
    assert context["integration.error"] == "Lambda Customer Function Error:boom"
    assert "integration.status" not in context


@pytest.mark.parametrize(
    ("accept", "types", "expected"),
    [
        ("image/png", ("image/png",), b"\x89PNG"),
        ("text/html, image/png", ("image/png",), base64.b64encode(b"\x89PNG")),
        ("text/html", ("*/*",), b"\x89PNG"),
        ("image/png", (), base64.b64encode(b"\x89PNG")),
    ],
)
def test_base64_of_a_proxy_answer(accept: str, types: tuple[str, ...], expected: bytes) -> None:
    document = {"statusCode": 200, "body": base64.b64encode(b"\x89PNG").decode(), "isBase64Encoded": True}
    ran = _proxy(document, get(headers=Headers([("Accept", accept)])), binary_media_types=types)
    assert ran.executed.response.body == expected


def test_the_proxy_event_to_its_last_key() -> None:
    request = ClientRequest(
        http_method="GET",
        path="/users/1%202",
        query="a=1&a=2&b=",
        headers=Headers([("User-Agent", "ua"), ("X-M", "1"), ("X-M", "2")]),
        body="é".encode(),
        source_ip="192.0.2.1",
    )
    ran = run(
        api(method(integration(IntegrationType.AWS_PROXY), operation_name="getUser")), request, variables={"v": "1"}
    )
    event = json.loads(ran.endpoint.body)
    assert ran.endpoint.lambda_arn == _FUNCTION
    assert set(event) == {
        "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body",
        "isBase64Encoded",
    }  # fmt: skip
    assert event["resource"] == "/users/{userId}"
    assert event["pathParameters"] == {"userId": "1%202"}
    assert event["queryStringParameters"] == {"a": "2", "b": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert event["multiValueHeaders"]["X-M"] == ["1", "2"]
    assert event["headers"]["X-Forwarded-For"] == "192.0.2.1"
    assert event["stageVariables"] == {"v": "1"}
    assert (event["body"], event["isBase64Encoded"]) == ("é", False)
    assert event["requestContext"] == {
        "resourceId": "r1",
        "resourcePath": "/users/{userId}",
        "operationName": "getUser",
        "httpMethod": "GET",
        "extendedRequestId": "ext=",
        "requestTime": "22/Nov/2026:13:00:00 +0000",
        "requestTimeEpoch": 1795352400000,
        "path": "/dev/users/1%202",
        "accountId": "123456789012",
        "protocol": "HTTP/1.1",
        "stage": "dev",
        "domainPrefix": "abc123",
        "domainName": "abc123.execute-api.eu-west-1.amazonaws.com",
        "requestId": _CONTEXT.request_id,
        "apiId": "abc123",
        "identity": {
            "cognitoIdentityPoolId": None,
            "accountId": None,
            "cognitoIdentityId": None,
            "caller": None,
            "sourceIp": "192.0.2.1",
            "principalOrgId": None,
            "accessKey": None,
            "cognitoAuthenticationType": None,
            "cognitoAuthenticationProvider": None,
            "userArn": None,
            "userAgent": "ua",
            "user": None,
        },
    }


def test_an_empty_proxy_event_holds_nulls() -> None:
    event = json.loads(run(api(method(integration(IntegrationType.AWS_PROXY)), path="/x"), get("/x")).endpoint.body)
    names = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    assert [event[name] for name in names] == [None] * 5


def test_a_binary_body_is_base64_in_the_event() -> None:
    request = get(headers=Headers([("Content-Type", "image/png")]), body=b"\x89PNG")
    used = api(method(integration(IntegrationType.AWS_PROXY)), binary_media_types=("image/png",))
    event = json.loads(run(used, request).endpoint.body)
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\x89PNG").decode(), True)


# --- gateway responses ---


def _custom(**responses: GatewayResponse) -> RestApi:
    return api(
        method(), gateway_responses={GatewayResponseType[name]: response for name, response in responses.items()}
    )


def test_a_gateway_response_is_no_velocity() -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html."""
    template = (
        "#set($x = 1)$x $context.error.message, $context.error.responseType ${context.stage} $context.gone "
        "$stageVariables.v $method.request.querystring.q $method.request.header.X-Own $util.escapeJavaScript('a')"
    )
    own = GatewayResponse(
        response_type=GatewayResponseType.DEFAULT_4XX, response_templates={"application/json": template}
    )
    missing = get("/nowhere", query="q=1", headers=Headers.of({"x-own": "2"}))
    ran = run(api(method(), gateway_responses={own.response_type: own}), missing, variables={"v": "0"})
    assert ran.executed.response.body.decode() == (
        "#set($x = 1)$x Missing Authentication Token, MISSING_AUTHENTICATION_TOKEN dev  "
        "0 1 2 $util.escapeJavaScript('a')"
    )


def test_what_is_too_large_cannot_be_customized() -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html."""
    own = GatewayResponse(response_type=GatewayResponseType.DEFAULT_4XX, status_code="400")
    called = method(integration(IntegrationType.AWS_PROXY))
    body = b"x" * choices.FUNCTION_PAYLOAD_LIMIT_BYTES
    ran = run(api(called, gateway_responses={own.response_type: own}), get(body=body))
    assert (ran.status, ran.headers.get("x-amzn-ErrorType")) == (413, "BadRequestException")


@pytest.mark.parametrize(("too_much", "status"), [(0, 200), (1, 500)])
def test_an_answer_of_more_than_10_mb_is_not_passed_on(too_much: int, status: int) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html."""
    called = method(integration(IntegrationType.HTTP_PROXY, uri="https://example.com"))
    body = b"x" * (choices.RESPONSE_LIMIT_BYTES + too_much)
    ran = run(api(called), endpoint=EndpointResponse(status=200, body=body))
    assert ran.status == status
    assert ("larger than allowed maximum of 10485760 bytes" in ran.log) == (status != 200)


@pytest.mark.parametrize(("blocks", "status", "told"), [(True, 403, "WAF_BLOCK"), (False, 200, "WAF_ALLOW")])
def test_the_context_tells_what_the_web_acl_decided(blocks: bool, status: int, told: str) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html."""
    ran = run(api(method()), get(), gateway=replace(_CONTEXT, waf_blocks=blocks), web_acl_arn="arn:acl")
    assert ran.status == status
    context = ran.executed.context
    assert (context["webaclArn"], context["wafResponseCode"]) == ("arn:acl", told)


def test_a_payload_that_is_not_in_its_coding_is_unsupported() -> None:
    """See: the page of the developer guide on calling a method with a compressed payload."""
    ran = run(api(method()), get(), gateway=replace(_CONTEXT, is_undecodable=True))
    assert (ran.status, ran.headers.get("x-amzn-ErrorType")) == (415, "BadRequestException")


def test_every_request_has_a_trace_header_and_only_a_traced_one_a_trace() -> None:
    root = "1-67891233-000000000000000000000000"
    gateway = replace(_CONTEXT, trace_id=None, untraced_root=root)
    ran = run(api(method(integration(IntegrationType.AWS_PROXY))), get(), gateway=gateway)
    assert json.loads(ran.endpoint.body)["headers"]["X-Amzn-Trace-Id"] == f"Root={root}"
    assert ran.headers.get("X-Amzn-Trace-Id") == f"Root={root}"
    assert "xrayTraceId" not in ran.executed.context


def test_headers_of_a_connection_are_not_in_the_event() -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html."""
    sent = Headers.of({"Connection": "close", "TE": "trailers", "Via": "1.1 x", "Authorization": "Basic x"})
    event = json.loads(run(api(method(integration(IntegrationType.AWS_PROXY))), get(headers=sent)).endpoint.body)
    assert not {"Connection", "TE"} & set(event["headers"])
    assert {"Via": "1.1 x", "Authorization": "Basic x"}.items() <= event["headers"].items()


@pytest.mark.parametrize(
    ("templates", "accept", "expected"),
    [
        ({"application/xml": "xml", "application/json": "json"}, None, b"json"),
        ({"application/xml": "xml"}, None, b"xml"),
        ({"application/xml": "xml", "application/json": ""}, None, b'{"a":1}'),
        ({"application/xml": "xml", "application/json": ""}, "application/xml", b"xml"),
    ],
)
def test_an_empty_response_template_passes_the_body_on(
    templates: dict[str, str], accept: str | None, expected: bytes
) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html."""
    chosen = IntegrationResponse(status_code="200", response_templates=templates)
    headers = Headers([] if accept is None else [("Accept", accept)])
    called = method(integration(integration_responses=(chosen,)))
    ran = run(api(called), get(headers=headers), endpoint=EndpointResponse(body=b'{"a":1}'))
    assert ran.executed.response.body == expected


@pytest.mark.parametrize(
    ("scopes", "claims", "status"),
    [
        ((), {"token_use": "id"}, 200),
        ((), {"token_use": "access", "scope": "a"}, 401),
        (("a", "b"), {"token_use": "access", "scope": "c b"}, 200),
        (("a",), {"token_use": "access", "scope": "c"}, 401),
        (("a",), {"token_use": "id"}, 401),
    ],
)
def test_a_user_pools_token_is_of_the_kind_that_the_methods_scopes_ask_for(
    scopes: tuple[str, ...], claims: dict[str, str], status: int
) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html."""
    pool = Authorizer(name="pool", authorizer_type=AuthorizerType.COGNITO_USER_POOLS, provider_arns=("arn:pool",))
    protected = method(
        authorization_type=AuthorizationType.COGNITO_USER_POOLS, authorizer_name="pool", authorization_scopes=scopes
    )
    headers = Headers.of({"Authorization": "token"})
    answered = AuthorizerResponse(body=json.dumps({"sub": "u", **claims}))
    ran = run(api(protected, authorizers={"pool": pool}), get(headers=headers), authorizer=answered)
    assert ran.status == status


def test_an_expired_token_of_a_user_pool_is_told_so() -> None:
    """See: https://github.com/aws-amplify/amplify-js/issues/6060."""
    pool = Authorizer(name="pool", authorizer_type=AuthorizerType.COGNITO_USER_POOLS, provider_arns=("arn:pool",))
    protected = method(authorization_type=AuthorizationType.COGNITO_USER_POOLS, authorizer_name="pool")
    headers = Headers.of({"Authorization": "token"})
    expired = AuthorizerResponse(error_message="The incoming token has expired")
    ran = run(api(protected, authorizers={"pool": pool}), get(headers=headers), authorizer=expired)
    assert (ran.status, ran.body) == (401, {"message": "The incoming token has expired"})


def test_a_customized_gateway_response() -> None:
    custom = GatewayResponse(
        response_type=GatewayResponseType.MISSING_AUTHENTICATION_TOKEN,
        status_code="404",
        response_parameters={
            "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
            "gatewayresponse.header.X-Request": "context.requestId",
            "gatewayresponse.header.X-Origin": "method.request.header.Origin",
            "gatewayresponse.header.X-Gone": "method.request.header.Gone",
        },
        response_templates={
            "application/json": '{"error":{"message":$context.error.messageString,"type":"$context.error.responseType",'
            '"requestId":"$context.requestId","stage":"$stageVariables.name"}}'
        },
    )
    request = get("/nowhere", headers=Headers([("origin", "https://a.test")]))
    ran = run(_custom(MISSING_AUTHENTICATION_TOKEN=custom), request, variables={"name": "v"})
    assert ran.status == 404
    assert ran.body == {
        "error": {
            "message": "Missing Authentication Token",
            "type": "MISSING_AUTHENTICATION_TOKEN",
            "requestId": _CONTEXT.request_id,
            "stage": "v",
        }
    }
    assert ran.headers.get("Access-Control-Allow-Origin") == "*"
    assert ran.headers.get("X-Request") == _CONTEXT.request_id
    assert ran.headers.get("X-Origin") == "https://a.test"
    assert "X-Gone" not in ran.headers


@pytest.mark.parametrize(("status_code", "status"), [(None, 403), ("400", 400)])
def test_the_default_of_a_class_stands_in(status_code: str | None, status: int) -> None:
    custom = GatewayResponse(
        response_type=GatewayResponseType.DEFAULT_4XX,
        status_code=status_code,
        response_parameters={"gatewayresponse.header.X-D": "'d'"},
    )
    ran = run(_custom(DEFAULT_4XX=custom), get("/nowhere"))
    assert (ran.status, ran.headers.get("X-D")) == (status, "d")
    assert ran.headers.get("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert ran.body == {"message": "Missing Authentication Token"}


def test_the_default_of_server_errors_does_not_touch_client_errors() -> None:
    custom = GatewayResponse(
        response_type=GatewayResponseType.DEFAULT_5XX, response_parameters={"gatewayresponse.header.X-D": "'d'"}
    )
    assert "X-D" not in run(_custom(DEFAULT_5XX=custom), get("/nowhere")).headers


# --- the log ---


def test_secrets_are_masked_in_the_log() -> None:
    used = integration(IntegrationType.HTTP_PROXY, uri="http://b.test/")
    request = get(headers=Headers([("Authorization", "Bearer abcdefgh"), ("x-api-key", "zyxwvutsrqponmlk")]))
    ran = run(api(method(used)), request)
    assert "Bearer" not in ran.log
    assert "zyxwvutsrq" not in ran.log
    assert "Authorization=*********cdefgh" in ran.log


@pytest.mark.parametrize("kind", list(IntegrationType))
def test_what_the_pipeline_logs_is_read_back(kind: IntegrationType) -> None:
    used = mock() if kind is IntegrationType.MOCK else integration(kind)
    if kind in {IntegrationType.HTTP, IntegrationType.HTTP_PROXY}:
        used = replace(used, uri="http://b.test/")
    answered = EndpointResponse(body=b'{"statusCode":200}', latency_ms=5, endpoint_request_id="e1")
    ran = run(api(method(used)), endpoint=answered)
    long_lines = [line for line in ran.log.split("\n") if line.endswith("[TRUNCATED]")]
    again = read(LogLine(text=line) for line in ran.log.split("\n"))
    if not long_lines:
        expected = replace(ran.executed.execution, gateway_response_type=None)
        assert replace(again, lines=()) == expected
    assert again.status == 200


# --- resource policies ---


def _policy_for(**statement: object) -> str:
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", **statement}]}
    )


@pytest.mark.parametrize(
    ("policy", "suffix"),
    [
        (_policy_for(Resource="execute-api:/*"), None),
        (_policy_for(Resource="execute-api:/other/*"), ""),
        (_policy_for(Resource="*", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), None),
        (_policy_for(Resource="*", Condition={"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}), ""),
        (_policy_for(Resource="*", Principal={"AWS": "arn:aws:iam::1:root"}), ""),
        (
            _policy_for(Resource="*", Effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
            " with an explicit deny",
        ),
    ],
)
def test_a_resource_policy_decides(policy: str, suffix: str | None) -> None:
    ran = run(api(method(), policy=policy))
    if suffix is None:
        assert ran.status == 200
    else:
        resource = _ARN.replace("123456789012", "********9012")
        assert ran.status == 403
        assert ran.body == {
            "Message": "User: anonymous is not authorized to perform: execute-api:Invoke "
            f"on resource: {resource}{suffix}"
        }


_NO_WORD = _policy_for(Resource="execute-api:/other/*")
_ALLOWS = _policy_for(Resource="*")
_DENIES = _policy_for(Resource="*", Effect="Deny")


@pytest.mark.parametrize(
    ("resource_policy", "granted", "status"),
    [
        (_NO_WORD, _policy(), 200),
        (_DENIES, _policy(), 403),
        (_ALLOWS, _policy(resource="arn:other"), 200),
        (_NO_WORD, _policy(resource="arn:other"), 403),
        (_ALLOWS, _policy("Deny"), 403),
    ],
)
def test_an_authorizers_policy_is_weighed_with_the_resource_policy(
    resource_policy: str, granted: AuthorizerResponse, status: int
) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html, table A."""
    ran = run(replace(_secured(_TOKEN), policy=resource_policy), _signed(), authorizer=granted)
    assert ran.status == status
    asked = [effect for effect in ran.asked if isinstance(effect, AuthorizerRequest)]
    assert bool(asked) == (resource_policy != _DENIES)


@pytest.mark.parametrize(
    ("resource_policy", "body", "status"), [(_NO_WORD, "{}", 403), (_ALLOWS, "{}", 200), (_DENIES, None, 401)]
)
def test_a_user_pools_caller_needs_the_allowance_of_a_resource_policy(
    resource_policy: str, body: str | None, status: int
) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html."""
    pool = Authorizer(name="pool", authorizer_type=AuthorizerType.COGNITO_USER_POOLS, provider_arns=("arn:pool",))
    protected = method(authorization_type=AuthorizationType.COGNITO_USER_POOLS, authorizer_name="pool")
    secured = api(protected, authorizers={"pool": pool}, policy=resource_policy)
    request = get(headers=Headers.of({"Authorization": "token"}))
    assert run(secured, request, authorizer=AuthorizerResponse(body=body)).status == status


@pytest.mark.parametrize(
    ("principal", "status"),
    [
        ("arn:aws:iam::123456789012:role/reader", 403),
        ("arn:aws:iam::123456789012:root", 403),
        ("123456789012", 403),
        ("arn:aws:iam::123456789012:role/writer", 200),
    ],
)
def test_a_resource_policy_names_who_signed(principal: str, status: int) -> None:
    """See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html."""
    policy = _policy_for(Resource="*", Effect="Deny", Principal={"AWS": principal})
    caller = {"userArn": "arn:aws:sts::123456789012:assumed-role/reader/session"}
    ran = run(
        api(method(authorization_type=AuthorizationType.AWS_IAM), policy=policy),
        get(headers=Headers.of({"Authorization": "AWS4-HMAC-SHA256 Credential=a"})),
        authorizer=AuthorizerResponse(body=json.dumps(caller)),
    )
    assert ran.status == status
    if status != 200:
        assert ran.body["Message"].startswith(f"User: {caller['userArn']} is not authorized to perform")


def test_a_method_whose_authorizer_is_gone_is_no_open_door() -> None:
    ran = run(api(method(authorization_type=AuthorizationType.CUSTOM, authorizer_name="gone")), _signed())
    assert (ran.status, ran.headers.get("x-amzn-ErrorType")) == (500, "AuthorizerConfigurationException")


def test_the_trace_header_says_whether_it_was_sampled() -> None:
    request = get(headers=Headers([("X-Amzn-Trace-Id", f"Root={_CONTEXT.trace_id};Sampled=1")]))
    ran = run(api(method(integration())), request)
    assert ran.headers.get("X-Amzn-Trace-Id") == f"Root={_CONTEXT.trace_id};Sampled=1"
