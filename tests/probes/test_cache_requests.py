"""The probes of a stage's cache: what is asked twice, what is changed in between, and when nothing is sent."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import unquote

import pytest

from contracts.contract import Contract, contract_of
from contracts.evidence import Mode, Origin
from contracts.operation import Parameter
from gateway.rest_api import MethodSettings, Stage
from probes.authentication import Credentials
from probes.cache_requests import cache_requests
from probes.other_values import other_value

CACHED = MethodSettings(caching_enabled=True)
STAGE = Stage(stage_name="dev", cache_cluster_enabled=True, method_settings={"*/*": CACHED})


def _contract(users_contract: dict[str, Any], path: str = "/users/{userId}", **integration: Any) -> Contract:
    name = path.rpartition("{")[2].rstrip("+}")
    document = copy.deepcopy(users_contract)
    document["paths"] = {}
    document["paths"][path] = {
        "get": {
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z/]{3}$"}},
                {"name": "lang", "in": "query", "schema": {"type": "string", "enum": ["de", "fr"]}},
                {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}},
            ],
            "responses": {"200": {"description": "ok"}},
            "x-amazon-apigateway-integration": {
                "type": "http_proxy",
                "httpMethod": "GET",
                "uri": "http://b/",
                **integration,
            },
        }
    }
    return contract_of(document, source="test")


def _asked(contract: Contract, stage: Stage | None = STAGE) -> list[tuple[str, str, str | None]]:
    probes = cache_requests(contract, contract.operations, Credentials(), stage)
    assert all((probe.origin, probe.mode) == (Origin.CACHE, Mode.NEGATIVE) for probe in probes)
    return [(probe.path, probe.query, probe.headers.get("Cache-Control")) for probe in probes]


def test_the_same_is_asked_twice_then_past_the_cache_then_with_one_other_value(users_contract: dict[str, Any]) -> None:
    first, again, past, other_path, other_query = _asked(_contract(users_contract))
    assert first == again == (first[0], "", None)
    assert past == (first[0], "", "max-age=0")
    assert other_path[0] != first[0]
    assert other_path[1:] == ("", None)
    assert other_query == (first[0], "lang=fr", None)


def test_a_greedy_parameter_is_changed_as_a_whole(users_contract: dict[str, Any]) -> None:
    asked = _asked(_contract(users_contract, path="/files/{rest+}"))
    changed = unquote(asked[3][0])
    assert changed.startswith("/files/")
    assert changed != unquote(asked[0][0])
    assert len(changed) == len("/files/abc")


@pytest.mark.parametrize(
    "stage",
    [
        None,
        Stage(stage_name="dev", method_settings={"*/*": CACHED}),
        Stage(stage_name="dev", cache_cluster_enabled=True),
        Stage(stage_name="dev", cache_cluster_enabled=True, method_settings={"/users/{userId}/POST": CACHED}),
    ],
)
def test_nothing_is_sent_where_nothing_is_cached(users_contract: dict[str, Any], stage: Stage | None) -> None:
    assert _asked(_contract(users_contract), stage) == []


def test_a_mock_integration_is_not_asked(users_contract: dict[str, Any]) -> None:
    assert _asked(_contract(users_contract, type="mock")) == []


@pytest.mark.parametrize(
    ("schema", "more", "other"),
    [
        ({"type": "integer", "minimum": 1}, {}, "2"),
        ({"type": "integer", "minimum": 1, "maximum": 1}, {}, None),
        ({"type": "integer", "minimum": 4, "maximum": 5}, {"example": 5}, "4"),
        ({"type": "number", "multipleOf": 5, "minimum": 5}, {}, "10"),
        ({"type": "boolean"}, {}, "false"),
        ({"type": "string", "enum": ["a", "b"]}, {}, "b"),
        ({"type": "string", "enum": ["a"]}, {}, None),
        ({"type": "string", "pattern": "^[A-Z]{2}$"}, {"example": "DE"}, "DD"),
        ({"type": "string", "pattern": "^[0-9]{2}$"}, {"example": "10"}, "11"),
        ({"type": "string", "pattern": "^[A-Z]{2}$"}, {"examples": {"a": {"value": "DE"}, "b": {"value": "FR"}}}, "FR"),
        ({"type": "string", "maxLength": 3}, {"example": "---"}, None),
        ({"type": "string", "format": "date"}, {}, None),
        ({"type": "array", "items": {"type": "string"}}, {}, None),
        ({"type": ["string", "null"]}, {}, None),
        ({"type": "integer"}, {"example": "seven"}, None),
    ],
)
def test_another_valid_value(schema: dict[str, Any], more: dict[str, Any], other: str | None) -> None:
    parameter = Parameter(name="p", location="query", schema=schema, declaration={"schema": schema, **more})
    assert other_value(parameter, {}) == other
