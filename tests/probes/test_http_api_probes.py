"""What HTTP APIs are asked beside REST APIs, what they are predicted to answer, and whose metrics they have."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.contract import contract_of
from contracts.evidence import Mode, Origin
from contracts.expectations import CorsExpectations
from gateway.messages import ClientRequest
from probes.authentication import Credentials
from probes.http_api_prediction import predict_http_api
from probes.http_api_probes import http_api_probes
from probes.metrics import MetricScope
from probes.prediction import Caller
from probes.safety import permitted
from probes.violations import violations
from tests.probes.conftest import USERS_CONTRACT

CREDENTIALS = Credentials(api_key="k", authorization="Bearer t")
CORS = CorsExpectations(allowed_origins=("https://a.example", "https://b.example"))


def _contract(document: dict[str, Any] = USERS_CONTRACT) -> Any:
    return contract_of(document, source="openapi.yaml")


def _probes(*, destructive: bool) -> Any:
    contract = _contract()
    found = http_api_probes(contract, contract.operations, CREDENTIALS, CORS)
    return permitted(found, contract, deployed=None, destructive_traffic=destructive, predictor=predict_http_api)


def test_each_allowed_origin_asks_for_a_path_without_a_route() -> None:
    asked = [probe for probe in _probes(destructive=False) if probe.origin is Origin.PREFLIGHT]
    assert [probe.headers.get("Origin") for probe in asked] == list(CORS.allowed_origins)
    assert all(probe.path.startswith("/stageproof-unknown-") and probe.resource_path is None for probe in asked)


def test_headers_are_sent_in_lower_case_and_writing_only_where_it_is_allowed() -> None:
    contract = _contract()
    spelled = [probe for probe in _probes(destructive=True) if probe.origin is Origin.PROVOCATION]
    assert [probe.http_method for probe in spelled] == ["POST", "DELETE"]
    assert all(name == name.lower() for probe in spelled for name, _ in probe.headers)
    assert all(probe.mode is Mode.POSITIVE and not probe.violates for probe in spelled)
    safe = [probe for probe in _probes(destructive=False) if probe.origin is Origin.PROVOCATION]
    assert safe == []
    assert len(contract.operations) == 3


@pytest.mark.parametrize(
    ("http_method", "path", "has_token", "answered_by", "statuses"),
    [
        ("GET", "/nowhere", True, "gateway", (404,)),
        ("PATCH", "/users", True, "gateway", (404,)),
        ("DELETE", "/users/abc", False, "gateway", (401, 403)),
        ("DELETE", "/users/abc", True, "backend", ()),
        ("POST", "/users", True, "backend", ()),
    ],
)
def test_an_http_api_refuses_unknown_routes_and_missing_credentials_alone(
    http_method: str, path: str, has_token: bool, answered_by: str, statuses: tuple[int, ...]
) -> None:
    request = ClientRequest(http_method=http_method, path=path)
    found = predict_http_api(_contract().rest_api, request, Caller(has_valid_token=has_token))
    assert (found.answered_by, found.statuses) == (answered_by, statuses)


def test_violations_are_predicted_by_the_model_of_the_kind_of_api() -> None:
    contract = _contract()
    found = violations(contract, contract.operations, CREDENTIALS)
    by_rest = permitted(found, contract, deployed=None, destructive_traffic=True)
    by_http = permitted(found, contract, deployed=None, destructive_traffic=True, predictor=predict_http_api)
    rest = {probe.intent: probe.prediction.statuses for probe in by_rest if probe.prediction}
    http = {probe.intent: probe.prediction.statuses for probe in by_http if probe.prediction}
    assert (rest["a path that no resource has"], http["a path that no resource has"]) == ((403,), (404,))
    assert (rest["a body that is no JSON"], http["a body that is no JSON"]) == ((400,), ())


def test_metrics_of_an_http_api_are_known_by_its_id() -> None:
    scope = MetricScope(api_name="notes", stage_name="$default", detailed_methods=(("GET", "/x"),), http_api_id="a1")
    stage = {"ApiId": "a1", "Stage": "$default"}
    assert scope.dimension_sets == (stage, {**stage, "Method": "GET", "Resource": "/x"})
