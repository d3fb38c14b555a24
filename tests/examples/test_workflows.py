"""The workflows, the action and the policies: scripts are run here, all else is held against schemas and lists."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.deploy import AwsClients, deploy_openapi
from sandbox.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
CI = ROOT / "examples" / "users-api" / "ci"
ACTION = ROOT / "action.yml"
WORKFLOWS = [CI / "github-actions.yml", CI / "nightly.yml"]
POLICIES = sorted([*(ROOT / "docs" / "iam").glob("*.json"), *CI.glob("*.json")])
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
EXPRESSION = re.compile(r"\$\{\{")
CONTRACT = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "responses": {"200": {"description": "ok"}},
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 200}'},
                    "responses": {"default": {"statusCode": "200"}},
                },
            }
        }
    },
}
CONFIG = """
[stages.dev]
rest_api_name = "pets"
stage_name = "dev"
contract = "pets.json"
[traffic]
phases = ["examples"]
max_examples = 1
[collection]
deadline = "10s"
"""


def steps_of(path: Path) -> list[dict[str, Any]]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


def script_of(path: Path, name: str) -> str:
    (found,) = [step["run"] for step in steps_of(path) if step.get("name") == name]
    return str(found)


SCRIPTS = [
    pytest.param(step["run"], id=f"{path.stem}: {step['name']}")
    for path in (ACTION, *WORKFLOWS)
    for step in steps_of(path)
    if "run" in step
]


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit_with_its_version_beside_it(path: Path) -> None:
    lines = [
        line.strip(" -") for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"[\s-]*uses:", line)
    ]
    assert lines
    assert [line for line in lines if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_expression_stands_in_a_script(script: str) -> None:
    """An expression is pasted into the script's text: a branch's or an input's name could be a command."""
    assert not EXPRESSION.search(script)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", SCRIPTS)
def test_shellcheck_finds_nothing(script: str) -> None:
    command = ["shellcheck", "--shell", "bash", "-"]
    ended = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint_finds_nothing() -> None:
    ended = subprocess.run(["actionlint", *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_may_do_no_more_than_it_needs(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
        assert job["timeout-minutes"] <= 60


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.name)
def test_every_action_of_a_policy_exists(path: Path) -> None:
    text = files("cfnlint").joinpath("data", "AdditionalSpecs", "Policies.json").read_text(encoding="utf-8")
    actions = {prefix: service["Actions"].keys() for prefix, service in json.loads(text).items()}
    statements = json.loads(path.read_text(encoding="utf-8"))["Statement"]
    named = [
        name
        for statement in statements
        for name in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    assert named
    unknown = [name for name in named if name.partition(":")[2].lower() not in actions.get(name.partition(":")[0], ())]
    assert unknown == []
    assert len({statement["Sid"] for statement in statements}) == len(statements)


@dataclass(frozen=True, slots=True)
class Runner:
    """A folder of a job, with what GitHub's runner gives to a step."""

    folder: Path
    environment: dict[str, str]

    def run(self, script: str, **environment: str) -> int:
        """Run a step as GitHub does: bash with -e, and pipefail as the shell is named."""
        file = self.folder / "step.sh"
        file.write_text(script, encoding="utf-8")
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
            cwd=self.folder,
            env={**self.environment, **environment},
            check=False,
            timeout=120,
        )
        return ended.returncode

    def outputs(self) -> dict[str, str]:
        """Return what the steps have put out since the last call."""
        file = Path(self.environment["GITHUB_OUTPUT"])
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        file = Path(self.environment["GITHUB_STEP_SUMMARY"])
        return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.fixture(scope="module")
def endpoint_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    contract = tmp_path_factory.mktemp("contract") / "pets.json"
    contract.write_text(json.dumps(CONTRACT), encoding="utf-8")
    with Sandbox() as sandbox:
        deploy_openapi(contract, clients=AwsClients.local(sandbox.endpoint_url), stage_name="dev")
        yield sandbox.endpoint_url


@pytest.fixture
def runner(endpoint_url: str, tmp_path: Path) -> Runner:
    commands = tmp_path / "temp" / "stageproof" / "bin"
    commands.mkdir(parents=True)
    (commands / "stageproof").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stageproof "$@"\n', encoding="utf-8")
    (commands / "stageproof").chmod(0o755)
    (commands / "python").symlink_to(sys.executable)
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "stageproof.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "pets.json").write_text(json.dumps(CONTRACT), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return Runner(
        folder,
        {
            **kept,
            "PATH": f"{commands}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(tmp_path / "temp"),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
        },
    )


INPUTS = {
    "STAGE": "dev",
    "CONFIG": "stageproof.toml",
    "BASELINE": "",
    "FAIL_ON": "",
    "TIME_BUDGET": "30s",
    "OUT": "a night",
}


def test_the_action_keeps_the_exit_code_and_tells_what_came_of_it(runner: Runner) -> None:
    night, reports = script_of(ACTION, "Night"), script_of(ACTION, "Summary and outputs")
    first = {**INPUTS, "BASELINE": "none/verdicts.json", "FAIL_ON": "new undetermined"}
    assert runner.run(night, **first) == 1
    assert runner.outputs() == {"exit-code": "1"}
    assert runner.run(reports, **first) == 0
    told = runner.outputs()
    assert int(told["broken"]) > 0
    assert told["report"] == "a night/report.html"
    assert (runner.folder / told["junit"]).is_file()
    assert "newly-broken" not in told
    assert "broken" in runner.summary

    second = {**INPUTS, "OUT": "next", "BASELINE": told["verdicts"], "FAIL_ON": "new"}
    assert runner.run(night, **second) == 0
    assert runner.run(reports, **second) == 0
    assert runner.outputs() == {
        "exit-code": "0",
        "report": "next/report.html",
        "verdicts": "next/verdicts.json",
        "junit": "next/junit.xml",
        "broken": told["broken"],
        "newly-broken": "0",
    }


def test_the_action_tells_a_night_that_was_not_carried_out_apart(runner: Runner) -> None:
    inputs = {**INPUTS, "STAGE": "prod"}
    assert runner.run(script_of(ACTION, "Night"), **inputs) == 2
    assert runner.run(script_of(ACTION, "Summary and outputs"), **inputs) == 0
    assert runner.outputs() == {"exit-code": "2"}
    assert runner.summary == ""


def test_the_nightly_workflow_keeps_its_baseline(runner: Runner) -> None:
    night, keep = (
        script_of(CI / "nightly.yml", name) for name in ("Night", "Tonight's verdicts are the next baseline")
    )
    assert runner.run(night) == 1
    assert runner.outputs() == {"exit-code": "1"}
    assert runner.run(script_of(CI / "nightly.yml", "Summary")) == 0
    assert "Stageproof" in runner.summary
    assert runner.run(keep) == 0
    shutil.rmtree(runner.folder / "night")
    assert runner.run(night) == 0
    assert runner.outputs() == {"exit-code": "0"}
    assert runner.run(keep) == 0
    assert "still broken" in (runner.folder / "night" / "summary.md").read_text(encoding="utf-8")
