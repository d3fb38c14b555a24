from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from contracts.contract import Contract, contract_of
from contracts.evidence import Mode, Origin
from gateway.messages import ClientRequest
from gateway.rest_api import RestApi
from probes.authentication import Credentials
from probes.http_probe import HttpProbe
from probes.prediction import Caller, predict
from probes.safety import permitted
from probes.violations import violations

CREDENTIALS = Credentials(api_key="the-key", authorization="the-token")


@pytest.fixture
def contract(users_contract: dict[str, Any]) -> Contract:
    return contract_of(users_contract, source="test")


def _sent(
    contract: Contract, *, deployed: RestApi | None = None, destructive_traffic: bool = False
) -> tuple[HttpProbe, ...]:
    found = violations(contract, contract.operations, CREDENTIALS)
    return permitted(found, contract, deployed=deployed, destructive_traffic=destructive_traffic)


@pytest.fixture
def sent(contract: Contract) -> tuple[HttpProbe, ...]:
    return _sent(contract, destructive_traffic=True)


def find(probes: tuple[HttpProbe, ...], method: str, intent: str) -> HttpProbe:
    (found,) = [probe for probe in probes if probe.http_method == method and intent in probe.intent]
    return found


@pytest.mark.parametrize(
    ("method", "intent", "violates", "gateway_response", "statuses"),
    [
        ("GET", "required query parameter limit", "query:limit", "BAD_REQUEST_PARAMETERS", (400,)),
        ("POST", "a body that is no JSON", "body", "BAD_REQUEST_BODY", (400,)),
        ("POST", "no body", "body", "BAD_REQUEST_BODY", (400,)),
        ("POST", "an array in place", "body", "BAD_REQUEST_BODY", (400,)),
        ("POST", "required property name", "body", "BAD_REQUEST_BODY", (400,)),
        ("POST", "the property name is no string", "body", "BAD_REQUEST_BODY", (400,)),
        ("POST", "a property that is not declared", "body", "BAD_REQUEST_BODY", (400,)),
        ("POST", "without an API key", "api-key", "INVALID_API_KEY", (403,)),
        ("POST", "API key that does not exist", "api-key", "INVALID_API_KEY", (403,)),
        ("DELETE", "without a token", "authorization", "UNAUTHORIZED", (401,)),
        ("DELETE", "with a token that is not valid", "authorization", None, (401, 403)),
        ("GET", "a path that no resource has", "path", "MISSING_AUTHENTICATION_TOKEN", (403,)),
    ],
)
def test_each_promise_is_violated_once_and_its_refusal_predicted(  # noqa: PLR0913, PLR0917 - a table
    sent: tuple[HttpProbe, ...],
    method: str,
    intent: str,
    violates: str,
    gateway_response: str | None,
    statuses: tuple[int, ...],
) -> None:
    probe = find(sent, method, intent)
    assert probe.violates == (violates,)
    assert (probe.origin, probe.mode) == (Origin.VIOLATION, Mode.NEGATIVE)
    assert probe.prediction is not None
    assert probe.prediction.gateway_response == gateway_response
    assert probe.prediction.statuses == statuses
    assert probe.prediction.answered_by == "gateway"
    assert probe.prediction.reaches_backend is False


def test_a_content_type_without_a_model_is_predicted_to_reach_the_backend(sent: tuple[HttpProbe, ...]) -> None:
    probe = find(sent, "POST", "text/plain")
    assert probe.prediction is not None
    assert (probe.prediction.answered_by, probe.prediction.reaches_backend) == ("backend", True)


def test_a_violation_carries_all_that_it_does_not_violate(sent: tuple[HttpProbe, ...]) -> None:
    broken = find(sent, "POST", "required property name")
    assert broken.headers.get("x-api-key") == "the-key"
    assert broken.headers.get("content-type") == "application/json"
    assert broken.body == b"{}"
    nameless = find(sent, "POST", "without an API key")
    assert "x-api-key" not in nameless.headers
    assert b"name" in nameless.body
    wrong = find(sent, "POST", "API key that does not exist")
    assert wrong.headers.get("x-api-key") not in {None, "the-key"}
    assert "Authorization" not in find(sent, "DELETE", "without a token").headers


def test_one_undeclared_method_a_resource_is_tried(sent: tuple[HttpProbe, ...]) -> None:
    tried = [(probe.http_method, probe.resource_path) for probe in sent if probe.violates == ("method",)]
    assert tried == [("PATCH", "/users"), ("PATCH", "/users/{userId}")]


def test_nothing_that_may_write_is_sent_without_leave(contract: Contract) -> None:
    probes = _sent(contract)
    assert {probe.http_method for probe in probes} == {"GET"}


def test_what_both_configurations_refuse_is_sent_without_leave(contract: Contract) -> None:
    probes = _sent(contract, deployed=contract.rest_api)
    assert "without an API key" in {probe.intent for probe in probes}
    assert all(
        probe.http_method == "GET" or probe.prediction.reaches_backend is False for probe in probes if probe.prediction
    )
    assert not [probe for probe in probes if "text/plain" in probe.intent]


def test_what_only_the_contract_refuses_is_not_sent_without_leave(contract: Contract) -> None:
    unguarded = replace(
        contract.rest_api,
        resources=tuple(
            replace(
                resource,
                methods=tuple(
                    replace(method, api_key_required=False, request_validator_name=None) for method in resource.methods
                ),
            )
            for resource in contract.rest_api.resources
        ),
    )
    probes = _sent(contract, deployed=unguarded)
    assert not [probe for probe in probes if probe.http_method == "POST"]
    assert [probe for probe in probes if probe.http_method == "DELETE"]


def test_a_good_request_is_predicted_to_reach_the_backend(contract: Contract, sent: tuple[HttpProbe, ...]) -> None:
    probe = find(sent, "DELETE", "with a token that is not valid")
    prediction = predict(contract.rest_api, probe.client_request, Caller())
    assert prediction.reaches_backend is True


def test_a_stage_variable_in_an_address_has_some_value(users_contract: dict[str, Any]) -> None:
    document = copy.deepcopy(users_contract)
    document["paths"]["/users"]["get"]["x-amazon-apigateway-integration"]["uri"] = "http://${stageVariables.host}/"
    api = contract_of(document, source="test").rest_api
    request = ClientRequest(http_method="GET", path="/users", query="limit=1")
    assert predict(api, request, Caller()).answered_by == "backend"
