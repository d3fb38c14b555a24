"""Media types: which payloads are binary, and how a payload is converted between text and binary.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping

from gateway import choices
from gateway.messages import Headers
from gateway.rest_api import ContentHandling


def media_type(header: str | None) -> str:
    """Return the lower-case media type of a ``Content-Type`` or of one item of ``Accept``, without its parameters."""
    bare = (header or "").partition(";")[0].strip().lower()
    return bare or choices.DEFAULT_BODY_CONTENT_TYPE


def content_type_of(headers: Headers) -> str:
    """Return the media type of a message; ``application/json`` where it names none."""
    return media_type(headers.get("Content-Type"))


def accepted(headers: Headers) -> tuple[str, ...]:
    """Return the media types of ``Accept`` in order, without parameters; nothing where the client names none."""
    values = ",".join(headers.get_all("Accept")).split(",")
    return tuple(media_type(value) for value in values if value.strip())


def is_binary(wanted: str, binary_media_types: Collection[str]) -> bool:
    """Tell whether a media type is one of the API's binary ones (``*/*`` and ``image/*`` are patterns)."""
    main = wanted.partition("/")[0]
    lowered = {media_type(known) for known in binary_media_types}
    return not lowered.isdisjoint({wanted, "*/*", f"{main}/*"})


def response_is_binary(request_headers: Headers, binary_media_types: Collection[str]) -> bool:
    """Tell whether the client gets binary: only the first media type of ``Accept`` counts."""
    first = next(iter(accepted(request_headers)), choices.DEFAULT_BODY_CONTENT_TYPE)
    return is_binary(first, binary_media_types)


def convert(body: bytes, *, from_binary: bool, to_binary: bool) -> bytes | None:
    """Convert a payload; None where it should be base64 and is not.

    Text stays text in UTF-8: bytes that are no UTF-8 are lost, which is what breaks images without binary media types.
    """
    if from_binary:
        return body if to_binary else base64.b64encode(body)
    if not to_binary:
        return body.decode("utf-8", "replace").encode()
    return decode_base64(body)


def decode_base64(body: bytes) -> bytes | None:
    """Decode base64 text, or return None where it is none."""
    try:
        return base64.b64decode(body.strip(), validate=True)
    except binascii.Error:
        return None


def wants_binary(handling: ContentHandling | None, *, otherwise: bool) -> bool:
    """Tell whether content handling asks for binary; ``otherwise`` holds where it asks for nothing."""
    if handling is None:
        return otherwise
    return handling is ContentHandling.CONVERT_TO_BINARY


def template_for(content_type: str, templates: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the template of a content type (with the key it is kept under), or None."""
    for key, template in templates.items():
        if media_type(key) == content_type:
            return key, template
    default = templates.get("$default")
    return None if default is None else (choices.DEFAULT_BODY_CONTENT_TYPE, default)
