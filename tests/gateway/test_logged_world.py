"""What a log tells of ``$context``: of a stage's execution more than of a test invocation."""

from __future__ import annotations

import pytest

from gateway.execution import Execution, LoggedMap, LoggedText
from gateway.logged_world import TEST_INVOKE_STAGE_NAME
from gateway.replay import expected_endpoint_request
from gateway.rest_api import Integration, IntegrationType, Method, Resource, RestApi, Stage

_EXECUTION = Execution(
    request_id="rid",
    started=True,
    http_method="GET",
    resource_path="/items",
    request_path=LoggedMap(),
    request_querystring=LoggedMap(),
    request_headers=LoggedMap(items=(("User-Agent", "curl"), ("X-Forwarded-For", "1.2.3.4"), ("Host", "h.test"))),
    request_body=LoggedText(text=""),
)


@pytest.mark.parametrize(
    ("variable", "of_a_stage", "of_a_test"),
    [
        ("stage", "dev", "test-invoke-stage"),
        ("requestId", "rid", "rid"),
        ("resourcePath", "/items", "/items"),
        ("path", "/dev/items", None),
        ("identity.userAgent", "curl", None),
        ("identity.sourceIp", "1.2.3.4", None),
        ("domainName", "h.test", None),
        ("requestTime", None, None),
    ],
)
def test_what_is_known(variable: str, of_a_stage: str | None, of_a_test: str | None) -> None:
    integration = Integration(
        integration_type=IntegrationType.HTTP,
        uri="http://backend",
        http_method="POST",
        request_templates={"application/json": f"$context.{variable}"},
    )
    method = Method(http_method="GET", integration=integration)
    api = RestApi(name="a", resources=(Resource(path="/items", methods=(method,)),))
    for stage_name, known in (("dev", of_a_stage), (TEST_INVOKE_STAGE_NAME, of_a_test)):
        expected = expected_endpoint_request(api, method, _EXECUTION, Stage(stage_name=stage_name))
        assert expected.body == known
        assert ("body" in expected.unknown) is (known is None)
