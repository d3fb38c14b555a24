from __future__ import annotations

from typing import Any

import httpx
import pytest

from contracts.contract import Contract, contract_of
from contracts.evidence import Mode, Origin
from contracts.expectations import CorsExpectations
from gateway.messages import Headers
from probes.authentication import AwsKeys, Credentials
from probes.http_probe import HttpProbe, Prober
from probes.preflight import asked_headers, cross_origin_requests, preflights
from probes.safety import permitted
from probes.violations import violations

CORS = CorsExpectations(allowed_origins=("https://app.example.com",))
CREDENTIALS = Credentials(api_key="the-key", authorization="the-token")


@pytest.fixture
def contract(users_contract: dict[str, Any]) -> Contract:
    return contract_of(users_contract, source="test")


def test_each_resource_method_and_origin_is_asked_for(contract: Contract) -> None:
    asked = [
        (probe.resource_path, probe.headers.get("access-control-request-method"), probe.headers.get("origin"))
        for probe in preflights(contract, contract.operations, CORS, Credentials())
    ]
    allowed, foreign = "https://app.example.com", "https://evil.example"
    assert list(dict.fromkeys(asked)) == [
        ("/users", "GET", allowed),
        ("/users", "POST", allowed),
        ("/users", "GET", foreign),
        ("/users", "POST", foreign),
        ("/users/{userId}", "DELETE", allowed),
        ("/users/{userId}", "DELETE", foreign),
    ]


def test_a_preflight_is_what_a_browser_sends(contract: Contract) -> None:
    first = preflights(contract, contract.operations, CORS, CREDENTIALS)[0]
    assert (first.http_method, first.origin, first.mode) == ("OPTIONS", Origin.PREFLIGHT, Mode.POSITIVE)
    assert "x-api-key" not in first.headers
    assert first.body == b""


def test_preflights_ask_for_headers_and_for_none_with_credentials_and_without(contract: Contract) -> None:
    found = [
        ("access-control-request-headers" in probe.headers, "authorization" in probe.headers, probe.intent)
        for probe in preflights(contract, contract.operations, CORS, CREDENTIALS)
        if probe.resource_path == "/users/{userId}" and probe.headers.get("origin") == "https://evil.example"
    ]
    base = "preflight for DELETE from https://evil.example"
    assert found == [
        (True, False, f"{base}, asking for authorization"),
        (True, True, f"{base}, asking for authorization, with credentials"),
        (False, False, base),
        (False, True, f"{base}, with credentials"),
    ]


def test_a_preflight_asks_for_the_headers_that_the_call_needs_and_no_others(contract: Contract) -> None:
    asked = {
        probe.headers.get("access-control-request-method"): probe.headers.get("access-control-request-headers")
        for probe in preflights(contract, contract.operations, CORS, Credentials())
        if "access-control-request-headers" in probe.headers
    }
    assert asked == {"POST": "content-type,x-api-key", "DELETE": "authorization"}


def test_required_headers_and_signatures_are_asked_for() -> None:
    document = {
        "openapi": "3.0.1",
        "info": {"title": "parcels", "version": "1"},
        "components": {
            "securitySchemes": {
                "iam": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            }
        },
        "paths": {
            "/parcels": {
                "post": {
                    "security": [{"iam": []}],
                    "parameters": [
                        {"name": name, "in": "header", "required": required, "schema": {"type": "string"}}
                        for name, required in (("X-Tenant", True), ("X-Debug", False), ("Accept", True))
                    ],
                    "requestBody": {"content": {"text/plain": {"schema": {"type": "string"}}}},
                    "responses": {"200": {"description": "ok"}},
                }
            }
        },
    }
    contract = contract_of(document, source="test")
    assert asked_headers(contract, contract.operations[0]) == ("authorization", "x-amz-date", "x-tenant")


def test_a_browser_stands_in_for_any_origin(contract: Contract) -> None:
    probes = preflights(contract, contract.operations, CorsExpectations(allowed_origins=("*",)), CREDENTIALS)
    assert {probe.headers.get("origin") for probe in probes} == {"https://anywhere.example", "https://evil.example"}


def test_without_origins_and_options_nothing_is_asked(contract: Contract) -> None:
    assert preflights(contract, contract.operations, CorsExpectations(), CREDENTIALS) == ()
    assert cross_origin_requests(contract, contract.operations, CorsExpectations(), CREDENTIALS, ()) == ()


def test_a_get_and_a_refused_request_a_resource_come_from_the_origin(contract: Contract) -> None:
    found = violations(contract, contract.operations, CREDENTIALS)
    refusable = permitted(found, contract, deployed=None, destructive_traffic=True)
    probes = cross_origin_requests(contract, contract.operations, CORS, CREDENTIALS, refusable)
    assert [(probe.http_method, probe.resource_path, probe.mode) for probe in probes] == [
        ("GET", "/users", Mode.POSITIVE),
        ("GET", "/users", Mode.NEGATIVE),
        ("DELETE", "/users/{userId}", Mode.NEGATIVE),
    ]
    assert {probe.headers.get("origin") for probe in probes} == {"https://app.example.com"}
    assert all(probe.origin is not Origin.PREFLIGHT for probe in probes)


def probe(**changes: Any) -> HttpProbe:
    settings: dict[str, Any] = {
        "http_method": "GET",
        "path": "/users",
        "origin": Origin.VIOLATION,
        "mode": Mode.NEGATIVE,
        "intent": "a test",
    }
    return HttpProbe(**{**settings, **changes})


def prober(handler: Any, **settings: Any) -> Prober:
    def streamed(request: httpx.Request) -> httpx.Response:
        made = handler(request)
        return httpx.Response(made.status_code, headers=made.headers, stream=httpx.ByteStream(made.content))

    return Prober(
        "https://stage.example/dev/", user_agent="ua", shard="p1", transport=httpx.MockTransport(streamed), **settings
    )


def test_a_probe_goes_out_as_it_is_and_is_recorded() -> None:
    arrived: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        arrived.append(request)
        headers = [("x-amzn-RequestId", "r-1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        return httpx.Response(403, headers=headers, content=b"no")

    with prober(handler) as sender:
        exchange = sender.send(
            probe(query="a=%20", headers=Headers([("Origin", "x"), ("Origin", "y")]), http_method="POST", body=b"{}")
        )
    (request,) = arrived
    assert str(request.url) == exchange.request.url == "https://stage.example/dev/users?a=%20"
    assert request.headers.get_list("origin") == ["x", "y"]
    assert "accept" not in request.headers
    assert request.headers["user-agent"] == "ua"
    assert request.headers["x-amzn-trace-id"] == f"Root={exchange.trace_id};Sampled=1"
    assert exchange.response is not None
    assert exchange.response.status == 403
    assert exchange.request_id == "r-1"
    assert exchange.response.headers.get_all("set-cookie") == ("a=1", "b=2")
    assert exchange.exchange_id == "p1-000001"


def test_a_lost_connection_is_an_exchange_without_an_answer() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with prober(handler) as sender:
        exchange = sender.send(probe())
    assert exchange.response is None
    assert exchange.error == "ConnectError: refused"


def test_a_signed_probe_is_signed_and_another_is_not() -> None:
    keys = AwsKeys(access_key="AKID", secret_key="s")
    with prober(lambda request: httpx.Response(200), aws_keys=keys) as sender:
        assert "Authorization" in sender.send(probe(is_signed=True)).request.headers
        assert "Authorization" not in sender.send(probe()).request.headers


def test_probes_come_back_in_order_and_stop_when_told() -> None:
    allowed = iter([True, True, False])
    with prober(lambda request: httpx.Response(200)) as sender:
        probes = [probe(path=f"/{number}") for number in range(3)]
        paths = [exchange.request.url for exchange in sender.send_all(probes, lambda: next(allowed))]
    assert len(paths) == 2
    assert paths == sorted(paths)
