"""``stageproof sandbox`` as a person and a script use it: start, deploy from another process, call, stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from typer.testing import CliRunner

from gateway.errors import StageproofError
from stageproof.commands.sandbox import app

OPENAPI = {
    "openapi": "3.0.1",
    "info": {"title": "hello", "version": "1"},
    "paths": {
        "/hello": {
            "get": {
                "responses": {"200": {"description": "ok"}},
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "httpMethod": "POST",
                    "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                    "arn:aws:lambda:us-east-1:123456789012:function:hello/invocations",
                },
            }
        }
    },
}
CODE = """
import os, time

def handler(event, context):
    if (event.get("queryStringParameters") or {}).get("slow"):
        time.sleep(60)
    return {"statusCode": 200, "body": str(os.getpid())}
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "stageproof", "sandbox", *arguments]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(command("up", "--json", *arguments), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def deployed(document: dict[str, Any], folder: Path) -> str:
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "app.py").write_text(CODE)
    (folder / "openapi.json").write_text(json.dumps(OPENAPI))
    arguments = ["--stage", "dev", "--lambda", f"hello={folder / 'code'}:app.handler", "--json"]
    done = subprocess.run(
        command("deploy", str(folder / "openapi.json"), *arguments),
        env={**os.environ, "AWS_ENDPOINT_URL": document["endpoint_url"]},
        capture_output=True,
        text=True,
        check=True,
    )
    url: str = json.loads(done.stdout)["invoke_url"]
    return url


def wait_for_end(process_id: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return
        state = Path(f"/proc/{process_id}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    pytest.fail(f"process {process_id} still runs")


def test_up_deploy_call_and_an_orderly_stop(tmp_path: Path) -> None:
    with started() as (process, document):
        assert document["pid"] == process.pid
        invoke_url = deployed(document, tmp_path)
        answer = httpx.get(f"{invoke_url}/hello", timeout=30)
        assert answer.status_code == 200
        session = boto3.Session(document["access_key_id"], document["secret_access_key"], region_name="us-east-1")
        apis = session.client("apigateway", endpoint_url=document["endpoint_url"]).get_rest_apis()["items"]
        assert [api["name"] for api in apis] == ["hello"]
        _assert_port_is_taken(document["endpoint_url"].rpartition(":")[2])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
        wait_for_end(int(answer.text))


def _assert_port_is_taken(port: str) -> None:
    taken = subprocess.run(command("up", "--port", port), capture_output=True, text=True, check=False, timeout=60)
    assert (taken.returncode, len(taken.stderr.splitlines())) == (2, 1)
    assert f"port {port}" in taken.stderr


def test_no_worker_outlives_a_killed_sandbox(tmp_path: Path) -> None:
    with started() as (process, document):
        url = deployed(document, tmp_path)
        worker = int(httpx.get(f"{url}/hello", timeout=30).text)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/hello?slow=1", timeout=0.3)
        process.kill()
        wait_for_end(worker)


def test_a_missing_endpoint_is_told_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    told = CliRunner().invoke(app, ["deploy", str(tmp_path / "openapi.json")]).exception
    assert isinstance(told, StageproofError)
    assert "--endpoint-url" in str(told)


@pytest.mark.parametrize("name", ["up", "deploy"])
def test_help_has_an_example(name: str) -> None:
    assert f"stageproof sandbox {name}" in CliRunner().invoke(app, [name, "--help"]).output
