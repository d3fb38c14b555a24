"""Gap: moto has no TestInvokeMethod.

API Gateway runs the method as the control plane holds it now, without its authorizer and API key, with the content type
``application/json``, writes no log to CloudWatch, and returns the log in its answer.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from moto.apigateway.exceptions import NotFoundException
from moto.apigateway.responses import APIGatewayResponse

from gateway.execution import Execution
from gateway.execution_log_lines import lines_of
from gateway.messages import ClientRequest, ClientResponse, Headers
from gateway.rest_api import AuthorizationType, Resource, RestApi, Stage
from sandbox.control_plane.deployments import rest_api_now
from sandbox.control_plane.documents import Answer, answered, parameters_of, path_of
from sandbox.control_plane.patching import action

_ERROR_TYPE = "x-amzn-ErrorType"
STAGE_NAME = "test-invoke-stage"
_UNTOLD: dict[str, Any] = {
    "extended_request_id": None,
    "api_key": None,
    "api_key_line": None,
    "api_stage": None,
    "usage_plan_checked": False,
    "throttle_line": None,
    "authorizer": None,
    "trace_id": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestInvocation:
    """What a runner is asked to run: the API without authorizers and API keys, and the request.

    ``request_id`` is the one to log under.
    """

    __test__ = False

    rest_api: RestApi
    stage: Stage
    request: ClientRequest
    resource_path: str
    account_id: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestInvocationResult:
    """What came of it. ``latency_ms`` is the whole time."""

    __test__ = False

    response: ClientResponse
    execution: Execution
    latency_ms: int


Runner = Callable[[TestInvocation], TestInvocationResult]

_runners: list[Runner] = []


def set_runner(runner: Runner) -> None:
    """Register who runs methods; the last one registered does."""
    _runners[:] = [runner]


def without_authorization(api: RestApi) -> RestApi:
    """Return the API with every method open, as a test invocation runs it."""
    return replace(api, resources=tuple(_open(resource) for resource in api.resources))


def _open(resource: Resource) -> Resource:
    methods = (
        replace(method, authorization_type=AuthorizationType.NONE, authorizer_name=None, api_key_required=False)
        for method in resource.methods
    )
    return replace(resource, methods=tuple(methods))


def _request(parameters: dict[str, Any], http_method: str, resource_path: str) -> ClientRequest:
    path, _, query = str(parameters.get("pathWithQueryString") or resource_path).partition("?")
    many = {name: [value] for name, value in (parameters.get("headers") or {}).items()}
    many |= parameters.get("multiValueHeaders") or {}
    headers = Headers([(name, value) for name, values in many.items() for value in values])
    if "Content-Type" in headers:
        headers = headers.set("Content-Type", "application/json")
    return ClientRequest(
        http_method=http_method,
        path=path,
        query=query,
        headers=headers,
        body=(parameters.get("body") or "").encode(),
    )


def log_text(execution: Execution, *, logged_at: datetime) -> str:
    """Return the log of an execution as a test invocation tells it: every line with its time, none cut.

    It begins with ``Starting execution``: nothing is told of usage plans, authorizers, extended id and tracing.
    """
    moment = logged_at.strftime("%a %b %d %H:%M:%S UTC %Y")
    told = "".join(f"{moment} : {text}\n" for _, text in lines_of(replace(execution, **_UNTOLD)))
    return f"Execution log for request {execution.request_id}\n{told}"


def install() -> None:
    """Add the action."""

    @action(APIGatewayResponse)
    def test_invoke_method(self: APIGatewayResponse) -> Answer:
        if not _runners:
            raise NotImplementedError("TestInvokeMethod needs the stage server, which is not running")
        _, rest_api_id, _, resource_id, _, http_method = path_of(self)
        self.backend.get_method(rest_api_id, resource_id, http_method)
        api = rest_api_now(self.backend.get_rest_api(rest_api_id))
        resource = next((each for each in api.resources if each.resource_id == resource_id), None)
        if resource is None:
            raise NotFoundException("Invalid Resource identifier specified")
        parameters = parameters_of(self)
        result = _runners[0](
            TestInvocation(
                rest_api=without_authorization(api),
                stage=Stage(stage_name=STAGE_NAME, variables=dict(parameters.get("stageVariables") or {})),
                request=_request(parameters, http_method, resource.path),
                resource_path=resource.path,
                account_id=self.current_account,
                region=self.region,
            )
        )
        return answered(_document(result))


def _document(result: TestInvocationResult) -> dict[str, Any]:
    response = result.response
    # recorded: a test invocation tells no ids, and of the gateway's own answers the error type alone
    untold = ("x-amzn-RequestId", "x-amz-apigw-id", *(("Content-Type",) if _ERROR_TYPE in response.headers else ()))
    headers = response.headers.without(*untold)
    return {
        "status": response.status,
        "body": response.body.decode("utf-8", "replace"),
        "headers": headers.single(),
        "multiValueHeaders": headers.multi(),
        "log": log_text(result.execution, logged_at=datetime.now(UTC)),
        "latency": result.latency_ms,
    }
