"""AWS service integrations: an action or a path of a service, signed and sent to the AWS side.

The pipeline gives the service's own address (``https://sqs.us-east-1.amazonaws.com/…``); an action stands in its query.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (``uri``)
"""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import botocore.session
import httpx
import xmltodict  # type: ignore[import-untyped]  # it has no types, and no stubs are needed for one call
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import UnknownServiceError

from gateway.messages import EndpointFailure, EndpointRequest, EndpointResponse, Headers
from sandbox.http_integration import failed
from sandbox.lambda_integration import elapsed_ms

_HOST = re.compile(r"(?:[\w.-]+\.)?(?P<service>[\w-]+)\.(?P<region>[\w-]+)\.amazonaws\.com(?:\.cn)?")
_SDK_NAMES = {
    "email": "ses",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
}
"""Services whose endpoint, which an integration's URI names, has another name than the SDK gives them."""

_FORM = "application/x-www-form-urlencoded"
_NOT_PASSED = frozenset(
    {
        "authorization", "connection", "content-length", "expect", "host", "transfer-encoding", "user-agent",
        "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-source-arn", "x-amzn-apigateway-api-id",
    }
)  # fmt: skip
"""Headers of the call that the signature or the connection makes anew; all others are the API's own mappings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    name: str
    protocol: str
    signing_name: str
    api_version: str
    target_prefix: str | None
    json_version: str | None


class ServiceIntegration:
    """Calls AWS services at the AWS side.

    A role in ``credentials`` is taken as allowed: the AWS side enforces no IAM.
    """

    def __init__(self, endpoint_url: str, access_key_id: str, secret_access_key: str) -> None:
        self._endpoint_url = endpoint_url
        self._credentials = Credentials(access_key_id, secret_access_key)
        self._client = httpx.Client(trust_env=False, follow_redirects=False)
        self._client.headers.clear()

    def call(self, request: EndpointRequest) -> EndpointResponse:
        """Send a request to the service that the integration's URI names."""
        started = time.monotonic()
        address = urlsplit(request.uri)
        match = _HOST.fullmatch(address.hostname or "")
        service = _service(match["service"]) if match is not None else None
        if match is None or service is None:
            return failed(EndpointFailure.INVALID_ENDPOINT, "Invalid endpoint address", started)
        headers = {name: value for name, value in request.headers if name.lower() not in _NOT_PASSED}
        query = _with_action(service, address.query, headers)
        body = _form_of(service, request, headers)
        url = urlunsplit((*urlsplit(self._endpoint_url)[:2], address.path or "/", query, ""))
        signed = AWSRequest(method=request.http_method, url=url, data=body, headers=headers)
        SigV4Auth(self._credentials, service.signing_name, match["region"]).add_auth(signed)
        try:
            answer = self._client.request(
                request.http_method,
                url,
                headers=list(signed.headers.items()),
                content=body or None,
                timeout=request.timeout_ms / 1000,
            )
        except httpx.TimeoutException:
            return failed(EndpointFailure.TIMEOUT, "", started)
        except httpx.HTTPError:
            return failed(EndpointFailure.NETWORK_ERROR, "Connection is closed", started)
        return _answer(answer, service, headers, started)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _form_of(service: _Service, request: EndpointRequest, headers: dict[str, str]) -> bytes:
    """Return the body: a service that takes forms reads its parameters from the query where the body is none."""
    name = next((known for known in headers if known.lower() == "content-type"), "Content-Type")
    if service.protocol != "query" or headers.get(name, "").startswith(_FORM):
        return request.body
    headers[name] = _FORM
    return b""


def _with_action(service: _Service, query: str, headers: dict[str, str]) -> str:
    """Return the query: a service that speaks JSON takes its action from a header, another asks for a version."""
    action = parse_qs(query).get("Action", [""])[0]
    if not action:
        return query
    if service.protocol != "json" or service.target_prefix is None:
        return f"{query}&Version={service.api_version}"
    for header in [header for header in headers if header.lower() in {"x-amz-target", "content-type"}]:
        del headers[header]
    headers["X-Amz-Target"] = f"{service.target_prefix}.{action}"
    headers["Content-Type"] = f"application/x-amz-json-{service.json_version or '1.0'}"
    return ""


@functools.lru_cache(maxsize=64)
def _service(name: str) -> _Service | None:
    """Return what the AWS SDK knows of a service by its name or by its endpoint's, None for an unknown one."""
    session = botocore.session.get_session()
    try:
        model = session.get_service_model(_SDK_NAMES.get(name, name))
    except UnknownServiceError:
        return None
    metadata: Mapping[str, Any] = model.metadata
    return _Service(
        name=name,
        protocol="query" if name == "sqs" or "query" in metadata["protocols"] else metadata["protocol"],
        signing_name=model.signing_name,
        api_version=metadata["apiVersion"],
        target_prefix=metadata.get("targetPrefix"),
        json_version=metadata.get("jsonVersion"),
    )


def _answer(answer: httpx.Response, service: _Service, sent: Mapping[str, str], started: float) -> EndpointResponse:
    body = answer.content
    headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
    accepts = next((value for name, value in sent.items() if name.lower() == "accept"), "application/json")
    if service.protocol == "query" and "json" in accepts and body.lstrip().startswith(b"<"):
        body = _as_json(body)
        headers = headers.set("Content-Type", "application/json").set("Content-Length", str(len(body)))
    return EndpointResponse(
        status=answer.status_code,
        headers=headers.without("transfer-encoding", "server", "connection"),
        body=body,
        latency_ms=elapsed_ms(started),
        endpoint_request_id=headers.get("x-amzn-requestid"),
    )


def _as_json(body: bytes) -> bytes:
    """Return a query service's XML as the JSON that SQS and SNS answer to API Gateway, which accepts JSON.

    That an error loses its outermost name is what people's logs show; AWS documents it nowhere. So the example's
    templates look for an error's code in the text alone, whatever its shape.
    """
    document = xmltodict.parse(body)
    if "ErrorResponse" in document:
        document = document["ErrorResponse"]
    return json.dumps(
        {name: _without_attributes(value) for name, value in document.items() if not name.startswith("@")}
    ).encode()


def _without_attributes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_attributes(item) for name, item in value.items() if not name.startswith("@")}
    return [_without_attributes(item) for item in value] if isinstance(value, list) else value
