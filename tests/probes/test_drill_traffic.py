"""Which request a drill may send for alarms on refusals: only one that the deployed API refuses by itself."""

from __future__ import annotations

import copy

import pytest

from contracts.contract import contract_of
from gateway.http_api import HttpApi, Route, RouteAuthorizationType
from probes.authentication import Credentials
from probes.drill_traffic import refused_request
from tests.probes.conftest import USERS_CONTRACT

CREDENTIALS = Credentials(api_key="k", authorization="Bearer t")
OPERATION = "GET /users"
PROTECTED = Route(route_key=OPERATION, authorization_type=RouteAuthorizationType.CUSTOM)


def _refused(*routes: Route, operation: str = "") -> tuple[str, str, bool] | None:
    document = copy.deepcopy(USERS_CONTRACT)
    document["paths"]["/users"]["get"]["security"] = [{"token": []}]
    contract = contract_of(document, source="openapi.yaml")
    probe = refused_request(contract, CREDENTIALS, HttpApi(name="users", routes=routes), operation)
    if probe is None:
        return None
    return probe.http_method, probe.path, probe.headers.get("Authorization") is not None


def test_an_http_api_refuses_a_path_that_no_route_has() -> None:
    found = _refused(PROTECTED)
    assert found is not None
    assert found[1].startswith("/stageproof-unknown-")


@pytest.mark.parametrize("catch_all", ["$default", "ANY /{proxy+}"])
def test_a_route_that_catches_everything_passes_unknown_paths_on(catch_all: str) -> None:
    found = _refused(PROTECTED, Route(route_key=catch_all))
    assert found is None or found[1] == "/users"


def test_a_protected_route_refuses_who_has_no_token() -> None:
    found = _refused(PROTECTED, Route(route_key="$default"), operation=OPERATION)
    assert found is not None
    assert (found[1], found[2]) == ("/users", False)


def test_a_route_that_lost_its_authorizer_is_not_asked() -> None:
    assert _refused(Route(route_key=OPERATION), Route(route_key="$default"), operation=OPERATION) is None
