"""The Lambda function ``notes-api-notes``, behind an HTTP API in payload format 2.0.

It says the status of every answer itself, and reads header names in lower case, as the format has them. Repeated values
of the query are read from ``rawQueryString``: the format joins them by commas, which a value may hold too.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

TAGS = ("tools", "seeds", "weather")
MOST_TAGS = 3
LARGEST_LIMIT = 10
LONGEST_TEXT = 200
NOTES: tuple[dict[str, Any], ...] = (
    {"noteId": "n1", "text": 'Sharpen the "old" shears', "tags": ["tools"]},
    {"noteId": "n2", "text": "Beans: soak over night", "tags": ["seeds"]},
    {"noteId": "n3", "text": "Frost's coming, cover the figs \u2744", "tags": ["weather", "tools"]},
)


class RequestError(Exception):
    """The request is wrong; becomes an error answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's signature
    """Answer one request.

    Args:
        event: The event in payload format 2.0.
        context: The Lambda context, unused.
    """
    routes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "GET /notes": list_notes,
        "GET /notes/{noteId}": get_note,
        "POST /notes/rendered": render_note,
        "GET /health": lambda _: {"status": "up"},
    }
    operation = routes.get(event["routeKey"])
    if operation is None:
        return _answer(404, {"message": "Not Found"})
    try:
        return _answer(200, operation(event))
    except RequestError as refused:
        return _answer(refused.status, {"message": str(refused)})


def list_notes(event: dict[str, Any]) -> dict[str, Any]:
    """List the notes of a workspace."""
    if not re.fullmatch(r"[a-z]{3,12}", header(event, "x-workspace")):
        raise RequestError(400, "X-Workspace must be 3 to 12 small letters")
    query = parse_qs(event.get("rawQueryString", ""), keep_blank_values=True)
    tags = query.get("tag", [])
    if len(tags) > MOST_TAGS or not set(tags) <= set(TAGS):
        raise RequestError(400, f"tag must be at most {MOST_TAGS} of {', '.join(TAGS)}")
    limit = _limit(query.get("limit", [str(LARGEST_LIMIT)]))
    chosen = [note for note in NOTES if not tags or set(tags) & set(note["tags"])]
    return {"items": chosen[:limit]}


def get_note(event: dict[str, Any]) -> dict[str, Any]:
    """Read one note."""
    note_id = event["pathParameters"]["noteId"]
    if not re.fullmatch(r"n[0-9]{1,4}", note_id, re.ASCII):
        raise RequestError(400, "noteId must be n and up to four digits")
    for note in NOTES:
        if note["noteId"] == note_id:
            return note
    raise RequestError(404, "there is no such note")


def render_note(event: dict[str, Any]) -> dict[str, Any]:
    """Render a text as HTML."""
    if header(event, "content-type").split(";")[0].strip().lower() != "application/json":
        raise RequestError(415, "the body must be application/json")
    body = _json(event)
    text = body.get("text") if isinstance(body, dict) and set(body) == {"text"} else None
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_TEXT:
        raise RequestError(400, f"the body must have a text of 1 to {LONGEST_TEXT} characters and nothing else")
    return {"html": f"<p>{html.escape(text)}</p>"}


def header(event: dict[str, Any], name: str) -> str:
    """Return a header by its name in lower case, empty where it is not there."""
    return str(event.get("headers", {}).get(name, ""))


def _limit(values: list[str]) -> int:
    text = values[-1]
    if len(values) != 1 or not re.fullmatch(r"[0-9]{1,2}", text, re.ASCII) or not 1 <= int(text) <= LARGEST_LIMIT:
        raise RequestError(400, f"limit must be 1 to {LARGEST_LIMIT}")
    return int(text)


def _json(event: dict[str, Any]) -> Any:
    body = event.get("body") or ""
    try:
        return json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "the body is no JSON") from error


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
