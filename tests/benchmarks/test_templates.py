"""What is deployed, as templates: right for a linter, blind to identifiers, different for every fault they express."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.detecting import templates
from benchmarks.detecting.cloudformation import with_body, with_methods
from benchmarks.detecting.http_api import http_api_template
from benchmarks.detecting.observed import Observed
from benchmarks.detecting.terraform import terraform
from contracts.evidence import AccountSettings
from gateway.rest_api import AuthorizationType, CanarySettings, Method, MethodSettings


def _method(observed: Observed, http_method: str, path: str, change: Callable[[Method], Method]) -> Observed:
    resources = tuple(
        replace(
            resource,
            methods=tuple(
                change(method) if (method.http_method, resource.path) == (http_method, path) else method
                for method in resource.methods
            ),
        )
        for resource in observed.rest_api.resources
    )
    return replace(observed, rest_api=replace(observed.rest_api, resources=resources))


def _stage(observed: Observed, **changes: Any) -> Observed:
    return replace(observed, stage=replace(observed.stage, **changes))


def _every(observed: Observed, **changes: Any) -> Observed:
    return _stage(observed, method_settings={"*/*": replace(observed.stage.method_settings["*/*"], **changes)})


def _function(observed: Observed, **changes: Any) -> Observed:
    return replace(observed, functions=(replace(observed.functions[0], **changes),))


def _api(observed: Observed, **changes: Any) -> Observed:
    return replace(observed, rest_api=replace(observed.rest_api, **changes))


def _open(method: Method) -> Method:
    return replace(method, authorization_type=AuthorizationType.NONE, authorizer_name=None)


def _with_template(method: Method) -> Method:
    assert method.integration is not None
    spoilt = replace(method.integration, request_templates={"application/json": "$input.body"})
    return replace(method, integration=spoilt)


EXPRESSED: dict[str, Callable[[Observed], Observed]] = {
    "validator": lambda it: _method(it, "POST", "/users", lambda m: replace(m, request_validator_name=None)),
    "api key": lambda it: _method(it, "POST", "/users", lambda m: replace(m, api_key_required=False)),
    "authorizer": lambda it: _method(it, "DELETE", "/users/{userId}", _open),
    "template": lambda it: _method(it, "POST", "/legacy/users/search", _with_template),
    "answers": lambda it: _method(it, "GET", "/users", lambda m: replace(m, method_responses=())),
    "gateway responses": lambda it: _api(it, gateway_responses={}),
    "models": lambda it: _api(it, models={}),
    "media types": lambda it: _api(it, binary_media_types=("*/*",)),
    "policy": lambda it: _api(it, policy='{"Version": "2012-10-17", "Statement": []}'),
    "a missing resource": lambda it: _api(it, resources=it.rest_api.resources[:-1]),
    "stage variables": lambda it: _stage(it, variables={}),
    "access log": lambda it: _stage(it, access_log_settings=None),
    "tracing": lambda it: _stage(it, tracing_enabled=False),
    "cache": lambda it: _stage(it, cache_cluster_enabled=True, cache_cluster_size="0.5"),
    "canary": lambda it: _stage(it, canary_settings=CanarySettings(percent_traffic=10.0)),
    "metrics": lambda it: _every(it, metrics_enabled=False),
    "throttle": lambda it: _every(it, throttling_rate_limit=1.0, throttling_burst_limit=1),
    "cache control": lambda it: _every(it, require_authorization_for_cache_control=False),
    "account role": lambda it: replace(it, account=AccountSettings()),
    "usage plan": lambda it: replace(it, usage_plans=(replace(it.usage_plans[0], api_stages=()),)),
    "log group": lambda it: replace(it, log_groups=it.log_groups[:1]),
    "alarm": lambda it: replace(it, alarms=(replace(it.alarms[0], threshold=5.0),)),
    "alarm actions": lambda it: replace(it, alarms=(replace(it.alarms[0], alarm_actions=()),)),
    "domain": lambda it: replace(it, domain_names=(replace(it.domain_names[0], security_policy="TLS_1_0"),)),
    "base path": lambda it: replace(it, domain_names=(replace(it.domain_names[0], base_paths=("dev",)),)),
    "function tracing": lambda it: _function(it, tracing_mode="PassThrough"),
    "function concurrency": lambda it: _function(it, reserved_concurrency=0),
    "function permission": lambda it: _function(it, permissions=()),
}


@pytest.mark.parametrize("change", EXPRESSED.values(), ids=EXPRESSED.keys())
def test_a_changed_setting_changes_a_template(
    change: Callable[[Observed], Observed], observed: Observed, tmp_path: Path
) -> None:
    templates.write(observed, tmp_path / "healthy")
    templates.write(change(observed), tmp_path / "fault")
    assert templates.is_expressed(tmp_path / "fault", tmp_path / "healthy")


def test_what_differs_between_two_deployments_of_one_configuration_is_left_out(
    observed: Observed, tmp_path: Path
) -> None:
    def cached(method: Method) -> Method:
        assert method.integration is not None
        return replace(method, integration=replace(method.integration, cache_namespace="abc123"))

    other = replace(
        _method(observed, "GET", "/users", cached),
        rest_api_id="z9y8x7w6v5",
        stage=replace(observed.stage, variables={"directoryHost": "127.0.0.1:40002"}),
        usage_plans=(replace(observed.usage_plans[0], api_stages=(("z9y8x7w6v5", "dev"),)),),
        log_groups=(
            replace(observed.log_groups[0], log_group_name="API-Gateway-Execution-Logs_z9y8x7w6v5/dev"),
            observed.log_groups[1],
        ),
        functions=(
            replace(
                observed.functions[0],
                permissions=(("apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:123456789012:z9y8x7w6v5/*"),),
            ),
        ),
    )
    templates.write(observed, tmp_path / "one")
    templates.write(other, tmp_path / "other")
    assert not templates.is_expressed(tmp_path / "one", tmp_path / "other")


@pytest.mark.parametrize("write", [with_body, with_methods])
def test_cfn_lint_takes_the_templates(write: Callable[[Observed], dict[str, Any]], observed: Observed) -> None:
    cfnlint = pytest.importorskip("cfnlint")
    assert cfnlint.lint(json.dumps(write(observed)), regions=["us-east-1"]) == []


def test_cfn_lint_sees_a_wrong_setting(observed: Observed) -> None:
    cfnlint = pytest.importorskip("cfnlint")
    template = with_methods(_function(observed, tracing_mode="Loud"))
    assert [match.rule.id for match in cfnlint.lint(json.dumps(template), regions=["us-east-1"])] == ["E3030"]


def test_paths_that_fold_to_one_name_are_kept_apart(observed: Observed) -> None:
    users = next(resource for resource in observed.rest_api.resources if resource.path == "/users")
    twice = (*observed.rest_api.resources, replace(users, path="/Users"), replace(users, path="/users-"))
    resources = with_methods(_api(observed, resources=twice))["Resources"]
    named = [name for name, each in resources.items() if each["Type"] == "AWS::ApiGateway::Method"]
    assert len(named) == sum(len(resource.methods) for resource in twice)


def test_terraform_escapes_what_would_be_read_as_an_expression(observed: Observed) -> None:
    stage = _stage(observed, variables={"text": 'a "quoted" ${name} %{if}'})
    written = terraform(with_methods(stage), stage.stage)
    assert '"a \\"quoted\\" $${name} %%{if}"' in written


def test_terraform_says_who_may_invalidate_the_cache(observed: Observed) -> None:
    stage = _stage(observed, method_settings={"/users/GET": MethodSettings(caching_enabled=True)})
    written = terraform(with_methods(stage), stage.stage)
    assert 'resource "aws_api_gateway_method_settings" "settings_users_GET"' in written
    assert "require_authorization_for_cache_control = true" in written


def test_a_fault_of_alarms_is_held_against_good_alarms(observed: Observed) -> None:
    references = templates.references(observed)
    assert set(references) == {"healthy", "healthy-alarms", "healthy-domain", "healthy-alarms-domain"}
    assert all(templates.reference_of(stage) == name for name, stage in references.items())
    assert references["healthy"].alarm_topics == ()


def test_the_names_of_resources_are_those_of_both_languages(observed: Observed, tmp_path: Path) -> None:
    templates.write(observed, tmp_path / "healthy")
    names = templates.resource_names(tmp_path / "healthy")
    assert {"Stage", "stage", "MethodGETHealth", "settings_every_every", "FunctionUsersApiUserService"} <= names


class _HttpApiClient:
    """The v2 control plane's answers about one HTTP API."""

    def __init__(self, api_id: str, **route: Any) -> None:
        self._api_id = api_id
        self._route = {
            "RouteKey": "GET /notes",
            "RouteId": f"r-{api_id}",
            "Target": f"integrations/i-{api_id}",
            **route,
        }

    def get_api(self, ApiId: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        return {"ApiId": ApiId, "Name": "notes-api", "ProtocolType": "HTTP", "ApiEndpoint": f"https://{ApiId}.x"}

    def get_stage(self, ApiId: str, StageName: str) -> dict[str, Any]:  # noqa: N803
        return {"StageName": StageName, "AutoDeploy": True}

    def get_authorizers(self, ApiId: str) -> dict[str, Any]:  # noqa: N803
        return {"Items": []}

    def get_integrations(self, ApiId: str) -> dict[str, Any]:  # noqa: N803
        held = {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://backend.example.com"}
        return {"Items": [{"IntegrationId": f"i-{self._api_id}", "IntegrationMethod": "GET", **held}]}

    def get_routes(self, ApiId: str) -> dict[str, Any]:  # noqa: N803
        return {"Items": [self._route]}


def test_an_http_api_has_a_template_without_identifiers(tmp_path: Path) -> None:
    cfnlint = pytest.importorskip("cfnlint")
    one, other = (http_api_template(_HttpApiClient(api_id), api_id, "$default") for api_id in ("a1b2", "c3d4"))
    assert one == other
    assert cfnlint.lint(json.dumps(one), regions=["us-east-1"]) == []
    fault = http_api_template(_HttpApiClient("a1b2", AuthorizationType="AWS_IAM"), "a1b2", "$default")
    templates.write_http_api(one, tmp_path / "healthy")
    templates.write_http_api(fault, tmp_path / "fault")
    assert templates.is_expressed(tmp_path / "fault", tmp_path / "healthy")
    assert 'resource "aws_apigatewayv2_route" "route_getnotes"' in (tmp_path / "fault" / "stage.tf").read_text()
