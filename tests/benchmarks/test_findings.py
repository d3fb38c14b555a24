"""What a tool reports anew, and the reports it is read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.detecting.findings import Finding, new_failures, new_findings
from benchmarks.detecting.linters import cfn_lint_findings, checkov_findings
from benchmarks.detecting.schemathesis_alone import SchemathesisPlan, command, failures

HEALTHY = [
    Finding(check="CKV_AWS_115", subject="FunctionUsers", kind="AWS::Lambda::Function"),
    Finding(check="CKV_AWS_59", subject="MethodGETUsers", kind="AWS::ApiGateway::Method"),
]
RESOURCES = frozenset({"FunctionUsers", "MethodGETUsers", "MethodPOSTUsers"})


@pytest.mark.parametrize(
    ("finding", "is_new"),
    [
        (HEALTHY[0], False),
        (Finding(check="CKV_AWS_73", subject="MethodGETUsers", kind="AWS::ApiGateway::Method"), True),
        (Finding(check="CKV_AWS_59", subject="MethodPOSTUsers", kind="AWS::ApiGateway::Method"), True),
        (Finding(check="CKV_AWS_115", subject="FunctionSecond", kind="AWS::Lambda::Function"), False),
        (Finding(check="CKV_AWS_364", subject="FunctionSecond", kind="AWS::Lambda::Function"), True),
    ],
    ids=["as before", "a new check", "another resource", "as good as the others of its type", "worse than they"],
)
def test_a_linters_finding_is_new_by_check_and_resource(finding: Finding, is_new: bool) -> None:
    assert new_findings([*HEALTHY, finding], HEALTHY, RESOURCES) == ((finding,) if is_new else ())


def test_a_failure_is_new_by_check_operation_and_status() -> None:
    healthy = [Finding(check="unsupported_method", subject="TRACE /users", status=403)]
    open_now = Finding(check="unsupported_method", subject="TRACE /users", status=200)
    elsewhere = Finding(check="unsupported_method", subject="TRACE /health", status=403)
    assert new_failures([*healthy, open_now, elsewhere], healthy) == (elsewhere, open_now)
    assert new_failures(healthy, [*healthy, open_now]) == ()


def _finished(checks: list[dict[str, str]], response: dict[str, Any] | None) -> dict[str, Any]:
    case = {"value": {"method": "GET", "path": "/users"}}
    recorder = {"cases": {"a": case}, "checks": {"a": checks}, "interactions": {"a": {"response": response}}}
    return {"ScenarioFinished": {"recorder": recorder}}


def test_failed_checks_are_read_once_each() -> None:
    checks = [{"name": "not_a_server_error", "status": "failure"}, {"name": "ignored_auth", "status": "success"}]
    event = _finished(checks, {"status_code": 500})
    assert failures([event, event]) == (Finding(check="not_a_server_error", subject="GET /users", status=500),)


def test_an_error_that_is_no_checks_is_a_failure_too() -> None:
    error = {"NonFatalError": {"label": "GET /users", "value": {"type": "ReadTimeout", "message": "m"}}}
    assert failures([error, _finished([], None)]) == (Finding(check="error", subject="GET /users", kind="ReadTimeout"),)


def test_schemathesis_gets_the_operations_and_the_budget_and_no_secret_on_its_command_line() -> None:
    plan = SchemathesisPlan(
        example="users-api",
        contract=Path("openapi.yaml"),
        base_url="http://127.0.0.1:1/dev",
        operations=("GET /users", "POST /users"),
        environ={"USERS_API_KEY": "secret-key"},
        seed=7,
        max_examples=9,
        time_limit_s=60,
    )
    words = command(plan, Path("events.ndjson"))
    assert [words[at + 1] for at, word in enumerate(words) if word == "--include-name"] == ["GET /users", "POST /users"]
    assert [words[words.index(name) + 1] for name in ("--seed", "--max-examples", "--checks")] == ["7", "9", "all"]
    assert "secret-key" not in " ".join(words) + repr(plan)


def test_cfn_lints_matches_are_rules_at_resources() -> None:
    match = {
        "Rule": {"Id": "E3030", "ShortDescription": "t"},
        "Filename": "/tmp/x/weak-tls/body.json",
        "Location": {"Path": ["Resources", "Stage", "Properties"]},
    }
    nowhere = {**match, "Rule": {"Id": "E0000", "ShortDescription": "t"}, "Location": {"Path": None}}
    assert cfn_lint_findings([match, nowhere]) == {
        "weak-tls": {Finding(check="E3030", subject="Stage"), Finding(check="E0000", subject="")}
    }


def test_checkovs_failed_checks_are_checks_at_resources() -> None:
    failed = {"check_id": "CKV_AWS_206", "resource": "aws_api_gateway_domain_name.d", "file_path": "/weak-tls/stage.tf"}
    report = {"results": {"failed_checks": [failed, {**failed, "resource": "security"}]}}
    assert checkov_findings([report, {"passed": 0}]) == {
        "weak-tls": {
            Finding(check="CKV_AWS_206", subject="d", kind="aws_api_gateway_domain_name"),
            Finding(check="CKV_AWS_206", subject="security"),
        }
    }
