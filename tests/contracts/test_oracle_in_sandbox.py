"""The mapping oracle on a deployed API: faults planted through AWS's API are found where they are, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts.verdict import Outcome, Step
from sandbox.faults.fault import Deployment
from sandbox.sandbox import Sandbox
from tests.contracts.oracle_api import OracleApi, backend, deploy_api, observe, outcomes

pytestmark = pytest.mark.slow
JSON = "application~1json"
CREATE, REPLACE = ("POST", "/notes/{noteId}"), ("PUT", "/notes/{noteId}")
SEARCH, STATUS = ("GET", "/search"), ("GET", "/status")
HEALTHY_REQUESTS = 2000
REQUESTS = 240


@dataclass(frozen=True)
class Fault:
    """A fault and the one verdict of the oracle that must break; ``says`` stands in its message or its diff."""

    plant: Callable[[Deployment], None]
    rule: str
    method: tuple[str, str]
    says: str


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Sandbox, int]]:
    with Sandbox() as sandbox, backend() as port:
        yield sandbox, port


def _integration(deployment: Deployment, method: tuple[str, str]) -> dict[str, Any]:
    integration: dict[str, Any] = deployment.client.get_integration(**deployment.method(*method))
    return integration


def _patch(
    method: tuple[str, str], operation: str, path: str, value: str | None = None
) -> Callable[[Deployment], None]:
    """Change an integration by one patch operation."""

    def plant(deployment: Deployment) -> None:
        patch = {"op": operation, "path": path, **({} if value is None else {"value": value})}
        deployment.client.update_integration(**deployment.method(*method), patchOperations=[patch])

    return plant


def _request_template(method: tuple[str, str], old: str, new: str) -> Callable[[Deployment], None]:
    """Put another text in place of a part of the request template."""

    def plant(deployment: Deployment) -> None:
        template = _integration(deployment, method)["requestTemplates"]["application/json"]
        assert old in template
        _patch(method, "replace", f"/requestTemplates/{JSON}", template.replace(old, new))(deployment)

    return plant


def _response_patch(
    method: tuple[str, str], status: str, path: str, value: Callable[[str], str], operation: str = "replace"
) -> Callable[[Deployment], None]:
    """Change an integration response; ``value`` makes the new template out of the old one."""

    def plant(deployment: Deployment) -> None:
        answer = _integration(deployment, method)["integrationResponses"][status]
        old = (answer.get("responseTemplates") or {}).get("application/json", "")
        patch = {"op": operation, "path": path, "value": value(old)}
        where = {**deployment.method(*method), "statusCode": status}
        deployment.client.update_integration_response(**where, patchOperations=[patch])

    return plant


def _swap_request_templates(deployment: Deployment) -> None:
    template = _integration(deployment, REPLACE)["requestTemplates"]["application/json"]
    _patch(CREATE, "replace", f"/requestTemplates/{JSON}", template)(deployment)


def _swap_response_templates(deployment: Deployment) -> None:
    answers = _integration(deployment, CREATE)["integrationResponses"]
    texts = {status: answers[status]["responseTemplates"]["application/json"] for status in ("200", "404")}
    for status, other in (("200", "404"), ("404", "200")):
        patch = {"op": "replace", "path": f"/responseTemplates/{JSON}", "value": texts[other]}
        where = {**deployment.method(*CREATE), "statusCode": status}
        deployment.client.update_integration_response(**where, patchOperations=[patch])


def _wrong_status(deployment: Deployment) -> None:
    """Map the function's error to 200, the status of the default, and everything else to 404."""
    for status, pattern in (("404", ""), ("200", "note not found: .*")):
        patch = {"op": "replace", "path": "/selectionPattern", "value": pattern}
        where = {**deployment.method(*CREATE), "statusCode": status}
        deployment.client.update_integration_response(**where, patchOperations=[patch])


ESCAPED = """$util.escapeJavaScript($in.text).replaceAll("\\\\'", "'")"""
FAULTS = {
    "wrong field": Fault(_request_template(CREATE, "$in.text", "$in.title"), "IQ001", CREATE, "endpoint request body"),
    "missing escape": Fault(_request_template(REPLACE, ESCAPED, "$in.text"), "IQ001", REPLACE, "endpoint request body"),
    "apostrophes escaped": Fault(
        _request_template(REPLACE, ESCAPED, "$util.escapeJavaScript($in.text)"), "IQ001", REPLACE, "body"
    ),
    "dropped request header": Fault(
        _patch(SEARCH, "remove", "/requestParameters/integration.request.header.X-Language"),
        "IQ001",
        SEARCH,
        "the header X-Language was sent as None",
    ),
    "only the last of repeated values": Fault(
        _patch(
            SEARCH,
            "replace",
            "/requestParameters/integration.request.querystring.tag",
            "method.request.querystring.tag",
        ),
        "IQ001",
        SEARCH,
        "the query string sent to the endpoint",
    ),
    "other path of the backend": Fault(
        _patch(REPLACE, "replace", "/requestParameters/integration.request.path.id", "'1'"),
        "IQ001",
        REPLACE,
        "the path sent to the endpoint",
    ),
    "swapped request template": Fault(_swap_request_templates, "IQ001", CREATE, "endpoint request body"),
    "wrong field of the answer": Fault(
        _response_patch(
            CREATE, "200", f"/responseTemplates/{JSON}", lambda old: old.replace("event.text", "event.note")
        ),
        "IS001",
        CREATE,
        "method response body",
    ),
    "missing escape of the answer": Fault(
        _response_patch(
            CREATE, "404", f"/responseTemplates/{JSON}", lambda _: '{"message": "$input.path(\'$.errorMessage\')"}'
        ),
        "IS001",
        CREATE,
        "method response body",
    ),
    "dropped override": Fault(
        _response_patch(SEARCH, "200", f"/responseTemplates/{JSON}", lambda old: old.partition("#set")[0]),
        "IS001",
        SEARCH,
        "the header X-Language is None",
    ),
    "dropped response header": Fault(
        _response_patch(SEARCH, "404", "/responseParameters/method.response.header.X-Total", lambda _: "", "remove"),
        "IS001",
        SEARCH,
        "the header X-Total is None",
    ),
    "other response header": Fault(
        _response_patch(
            SEARCH,
            "200",
            "/responseParameters/method.response.header.X-Total",
            lambda _: "integration.response.header.X-Other",
        ),
        "IS001",
        SEARCH,
        "the header X-Total is 'other'",
    ),
    "wrong status": Fault(_wrong_status, "IS001", CREATE, "the mapping says"),
    "wrong status of a MOCK": Fault(
        _request_template(STATUS, "410", "200"), "IS001", STATUS, "the client got 200, the mapping says 410"
    ),
    "swapped response templates": Fault(_swap_response_templates, "IS001", CREATE, "method response body"),
}
STEPS = {"IQ001": Step.INTEGRATION_REQUEST, "IS001": Step.INTEGRATION_RESPONSE}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_breaks_one_verdict_of_the_oracle(
    world: tuple[Sandbox, int], name: str, tmp_path: Path
) -> None:
    fault = FAULTS[name]
    api = deploy_api(world[0], tmp_path, world[1])
    fault.plant(api.deployment)
    api.deployment.redeploy()

    judgement = observe(api, tmp_path / "recording", REQUESTS)

    assert judgement.internal_errors == ()
    assert outcomes(judgement, Outcome.UNDETERMINED) == {}
    broken = outcomes(judgement, Outcome.BROKEN)
    assert set(broken) == {(fault.rule, " ".join(fault.method))}
    (verdict,) = broken.values()
    assert verdict.step is STEPS[fault.rule]
    shown = [f"{found.message} {found.comparison.what if found.comparison else ''}" for found in verdict.findings]
    assert any(fault.says in text for text in shown), shown


def test_nothing_is_broken_or_undetermined_on_the_healthy_api(world: tuple[Sandbox, int], tmp_path: Path) -> None:
    api: OracleApi = deploy_api(world[0], tmp_path, world[1])
    judgement = observe(api, tmp_path / "recording", HEALTHY_REQUESTS)
    assert judgement.internal_errors == ()
    assert judgement.completeness["executions"].found == HEALTHY_REQUESTS
    assert outcomes(judgement, Outcome.BROKEN) == {}
    assert outcomes(judgement, Outcome.UNDETERMINED) == {}
    held = outcomes(judgement, Outcome.HELD)
    assert {subject for rule, subject in held if rule == "IS001"} == {
        "GET /search",
        "GET /status",
        "POST /notes/{noteId}",
        "PUT /notes/{noteId}",
    }
    assert (
        sum(dict(verdict.counts)[Outcome.HELD] for key, verdict in held.items() if key[0] == "IS001")
        == HEALTHY_REQUESTS
    )
