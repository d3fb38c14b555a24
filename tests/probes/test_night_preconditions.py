"""A night that could show nothing ends before it begins, with one line that says the mend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.evidence import (
    Configuration,
    DomainName,
    Exchange,
    HttpApiConfiguration,
    HttpRequest,
    HttpResponse,
    Missing,
    Mode,
    Origin,
    Present,
    StageMetadata,
)
from contracts.expectations import StageExpectations
from gateway.http_api import HttpApi
from gateway.rest_api import RestApi
from probes.found_api import FoundApi
from probes.night_preconditions import NightError, refuse_a_closed_endpoint, refuse_to_be_blind, wrong_url
from probes.readiness import Readiness, _base_url

NOW = datetime(2026, 3, 4, tzinfo=UTC)
DEFAULT_URL = "https://abc.execute-api.eu-west-1.amazonaws.com/dev"
DENIED = Missing(reason="denied: GetRestApi: no", remedy="allow apigateway:GET")
DOMAIN = DomainName(domain_name="api.example.com", security_policy=None, base_paths=("(none)", "v1"))


def _configuration(api: Any = None, **changes: Any) -> Configuration:
    parts: dict[str, Any] = {
        "metadata": StageMetadata(account_id=None, region="eu-west-1", read_at=NOW, invoke_url=DEFAULT_URL),
        "rest_api": DENIED if api is None else Present(value=api),
        "domain_names": Present(value=(DOMAIN,)),
        **dict.fromkeys(("deployed", "stage", "usage_plans", "account", "log_groups"), DENIED),
    }
    return Configuration(**{**parts, **changes})


def _stage(invoke_url: str | None = None) -> StageExpectations:
    return StageExpectations(rest_api_id="abc", stage_name="dev", contract=Path("x.yaml"), invoke_url=invoke_url)


def _at(configuration: Configuration, invoke_url: str) -> Configuration:
    return replace(configuration, metadata=replace(configuration.metadata, invoke_url=invoke_url))


CLOSED = RestApi(name="a", disable_execute_api_endpoint=True)


def test_the_closed_default_endpoint_is_not_called() -> None:
    with pytest.raises(NightError) as raised:
        refuse_a_closed_endpoint(_configuration(CLOSED), _stage())
    assert str(raised.value) == (
        f"the stage's default URL {DEFAULT_URL} is closed: the API has disableExecuteApiEndpoint; "
        "set invoke_url to https://api.example.com or https://api.example.com/v1"
    )


def test_a_given_url_of_the_closed_endpoint_is_not_called_either() -> None:
    configuration = _configuration(CLOSED, domain_names=DENIED)
    with pytest.raises(NightError, match=r"^invoke_url .* set invoke_url to the URL of a custom domain$"):
        refuse_a_closed_endpoint(configuration, _stage(DEFAULT_URL))


def test_the_closed_endpoint_of_an_http_api_is_not_called() -> None:
    api = HttpApi(name="a", disable_execute_api_endpoint=True)
    http = HttpApiConfiguration(http_api=Present(value=api), stage=DENIED)
    with pytest.raises(NightError, match="is closed"):
        refuse_a_closed_endpoint(_configuration(http=http), _stage())


@pytest.mark.parametrize(
    "configuration",
    [
        pytest.param(_configuration(RestApi(name="a")), id="open"),
        pytest.param(_configuration(), id="not read"),
        pytest.param(_at(_configuration(CLOSED), "https://api.example.com/v1"), id="by the custom domain"),
        pytest.param(_at(_configuration(CLOSED), "http://127.0.0.1:4566/x"), id="in place of AWS"),
    ],
)
def test_what_is_open_is_called(configuration: Configuration) -> None:
    refuse_a_closed_endpoint(configuration, _stage())


def test_blindness_is_said() -> None:
    with pytest.raises(NightError, match=r"the REST API abc and its stage cannot be read: denied: .*; allow"):
        refuse_to_be_blind(_configuration(), FoundApi(api_id="abc"))
    refuse_to_be_blind(_configuration(CLOSED), FoundApi(api_id="abc"))


def _exchange(response: HttpResponse | None) -> Exchange:
    return Exchange(
        exchange_id="x",
        resource_path=None,
        http_method="GET",
        origin=Origin.VIOLATION,
        mode=Mode.NEGATIVE,
        request=HttpRequest(http_method="GET", url=DEFAULT_URL),
        response=response,
        sent_at=NOW,
        elapsed_ms=1.0,
        error="ConnectError: no such host",
    )


def test_a_private_api_that_does_not_answer_says_from_where_it_would() -> None:
    told = wrong_url(_configuration(RestApi(name="a", endpoint_types=("PRIVATE",))), _exchange(None))
    assert "the API is private: run inside its VPC" in told
    assert "https://abc-VPCE_ID.execute-api.eu-west-1.amazonaws.com/dev" in told
    assert "check invoke_url" in wrong_url(_configuration(RestApi(name="a")), _exchange(None))


def test_what_is_not_api_gateway_is_said() -> None:
    assert "that is not API Gateway" in wrong_url(_configuration(CLOSED), _exchange(HttpResponse(status=200)))


def test_the_doctor_says_the_same_before_the_night() -> None:
    check = _base_url(_configuration(CLOSED))
    assert check.readiness is Readiness.FAILED
    assert check.details == f"{DEFAULT_URL} is closed: the API has disableExecuteApiEndpoint"
    assert check.remedy == "set invoke_url to https://api.example.com or https://api.example.com/v1"
