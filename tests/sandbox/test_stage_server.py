"""A started sandbox with a deployed API: every kind of integration, refusals, deployment semantics, telemetry."""

from __future__ import annotations

import base64
import gzip
import io
import json
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gateway import execution_log
from gateway.execution import LogLine
from gateway.rest_api import (
    ApiKey,
    AuthorizationType,
    Authorizer,
    AuthorizerType,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    Resource,
    RestApi,
    Throttle,
    UsagePlan,
)
from sandbox.deploy import AwsClients, Deployed, LambdaSource, deploy, deploy_openapi, observed_stage
from sandbox.sandbox import PortInUseError, Sandbox
from tests.servers import served_by

CODE = """
import base64, json, os, time
import boto3

def proxy(event, context):
    query = event.get("queryStringParameters") or {}
    if query.get("do") == "raise":
        raise RuntimeError("it broke")
    if query.get("do") == "malformed":
        return {"status": 200}
    if query.get("do") == "sleep":
        time.sleep(float(query["seconds"]))
    if query.get("do") == "binary":
        body = base64.b64encode(bytes(range(256))).decode()
        return {"statusCode": 200, "headers": {"Content-Type": "image/png"}, "body": body, "isBase64Encoded": True}
    if query.get("do") == "aws":
        table = boto3.client("dynamodb").list_tables()["TableNames"]
        return {"statusCode": 200, "body": json.dumps(table)}
    return {"statusCode": 201, "headers": {"X-From": "lambda"}, "body": json.dumps(event)}

def custom(event, context):
    if event.get("fail"):
        raise ValueError("Not found: " + event["fail"])
    return {"seen": event}

def authorize(event, context):
    token = event["authorizationToken"]
    if token == "unauthorized":
        raise Exception("Unauthorized")
    effect = "Allow" if token.startswith("allow") else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": "*"}
    return {
        "principalId": token,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"called": str(time.time())},
    }
"""

LAMBDA_URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:{name}/invocations"
)
OK = MethodResponse(status_code="200")


class _Backend(BaseHTTPRequestHandler):
    """A second backend that tells what it was sent."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        seen = {
            "method": self.command,
            "path": self.path,
            "headers": dict(self.headers.items()),
            "body": self.rfile.read(length).decode(),
        }
        if "sleep" in self.path:
            time.sleep(1)
        body = json.dumps(seen).encode()
        self.send_response(404 if "absent" in self.path else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except BrokenPipeError:
            return

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - names of the standard library

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the overridden method
        """Write nothing."""


@dataclass(kw_only=True)
class World:
    """The running sandbox, its deployed API and a client for its stage."""

    sandbox: Sandbox
    clients: AwsClients
    deployed: Deployed
    backend_url: str
    api: RestApi
    http: httpx.Client = field(repr=False)

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        return self.http.request(method, f"{self.deployed.invoke_url}{path}", **arguments)

    def lines(self, request_id: str) -> list[str]:
        group = f"API-Gateway-Execution-Logs_{self.deployed.rest_api_id}/dev"
        found: list[str] = []
        logs = self.clients.get("logs")
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern=f'"{request_id}"'
        ):
            found += [event["message"] for event in page["events"]]
        return found


def method(http_method: str, integration: Integration, **changes: Any) -> Method:
    return Method(http_method=http_method, integration=integration, **{"method_responses": (OK,), **changes})


def mock(template: str = '{"mocked": true}') -> Integration:
    return Integration(
        integration_type=IntegrationType.MOCK,
        request_templates={"application/json": '{"statusCode": 200}'},
        integration_responses=(
            IntegrationResponse(status_code="200", response_templates={"application/json": template}),
        ),
    )


def service(uri: str, template: str, content_type: str = "application/json") -> Integration:
    return Integration(
        integration_type=IntegrationType.AWS,
        http_method="POST",
        uri=uri,
        credentials="arn:aws:iam::123456789012:role/apigateway",
        request_parameters={"integration.request.header.Content-Type": f"'{content_type}'"},
        request_templates={"application/json": template},
        integration_responses=(IntegrationResponse(status_code="200"),),
    )


def rest_api(backend_url: str) -> RestApi:
    aws = "arn:aws:apigateway:us-east-1"
    proxy = Integration(
        integration_type=IntegrationType.AWS_PROXY,
        http_method="POST",
        uri=LAMBDA_URI.format(name="proxy"),
    )
    custom = Integration(
        integration_type=IntegrationType.AWS,
        http_method="POST",
        uri=LAMBDA_URI.format(name="custom"),
        request_templates={"application/json": '{"fail": $input.json("$.fail")}'},
        integration_responses=(
            IntegrationResponse(status_code="200"),
            IntegrationResponse(status_code="404", selection_pattern="Not found.*"),
        ),
    )
    plain = Integration(
        integration_type=IntegrationType.HTTP,
        http_method="GET",
        uri=f"{backend_url}/plain",
        integration_responses=(IntegrationResponse(status_code="200"),),
    )
    passing = Integration(
        integration_type=IntegrationType.HTTP_PROXY,
        http_method="ANY",
        uri=f"{backend_url}/{{proxy}}",
        request_parameters={"integration.request.path.proxy": "method.request.path.proxy"},
        timeout_ms=500,
    )
    refused = Integration(integration_type=IntegrationType.HTTP_PROXY, http_method="GET", uri="http://127.0.0.1:9/x")
    unpermitted = Integration(
        integration_type=IntegrationType.AWS_PROXY, http_method="POST", uri=LAMBDA_URI.format(name="absent")
    )
    authorizer = Authorizer(
        name="token",
        authorizer_type=AuthorizerType.TOKEN,
        uri=LAMBDA_URI.format(name="authorize"),
        identity_source="method.request.header.Authorization",
        result_ttl_s=300,
    )
    put_item = '{"TableName": "things", "Item": {"id": {"S": $input.json("$.id")}}}'
    resources = [
        Resource(path="/mock", methods=(method("GET", mock()), method("POST", mock()))),
        Resource(path="/proxy/{name}", methods=(Method(http_method="ANY", integration=proxy),)),
        Resource(path="/hurried", methods=(Method(http_method="GET", integration=replace(proxy, timeout_ms=300)),)),
        Resource(
            path="/custom",
            methods=(method("POST", custom, method_responses=(OK, MethodResponse(status_code="404"))),),
        ),
        Resource(path="/plain", methods=(method("GET", plain),)),
        Resource(
            path="/passing/{proxy+}",
            methods=(
                Method(http_method="ANY", integration=passing, request_parameters={"method.request.path.proxy": True}),
            ),
        ),
        Resource(path="/colour", methods=(method("GET", mock('"$stageVariables.colour"')),)),
        Resource(path="/refused", methods=(Method(http_method="GET", integration=refused),)),
        Resource(path="/unpermitted", methods=(Method(http_method="GET", integration=unpermitted),)),
        Resource(path="/things", methods=(method("POST", service(f"{aws}:dynamodb:action/PutItem", put_item)),)),
        Resource(
            path="/messages",
            methods=(
                method(
                    "POST",
                    service(
                        f"{aws}:sqs:path/123456789012/messages",
                        "Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
                        "application/x-www-form-urlencoded",
                    ),
                ),
            ),
        ),
        Resource(
            path="/notes",
            methods=(
                method(
                    "POST",
                    service(
                        f"{aws}:sns:action/Publish",
                        "TopicArn=$util.urlEncode('arn:aws:sns:us-east-1:123456789012:notes')&Message=hello",
                        "application/x-www-form-urlencoded",
                    ),
                ),
            ),
        ),
        Resource(
            path="/secret",
            methods=(
                method(
                    "GET",
                    mock('{"called": "$context.authorizer.called", "who": "$context.authorizer.principalId"}'),
                    authorization_type=AuthorizationType.CUSTOM,
                    authorizer_name="token",
                ),
            ),
        ),
        Resource(path="/keyed", methods=(method("GET", mock(), api_key_required=True),)),
        Resource(
            path="/signed",
            methods=(
                method(
                    "GET",
                    mock('{"key": "$context.identity.accessKey"}'),
                    authorization_type=AuthorizationType.AWS_IAM,
                ),
            ),
        ),
    ]
    return RestApi(
        name="stage-tests",
        resources=tuple(sorted(resources, key=lambda resource: resource.path)),
        authorizers={"token": authorizer},
        binary_media_types=("image/png",),
        minimum_compression_size_bytes=2_000,
    )


@pytest.fixture(scope="module")
def backend_url() -> Iterator[str]:
    with served_by(_Backend) as url:
        yield url


@pytest.fixture(scope="module")
def world(backend_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    code = tmp_path_factory.mktemp("code")
    (code / "app.py").write_text(CODE)
    with Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url)
        clients.get("dynamodb").create_table(
            TableName="things",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        clients.get("sqs").create_queue(QueueName="messages")
        clients.get("sns").create_topic(Name="notes")
        api = rest_api(backend_url)
        plan = UsagePlan(
            usage_plan_id="",
            name="slow",
            throttle=Throttle(rate_limit=0.001, burst_limit=2),
            api_keys=(ApiKey(api_key_id="", name="ours"),),
        )
        deployed = deploy(
            api,
            clients=clients,
            stage=observed_stage("dev", log_group_name="access", clients=clients),
            usage_plans=[plan],
            lambdas=functions(code),
        )
        with httpx.Client(timeout=30) as http:
            yield World(
                sandbox=sandbox, clients=clients, deployed=deployed, backend_url=backend_url, api=api, http=http
            )


def functions(code: Path) -> dict[str, LambdaSource]:
    return {
        name: LambdaSource(path=code, handler=f"app.{name}", timeout_s=3, environment={"COLOUR": "red"})
        for name in ("proxy", "custom", "authorize")
    }


def test_a_mock_answers_with_the_ids_of_the_request(world: World) -> None:
    answer = world.call("GET", "/mock")
    assert (answer.status_code, answer.json()) == (200, {"mocked": True})
    uuid.UUID(answer.headers["x-amzn-RequestId"])
    assert answer.headers["x-amz-apigw-id"]
    assert "x-amzn-ErrorType" not in answer.headers


def test_a_client_may_name_its_request_by_a_uuid(world: World) -> None:
    own = str(uuid.uuid4())
    answer = world.call("GET", "/mock", headers={"x-amzn-RequestId": own})
    assert answer.headers["x-amzn-RequestId"] == own


def test_the_stage_answers_by_host_header_too(world: World) -> None:
    host = f"{world.deployed.rest_api_id}.execute-api.us-east-1.amazonaws.com"
    answer = world.http.get(f"{world.sandbox.endpoint_url}/dev/mock", headers={"Host": host})
    assert answer.json() == {"mocked": True}


@pytest.mark.parametrize(
    "path", ["/restapis/absent1234/dev/_user_request_/mock", "/restapis/{id}/absent/_user_request_/"]
)
def test_a_stage_that_does_not_exist_is_forbidden(world: World, path: str) -> None:
    answer = world.http.get(world.sandbox.endpoint_url + path.replace("{id}", world.deployed.rest_api_id))
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
    assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"


def test_an_unknown_path_is_a_missing_authentication_token(world: World) -> None:
    answer = world.call("GET", "/nowhere")
    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})


def test_a_test_invocation_runs_its_method_for_any_path(world: World) -> None:
    """As recorded on API Gateway: the headers are the caller's own, and a path of another form has no parameters."""
    client, rest_api_id = world.clients.get("apigateway"), world.deployed.rest_api_id
    items = client.get_resources(restApiId=rest_api_id, limit=500)["items"]
    (resource_id,) = [item["id"] for item in items if item["path"] == "/mock"]
    where = {"restApiId": rest_api_id, "resourceId": resource_id, "httpMethod": "GET"}
    answer = client.test_invoke_method(**where, pathWithQueryString="/random/test?a=1")
    assert (answer["status"], answer["headers"]) == (200, {"Content-Type": "application/json"})
    for line in ("Resource Path: /random/test", "request path: {}", "query string: {a=1}", "request headers: {}"):
        assert line in answer["log"]


def test_a_custom_domain_leads_to_its_stage_by_the_longest_base_path(world: World) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html."""
    client, rest_api_id = world.clients.get("apigateway"), world.deployed.rest_api_id
    client.create_domain_name(
        domainName="api.example.com", regionalCertificateArn="arn:aws:acm:us-east-1:1:certificate/c"
    )
    client.create_base_path_mapping(domainName="api.example.com", restApiId=rest_api_id, basePath="orders", stage="dev")
    client.create_base_path_mapping(domainName="api.example.com", restApiId=rest_api_id, basePath="any")

    def call(path: str) -> httpx.Response:
        return world.http.get(f"{world.sandbox.endpoint_url}{path}", headers={"Host": "api.example.com"})

    assert call("/orders/mock").json() == call("/any/dev/mock").json() == {"mocked": True}
    assert (call("/other/mock").status_code, call("/other/mock").json()) == (403, {"message": "Forbidden"})
    put = world.http.put(f"{world.sandbox.endpoint_url}/orders/proxy/1", headers={"Host": "api.example.com"})
    event = put.json()
    assert (event["path"], event["requestContext"]["path"]) == ("/orders/proxy/1", "/orders/proxy/1")
    assert (event["requestContext"]["domainName"], event["requestContext"]["stage"]) == ("api.example.com", "dev")
    client.delete_domain_name(domainName="api.example.com")


def test_a_disabled_endpoint_is_forbidden(world: World) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html."""
    client = world.clients.get("apigateway")
    api = client.create_rest_api(name="closed", disableExecuteApiEndpoint=True)
    root = client.get_resources(restApiId=api["id"])["items"][0]["id"]
    where = {"restApiId": api["id"], "resourceId": root, "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_method_response(**where, statusCode="200")
    client.put_integration_response(**where, statusCode="200")
    client.create_deployment(restApiId=api["id"], stageName="dev")
    answer = world.http.get(f"{world.sandbox.endpoint_url}/restapis/{api['id']}/dev/_user_request_/")
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("?fields=a|b", {}, 400),
        ("?fields=a%7Cb", {}, 200),
        ("?fields={a}", {}, 400),
        ("", {"X-Long": "x" * 10_240}, 431),
        ("", {"X-Long": "x" * 9_000}, 200),
    ],
)
def test_what_the_edge_refuses_never_arrives_at_the_stage(
    world: World, query: str, headers: dict[str, str], status: int
) -> None:
    response = world.call("GET", f"/mock{query}", headers=headers)
    assert response.status_code == status
    assert ("x-amzn-RequestId" in response.headers) is (status == 200)


def test_a_body_over_the_limit_is_refused_in_plain_text(world: World) -> None:
    """See: https://github.com/koki-develop/lgtm-generator/issues/10."""
    response = world.call("POST", "/mock", content=b"x" * (10 * 1024 * 1024 + 1))
    assert (response.status_code, response.text) == (413, "HTTP content length exceeded 10485760 bytes.")
    assert "x-amzn-RequestId" not in response.headers


def test_a_lambda_proxy_gets_the_event_of_the_raw_request(world: World) -> None:
    answer = world.call("PUT", "/proxy/a%20b%2Fc?x=1&x=2&y=%C3%A9", content=b'{"n": 1}', headers={"X-Mixed-Case": "v"})
    event = answer.json()
    assert (answer.status_code, answer.headers["X-From"]) == (201, "lambda")
    assert event["resource"] == "/proxy/{name}"
    assert (event["httpMethod"], event["body"]) == ("PUT", '{"n": 1}')
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["é"]}
    assert event["headers"]["X-Mixed-Case"] == "v"
    assert event["requestContext"]["requestId"] == answer.headers["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("path", "status", "message", "logged"),
    [
        ("/proxy/x?do=raise", 502, "Internal server error", "due to customer function error: it broke"),
        ("/proxy/x?do=malformed", 502, "Internal server error", "Malformed Lambda proxy response"),
        ("/hurried?do=sleep&seconds=1", 504, "Endpoint request timed out", "Execution failed due to a timeout error"),
    ],
)
def test_a_failing_lambda_is_a_gateway_response(
    world: World, path: str, status: int, message: str, logged: str
) -> None:
    answer = world.call("GET", path)
    assert (answer.status_code, answer.json()) == (status, {"message": message})
    world.sandbox.flush_telemetry()
    assert any(logged in line for line in world.lines(answer.headers["x-amzn-RequestId"]))


def test_a_functions_own_timeout_is_lambdas_error(world: World) -> None:
    world.clients.get("lambda").update_function_configuration(FunctionName="proxy", Timeout=1)
    answer = world.call("GET", "/proxy/x?do=sleep&seconds=1.4")
    world.clients.get("lambda").update_function_configuration(FunctionName="proxy", Timeout=3)
    assert answer.status_code == 502
    world.sandbox.flush_telemetry()
    lines = world.lines(answer.headers["x-amzn-RequestId"])
    assert any("Task timed out after 1.00 seconds" in line for line in lines)


def test_binary_comes_back_as_bytes(world: World) -> None:
    answer = world.call("GET", "/proxy/x?do=binary", headers={"Accept": "image/png"})
    assert answer.content == bytes(range(256))


def test_a_function_calls_the_aws_side(world: World) -> None:
    assert world.call("GET", "/proxy/x?do=aws").json() == ["things"]


def test_a_custom_lambda_maps_its_errors_by_pattern(world: World) -> None:
    good = world.call("POST", "/custom", json={"fail": ""})
    assert (good.status_code, good.json()) == (200, {"seen": {"fail": ""}})
    bad = world.call("POST", "/custom", json={"fail": "user 7"})
    assert (bad.status_code, bad.json()["errorMessage"]) == (404, "Not found: user 7")


def test_an_http_integration_calls_the_backend(world: World) -> None:
    assert world.call("GET", "/plain").json()["path"] == "/plain"


def test_an_http_proxy_passes_method_path_body_and_status(world: World) -> None:
    seen = world.call("POST", "/passing/a/b?q=1", content=b"hello", headers={"X-Kept": "yes"}).json()
    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/a/b?q=1", "hello")
    assert seen["headers"]["X-Kept"] == "yes"
    assert world.call("GET", "/passing/absent").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/passing/sleep", 504, "Endpoint request timed out"),
        ("/refused", 504, "Network error communicating with endpoint"),
        ("/unpermitted", 500, "Internal server error"),
    ],
)
def test_an_endpoint_that_fails_is_a_gateway_response(world: World, path: str, status: int, message: str) -> None:
    answer = world.call("GET", path)
    assert (answer.status_code, answer.json()) == (status, {"message": message})


def test_aws_services_are_called(world: World) -> None:
    assert world.call("POST", "/things", json={"id": "t1"}).status_code == 200
    item = world.clients.get("dynamodb").get_item(TableName="things", Key={"id": {"S": "t1"}})["Item"]
    assert item == {"id": {"S": "t1"}}
    sent = world.call("POST", "/messages", json={"text": "a & b"})
    assert "MessageId" in sent.text
    sqs = world.clients.get("sqs")
    url = sqs.get_queue_url(QueueName="messages")["QueueUrl"]
    assert json.loads(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]) == {"text": "a & b"}
    published = world.call("POST", "/notes", json={})
    assert published.json()["PublishResponse"]["PublishResult"]["MessageId"]


def test_an_authorizer_lets_in_refuses_and_is_cached(world: World) -> None:
    first = world.call("GET", "/secret", headers={"Authorization": "allow-1"})
    assert first.json()["who"] == "allow-1"
    again = world.call("GET", "/secret", headers={"Authorization": "allow-1"})
    assert again.json() == first.json()
    world.clients.get("apigateway").flush_stage_authorizers_cache(restApiId=world.deployed.rest_api_id, stageName="dev")
    fresh = world.call("GET", "/secret", headers={"Authorization": "allow-1"})
    assert fresh.json()["called"] != first.json()["called"]
    other = world.call("GET", "/secret", headers={"Authorization": "allow-2"})
    assert other.json()["called"] != first.json()["called"]
    assert world.call("GET", "/secret", headers={"Authorization": "deny"}).status_code == 403
    assert world.call("GET", "/secret", headers={"Authorization": "unauthorized"}).status_code == 401
    assert world.call("GET", "/secret").status_code == 401


def test_an_api_key_is_needed_and_throttled(world: World) -> None:
    (key,) = world.deployed.api_key_values.values()
    assert world.call("GET", "/keyed").status_code == 403
    assert world.call("GET", "/keyed", headers={"x-api-key": "wrong" * 5}).status_code == 403
    statuses = [world.call("GET", "/keyed", headers={"x-api-key": key}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert _used_today(world) == 2


def _used_today(world: World) -> int:
    client, today = world.clients.get("apigateway"), datetime.now(tz=UTC).date().isoformat()
    (plan,) = client.get_usage_plans()["items"]
    usage = client.get_usage(usagePlanId=plan["id"], startDate=today, endDate=today)["items"]
    return sum(count for days in usage.values() for count, _left in days)


def test_a_signature_is_verified(world: World) -> None:
    url = f"{world.deployed.invoke_url}/signed?b=2&a=1"
    known = world.sandbox.credentials

    def signed(secret: str) -> httpx.Response:
        request = AWSRequest(method="GET", url=url)
        SigV4Auth(Credentials(known.access_key_id, secret), "execute-api", "us-east-1").add_auth(request)
        return world.http.get(url, headers=dict(request.headers.items()))

    good = signed(known.secret_access_key)
    assert (good.status_code, good.json()) == (200, {"key": known.access_key_id})
    assert signed("another").status_code == 403
    assert world.http.get(url).status_code == 403


def test_a_change_is_live_only_after_a_deployment(world: World) -> None:
    client, rest_api_id = world.clients.get("apigateway"), world.deployed.rest_api_id
    resource_id = next(
        item["id"] for item in client.get_resources(restApiId=rest_api_id)["items"] if item["path"] == "/mock"
    )
    where = {"restApiId": rest_api_id, "resourceId": resource_id, "httpMethod": "POST"}
    client.put_integration_response(**where, statusCode="200", responseTemplates={"application/json": '{"new": 1}'})
    assert world.call("POST", "/mock", json={}).json() == {"mocked": True}
    client.create_deployment(restApiId=rest_api_id, stageName="dev")
    assert world.call("POST", "/mock", json={}).json() == {"new": 1}


def _patch_stage(world: World, **patches: str) -> None:
    operations = [{"op": "replace", "path": path.replace("__", "/"), "value": value} for path, value in patches.items()]
    world.clients.get("apigateway").update_stage(
        restApiId=world.deployed.rest_api_id, stageName="dev", patchOperations=operations
    )


def test_stage_variables_are_live_at_once(world: World) -> None:
    for colour in ("red", "blue"):
        _patch_stage(world, __variables__colour=colour)
        assert world.call("GET", "/colour").json() == colour


@pytest.mark.parametrize(
    ("level", "path", "is_logged"),
    [("OFF", "/unpermitted", False), ("ERROR", "/unpermitted", True), ("ERROR", "/mock", False)],
)
def test_the_log_level_of_the_stage_is_kept(world: World, level: str, path: str, is_logged: bool) -> None:
    _patch_stage(world, **{"/*/*/logging/loglevel": level})
    request_id = world.call("GET", path).headers["x-amzn-RequestId"]
    _patch_stage(world, **{"/*/*/logging/loglevel": "INFO"})
    world.sandbox.flush_telemetry()
    assert bool(world.lines(request_id)) is is_logged


def test_a_long_answer_is_compressed_where_the_client_accepts_it(world: World) -> None:
    padding = {"X-Long": "x" * 3_000}
    packed = world.call("GET", "/plain", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in packed.headers
    answer = world.call("GET", "/proxy/x", headers={"Accept-Encoding": "gzip", **padding})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json()["headers"]["X-Long"] == padding["X-Long"]
    packed_body = gzip.compress(b'{"fail": ""}')
    sent = world.call("POST", "/custom", content=packed_body, headers={"Content-Encoding": "gzip"})
    assert sent.status_code == 200


def test_the_execution_log_tells_the_request(world: World) -> None:
    answer = world.call("POST", "/passing/log", content=b'{"a": 1}', headers={"Content-Type": "application/json"})
    world.sandbox.flush_telemetry()
    lines = world.lines(answer.headers["x-amzn-RequestId"])
    execution = execution_log.read([LogLine(text=line) for line in lines])
    assert (execution.http_method, execution.resource_path) == ("POST", "/passing/log")
    assert (execution.status, execution.endpoint_status) == (200, 200)
    assert execution.extended_request_id == answer.headers["x-amz-apigw-id"]
    assert execution.request_body is not None
    assert execution.request_body.text == '{"a": 1}'


def test_telemetry_arrives_by_itself_within_two_seconds(world: World) -> None:
    request_id = world.call("GET", "/mock").headers["x-amzn-RequestId"]
    deadline = time.monotonic() + 2
    while not world.lines(request_id):
        assert time.monotonic() < deadline, "no log line came"
        time.sleep(0.05)


def test_log_events_go_to_several_streams_in_order(world: World) -> None:
    for _ in range(20):
        world.call("GET", "/mock")
    world.sandbox.flush_telemetry()
    logs, group = world.clients.get("logs"), f"API-Gateway-Execution-Logs_{world.deployed.rest_api_id}/dev"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert len(streams) > 1
    for stream in streams:
        assert len(stream["logStreamName"]) == 32


def test_the_access_log_is_written_in_the_stages_format(world: World) -> None:
    answer = world.call("GET", "/mock", headers={"User-Agent": "us"})
    world.sandbox.flush_telemetry()
    events = world.clients.get("logs").filter_log_events(
        logGroupName="access", filterPattern=f'"{answer.headers["x-amzn-RequestId"]}"'
    )["events"]
    (entry,) = [json.loads(event["message"]) for event in events]
    assert entry["extendedRequestId"] == answer.headers["x-amz-apigw-id"]
    assert (entry["status"], entry["resourcePath"], entry["path"]) == ("200", "/mock", "/dev/mock")
    assert entry["responseLength"] == str(len(answer.content))
    assert int(entry["responseLatency"]) >= 0


def test_a_trace_has_the_stage_its_call_and_the_function(world: World) -> None:
    root = f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    answer = world.call("GET", "/proxy/x", headers={"X-Amzn-Trace-Id": f"Root={root};Sampled=1"})
    world.sandbox.flush_telemetry()
    (trace,) = world.clients.get("xray").batch_get_traces(TraceIds=[root])["Traces"]
    segments = {
        document["origin"]: document for document in (json.loads(each["Document"]) for each in trace["Segments"])
    }
    assert set(segments) == {"AWS::ApiGateway::Stage", "AWS::Lambda", "AWS::Lambda::Function"}
    stage = segments["AWS::ApiGateway::Stage"]
    assert stage["name"] == "stage-tests/dev"
    assert stage["aws"]["api_gateway"]["request_id"] == answer.headers["x-amzn-RequestId"]
    assert stage["http"]["response"]["status"] == 201
    (call,) = stage["subsegments"]
    assert (call["name"], call["aws"]["function_name"]) == ("Lambda", "proxy")
    assert segments["AWS::Lambda"]["parent_id"] == call["id"]
    assert segments["AWS::Lambda::Function"]["parent_id"] == segments["AWS::Lambda"]["id"]


def test_a_request_that_is_not_sampled_has_no_trace(world: World) -> None:
    root = f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    world.call("GET", "/mock", headers={"X-Amzn-Trace-Id": f"Root={root};Sampled=0"})
    world.sandbox.flush_telemetry()
    assert world.clients.get("xray").batch_get_traces(TraceIds=[root])["UnprocessedTraceIds"] == [root]


def test_metrics_count_what_was_sent(world: World) -> None:
    before = _sums(world)
    for path in ("/mock", "/mock", "/nowhere", "/unpermitted"):
        world.call("GET", path)
    world.sandbox.flush_telemetry()
    after = _sums(world)
    assert {name: after[name] - before[name] for name in after} == {"Count": 4, "4XXError": 1, "5XXError": 1}


def _sums(world: World) -> dict[str, float]:
    world.sandbox.flush_telemetry()
    now = datetime.now(tz=UTC)
    sums = {}
    for name in ("Count", "4XXError", "5XXError"):
        points = world.clients.get("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=[{"Name": "ApiName", "Value": "stage-tests"}, {"Name": "Stage", "Value": "dev"}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        sums[name] = sum(point["Sum"] for point in points)
    return sums


def test_detailed_metrics_name_method_and_resource(world: World) -> None:
    world.call("GET", "/mock")
    world.sandbox.flush_telemetry()
    metrics = world.clients.get("cloudwatch").list_metrics(Namespace="AWS/ApiGateway", MetricName="Latency")["Metrics"]
    found = {frozenset((each["Name"], each["Value"]) for each in metric["Dimensions"]) for metric in metrics}
    detailed = {("ApiName", "stage-tests"), ("Stage", "dev"), ("Method", "GET"), ("Resource", "/mock")}
    assert frozenset(detailed) in found
    assert frozenset({("ApiName", "stage-tests")}) in found


def test_lambdas_log_has_start_report_and_what_was_printed(world: World) -> None:
    world.call("GET", "/proxy/x?do=raise")
    world.sandbox.flush_telemetry()
    events = world.clients.get("logs").filter_log_events(logGroupName="/aws/lambda/proxy")["events"]
    text = "".join(event["message"] for event in events)
    assert "START RequestId: " in text
    assert "[ERROR] RuntimeError: it broke" in text
    assert "REPORT RequestId: " in text


def test_lambdas_invoke_api_runs_the_worker(world: World) -> None:
    client = world.clients.get("lambda")
    good = client.invoke(FunctionName="custom", Payload=b'{"a": 1}')
    assert json.loads(good["Payload"].read()) == {"seen": {"a": 1}}
    bad = client.invoke(FunctionName="custom", Payload=b'{"fail": "x"}')
    assert bad["FunctionError"] == "Unhandled"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="absent", Payload=b"{}")


def test_test_invoke_method_runs_the_real_method(world: World) -> None:
    client, rest_api_id = world.clients.get("apigateway"), world.deployed.rest_api_id
    resource_id = next(
        item["id"] for item in client.get_resources(restApiId=rest_api_id)["items"] if item["path"] == "/plain"
    )
    answer = client.test_invoke_method(restApiId=rest_api_id, resourceId=resource_id, httpMethod="GET")
    assert (answer["status"], json.loads(answer["body"])["path"]) == (200, "/plain")
    assert "Successfully completed execution" in answer["log"]


def test_large_bodies_reach_the_aws_side(world: World) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return 1")
        archive.writestr("filler.bin", base64.b85encode(bytes(24_000_000)))
    client = world.clients.get("lambda")
    role = world.clients.get("iam").list_roles()["Roles"][0]["Arn"]
    client.create_function(
        FunctionName="large",
        Runtime="python3.11",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": buffer.getvalue()},
    )
    assert client.get_function(FunctionName="large")["Configuration"]["CodeSize"] == len(buffer.getvalue())


def test_a_taken_port_is_told_in_one_line(world: World) -> None:
    port = int(world.sandbox.endpoint_url.rpartition(":")[2])
    from sandbox.http_server import HttpServer

    with pytest.raises(OSError, match="in use"):
        HttpServer(None, port)
    assert issubclass(PortInUseError, Exception)


def test_metrics_of_an_api_without_an_ascii_name_carry_its_id(world: World, tmp_path: Path) -> None:
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    answer = {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": mock}
    document = {"openapi": "3.0.3", "info": {"title": "用户", "version": "1"}, "paths": {"/": {"get": answer}}}
    contract = tmp_path / "openapi.json"
    contract.write_text(json.dumps(document))
    deployed = deploy_openapi(contract, clients=world.clients, stage_name="dev", lambdas={})
    assert httpx.get(deployed.invoke_url).status_code == 200
    world.sandbox.flush_telemetry()
    metrics = world.clients.get("cloudwatch").list_metrics(Namespace="AWS/ApiGateway", MetricName="Count")["Metrics"]
    found = {each["Value"] for metric in metrics for each in metric["Dimensions"] if each["Name"] == "ApiName"}
    assert deployed.rest_api_id in found
    assert "" not in found
