"""The sandbox's one port: stages by path or Host header, everything else is the AWS side.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway import choices
from gateway.messages import ClientRequest, ClientResponse, Headers
from sandbox.aws_mount import AwsRequest, call_aws_side
from sandbox.custom_domains import is_custom_domain, mapped_request
from sandbox.http_api.stages import HttpApiStages
from sandbox.http_server import RAW_HEADERS
from sandbox.lambda_api import LambdaApi
from sandbox.snapshot import Snapshots
from sandbox.stage_driver import Arrival, StageDriver

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_BY_PATH = re.compile(r"/restapis/(?P<rest_api_id>[^/]+)/(?P<stage>[^/]+)/_user_request_(?P<path>/.*)?", re.DOTALL)
_BY_AWS_PATH = re.compile(r"/_aws/execute-api/(?P<rest_api_id>[^/]+)/(?P<stage>[^/]+)(?P<path>/.*)?", re.DOTALL)
_BY_HOST = re.compile(r"(?P<rest_api_id>[A-Za-z0-9]+)\.execute-api\.[\w.-]+(?::\d+)?")
_STAGE_OF_PATH = re.compile(r"/(?P<stage>[^/]*)(?P<path>/.*)?", re.DOTALL)
_NOT_SENT = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})
_UNSENDABLE = re.compile(r"[\r\n\0]")
_BODILESS = frozenset({204, 304})
_SENDABLE_STATUS = range(200, 1000)


class StageApplication:
    """The ASGI application of the sandbox's port."""

    def __init__(
        self,
        *,
        snapshots: Snapshots,
        driver: StageDriver,
        http_apis: HttpApiStages,
        aws_side: WSGIApplication,
        lambda_api: LambdaApi,
    ) -> None:
        self._snapshots = snapshots
        self._driver = driver
        self._http_apis = http_apis
        self._aws_side = aws_side
        self._lambda_api = lambda_api
        self._stage_threads = ThreadPoolExecutor(max_workers=64, thread_name_prefix="stage")
        self._aws_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="aws-side")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        received_at = time.time()
        body = await _body(receive)
        threads, answer = self._answerer(scope, _headers(scope), body, received_at)
        response = await asyncio.get_running_loop().run_in_executor(threads, answer)
        await _send(send, scope["method"], response.status, response.headers, response.body)

    def _answerer(
        self, scope: Scope, headers: Headers, body: bytes, received_at: float
    ) -> tuple[ThreadPoolExecutor, Callable[[], ClientResponse]]:
        """Return who answers a request, and in which threads."""
        raw_path, host = scope["raw_path"].decode("latin-1"), headers.get("Host") or ""
        mapped = mapped_request(host, raw_path)
        if mapped is None and is_custom_domain(host):
            return self._stage_threads, forbidden
        http_api = self._http_apis.mapped(mapped) if mapped else self._http_apis.target(raw_path, host)
        if http_api is not None:
            request = _client_request(scope, http_api.path, headers, body)
            return self._stage_threads, partial(self._http_apis.answer, http_api, request, received_at)
        target = (mapped.api_id, mapped.stage_name, mapped.path) if mapped else stage_target(raw_path, host)
        if target is None:
            return self._aws_threads, partial(self._answer_aws, scope, raw_path, headers, body)
        refused = refused_at_the_edge(scope, raw_path, body)
        if refused is not None:
            return self._stage_threads, partial(_itself, refused)
        rest_api_id, stage_name, path = target
        request = _client_request(scope, path, headers, body)
        arrival = Arrival(request=request, signed_path=raw_path, received_at=received_at, mapped=mapped)
        return self._stage_threads, partial(self._answer_stage, rest_api_id, stage_name, arrival)

    def close(self) -> None:
        """End the threads."""
        self._stage_threads.shutdown(wait=True)
        self._aws_threads.shutdown(wait=True)

    def _answer_stage(self, rest_api_id: str, stage_name: str, arrival: Arrival) -> ClientResponse:
        deployed = self._snapshots.deployed(rest_api_id, stage_name)
        if deployed is None or (deployed.rest_api.disable_execute_api_endpoint and arrival.mapped is None):
            return forbidden()
        return self._driver.answer(deployed, arrival)

    def _answer_aws(self, scope: Scope, raw_path: str, headers: Headers, body: bytes) -> ClientResponse:
        request = AwsRequest(
            http_method=scope["method"],
            raw_path=raw_path,
            query=scope["query_string"].decode("latin-1"),
            headers=headers.items(),
            body=body,
            server=tuple(scope["server"]),
            client_ip=scope["client"][0],
        )
        response = self._lambda_api.answer(request) or call_aws_side(self._aws_side, request)
        return ClientResponse(status=response.status, headers=Headers(response.headers), body=response.body)


def _itself(response: ClientResponse) -> ClientResponse:
    return response


def stage_target(raw_path: str, host: str) -> tuple[str, str, str] | None:
    """Return REST API id, stage name and raw path below the stage; None for a request to the AWS side."""
    by_path = _BY_PATH.fullmatch(raw_path) or _BY_AWS_PATH.fullmatch(raw_path)
    if by_path is not None:
        return by_path["rest_api_id"], by_path["stage"], by_path["path"] or "/"
    by_host = _BY_HOST.fullmatch(host)
    below = _STAGE_OF_PATH.fullmatch(raw_path)
    if by_host is None or below is None:
        return None
    return by_host["rest_api_id"].lower(), below["stage"], below["path"] or "/"


def forbidden() -> ClientResponse:
    """Return what API Gateway answers for a stage that does not exist, and where its own endpoint is disabled."""
    headers = [
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", str(uuid.uuid4())),
        ("x-amzn-ErrorType", "ForbiddenException"),
    ]
    return ClientResponse(status=403, headers=Headers(headers), body=json.dumps({"message": "Forbidden"}).encode())


def refused_at_the_edge(scope: Scope, raw_path: str, body: bytes) -> ClientResponse | None:
    """Return what the servers before the gateway answer where they refuse a request; None where they let it through.

    Their answers carry no id of the gateway, and no log, trace or metric knows of them.
    """
    if _header_bytes(scope, raw_path) > choices.HEADERS_LIMIT_BYTES:
        message = f"HTTP header is larger than {choices.HEADERS_LIMIT_BYTES} bytes."
        return _plain(choices.HEADERS_TOO_LONG_STATUS, message)
    if len(body) > choices.REQUEST_LIMIT_BYTES:
        headers = Headers([("Content-Type", "text; charset=utf-8")])
        message = f"HTTP content length exceeded {choices.REQUEST_LIMIT_BYTES} bytes."
        return ClientResponse(status=413, headers=headers, body=message.encode())
    is_bare = any(character.encode() in scope["query_string"] for character in choices.UNSUPPORTED_IN_QUERY)
    return _plain(choices.BARE_PIPE_STATUS, "Bad Request") if is_bare else None


def _plain(status: int, message: str) -> ClientResponse:
    headers = Headers([("Content-Type", "application/json")])
    return ClientResponse(status=status, headers=headers, body=json.dumps({"message": message}).encode())


def _header_bytes(scope: Scope, raw_path: str) -> int:
    line = len(scope["method"]) + len(raw_path) + len(scope["query_string"])
    return line + sum(len(name) + len(value) for name, value in scope["headers"])


def _client_request(scope: Scope, path: str, headers: Headers, body: bytes) -> ClientRequest:
    return ClientRequest(
        http_method=scope["method"],
        path=path,
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        source_ip=scope["client"][0],
        protocol=f"HTTP/{scope['http_version']}",
    )


def _headers(scope: Scope) -> Headers:
    fields = scope.get(RAW_HEADERS) or scope["headers"]
    return Headers((name.decode("latin-1"), _text(value)) for name, value in fields)


def _text(value: bytes) -> str:
    """Return a header's value: UTF-8 where it is, else Latin-1."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send(send: Send, http_method: str, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
    status = status if status in _SENDABLE_STATUS else 502
    fields = [
        (name.encode("latin-1", "replace"), _UNSENDABLE.sub(" ", value).strip().encode("utf-8"))
        for name, value in headers
        if name.lower() not in _NOT_SENT
    ]
    if not any(name.lower() == b"date" for name, _ in fields):
        fields.append((b"Date", formatdate(usegmt=True).encode()))
    if status not in _BODILESS:
        fields.append((b"Content-Length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if status in _BODILESS or http_method == "HEAD" else body})
