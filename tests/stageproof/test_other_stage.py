"""A stage that is not the example: deployed by plain boto3 into a sandbox of another process, and proved from there."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from contracts.recording import Recording

if TYPE_CHECKING:
    from tests.stageproof.conftest import Run

pytestmark = pytest.mark.slow

ORDER = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Order",
    "type": "object",
    "required": ["item", "count"],
    "additionalProperties": False,
    "properties": {
        "item": {"type": "string", "minLength": 1, "maxLength": 20},
        "count": {"type": "integer", "minimum": 1, "maximum": 99},
    },
}
RECEIPT = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Receipt",
    "type": "object",
    "required": ["orderId", "count"],
    "properties": {"orderId": {"type": "string"}, "count": {"type": "integer"}},
}
STATUS = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Status",
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["ok"]}},
}
REQUEST_TEMPLATE = "{\"item\": $input.json('$.item'), \"count\": $input.json('$.count')}"
RESPONSE_TEMPLATE = "{\"orderId\": $input.json('$.number'), \"count\": $input.json('$.amount')}"
ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "extendedRequestId": "$context.extendedRequestId",
        "status": "$context.status",
        "httpMethod": "$context.httpMethod",
        "resourcePath": "$context.resourcePath",
        "responseLatency": "$context.responseLatency",
        "integrationLatency": "$context.integrationLatency",
        "integrationStatus": "$context.integrationStatus",
        "error": "$context.error.responseType",
        "xrayTraceId": "$context.xrayTraceId",
    }
)


class Orders(BaseHTTPRequestHandler):
    """The backend: takes an order, gives its number."""

    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps({"number": "o-1", "amount": order["count"]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


@contextmanager
def backend() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def sandbox() -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "stageproof", "sandbox", "up", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            assert process.wait(timeout=20) == 0


class Deployment:
    """The orders API, created resource by resource."""

    def __init__(self, session: boto3.Session, endpoint_url: str, backend_url: str) -> None:
        make: Any = session.client
        self.gateway = make("apigateway", endpoint_url=endpoint_url)
        self.logs = make("logs", endpoint_url=endpoint_url)
        self.rest_api_id = str(self.gateway.create_rest_api(name="orders")["id"])
        self.validator_id = self.gateway.create_request_validator(
            restApiId=self.rest_api_id, name="all", validateRequestBody=True, validateRequestParameters=True
        )["id"]
        for name, schema in (("Order", ORDER), ("Receipt", RECEIPT), ("Status", STATUS)):
            self.gateway.create_model(
                restApiId=self.rest_api_id, name=name, contentType="application/json", schema=json.dumps(schema)
            )
        self.orders_id, self.status_id = self._resource("orders"), self._resource("status")
        self._post_orders(f"{backend_url}/orders")
        self._get_status()

    def _resource(self, part: str) -> str:
        (root,) = self.gateway.get_resources(restApiId=self.rest_api_id, limit=1)["items"][:1]
        root_id = root["id"] if root["path"] == "/" else root["parentId"]
        made = self.gateway.create_resource(restApiId=self.rest_api_id, parentId=root_id, pathPart=part)
        return str(made["id"])

    def _post_orders(self, url: str) -> None:
        named = {"restApiId": self.rest_api_id, "resourceId": self.orders_id, "httpMethod": "POST"}
        self.gateway.put_method(
            **named,
            authorizationType="NONE",
            requestValidatorId=self.validator_id,
            requestModels={"application/json": "Order"},
            operationName="createOrder",
        )
        for status, model in (("201", "Receipt"), ("400", "Error"), ("415", "Error")):
            self.gateway.put_method_response(**named, statusCode=status, responseModels={"application/json": model})
        self.gateway.put_integration(
            **named,
            type="HTTP",
            integrationHttpMethod="POST",
            uri=url,
            passthroughBehavior="NEVER",
            requestTemplates={"application/json": REQUEST_TEMPLATE},
        )
        self.gateway.put_integration_response(
            **named, statusCode="201", responseTemplates={"application/json": RESPONSE_TEMPLATE}
        )

    def _get_status(self) -> None:
        named = {"restApiId": self.rest_api_id, "resourceId": self.status_id, "httpMethod": "GET"}
        self.gateway.put_method(**named, authorizationType="NONE", operationName="getStatus")
        for status, model in (("200", "Status"), ("415", "Error")):
            self.gateway.put_method_response(**named, statusCode=status, responseModels={"application/json": model})
        self.gateway.put_integration(
            **named,
            type="MOCK",
            passthroughBehavior="NEVER",
            requestTemplates={"application/json": '{"statusCode": 200}'},
        )
        self.gateway.put_integration_response(
            **named, statusCode="200", responseTemplates={"application/json": '{"status": "ok"}'}
        )

    def deploy(self) -> None:
        self.gateway.create_deployment(restApiId=self.rest_api_id, stageName="live")

    def observe(self) -> None:
        """Switch every observation of the stage on."""
        role = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::123456789012:role/logs"}]
        self.gateway.update_account(patchOperations=role)
        self.logs.create_log_group(logGroupName="orders-access")
        arn = "arn:aws:logs:us-east-1:123456789012:log-group:orders-access"
        changes = {
            "/*/*/logging/loglevel": "INFO",
            "/*/*/logging/dataTrace": "true",
            "/*/*/metrics/enabled": "true",
            "/*/*/throttling/rateLimit": "5000",
            "/*/*/throttling/burstLimit": "2500",
            "/accessLogSettings/destinationArn": arn,
            "/accessLogSettings/format": ACCESS_LOG,
            "/tracingEnabled": "true",
        }
        patches = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
        self.gateway.update_stage(restApiId=self.rest_api_id, stageName="live", patchOperations=patches)

    def forget_the_validator(self) -> None:
        self.gateway.update_method(
            restApiId=self.rest_api_id,
            resourceId=self.orders_id,
            httpMethod="POST",
            patchOperations=[{"op": "replace", "path": "/requestValidatorId", "value": ""}],
        )


def test_a_stage_of_plain_boto3_is_proved_and_its_fault_found(
    stageproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sandbox() as running, backend() as backend_url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running["endpoint_url"])
        session = boto3.Session(running["access_key_id"], running["secret_access_key"], region_name="us-east-1")
        deployment = Deployment(session, running["endpoint_url"], backend_url)
        deployment.deploy()
        init = stageproof("init", "--rest-api-id", deployment.rest_api_id, "--stage", "live")
        assert init.code == 0, init.err
        finish_the_file(tmp_path / "stageproof.toml")

        before = stageproof("doctor", "live")
        deployment.observe()
        after = stageproof("doctor", "live")
        assert (before.code, after.code) == (1, 0), after.out
        assert "lacking  execution logging: OFF" in before.out
        assert "mend: set loggingLevel INFO for */*" in before.out
        assert "ok       execution logging: INFO" in after.out

        healthy = stageproof("run", "live", "--out", "healthy", "--fail-on", "undetermined")
        assert healthy.code == 0, healthy.out
        deployment.forget_the_validator()
        deployment.deploy()
        faulty = stageproof("run", "live", "--out", "faulty", "--operation", "POST /orders")
        assert faulty.code == 1, faulty.out

    assert_healthy(tmp_path / "healthy")
    broken = verdicts_of(tmp_path / "faulty", "broken")
    assert ("MQ001", "POST /orders", "method_request") in {
        (each["rule"], each["subject"], each["step"]) for each in broken
    }
    explained = next(
        each
        for each in verdicts_of(tmp_path / "faulty", "not_applicable")
        if each["message"].startswith("explained by MQ001")
    )
    assert "an invalid body reached the backend" in explained["message"]
    recorded = {exchange.exchange_id for exchange in Recording.open(tmp_path / "faulty").exchanges()}
    assert explained["evidence"]
    assert set(explained["evidence"]) <= recorded


def finish_the_file(config: Path) -> None:
    """Do what the comments of the file ask for."""
    text = config.read_text(encoding="utf-8")
    assert 'contract = "live-openapi.json"' in text
    text = text.replace("destructive_traffic = false", "destructive_traffic = true")
    text = text.replace("max_examples = 20", "max_examples = 5\nseed = 1")
    config.write_text(f'{text}\n[collection]\npoll_interval = "1s"\n', encoding="utf-8")


def assert_healthy(folder: Path) -> None:
    document = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    assert (document["summary"]["broken"], document["summary"]["undetermined"]) == (0, 0)
    assert document["summary"]["held"] > 20
    recording = Recording.open(folder)
    assert recording.manifest.requested == recording.manifest.sent
    assert set(recording.manifest.sent) == {"GET /status", "POST /orders"}
    statuses = {
        (exchange.http_method, exchange.resource_path, exchange.response.status)
        for exchange in recording.exchanges()
        if exchange.response is not None
    }
    assert {("GET", "/status", 200), ("POST", "/orders", 201), ("POST", "/orders", 400)} <= statuses


def verdicts_of(folder: Path, outcome: str) -> list[dict[str, Any]]:
    document = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    return [verdict for verdict in document["verdicts"] if verdict["outcome"] == outcome]
