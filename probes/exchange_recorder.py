"""A case of Schemathesis and its answer, as an exchange."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from contracts.evidence import Exchange, HttpRequest, HttpResponse, Mode, Origin
from gateway.messages import Headers
from probes.traffic_document import TrafficOperation

if TYPE_CHECKING:
    import requests
    from schemathesis.core.transport import Response
    from schemathesis.generation.case import Case

_SHAPE_VIOLATIONS = {
    "unspecified_http_method": "method",
    "unsupported_path_pattern": "path",
    "malformed_content_type": "content-type",
    "unsupported_content_type": "content-type",
}
_NAMED_HEADERS = {"content-type": "content-type", "authorization": "authorization", "x-api-key": "api-key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCase:
    """What came of sending a case: an answer, or the network's error with the request that met it.

    ``started_at_s`` and ``elapsed_s`` are of the wall clock and of the request alone; ``trace_id`` is the root sent.
    """

    case: Case[Any]
    request: requests.PreparedRequest | None
    response: Response | None
    error: str | None
    started_at_s: float
    elapsed_s: float
    trace_id: str


def as_exchange(sent: SentCase, operation: TrafficOperation, *, exchange_id: str) -> Exchange:
    """Describe a sent case as evidence.

    Args:
        sent: The case and what came of it.
        operation: The operation of the contract that the case was made for.
        exchange_id: The identifier within the recording.
    """
    case = sent.case
    meta = case.meta
    return Exchange(
        exchange_id=exchange_id,
        resource_path=operation.resource_path,
        http_method=case.method.upper(),
        origin=Origin.FUZZING if meta is None else Origin(meta.phase.name.value),
        mode=Mode.POSITIVE if meta is None else Mode(meta.generation.mode.value),
        request=_request(sent),
        response=None if sent.response is None else _response(sent.response),
        sent_at=datetime.fromtimestamp(0, UTC) + timedelta(seconds=sent.started_at_s),
        elapsed_ms=sent.elapsed_s * 1000,
        trace_id=sent.trace_id,
        error=sent.error,
        intent=intent(case),
        violates=violations(case),
        operation_id=operation.operation_id if case.method.upper() == operation.http_method else None,
    )


def violations(case: Case[Any]) -> tuple[str, ...]:
    """Name what a negative case violates (``body``, ``query:limit``, ``content-type``); nothing when it is positive."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_negative:
        return ()
    return tuple(dict.fromkeys(_violations(case)))


def intent(case: Case[Any]) -> str:
    """Say in words what is special about a case; empty for an ordinary one."""
    meta = case.meta
    if meta is None:
        return ""
    data = meta.phase.data
    mutations = [_mutation_words(mutation) for mutation in data.mutations]
    words = [data.description or "", *mutations]
    if data.parameter is not None and data.parameter not in (data.description or ""):
        words.append(f"at {data.parameter}")
    return "; ".join(word for word in words if word)


def new_trace_id() -> str:
    """Make a trace root that X-Ray accepts: the time in hexadecimal and 96 random bits.

    See: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-traceheader
    """
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def _violations(case: Case[Any]) -> Iterator[str]:
    from schemathesis.generation.meta import negated_parameters

    meta = case.meta
    assert meta is not None
    scenario = getattr(meta.phase.data, "scenario", None)
    if scenario is not None and scenario.value in _SHAPE_VIOLATIONS:
        yield _SHAPE_VIOLATIONS[scenario.value]
        return
    named = [(name, location.value) for name, location in negated_parameters(meta)]
    yield from (_violation(location, name) for name, location in named)
    located = {location for _, location in named}
    for location, component in meta.components.items():
        if component.mode.is_negative and location.value not in located:
            yield _violation(location.value, None)


def _violation(location: str | None, name: str | None) -> str:
    if location == "body" or location is None:
        return "body"
    if location == "header" and name is not None:
        return _NAMED_HEADERS.get(name.lower(), f"header:{name}")
    return location if name is None else f"{location}:{name}"


def _mutation_words(mutation: object) -> str:
    operator = str(getattr(mutation, "operator", "")).replace("_", " ")
    path = "/".join(str(part) for part in getattr(mutation, "path", ()))
    keywords = ", ".join(getattr(mutation, "keywords", ()))
    return " ".join(
        part for part in (operator, f"({keywords})" if keywords else "", f"at /{path}" if path else "") if part
    )


def _request(sent: SentCase) -> HttpRequest:
    prepared = sent.request
    if prepared is None:
        return HttpRequest(http_method=sent.case.method.upper(), url=sent.case.operation.base_url or "")
    return HttpRequest(
        http_method=prepared.method or sent.case.method.upper(),
        url=prepared.url or "",
        headers=Headers((name, _text(value)) for name, value in prepared.headers.items()),
        body=_body(prepared.body),
    )


def _response(response: Response) -> HttpResponse:
    fields = ((name, _text(value)) for name, values in response.headers.items() for value in values)
    return HttpResponse(status=response.status_code, headers=Headers(fields), body=response.content or b"")


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return str(body).encode("utf-8", "surrogatepass")
