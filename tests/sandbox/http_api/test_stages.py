"""A stage of an HTTP API answers over the network: routes, CORS, authorizers, functions, endpoints, telemetry."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.http_api import (
    CorsConfiguration,
    HttpApi,
    HttpApiAuthorizer,
    HttpApiAuthorizerType,
    HttpIntegration,
    PayloadFormatVersion,
    Route,
    RouteAuthorizationType,
)
from gateway.rest_api import IntegrationType
from sandbox.deploy import Deployed
from sandbox.deploy_lambda import AwsClients, LambdaSource
from sandbox.http_api.deploy import deploy_http_api, observed_http_stage
from sandbox.sandbox import Sandbox

ORIGIN = {"Origin": "https://app.example.com"}
ISSUER = "https://issuer.example"
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
PREFLIGHT = {**ORIGIN, "Access-Control-Request-Method": "GET"}
CORS = CorsConfiguration(
    allow_origins=("https://app.example.com",),
    allow_methods=("GET",),
    allow_headers=("x-a",),
    expose_headers=("x-b",),
    allow_credentials=True,
    max_age_s=9,
)
FUNCTION = """
import time
def handler(event, context):
    what = (event.get("queryStringParameters") or {}).get("do")
    if what == "raise":
        raise ValueError("no")
    if what == "infer":
        return {"error": "x"}
    if what == "sleep":
        time.sleep(3)
    headers = {"content-type": "application/json", "access-control-allow-origin": "https://own.example", "x-b": "1"}
    return {"statusCode": 200, "headers": headers, "body": __import__("json").dumps(event)}
def authorize(event, context):
    token = event["identitySource"][0]
    if token == "raise":
        raise ValueError("no")
    return {"isAuthorized": token == "yes", "context": {"who": token}}
"""


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        keys = {"keys": [KEY.as_dict(private=False)]}
        body = json.dumps(
            keys
            if self.path == "/jwks.json"
            else {"path": self.path, "headers": dict(self.headers), "method": self.command}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Access-Control-Allow-Origin", "https://own.example")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@dataclass(frozen=True)
class Running:
    sandbox: Sandbox
    clients: AwsClients
    deployed: Deployed

    def ask(self, path: str, http_method: str = "GET", **more: Any) -> httpx.Response:
        return httpx.request(http_method, f"{self.deployed.invoke_url}{path}", timeout=20, **more)


def _uri(name: str) -> str:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def _api(echo_url: str) -> HttpApi:
    two = HttpIntegration(
        integration_type=IntegrationType.AWS_PROXY,
        integration_uri=_uri("http-api-function"),
        payload_format_version=PayloadFormatVersion.TWO,
        timeout_ms=1000,
    )
    echo = HttpIntegration(
        integration_type=IntegrationType.HTTP_PROXY,
        integration_method="ANY",
        integration_uri=f"{echo_url}/in/{{proxy}}",
    )
    gone = replace(echo, integration_uri="http://127.0.0.1:9/")
    authorizer = HttpApiAuthorizer(
        name="tokens",
        authorizer_type=HttpApiAuthorizerType.REQUEST,
        authorizer_uri=_uri("http-api-authorizer"),
        identity_source=("$request.header.Authorization",),
        enable_simple_responses=True,
    )
    issuer = HttpApiAuthorizer(
        name="jwt",
        authorizer_type=HttpApiAuthorizerType.JWT,
        identity_source=("$request.header.Authorization",),
        jwt_issuer=ISSUER,
        jwt_audience=("web",),
    )
    mapped = replace(
        echo,
        integration_uri=echo_url,
        request_parameters={"overwrite:path": "/v2/${request.path.id}", "append:header.own": "$context.stage"},
        response_parameters={"200": {"overwrite:statuscode": "203", "append:header.was": "$response.body.path"}},
    )
    closed: dict[str, Any] = {"authorization_type": RouteAuthorizationType.CUSTOM, "authorizer_name": "tokens"}
    return HttpApi(
        name="any",
        routes=(
            Route(route_key="GET /two", integration=two),
            Route(route_key="GET /one", integration=replace(two, payload_format_version=PayloadFormatVersion.ONE)),
            Route(route_key="GET /closed", integration=two, **closed),
            Route(route_key="ANY /every", integration=two, **closed),
            Route(route_key="GET /out/{proxy+}", integration=echo),
            Route(route_key="GET /gone", integration=gone),
            Route(
                route_key="GET /token",
                integration=two,
                authorization_type=RouteAuthorizationType.JWT,
                authorizer_name="jwt",
                authorization_scopes=("read",),
            ),
            Route(route_key="GET /mapped/{id}", integration=mapped),
        ),
        authorizers={"tokens": authorizer, "jwt": issuer},
        cors_configuration=CORS,
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("function")
    (folder / "any_function.py").write_text(FUNCTION, encoding="utf-8")
    echo = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=echo.serve_forever)
    thread.start()
    with Sandbox(jwks_urls={ISSUER: f"http://127.0.0.1:{echo.server_port}/jwks.json"}) as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url)
        stage = observed_http_stage("dev", log_group_name="/any", clients=clients, rate_limit=100.0)
        deployed = deploy_http_api(
            _api(f"http://127.0.0.1:{echo.server_port}"),
            clients=clients,
            stage=stage,
            lambdas={
                "http-api-function": LambdaSource(path=folder, handler="any_function.handler"),
                "http-api-authorizer": LambdaSource(path=folder, handler="any_function.authorize"),
            },
        )
        yield Running(sandbox=sandbox, clients=clients, deployed=deployed)
    echo.shutdown()
    thread.join()
    echo.server_close()


def test_a_function_gets_the_event_of_its_payload_format(running: Running) -> None:
    assert running.ask("/two").json()["version"] == "2.0"
    assert running.ask("/one").json()["version"] == "1.0"
    assert running.ask("/two").json()["rawPath"] == "/dev/two"


def test_only_payload_format_2_infers_a_success(running: Running) -> None:
    inferred = running.ask("/two?do=infer")
    assert (inferred.status_code, inferred.json()) == (200, {"error": "x"})
    assert running.ask("/one?do=infer").status_code == 500


def test_own_answers_have_one_shape_and_an_id(running: Running) -> None:
    answers = {
        404: running.ask("/nowhere"),
        500: running.ask("/two?do=raise"),
        503: running.ask("/gone"),
        401: running.ask("/closed"),
        403: running.ask("/closed", headers={"Authorization": "no"}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert set(answer.json()) == {"message"}
        assert answer.headers["apigw-requestid"]
        assert "x-amzn-requestid" not in answer.headers


def test_a_function_that_is_too_slow_is_given_up(running: Running) -> None:
    answer = running.ask("/two?do=sleep")
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})


def test_an_authorizer_lets_through_and_its_failure_is_a_500(running: Running) -> None:
    allowed = running.ask("/closed", headers={"Authorization": "yes"})
    assert allowed.json()["requestContext"]["authorizer"]["lambda"] == {"who": "yes"}
    assert running.ask("/closed", headers={"Authorization": "raise"}).status_code == 500


def test_a_token_of_the_issuer_is_let_in_with_its_claims(running: Running) -> None:
    claims = {"iss": ISSUER, "aud": "web", "exp": int(time.time()) + 60, "scope": "read write"}
    token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY)
    answer = running.ask("/token", headers={"Authorization": f"Bearer {token}"})
    let_in = answer.json()["requestContext"]["authorizer"]["jwt"]
    assert (let_in["claims"]["aud"], let_in["scopes"]) == ("web", ["read", "write"])
    nobody = running.ask("/token")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")


def test_parameters_are_mapped_on_both_ways(running: Running) -> None:
    answer = running.ask("/mapped/7")
    assert (answer.status_code, answer.json()["path"], answer.headers["was"]) == (203, "/v2/7", "/v2/7")
    assert answer.json()["headers"]["own"] == "dev"


def test_a_custom_domain_leads_to_the_stage(running: Running) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html."""
    client, name = running.clients.get("apigatewayv2"), "notes.example.com"
    client.create_domain_name(
        DomainName=name, DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:1:c"}]
    )
    client.create_api_mapping(
        DomainName=name, ApiId=running.deployed.http_api_id, Stage="dev", ApiMappingKey="v1/notes"
    )

    def ask_domain(path: str) -> httpx.Response:
        return httpx.get(f"{running.sandbox.endpoint_url}{path}", headers={"Host": name}, timeout=20)

    event = ask_domain("/v1/notes/two").json()
    assert (event["rawPath"], event["requestContext"]["domainName"]) == ("/v1/notes/two", name)
    assert ask_domain("/v2/two").status_code == 403
    client.update_api(ApiId=running.deployed.http_api_id, DisableExecuteApiEndpoint=True)
    try:
        assert running.ask("/two").json() == {"message": "Not Found"}
        assert ask_domain("/v1/notes/two").status_code == 200
    finally:
        client.update_api(ApiId=running.deployed.http_api_id, DisableExecuteApiEndpoint=False)


def test_the_configured_cors_headers_replace_those_of_the_backend(running: Running) -> None:
    for path in ("/two", "/out/a"):
        answer = running.ask(path, headers=ORIGIN)
        assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-expose-headers"] == "x-b"
        assert "access-control-allow-origin" not in running.ask(path).headers
        foreign = running.ask(path, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in foreign.headers


def test_preflights_are_answered_without_a_route_and_refused_by_a_closed_one(running: Running) -> None:
    answered = running.ask("/two", "OPTIONS", headers=PREFLIGHT)
    assert (answered.status_code, answered.content) == (204, b"")
    assert answered.headers["access-control-allow-methods"] == "GET"
    assert answered.headers["access-control-max-age"] == "9"
    assert running.ask("/nowhere", "OPTIONS", headers=PREFLIGHT).status_code == 204
    assert running.ask("/every", "OPTIONS", headers=PREFLIGHT).status_code == 401
    assert running.ask("/two", "OPTIONS").status_code == 404


def test_an_endpoint_gets_path_query_and_headers(running: Running) -> None:
    echoed = running.ask("/out/a%20b/c?x=1&x=2", headers={"X-Own": "y"}).json()
    assert echoed["path"] == "/in/a%20b/c?x=1&x=2"
    headers = {name.lower(): value for name, value in echoed["headers"].items()}
    assert headers["x-own"] == "y"
    assert "proto=https" in headers["forwarded"]


def test_a_stage_that_is_not_there_is_not_found(running: Running) -> None:
    url = running.sandbox.http_api_invoke_url(running.deployed.http_api_id, "none")
    answer = httpx.get(f"{url}/two")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_by_host_the_stage_stands_in_the_path(running: Running) -> None:
    host = {"Host": f"{running.deployed.http_api_id}.execute-api.us-east-1.amazonaws.com"}
    assert httpx.get(f"{running.sandbox.endpoint_url}/dev/two", headers=host).status_code == 200
    assert httpx.get(f"{running.sandbox.endpoint_url}/two", headers=host).status_code == 404


def test_changes_are_live_at_once(running: Running) -> None:
    client = running.clients.get("apigatewayv2")
    route = next(
        item
        for item in client.get_routes(ApiId=running.deployed.http_api_id)["Items"]
        if item["RouteKey"] == "GET /gone"
    )
    client.update_route(ApiId=running.deployed.http_api_id, RouteId=route["RouteId"], RouteKey="GET /moved")
    try:
        assert running.ask("/gone").status_code == 404
        assert running.ask("/moved").status_code == 503
    finally:
        client.update_route(ApiId=running.deployed.http_api_id, RouteId=route["RouteId"], RouteKey="GET /gone")


def test_every_request_leaves_a_line_and_is_counted(running: Running) -> None:
    answer = running.ask("/two")
    refused = running.ask("/closed")
    running.sandbox.flush_telemetry()
    events = running.clients.get("logs").filter_log_events(logGroupName="/any")["events"]
    lines = {line["requestId"]: line for line in (json.loads(event["message"]) for event in events)}
    line = lines[answer.headers["apigw-requestid"]]
    assert (line["status"], line["integrationStatus"], line["routeKey"]) == ("200", "200", "GET /two")
    line = lines[refused.headers["apigw-requestid"]]
    assert (line["status"], line["integrationStatus"], line["error"]) == ("401", "-", "Unauthorized")
    dimensions = [{"Name": "ApiId", "Value": running.deployed.http_api_id}, {"Name": "Stage", "Value": "dev"}]
    now = datetime.now(UTC)
    for name in ("Count", "4xx", "5xx", "IntegrationLatency"):
        points = running.clients.get("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=dimensions,
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        assert sum(point["Sum"] for point in points) > 0, name


def test_the_default_stage_answers_below_its_name(running: Running) -> None:
    client = running.clients.get("apigatewayv2")
    client.create_stage(ApiId=running.deployed.http_api_id, StageName="$default", AutoDeploy=True)
    url = running.sandbox.http_api_invoke_url(running.deployed.http_api_id, "$default")
    assert httpx.get(f"{url}/two").json()["rawPath"] == "/two"
    host = {"Host": f"{running.deployed.http_api_id}.execute-api.us-east-1.amazonaws.com"}
    assert httpx.get(f"{running.sandbox.endpoint_url}/two", headers=host).status_code == 200


def test_an_undeclared_kind_of_authorization_is_answered_500(running: Running) -> None:
    client, api_id = running.clients.get("apigatewayv2"), running.deployed.http_api_id
    client.create_route(ApiId=api_id, RouteKey="GET /signed", AuthorizationType="AWS_IAM")
    assert running.ask("/signed").status_code == 500
