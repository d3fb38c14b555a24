"""All probes of a night: none may write without leave, each has its intent and its prediction."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from contracts.contract import Contract, ContractError, contract_of, load_contract
from contracts.evidence import Mode, Origin
from contracts.expectations import CorsExpectations
from gateway.choices import HEADERS_LIMIT_BYTES, METHOD_OVERRIDE_HEADER, REQUEST_LIMIT_BYTES
from gateway.rest_api import MethodSettings, RestApi, Stage
from probes.authentication import AwsKeys, Credentials
from probes.http_probe import HttpProbe
from probes.prediction import Caller, predict
from probes.probe_plan import ProbePlan, plan_probes
from probes.template_breakers import TEXTS

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"
SAFE = {"GET", "HEAD", "OPTIONS"}
CORS = CorsExpectations(allowed_origins=("https://app.example.com",))
SECOND = Credentials(api_key="other-key", authorization="other-token")
CREDENTIALS = Credentials(
    api_key="the-key", authorization="the-token", aws_keys=AwsKeys(access_key="a", secret_key="s"), second=SECOND
)


@pytest.fixture(scope="module")
def example() -> Contract:
    return load_contract(EXAMPLE)


@pytest.fixture(scope="module")
def small(users_contract: dict[str, Any]) -> Contract:
    return contract_of(users_contract, source="test")


def _plan(contract: Contract, *, deployed: RestApi | None, destructive_traffic: bool) -> ProbePlan:
    return plan_probes(
        contract,
        contract.operations,
        cors=CORS,
        credentials=CREDENTIALS,
        deployed=deployed,
        destructive_traffic=destructive_traffic,
    )


def _all(plan: ProbePlan) -> tuple[HttpProbe, ...]:
    return (*plan.together, *plan.in_order)


def _methods(probe: HttpProbe) -> set[str]:
    return {probe.http_method, probe.headers.get(METHOD_OVERRIDE_HEADER) or probe.http_method}


def _changed(contract: Contract) -> RestApi:
    """Return the API as deployed without any check: no validator, key or authorizer, and ANY everywhere."""
    document = copy.deepcopy(dict(contract.document))
    document.pop("x-amazon-apigateway-request-validator", None)
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("x-amazon-apigateway-request-validator", None)
                operation.pop("security", None)
        first = next(operation for operation in item.values() if isinstance(operation, dict))
        item["x-amazon-apigateway-any-method"] = {
            "responses": {},
            "x-amazon-apigateway-integration": first["x-amazon-apigateway-integration"],
        }
    return contract_of(document, source="changed").rest_api


@pytest.mark.parametrize("which", ["example", "small"])
@pytest.mark.parametrize("deployment", ["as the contract", "without checks", "unread"])
def test_no_probe_can_write_without_leave(which: str, deployment: str, request: pytest.FixtureRequest) -> None:
    contract: Contract = request.getfixturevalue(which)
    deployed = {"as the contract": contract.rest_api, "without checks": _changed(contract), "unread": None}[deployment]
    probes = _all(_plan(contract, deployed=deployed, destructive_traffic=False))
    writing = [probe for probe in probes if not _methods(probe) <= SAFE]
    for probe in writing:
        assert deployed is not None, f"{probe.http_method} {probe.path}: {probe.intent}"
        caller = Caller(
            has_valid_api_key="api-key" not in probe.violates, has_valid_token="authorization" not in probe.violates
        )
        for api in (contract.rest_api, deployed):
            assert predict(api, probe.client_request, caller).reaches_backend is False, probe.intent
    assert {probe.origin for probe in probes} >= {Origin.PREFLIGHT, Origin.PROVOCATION}
    assert writing or deployment != "as the contract", "what both configurations refuse is worth sending"
    assert not writing or deployment != "unread"


def test_with_leave_more_is_sent(example: Contract) -> None:
    free = _all(_plan(example, deployed=example.rest_api, destructive_traffic=True))
    spared = _all(_plan(example, deployed=example.rest_api, destructive_traffic=False))
    assert {(probe.intent, probe.path) for probe in spared if "unknown" not in probe.path} <= {
        (probe.intent, probe.path) for probe in free
    }
    assert len(spared) < len(free)


def test_each_probe_says_what_it_means_and_what_is_predicted(example: Contract) -> None:
    for probe in _all(_plan(example, deployed=example.rest_api, destructive_traffic=True)):
        assert probe.intent
        assert probe.prediction is not None
        assert probe.prediction.answered_by in {"gateway", "backend", "edge", "either"}
        assert (probe.mode is Mode.NEGATIVE) or not probe.violates


def test_every_gateway_response_that_can_be_provoked_safely_is(example: Contract) -> None:
    probes = _all(_plan(example, deployed=example.rest_api, destructive_traffic=True))
    told = {probe.prediction.gateway_response for probe in probes if probe.prediction}
    assert told >= {
        "BAD_REQUEST_BODY",
        "BAD_REQUEST_PARAMETERS",
        "INVALID_API_KEY",
        "MISSING_AUTHENTICATION_TOKEN",
        "UNAUTHORIZED",
        "UNSUPPORTED_MEDIA_TYPE",
    }


def test_the_limits_are_asked_for_once_and_no_larger_than_they_have_to_be(example: Contract) -> None:
    probes = _all(_plan(example, deployed=example.rest_api, destructive_traffic=True))
    (large,) = [probe for probe in probes if len(probe.body) > REQUEST_LIMIT_BYTES]
    assert len(large.body) == REQUEST_LIMIT_BYTES + 1
    assert large.prediction is not None
    assert (large.prediction.answered_by, large.prediction.statuses) == ("edge", (413,))
    (long,) = [probe for probe in probes if probe.intent == "headers over the limit"]
    size = sum(len(name) + len(value) for name, value in long.headers)
    assert HEADERS_LIMIT_BYTES < size < 2 * HEADERS_LIMIT_BYTES
    assert long.prediction is not None
    assert (long.prediction.answered_by, long.resource_path) == ("edge", None)


def _breakers(contract: Contract) -> dict[str, HttpProbe]:
    probes = _plan(contract, deployed=contract.rest_api, destructive_traffic=True).together
    return {probe.intent: probe for probe in probes if probe.origin is Origin.BREAKER}


def test_every_text_that_the_contract_allows_is_sent_in_a_mapped_field(example: Contract) -> None:
    found = _breakers(example)
    for what, text in TEXTS.items():
        probe = found[f"name: {what}"]
        assert json.loads(probe.body)["name"] == text
        assert (probe.mode, probe.violates) == (Mode.POSITIVE, ())
    assert json.loads(found["name: very long"].body)["name"] == "x" * 40
    assert "nationalId: quotes" not in found, "its pattern allows digits only"


@pytest.mark.parametrize(
    ("intent", "reaches_backend"),
    [
        ("name: empty", False),
        ("name: null", False),
        ("name: absent", False),
        ("minAge: 2^63", False),
        ("minAge: absent", True),
        ("minAge: null", False),
    ],
)
def test_what_a_template_must_cope_with_or_the_validator_refuse(
    example: Contract, intent: str, *, reaches_backend: bool
) -> None:
    probe = _breakers(example)[intent]
    assert probe.prediction is not None
    assert probe.prediction.reaches_backend is reaches_backend
    assert probe.violates == (() if reaches_backend else ("body",))


def test_mapped_parameters_are_broken_too(users_contract: dict[str, Any]) -> None:
    document = copy.deepcopy(users_contract)
    listed = document["paths"]["/users"]["get"]
    listed["parameters"].append({"name": "q", "in": "query", "schema": {"type": "string"}})
    listed["parameters"].append({"name": "X-Tenant", "in": "header", "schema": {"type": "string"}})
    listed["x-amazon-apigateway-integration"] = {
        "type": "http",
        "httpMethod": "GET",
        "uri": "http://b/",
        "requestParameters": {
            "integration.request.querystring.search": "method.request.querystring.q",
            "integration.request.header.tenant": "method.request.header.X-Tenant",
        },
    }
    found = _breakers(contract_of(document, source="test"))
    assert found["query:q: newlines"].query.endswith("q=one%0Atwo%0D%0Athree%09four")
    assert found["header:X-Tenant: quotes"].headers.get("x-tenant") == TEXTS["quotes"]
    assert "header:X-Tenant: newlines" not in found, "no header can carry them"


def test_a_signature_that_expired_is_sent_to_signed_operations(users_contract: dict[str, Any]) -> None:
    document = copy.deepcopy(users_contract)
    document["components"]["securitySchemes"]["token"] = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    contract = contract_of(document, source="test")
    probes = _plan(contract, deployed=contract.rest_api, destructive_traffic=True).together
    (expired,) = [probe for probe in probes if probe.intent == "with a signature that expired"]
    assert (expired.is_signed, expired.signed_ago_s, expired.violates) == (True, 3600, ("authorization",))
    assert expired.prediction is not None
    assert expired.prediction.reaches_backend is False
    found = {
        probe.intent: probe.prediction.gateway_response
        for probe in probes
        if probe.prediction and "token" in probe.intent
    }
    refused = {"without a token": "MISSING_AUTHENTICATION_TOKEN", "with a token that is not valid": "DEFAULT_4XX"}
    assert {intent: found[intent] for intent in refused} == refused, "AWS gives a broken signature no type of its own"


def _provoking(users_contract: dict[str, Any], declared: Any) -> ProbePlan:
    document = copy.deepcopy(users_contract)
    operation = document["paths"]["/users/{userId}"]["delete"]
    operation["responses"]["504"] = {"description": "too late"}
    operation["x-stageproof-provocations"] = declared
    contract = contract_of(document, source="test.yaml")
    return _plan(contract, deployed=contract.rest_api, destructive_traffic=True)


def test_a_backend_fails_only_where_the_contract_says_how(users_contract: dict[str, Any]) -> None:
    declared = [{"status": 504, "intent": "a slow user", "parameters": {"userId": "slow"}}]
    plan = _provoking(users_contract, declared)
    (probe,) = [probe for probe in plan.together if probe.intent == "a slow user"]
    assert (probe.path, probe.origin) == ("/users/slow", Origin.PROVOCATION)
    assert probe.prediction is not None
    assert probe.prediction.statuses == (504,)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"status": 504}, "must be a list of objects"),
        ([{"status": 599}], "status 599 must be one that the operation declares"),
        ([{"status": 504, "bodies": {}}], "has no key 'bodies'"),
        ([{"status": 504, "parameters": ["userId"]}], "parameters must be an object"),
        ([{"status": 504, "parameters": {"userid": "slow"}}], "has no parameter 'userid'; did you mean \"userId\"?"),
    ],
)
def test_a_wrong_declaration_is_one_line(users_contract: dict[str, Any], declared: Any, words: str) -> None:
    with pytest.raises(ContractError, match=words) as raised:
        _provoking(users_contract, declared)
    assert str(raised.value).startswith("test.yaml: DELETE /users/{userId}: x-stageproof-provocations")


def _guarded(users_contract: dict[str, Any]) -> Contract:
    document = copy.deepcopy(users_contract)
    document["paths"]["/users"]["get"]["security"] = [{"token": []}]
    return contract_of(document, source="test")


def test_the_second_identity_asks_the_most_guarded_first_and_all_again(users_contract: dict[str, Any]) -> None:
    contract = _guarded(users_contract)
    plan = _plan(contract, deployed=contract.rest_api, destructive_traffic=True)
    assert [(probe.http_method, probe.headers.get("authorization")) for probe in plan.in_order] == [
        ("DELETE", "other-token"),
        ("GET", "other-token"),
        ("DELETE", "other-token"),
        ("GET", "other-token"),
        ("GET", "the-token"),
        ("GET", "other-token"),
    ]
    assert all(probe.origin is Origin.IDENTITY for probe in plan.in_order)


def test_without_a_second_identity_nobody_else_asks(users_contract: dict[str, Any]) -> None:
    contract = _guarded(users_contract)
    plan = plan_probes(
        contract,
        contract.operations,
        cors=CORS,
        credentials=Credentials(authorization="the-token"),
        deployed=contract.rest_api,
        destructive_traffic=True,
    )
    assert plan.in_order == ()


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({"*/*": MethodSettings(throttling_rate_limit=5.0, throttling_burst_limit=10)}, 20),
        ({"*/*": MethodSettings(throttling_rate_limit=5000.0, throttling_burst_limit=2500)}, 0),
        ({"*/*": MethodSettings()}, 0),
    ],
)
def test_throttling_is_provoked_where_it_takes_few_requests(
    small: Contract, settings: dict[str, MethodSettings], count: int
) -> None:
    plan = plan_probes(
        small,
        small.operations,
        cors=CORS,
        credentials=CREDENTIALS,
        deployed=small.rest_api,
        destructive_traffic=False,
        throttled_stage=Stage(stage_name="dev", method_settings=settings),
    )
    assert sum("to be throttled" in probe.intent for probe in plan.together) == count


def _plain(contract: Contract) -> Contract:
    """Return the contract as teams write it that keep their integrations elsewhere."""
    document = copy.deepcopy(dict(contract.document))
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("x-amazon-apigateway-integration", None)
    return contract_of(document, source="plain")


def test_a_contract_without_integrations_lets_the_deployed_api_predict(small: Contract) -> None:
    plan = _plan(_plain(small), deployed=small.rest_api, destructive_traffic=True)
    told = {probe.prediction.gateway_response for probe in _all(plan) if probe.prediction is not None}
    assert "API_CONFIGURATION_ERROR" not in told
    assert "BAD_REQUEST_BODY" in told


def test_nothing_is_foretold_where_no_one_says_what_is_behind(small: Contract) -> None:
    plan = _plan(_plain(small), deployed=None, destructive_traffic=True)
    told = [probe.prediction for probe in _all(plan) if probe.prediction is not None]
    assert all(prediction.gateway_response != "API_CONFIGURATION_ERROR" for prediction in told)
    assert any(prediction.answered_by == "either" and not prediction.statuses for prediction in told)
