"""The example API deployed by the real Terraform: what stands afterwards is what the contract says, and it works.

The provider comes from a folder (a filesystem mirror) that ``STAGEPROOF_TERRAFORM_MIRROR`` names, not from the network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import yaml

from contracts.evidence import Present
from gateway.openapi import read
from gateway.rest_api import RestApi
from probes.aws import AwsSession
from probes.configuration import collect_configuration
from sandbox.deploy_lambda import zipped
from sandbox.sandbox import Sandbox
from stageproof.demonstration import running_backend
from tests.examples.differences import BY_TERRAFORM, differences

EXAMPLE = Path(__file__).parents[2] / "examples" / "users-api"
CONTRACT = EXAMPLE / "docs" / "openapi.yaml"
MIRROR = "STAGEPROOF_TERRAFORM_MIRROR"
TERRAFORM = shutil.which("terraform")

ON_CALL = "arn:aws:sqs:us-east-1:123456789012:on-call"
"""A queue that hears of alarms: an address would have to confirm that it wants to."""

UNREAD = "-refresh=false"
"""What was made a moment ago is not read anew: only the plans that must be clean read everything."""

needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="terraform is not installed")
needs_provider = pytest.mark.skipif(MIRROR not in os.environ, reason=f"{MIRROR} names no folder with hashicorp/aws")


# --- the files


def template_files(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield file and text of every mapping template of the contract."""
    for item in document["paths"].values():
        for operation in item.values():
            integration = operation["x-amazon-apigateway-integration"]
            is_preflight = operation["operationId"].startswith("preflight")
            folder = "preflight" if is_preflight else operation["operationId"]
            for text in integration.get("requestTemplates", {}).values():
                yield f"{folder}/request.vtl", text
            for response in integration.get("responses", {}).values():
                for text in response.get("responseTemplates", {}).values():
                    yield f"{folder}/response_{response['statusCode']}.vtl", text
    for response_type, response in document["x-amazon-apigateway-gateway-responses"].items():
        for text in response["responseTemplates"].values():
            yield f"gateway_responses/{response_type}.vtl", text


def test_the_template_files_are_those_of_the_contract() -> None:
    folder = EXAMPLE / "templates"
    told = list(template_files(yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))))
    files = [file for file in folder.rglob("*.vtl") if file.parent.name != "common"]
    held = {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}
    assert held == dict(told)
    assert set(told) == set(held.items()), "two templates of the contract share a file, but differ"


@pytest.mark.terraform
@needs_terraform
def test_the_files_are_formatted() -> None:
    done = subprocess.run(
        [str(TERRAFORM), "fmt", "-check", "-diff", str(EXAMPLE / "terraform")],
        env={**os.environ, "TF_CLI_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


# --- the deployment


@dataclass(frozen=True)
class Workspace:
    """A copy of the example in which Terraform runs against a sandbox."""

    folder: Path
    sandbox: Sandbox
    directory_host: str

    def terraform(self, *arguments: str, expected: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        assert TERRAFORM is not None
        done = subprocess.run(
            [TERRAFORM, f"-chdir={self.folder / 'terraform'}", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode in expected, f"terraform {arguments}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        return kept | {
            "TF_CLI_CONFIG_FILE": str(self.folder / "terraform.rc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "AWS_ACCESS_KEY_ID": self.sandbox.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.sandbox.credentials.secret_access_key,
            "TF_VAR_endpoint_url": self.sandbox.endpoint_url,
            "TF_VAR_directory_host": self.directory_host,
            "TF_VAR_packages_directory": str(self.folder / "packages"),
            "TF_VAR_password_cost": "2",
            "TF_VAR_remove_default_models": "false",
            "TF_VAR_alarm_subscriptions": json.dumps({"on_call": {"protocol": "sqs", "endpoint": ON_CALL}}),
        }

    def stageproof(self, *arguments: str, expected: int) -> subprocess.CompletedProcess[str]:
        """Run the command line against the sandbox, by the example's own expectations."""
        done = subprocess.run(
            [sys.executable, "-m", "stageproof", *arguments],
            cwd=self.expectations.parent,
            env=self.environ
            | {
                "AWS_ENDPOINT_URL": self.sandbox.endpoint_url,
                "AWS_EC2_METADATA_DISABLED": "true",
                "PYTHONPATH": str(EXAMPLE.parents[1]),
                "USERS_API_KEY": self.output("api_key"),
                "USERS_TOKEN": "Bearer allow",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == expected, f"stageproof {arguments}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done

    @property
    def expectations(self) -> Path:
        """The example's expectations with few examples, and the contract as it is in the repository."""
        file = self.folder / "night" / "stageproof.toml"
        if not file.exists():
            text = (EXAMPLE / "stageproof.toml").read_text(encoding="utf-8")
            for old, new in (
                ('"docs/openapi.yaml"', json.dumps(str(CONTRACT))),
                ("max_examples = 10", "max_examples = 3\nseed = 1"),
            ):
                assert text.count(old) == 1
                text = text.replace(old, new)
            file.parent.mkdir()
            file.write_text(text, encoding="utf-8")
        return file

    def output(self, name: str) -> str:
        return self.terraform("output", "-raw", name).stdout

    @property
    def session(self) -> AwsSession:
        session = boto3.Session("sandbox", "sandbox", region_name=self.sandbox.region)
        return AwsSession(session=session, region=self.sandbox.region, given_endpoint_url=self.sandbox.endpoint_url)

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    for name in ("docs", "templates", "lambda"):
        shutil.copytree(EXAMPLE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        EXAMPLE / "terraform", tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*")
    )
    (tmp_path / "packages").mkdir()
    for name in ("user_service", "legacy", "authorizer"):
        (tmp_path / "packages" / f"{name}.zip").write_bytes(zipped(EXAMPLE / "lambda" / name))
    (tmp_path / "terraform.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{os.environ[MIRROR]}"\n  }}\n}}\n',
        encoding="utf-8",
    )
    with running_backend(EXAMPLE / "lambda" / "directory") as host, Sandbox() as sandbox:
        workspace = Workspace(folder=tmp_path, sandbox=sandbox, directory_host=host)
        workspace.session.client("sqs").create_queue(QueueName=ON_CALL.rpartition(":")[2])
        yield workspace


@pytest.mark.terraform
@pytest.mark.slow
@needs_terraform
@needs_provider
def test_terraform_deploys_what_the_contract_says(workspace: Workspace) -> None:
    workspace.terraform("init", "-input=false")
    workspace.terraform("apply", "-input=false", "-auto-approve")
    assert_nothing_to_change(workspace)
    assert_configuration_is_the_contracts(workspace)
    assert_requests_are_answered(workspace)
    assert_exported_alarms_are_the_wanted_ones(workspace)
    assert_the_stage_is_healthy(workspace)
    assert_a_changed_template_is_deployed_and_found(workspace)
    workspace.terraform("destroy", "-input=false", "-auto-approve", UNREAD)
    assert_nothing_is_left(workspace)


def assert_nothing_to_change(workspace: Workspace) -> None:
    plan = workspace.terraform("plan", "-input=false", "-no-color", "-detailed-exitcode", expected=(0, 2))
    changes = [line for line in plan.stdout.splitlines() if line.startswith("  # ")]
    assert plan.returncode == 0, changes


def assert_configuration_is_the_contracts(workspace: Workspace) -> None:
    said = read(yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))).rest_api
    found = collect_configuration(workspace.session, workspace.output("rest_api_id"), "dev")
    for evidence in (found.rest_api, found.deployed):
        assert isinstance(evidence, Present)
        assert isinstance(evidence.value, RestApi)
        assert sorted(differences(said, evidence.value)) == sorted(BY_TERRAFORM)
    assert isinstance(found.stage, Present)
    assert found.stage.value.tracing_enabled
    assert found.stage.value.variables == {"directoryHost": workspace.directory_host}
    assert found.stage.value.settings_for("/users", "GET").logging_level == "INFO"
    assert isinstance(found.log_groups, Present)
    assert [group.retention_days for group in found.log_groups.value] == [30, 30]
    assert isinstance(found.usage_plans, Present)
    assert [plan.name for plan in found.usage_plans.value] == ["users-api-dev"]


def assert_requests_are_answered(workspace: Workspace) -> None:
    headers = {"x-api-key": workspace.output("api_key")}
    user = {"email": "ada@example.com", "name": "Ada", "password": "correct-horse-1", "nationalId": "123456789"}
    with httpx.Client(base_url=workspace.output("invoke_url"), timeout=30) as client:
        assert client.get("/health").json() == {"status": "ok", "stage": "dev"}
        assert client.get("/countries/CI").json()["name"] == "Côte d'Ivoire"
        assert client.post("/legacy/users/search", json={"name": "a"}).json()["count"] >= 1
        assert client.post("/legacy/users/search", json={"name": 1}).status_code == 400
        assert client.post("/users", json=user).status_code == 403
        created = client.post("/users", json=user, headers=headers)
        assert created.status_code == 201, created.text
        place = created.headers["location"]
        png = client.get(f"{place}/avatar", headers={"accept": "image/png"})
        assert png.content.startswith(b"\x89PNG")
        assert client.delete(place, headers=headers).status_code == 401
        operator = headers | {"authorization": "Bearer allow"}
        assert client.delete(place, headers=operator).status_code == 204
        preflight = client.options("/users", headers={"origin": "https://app.example.com"})
        assert preflight.headers["access-control-allow-methods"] == "GET,OPTIONS,POST"
        assert_services_are_called(workspace, client, headers)


def assert_services_are_called(workspace: Workspace, client: httpx.Client, headers: dict[str, str]) -> None:
    guest = "67756573740000000000000000000000"
    assert client.get(f"/users/{guest}/preferences").json() == {"language": "en", "newsletter": False, "pageSize": 20}
    assert client.get(f"/users/{'f' * 32}/preferences").status_code == 404
    assert client.get("/countries", params={"language": "de"}).json()["count"] == 4
    event = {"type": "LOGIN", "userId": guest, "occurredAtEpochMs": 1, "note": "100% & 'more'"}
    sent = client.post("/events", json=event, headers=headers)
    assert sent.status_code == 202, sent.text
    sqs = workspace.session.client("sqs")
    (message,) = sqs.receive_message(QueueUrl=workspace.output("queue_url"), MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == event
    assert message["MessageAttributes"]["requestId"]["StringValue"] == sent.headers["x-correlation-id"]


def assert_exported_alarms_are_the_wanted_ones(workspace: Workspace) -> None:
    """Alarms as Terraform keeps them: the plan of ``stageproof alarms`` finds nothing to change in them."""
    exported = workspace.stageproof("alarms", "export", "dev", "--format", "terraform", expected=0).stdout
    assert len(json.loads(exported)["resource"]["aws_cloudwatch_metric_alarm"]) >= 4
    workspace.stageproof("alarms", "plan", "dev", expected=2)
    (workspace.folder / "terraform" / "alarms.tf.json").write_text(exported, encoding="utf-8")
    workspace.terraform("apply", "-input=false", "-auto-approve", UNREAD)
    assert_nothing_to_change(workspace)
    workspace.stageproof("alarms", "plan", "dev", expected=0)


def assert_the_stage_is_healthy(workspace: Workspace) -> None:
    workspace.stageproof("run", "dev", "--out", "healthy", "--fail-on", "undetermined", expected=0)
    told = verdicts(workspace, "healthy")
    assert told["summary"]["broken"] == 0
    assert told["summary"]["held"] > 400
    held = {verdict["rule"] for verdict in told["verdicts"] if verdict["outcome"] == "held"}
    assert {"AL005", "AL006", "AL009"} <= held, "the alarms were not judged"


def verdicts(workspace: Workspace, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((workspace.expectations.parent / name / "verdicts.json").read_text("utf-8"))
    return told


def broken(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(verdict["rule"], verdict["subject"]) for verdict in told["verdicts"] if verdict["outcome"] == "broken"]


def assert_a_changed_template_is_deployed_and_found(workspace: Workspace) -> None:
    """Let the mask of a sensitive field go: Terraform deploys it once the contract agrees, and the night finds it."""
    old, new = '"nationalId": "********",\n', '"nationalId": "$search.nationalId",\n'
    workspace.edit("templates/searchLegacyUsers/request.vtl", old, new)
    refused = workspace.terraform("plan", "-input=false", "-no-color", UNREAD, expected=(1,))
    assert "Contract and templates differ: the request template of POST" in " ".join(refused.stderr.split())

    workspace.edit(
        "docs/openapi.yaml",
        f'    {old}                "nationalIdEnding"',
        f'    {new}                "nationalIdEnding"',
    )
    workspace.terraform("apply", "-input=false", "-auto-approve", UNREAD)
    workspace.stageproof("run", "dev", "--out", "faulty", "--operation", "POST /legacy/users/search", expected=1)
    found = broken(verdicts(workspace, "faulty"))
    assert ("IQ003", "POST /legacy/users/search") in found, found
    assert {subject for _, subject in found} == {"POST /legacy/users/search"}


def assert_nothing_is_left(workspace: Workspace) -> None:
    session = workspace.session
    assert session.client("apigateway").get_rest_apis()["items"] == []
    assert session.client("apigateway").get_usage_plans()["items"] == []
    assert session.client("lambda").list_functions()["Functions"] == []
    assert session.client("dynamodb").list_tables()["TableNames"] == []
    assert session.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert [url.rpartition("/")[2] for url in session.client("sqs").list_queues()["QueueUrls"]] == ["on-call"]
