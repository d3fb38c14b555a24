"""The SAM template deploys the same API: what its transform makes is read as a RestApi and held against the contract's.

``test_terraform.py`` holds what Terraform deploys against the same one, so the two are equal but for what both explain.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.openapi import read
from gateway.rest_api import RestApi
from tests.examples.cloudformation import Stack, included, load_template, packaged, rest_api, stage, transformed
from tests.examples.differences import BY_SAM, BY_TERRAFORM, differences

EXAMPLE = Path(__file__).parents[2] / "examples" / "users-api"
SAM = EXAMPLE / "sam"
CONTRACT: dict[str, Any] = yaml.safe_load((EXAMPLE / "docs" / "openapi.yaml").read_text(encoding="utf-8"))


def definition() -> Any:
    specification = importlib.util.spec_from_file_location("users_api_sam_define", SAM / "define.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.definition(CONTRACT)


@pytest.fixture(scope="module")
def stack() -> Stack:
    template = load_template((SAM / "template.yaml").read_text(encoding="utf-8"))
    made = transformed(packaged(included(template, {"definition.json": definition()})))
    return Stack(template=made, parameters={"DirectoryHost": "directory:8080"})


def linted(template: Path) -> subprocess.CompletedProcess[str]:
    lint = "import sys, cfnlint.runner; sys.exit(cfnlint.runner.main())"
    return subprocess.run([sys.executable, "-c", lint, str(template)], capture_output=True, text=True, check=False)


def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    done = linted(SAM / "template.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    faulty = tmp_path / "template.yaml"
    text = (SAM / "template.yaml").read_text(encoding="utf-8")
    faulty.write_text(text.replace("AWS::SQS::Queue", "AWS::SQS::Row"), encoding="utf-8")
    assert "AWS::SQS::Row" in linted(faulty).stdout


def test_cfn_lint_finds_nothing_in_what_sam_makes(stack: Stack, tmp_path: Path) -> None:
    """Beside a transform cfn-lint looks at no reference: only what the transform makes shows a wrong one."""
    made, faulty = tmp_path / "made.json", tmp_path / "faulty.json"
    text = json.dumps(stack.template)
    made.write_text(text, encoding="utf-8")
    done = linted(made)
    assert done.returncode == 0, done.stdout + done.stderr
    faulty.write_text(text.replace('{"Ref": "UsersTable"}', '{"Ref": "NoTable"}'), encoding="utf-8")
    assert "NoTable" in linted(faulty).stdout


def test_the_definition_is_written_beside_the_template(tmp_path: Path) -> None:
    for name in ("docs/openapi.yaml", "sam/define.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((EXAMPLE / name).read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, str(tmp_path / "sam" / "define.py")], check=True)
    assert json.loads((tmp_path / "sam" / "definition.json").read_text(encoding="utf-8")) == definition()


def test_the_rest_api_is_the_contracts(stack: Stack) -> None:
    found = rest_api(stack)
    assert sorted(differences(read(CONTRACT).rest_api, found)) == sorted(BY_SAM)


def test_the_differences_between_the_tools_are_told() -> None:
    told = (EXAMPLE / "docs" / "README.md").read_text(encoding="utf-8")
    rows = [line for line in told.splitlines() if line.startswith("| `RestApi.")]
    assert rows == [f"| `RestApi.{name}` | Terraform | {why} |" for name, why in BY_TERRAFORM.items()] + [
        f"| `RestApi.{name}` | SAM | {why} |" for name, why in BY_SAM.items()
    ]


def test_a_difference_would_be_seen(stack: Stack) -> None:
    found = rest_api(stack)
    faulty: RestApi = replace(found, binary_media_types=())
    assert "binary_media_types" in set(differences(read(CONTRACT).rest_api, faulty))


def test_the_stage_is_observed(stack: Stack) -> None:
    found = stage(stack)
    assert found.stage_name == "dev"
    assert found.variables == {"directoryHost": "directory:8080"}
    assert found.tracing_enabled
    every = found.settings_for("/users", "GET")
    assert (every.logging_level, every.metrics_enabled, every.data_trace_enabled) == ("INFO", True, True)
    assert (every.throttling_rate_limit, every.throttling_burst_limit) == (5000, 2500)
    assert found.access_log_settings is not None
    assert found.access_log_settings.destination_arn.endswith(":log-group:/aws/apigateway/users-api-dev")


def test_the_access_log_is_terraforms(stack: Stack) -> None:
    settings = stage(stack).access_log_settings
    assert settings is not None
    told = json.loads(settings.log_format)
    monitoring = (EXAMPLE / "terraform" / "monitoring.tf").read_text(encoding="utf-8")
    assert {f'{name} = "{value}"' for name, value in told.items()} == {
        " ".join(line.split()) for line in monitoring.splitlines() if '= "$context.' in line
    }


def test_the_table_is_the_services(stack: Stack) -> None:
    table = json.loads((EXAMPLE / "lambda" / "user_service" / "table.json").read_text(encoding="utf-8"))
    assert stack.one("AWS::DynamoDB::Table") == table


def test_every_function_is_built_and_may_be_invoked(stack: Stack) -> None:
    functions = stack.resources("AWS::Lambda::Function")
    assert {one["FunctionName"] for one in functions.values()} == {
        "users-api-user-service",
        "users-api-legacy",
        "users-api-authorizer",
    }
    invoked = {one["FunctionName"] for one in stack.resources("AWS::Lambda::Permission").values()}
    assert invoked == {f"<{logical_id}>" for logical_id in functions}
    packages = (EXAMPLE / "lambda" / "build.sh").read_text(encoding="utf-8")
    template = load_template((SAM / "template.yaml").read_text(encoding="utf-8"))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            code = resource["Properties"]["CodeUri"]
            assert code.startswith("../lambda/packages/")
            assert Path(code).stem in packages


def test_the_usage_plan_is_for_the_stage(stack: Stack) -> None:
    plan = stack.one("AWS::ApiGateway::UsagePlan")
    assert plan["ApiStages"] == [{"ApiId": "<UsersApi>", "Stage": "dev"}]
    assert stack.template["Resources"]["UsagePlan"]["DependsOn"] in stack.template["Resources"]


def test_the_role_allows_two_actions(stack: Stack) -> None:
    (role,) = [r for r in stack.resources("AWS::IAM::Role").values() if r.get("RoleName") == "users-api-integrations"]
    (policy,) = role["Policies"]
    assert [(one["Action"], one["Resource"]) for one in policy["PolicyDocument"]["Statement"]] == [
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/users-api-users"),
        ("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:users-api-events"),
    ]
