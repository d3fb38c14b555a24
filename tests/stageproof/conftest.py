"""The command line in this process, and a small deployed stage to point it at."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.deploy import AwsClients, deploy_openapi
from sandbox.sandbox import Sandbox
from stageproof.__main__ import main

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "components": {"schemas": {"Pet": {"type": "object"}, "Error": {"type": "object"}}},
    "paths": {
        "/pets": {
            "get": {
                "parameters": [{"name": "kind", "in": "query", "schema": {"type": "string", "maxLength": 9}}],
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


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that says what is wrong, after whatever progress was told before it."""
        assert "Traceback" not in self.err
        lines = self.err.splitlines()
        told = [line for line in lines if line.startswith("stageproof: ")]
        assert told == lines[-1:], self.err
        return told[0].removeprefix("stageproof: ")


Run = Callable[..., Ended]


@pytest.fixture
def stageproof(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return the command line: ``stageproof("rules", "CO002")``, in an empty folder, with the sandbox's credentials."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


@contextmanager
def full_disk(room_bytes: int = 0) -> Iterator[None]:
    """Let no file grow beyond some bytes, as on a disk without room; processes that are started inherit it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@dataclass(frozen=True, slots=True)
class Pets:
    """A deployed stage ``dev`` that answers by a MOCK."""

    sandbox: Sandbox
    rest_api_id: str
    contract: Path

    def config(self, folder: Path, *, table: str = "", rest: str = "", auth: str = "") -> Path:
        """Write a ``stageproof.toml`` for the stage; keys in ``table`` stand in place of the right ones."""
        lines = {
            "rest_api_id": f'"{self.rest_api_id}"',
            "stage_name": '"dev"',
            "contract": f'"{self.contract}"',
            "endpoint_url": f'"{self.sandbox.endpoint_url}"',
        }
        given = [line for line in table.splitlines() if line.strip()]
        named = {line.split("=")[0].strip() for line in given} | (
            {"rest_api_id"} if "rest_api_name" in table else set()
        )
        kept = [f"{key} = {value}" for key, value in lines.items() if key not in named]
        text = "\n".join(["[stages.dev]", *kept, *given, "[stages.dev.auth]", auth, rest])
        path = folder / "stageproof.toml"
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def pets_contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("contract") / "pets.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pets(pets_contract: Path) -> Iterator[Pets]:
    with Sandbox() as sandbox:
        deployed = deploy_openapi(pets_contract, clients=AwsClients.local(sandbox.endpoint_url), stage_name="dev")
        yield Pets(sandbox, deployed.rest_api_id, pets_contract)
