"""What a function may return, and what becomes of it in payload formats 1.0 and 2.0.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.http_api import PayloadFormatVersion
from gateway.media_types import decode_base64
from gateway.messages import ClientResponse, Headers
from sandbox.http_api import choices
from sandbox.http_api.answer import OwnAnswer, own

_LOWEST, _HIGHEST = 100, 599
_INFERRED_STATUS = 200
_JSON = "application/json"


def function_response(payload: bytes, version: PayloadFormatVersion) -> ClientResponse:
    """Read what a function returned.

    In format 2.0 JSON without ``statusCode`` is the body of a 200; format 1.0 refuses it.

    Raises:
        OwnAnswer: 500, where it is no response of the format.
    """
    try:
        value = json.loads(payload)
    except ValueError as error:
        raise malformed("no JSON") from error
    if isinstance(value, dict) and "statusCode" in value:
        return _structured(value)
    if version is PayloadFormatVersion.TWO:
        return _inferred(payload, value)
    raise malformed("no statusCode")


def malformed(reason: str) -> OwnAnswer:
    """Return the answer to what is no response."""
    return own(choices.FUNCTION_FAILURE, f"The response from the Lambda function doesn't match the format: {reason}")


def _inferred(payload: bytes, value: object) -> ClientResponse:
    body = value.encode() if isinstance(value, str) else payload
    return ClientResponse(status=_INFERRED_STATUS, headers=Headers([("Content-Type", _JSON)]), body=body)


def _structured(document: Mapping[str, Any]) -> ClientResponse:
    headers = Headers(_headers(document))
    if "Content-Type" not in headers:
        headers = headers.set("Content-Type", choices.DEFAULT_CONTENT_TYPE)
    return ClientResponse(status=_status(document["statusCode"]), headers=headers, body=_body(document))


def _status(value: object) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or not _LOWEST <= int(text) <= _HIGHEST:
        raise malformed("a statusCode that is no status")
    return int(text)


def _headers(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    several = document.get("multiValueHeaders") or {}
    single = document.get("headers") or {}
    cookies = document.get("cookies") or []
    if not isinstance(several, dict) or not isinstance(single, dict) or not isinstance(cookies, list):
        raise malformed("headers or cookies of another type")
    named = {name.lower() for name in several}
    yield from ((name, _text(value)) for name, value in single.items() if name.lower() not in named)
    yield from ((name, _text(value)) for name, values in several.items() for value in values)
    yield from (("Set-Cookie", _text(value)) for value in cookies)


def _text(value: object) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if not isinstance(value, str):
        raise malformed("a header that is no text")
    return value


def _body(document: Mapping[str, Any]) -> bytes:
    body = document.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise malformed("a body that is no text")
    raw = body.encode("utf-8", "replace")
    if not document.get("isBase64Encoded"):
        return raw
    decoded = decode_base64(raw)
    if decoded is None:
        raise malformed("a body that is no base64")
    return decoded
