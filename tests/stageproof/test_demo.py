"""The demo as a newcomer runs it: healthy, and with every fault planted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts.evidence import Present
from contracts.join import join
from contracts.recording import Recording
from gateway.rest_api import Method, RestApi
from sandbox.faults.catalogue import FAULTS

if TYPE_CHECKING:
    from tests.stageproof.conftest import Run

pytestmark = pytest.mark.slow

KEYS = {"run", "summary", "completeness", "verdicts", "format"}
ROOT = Path(__file__).parents[2]


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in a process of its own; an AWS account and proxies of the tester's must not matter."""
    return subprocess.run(
        [sys.executable, "-m", "stageproof", "demo", "--out", "demo", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_PROFILE": "nobody", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def verdicts(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    assert document.keys() >= KEYS
    return document


def assert_joined(recording: Recording) -> None:
    """Nearly every exchange has its execution, its access entry and its trace."""
    joined = join(
        recording.exchanges(), recording.executions(), recording.access_entries(), recording.traces(), missing={}
    )
    for kind in ("execution", "access_entry", "trace"):
        found = sum(isinstance(getattr(transaction, kind), Present) for transaction in joined)
        assert found >= 0.99 * len(joined) > 100, kind


def assert_sent(recording: Recording) -> None:
    """What was asked for was sent, of every operation of the contract."""
    manifest = recording.manifest
    assert manifest.complete
    assert manifest.requested == manifest.sent
    paths = recording.contract["paths"]
    operations = {
        f"{method.upper()} {path}"
        for path, item in paths.items()
        for method in item
        if method in {"get", "post", "put", "delete", "patch", "options"}
    }
    assert operations <= manifest.sent.keys()
    assert min(manifest.sent.values()) > 0


def assert_provoked(recording: Recording, told: dict[str, Any]) -> None:
    """The failures of the backend that the contract says how to provoke were answered by the gateway, and judged."""
    provoked = {
        entry.request_id: entry.values["error.responseType"]
        for entry in recording.access_entries()
        if entry.values.get("error.responseType", "").startswith("INTEGRATION_")
    }
    assert sorted(provoked.values()) == ["INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT"]
    sent = {each.exchange_id for each in recording.exchanges() if each.request_id in provoked}
    for rule in ("ER001", "GR002", "GR003", "GR005"):
        (verdict,) = [each for each in told["verdicts"] if (each["rule"], each["subject"]) == (rule, "GET /countries")]
        assert verdict["outcome"] == "held", rule
        assert sent <= set(verdict["evidence"]), rule


def test_the_healthy_demo(stageproof: Run, tmp_path: Path) -> None:
    ended = demo(tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    folder = tmp_path / "demo"
    told = verdicts(folder)
    assert (told["summary"]["broken"], told["summary"]["undetermined"]) == (0, 0)
    assert told["summary"]["held"] > 100
    counts = told["completeness"]["exchanges"]
    assert counts["requested"] == counts["sent"]
    recording = Recording.open(folder)
    assert_sent(recording)
    assert_joined(recording)
    assert_provoked(recording, told)
    for kind in ("executions", "access_entries", "traces"):
        assert told["completeness"][kind]["found"] == told["completeness"][kind]["expected"]

    assert len(ended.stdout.splitlines()) <= 25
    assert f"report    {folder / 'report.html'}" in ended.stdout
    assert "users-api, stage dev: nothing broken" in ended.stdout
    assert "probes: " in ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr

    judged = stageproof("judge", folder, "--out", "again")
    assert judged.code == 0
    assert verdicts(tmp_path / "again")["verdicts"] == told["verdicts"]
    reported = stageproof("report", folder, "--out", "public")
    assert reported.code == 0
    assert {Path(line).name for line in reported.out.splitlines()} == {path.name for path in Path("public").iterdir()}


CONFIGURATION_PROOFS: dict[str, Callable[[RestApi, RestApi], bool]] = {
    "validator-absent": lambda _, deployed: method(deployed, "POST", "/users").request_validator_name is None,
    "response-header-dropped": lambda _, deployed: (
        "X-Content-Type-Options" not in str(method(deployed, "GET", "/health").integration)
    ),
    "stale-deployment": lambda saved, deployed: (
        method(saved, "GET", "/users").integration != method(deployed, "GET", "/users").integration
    ),
}
"""Faults that the deployed configuration alone proves: no request is needed to see them."""


def method(api: RestApi, http_method: str, path: str) -> Method:
    return next(
        each
        for resource in api.resources
        if resource.path == path
        for each in resource.methods
        if each.http_method == http_method
    )


def test_the_demo_with_faults(tmp_path: Path) -> None:
    assert len(FAULTS) >= 8
    ended = demo(tmp_path, "--with-faults")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    folder = tmp_path / "demo"
    told = verdicts(folder)
    recording = Recording.open(folder)
    assert told["summary"]["undetermined"] == 0
    assert_sent(recording)
    assert_joined(recording)

    saved, deployed = recording.configuration.rest_api, recording.configuration.deployed
    assert isinstance(saved, Present)
    assert isinstance(deployed, Present)
    recorded = {exchange.exchange_id for exchange in recording.exchanges()}
    broken = {
        (verdict["rule"], verdict["subject"]): verdict
        for verdict in told["verdicts"]
        if verdict["outcome"] == "broken" and verdict["waived"] is None
    }
    for fault in FAULTS:
        verdict = broken[fault.rule, fault.subject]
        assert verdict["step"] == fault.step, fault.fault_id
        assert fault.failure_mode in verdict["failure_modes"], fault.fault_id
        if fault.fault_id in CONFIGURATION_PROOFS:
            assert CONFIGURATION_PROOFS[fault.fault_id](saved.value, deployed.value), fault.fault_id
        else:
            assert verdict["evidence"], fault.fault_id
        assert set(verdict["evidence"]) <= recorded, fault.fault_id

    assert {rule for rule, _ in broken} == {fault.rule for fault in FAULTS}
    assert f"{len(FAULTS)} of {len(FAULTS)} planted faults found" in ended.stdout
    assert "MISSED" not in ended.stdout
    assert len(ended.stdout.splitlines()) <= 25
