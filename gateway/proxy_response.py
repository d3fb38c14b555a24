"""What a Lambda proxy function may return, and what becomes of it.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from gateway import choices
from gateway.media_types import decode_base64, response_is_binary
from gateway.messages import ClientResponse, Headers
from gateway.refusal import Refused
from gateway.rest_api import GatewayResponseType

_KEYS = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"))
_LOWEST, _HIGHEST = 100, 999


def malformed() -> Refused:
    """Return the refusal of an answer that is no proxy response: 502, the reason only in the log."""
    return Refused(
        GatewayResponseType.INTEGRATION_FAILURE,
        "Internal server error",
        status=choices.MALFORMED_PROXY_RESPONSE_STATUS,
        failure="configuration error: Malformed Lambda proxy response",
    )


def proxy_response(payload: bytes, request_headers: Headers, binary_media_types: Collection[str]) -> ClientResponse:
    """Read a Lambda proxy response.

    Args:
        payload: What the function returned.
        request_headers: The client's headers; ``Accept`` decides whether base64 is decoded.
        binary_media_types: The API's binary media types.

    Returns:
        Status, headers and body as the function gave them; the gateway's own headers are not there yet.

    Raises:
        Refused: 502 for a malformed response: no object, an unknown key, a body that is no text, a header value that is
            neither text, number nor boolean, a status that is no integer.
    """
    document = _document(payload)
    status = _status(document.get("statusCode"))
    headers = _merged(_single(document.get("headers")), _multi(document.get("multiValueHeaders")))
    body = document.get("body")
    is_base64 = document.get("isBase64Encoded")
    if not (body is None or isinstance(body, str)) or not (is_base64 is None or isinstance(is_base64, bool)):
        raise malformed()
    raw = (body or "").encode("utf-8", "replace")
    if is_base64 and (not choices.BASE64_FOLLOWS_ACCEPT or response_is_binary(request_headers, binary_media_types)):
        raw = _decoded(raw)
    return ClientResponse(status=status, headers=headers, body=raw)


def _document(payload: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(payload)
    except ValueError as error:
        raise malformed() from error
    if not isinstance(document, dict) or not _KEYS.issuperset(document):
        raise malformed()
    return document


def _status(value: object) -> int:
    if value is None:
        return choices.MISSING_STATUS_CODE_OF_PROXY_RESPONSE
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise malformed()
    text = str(value)
    if not text.isascii() or not text.isdecimal() or not _LOWEST <= int(text) <= _HIGHEST:
        raise malformed()
    return int(text)


def _single(headers: object) -> dict[str, list[str]]:
    if headers is None:
        return {}
    if not isinstance(headers, dict):
        raise malformed()
    return {name: [_header_value(value)] for name, value in headers.items() if value is not None}


def _multi(headers: object) -> dict[str, list[str]]:
    if headers is None:
        return {}
    if not isinstance(headers, dict) or not all(
        values is None or isinstance(values, list) for values in headers.values()
    ):
        raise malformed()
    return {name: [_header_value(value) for value in values or ()] for name, values in headers.items()}


def _header_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    if not isinstance(value, str):
        raise malformed()
    return value


def _merged(single: Mapping[str, list[str]], multi: Mapping[str, list[str]]) -> Headers:
    """Merge both maps; a pair that stands in both appears once."""
    folded = {name.lower(): values for name, values in multi.items()}
    only_single = {name: values for name, values in single.items() if values[0] not in folded.get(name.lower(), [])}
    return Headers((name, value) for part in (only_single, multi) for name, values in part.items() for value in values)


def _decoded(body: bytes) -> bytes:
    decoded = decode_base64(body)
    if decoded is None:
        raise malformed()
    return decoded
