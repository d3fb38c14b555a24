"""What bodies and media types of observed messages say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.evidence import HttpResponse
from gateway.messages import Headers


@dataclass(frozen=True, slots=True)
class NotJson:
    """A body that is no JSON, and why."""

    reason: str


def media_type(headers: Headers) -> str:
    """Return the media type of a message in lower case without parameters; empty without a Content-Type."""
    return (headers.get("content-type") or "").split(";", 1)[0].strip().lower()


def is_json(media: str) -> bool:
    """Return whether a media type is JSON (``application/json`` or ``+json``)."""
    return media == "application/json" or media.endswith("+json")


def parse_json(body: bytes | str) -> object | NotJson:
    """Return the value of a JSON text, or NotJson with the reason."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        return NotJson(reason=str(error))
    return value


def json_of(response: HttpResponse) -> object | NotJson:
    """Return the value of an answer's JSON body, or NotJson."""
    return parse_json(response.body)


def at_pointer(value: object, pointer: str) -> object | None:
    """Return what a JSON pointer (RFC 6901) points at, None where it points at nothing."""
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def values_of_field(value: object, field: str) -> Iterator[object]:
    """Give the value of every property of this name, at any depth, also in JSON texts inside of the JSON.

    A Lambda proxy event and a proxy response carry their body so.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == field:
                yield inner
            yield from values_of_field(inner, field)
    elif isinstance(value, list):
        for inner in value:
            yield from values_of_field(inner, field)
    elif isinstance(value, str) and field in value and value.lstrip()[:1] in {"{", "["}:
        parsed = parse_json(value)
        if not isinstance(parsed, NotJson):
            yield from values_of_field(parsed, field)
