"""A small stage to send traffic to, and the contract it answers by."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

USER = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 20}, "age": {"type": "integer"}},
}
OK = {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}
USER_ID = {"name": "userId", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z]{1,8}$"}}
USERS_CONTRACT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "users", "version": "1"},
    "components": {
        "schemas": {"User": USER},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            "token": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {
                    "type": "token",
                    "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                    "arn:aws:lambda:us-east-1:123456789012:function:auth/invocations",
                },
            },
        },
    },
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
    "x-amazon-apigateway-request-validator": "all",
    "paths": {
        "/users": {
            "get": {
                "operationId": "listUsers",
                "parameters": [
                    {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1}}
                ],
                "responses": {"200": OK},
                "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": "http://b/"},
            },
            "post": {
                "operationId": "createUser",
                "security": [{"key": []}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}},
                },
                "responses": {"201": OK},
                "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "POST", "uri": "http://b/"},
            },
        },
        "/users/{userId}": {
            "delete": {
                "operationId": "deleteUser",
                "security": [{"token": []}],
                "parameters": [USER_ID],
                "responses": {"204": {"description": "gone"}},
                "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "DELETE", "uri": "http://b/"},
            },
        },
    },
}


@dataclass
class EchoStage:
    """Answers 200 to everything, and keeps what arrived. ``breaks`` names methods whose connection it drops.

    With an ``error_type`` it answers 403 and says so, as API Gateway does where it refuses by itself.
    """

    base_url: str = ""
    error_type: str | None = None
    breaks: set[str] = field(default_factory=set)
    arrived: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture(scope="session")
def users_contract() -> Iterator[dict[str, Any]]:
    """The contract that all tests share: one that changes it must copy it first."""
    copied: dict[str, Any] = json.loads(json.dumps(USERS_CONTRACT))
    yield copied
    assert copied == USERS_CONTRACT, "a test changed the contract that the others share"


@pytest.fixture
def echo_stage() -> Iterator[EchoStage]:
    with serving() as stage:
        yield stage


@pytest.fixture(scope="module")
def shared_echo_stage() -> Iterator[EchoStage]:
    with serving() as stage:
        yield stage


@contextlib.contextmanager
def serving() -> Iterator[EchoStage]:
    stage = EchoStage()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stage.arrived.append((self.command, self.path, headers, body))
            if self.command in stage.breaks:
                self.close_connection = True
                self.connection.close()
                return
            content = b"" if self.command == "HEAD" else b'{"id": "ada"}'
            self.send_response(200 if stage.error_type is None else 403)
            if stage.error_type is not None:
                self.send_header("x-amzn-ErrorType", stage.error_type)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.send_header("x-amzn-RequestId", f"request-{len(stage.arrived)}")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stage.base_url = f"http://127.0.0.1:{server.server_port}/dev"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield stage
    server.shutdown()
    server.server_close()
    thread.join()
