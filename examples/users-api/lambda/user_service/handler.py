"""The Lambda function ``users-api-user-service``: API Gateway proxy events in, proxy responses out."""

from __future__ import annotations

import asyncio
import binascii
import json
import logging
from typing import Any
from urllib.parse import quote

from app import application, common_headers
from errors import error_body
from mangum import Mangum

logger = logging.getLogger(__name__)

# Mangum reads host and port from these and fails on odd values; the service needs none of them.
UNREAD_HEADERS = frozenset({"host", "x-forwarded-port", "x-forwarded-proto"})


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request.

    Args:
        event: The Lambda proxy integration's event (payload format 1.0).
        context: The Lambda context.

    Returns:
        A Lambda proxy response; binary bodies are base64 with ``isBase64Encoded``.
    """
    try:
        _ensure_event_loop()
        return dict(_adapter(_readable(event), context))
    except binascii.Error:
        return _failure(event, 400, "MALFORMED_BODY", "The body is not valid base64")
    except Exception:
        logger.exception("The adapter failed")
        return _failure(event, 500, "INTERNAL_ERROR", "The user service failed")


def _ensure_event_loop() -> None:
    """Give this thread an event loop: Mangum asks for one and worker threads have none."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        if _loops.get("loop") is None or _loops["loop"].is_closed():
            _loops["loop"] = asyncio.new_event_loop()
        asyncio.set_event_loop(_loops["loop"])


def _readable(event: dict[str, Any]) -> dict[str, Any]:
    """Make an event that Mangum reads without failing, whatever bytes the client sent.

    The path is rebuilt from the matched resource, so a parameter with an encoded slash cannot reach another route.
    """
    readable = {name: _encodable(value) for name, value in event.items()}
    readable["path"] = _path(readable)
    for name in ("headers", "multiValueHeaders"):
        headers = readable.get(name) or {}
        readable[name] = {key: value for key, value in headers.items() if key.lower() not in UNREAD_HEADERS}
    return readable


def _path(event: dict[str, Any]) -> str:
    path = str(event.get("resource") or "/")
    for name, value in (event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}}}", quote(quote(str(value), safe=""), safe=""))
    return path


def _encodable(value: Any) -> Any:
    """Replace lone surrogates, which no encoder takes."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_encodable(entry) for entry in value]
    return value


def _failure(event: dict[str, Any], status: int, code: str, message: str) -> dict[str, Any]:
    request_id = str((event.get("requestContext") or {}).get("requestId") or "unknown")
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"} | common_headers(request_id),
        "body": json.dumps(error_body(code, message, request_id)),
        "isBase64Encoded": False,
    }


_loops: dict[str, asyncio.AbstractEventLoop] = {}
_ensure_event_loop()
_adapter = Mangum(application, lifespan="off", exclude_headers=["content-length"])
