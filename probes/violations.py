"""Targeted violations: one request for each thing that the method request promises to refuse.

Each says what it violates; what is predicted of it, and whether a stage may get it, is not for this file to say.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from contracts.contract import Contract
from contracts.evidence import Mode, Origin
from contracts.operation import ANY, Operation
from gateway.messages import Headers
from gateway.routing import route
from probes.authentication import API_KEY_HEADER, AUTHORIZATION_HEADER, Credentials
from probes.good_request import GoodRequest, good_request
from probes.http_probe import HttpProbe
from probes.samples import NoSampleError, filled_path, resolved

_UNDECLARED_METHODS = ("PATCH", "DELETE", "PUT", "POST", "GET")
_WRONG_TYPES: Mapping[str, Any] = {
    "string": 12345,
    "integer": "not a number",
    "number": "not a number",
    "boolean": "not a boolean",
    "array": "not an array",
    "object": "not an object",
}
_EXPIRED_S = 3600
"""Signatures are refused after five minutes."""

_VENDOR_TYPE = "application/vnd.stageproof+json"
_NOT_A_KEY = "stageproof-not-an-api-key-0000000000"
_NOT_A_TOKEN = "stageproof-not-a-token"  # noqa: S105 - it is none


def violations(
    contract: Contract, operations: tuple[Operation, ...], credentials: Credentials
) -> tuple[HttpProbe, ...]:
    """List the violations.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run; a violation carries all that it does not violate.
    """
    named = tuple(operation for operation in operations if operation.http_method != ANY)
    return (
        *_unknown_path(contract),
        *(probe for operation in named for probe in _of_operation(contract, operation, credentials)),
        *_undeclared_methods(contract, named),
    )


def _of_operation(contract: Contract, operation: Operation, credentials: Credentials) -> Iterator[HttpProbe]:
    good = good_request(contract, operation, credentials)
    if good is None:
        return
    yield from _parameters(good)
    yield from _bodies(good, contract)
    yield from _api_keys(good)
    yield from _tokens(good)


def _parameters(good: GoodRequest) -> Iterator[HttpProbe]:
    for name in good.query:
        rest = {key: value for key, value in good.query.items() if key != name}
        yield _violation(good, f"query:{name}", f"without the required query parameter {name}", query=rest)
    credentials = {API_KEY_HEADER, AUTHORIZATION_HEADER.lower(), "content-type"}
    for name in good.headers:
        if name.lower() not in credentials:
            rest = {key: value for key, value in good.headers.items() if key != name}
            yield _violation(good, f"header:{name}", f"without the required header {name}", headers=rest)


def _bodies(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    if good.media_type is None or good.operation.request_body is None:
        return
    schema = resolved(good.operation.request_body.schemas.get(good.media_type), contract.document)
    yield _violation(good, "body", "a body that is no JSON", body=b'{"stageproof": ')
    if good.operation.request_body.required:
        yield _violation(good, "body", "no body", body=b"")
    for body, intent in _broken_bodies(schema, good.body, contract):
        yield _violation(good, "body", intent, body=json.dumps(body).encode())
    for kind in ("text/plain", _VENDOR_TYPE):
        headers = {**good.headers, "Content-Type": kind}
        yield _violation(good, "content-type", f"a content type that is not declared: {kind}", headers=headers)


def _broken_bodies(schema: Mapping[str, Any], body: Any, contract: Contract) -> Iterator[tuple[Any, str]]:
    if not isinstance(body, Mapping):
        yield _WRONG_TYPES.get(str(schema.get("type")), 12345), "a body of the wrong type"
        return
    yield [], "an array in place of the object"
    for name in [name for name in schema.get("required") or () if name in body][:1]:
        yield {key: value for key, value in body.items() if key != name}, f"without the required property {name}"
    for name, declared in (schema.get("properties") or {}).items():
        kind = resolved(declared, contract.document).get("type")
        if isinstance(kind, str) and kind in _WRONG_TYPES:
            yield {**body, name: _WRONG_TYPES[kind]}, f"the property {name} is no {kind}"
            break
    if schema.get("additionalProperties") is False:
        yield {**body, "stageproofUndeclared": "x"}, "a property that is not declared"


def _api_keys(good: GoodRequest) -> Iterator[HttpProbe]:
    if not good.needs.api_key:
        return
    rest = {name: value for name, value in good.headers.items() if name.lower() != API_KEY_HEADER}
    yield _violation(good, "api-key", "without an API key", headers=rest)
    wrong = {**rest, API_KEY_HEADER: _NOT_A_KEY}
    yield _violation(good, "api-key", "with an API key that does not exist", headers=wrong)


def _tokens(good: GoodRequest) -> Iterator[HttpProbe]:
    if not (good.needs.authorization or good.needs.sigv4):
        return
    if good.needs.sigv4:
        yield replace(_violation(good, "authorization", "with a signature that expired"), signed_ago_s=_EXPIRED_S)
    name = good.needs.authorization_header
    rest = {key: value for key, value in good.headers.items() if key.lower() != name.lower()}
    yield _violation(good, "authorization", "without a token", headers=rest, is_signed=False)
    wrong = {**rest, name: _NOT_A_TOKEN}
    yield _violation(good, "authorization", "with a token that is not valid", headers=wrong, is_signed=False)


def _violation(  # noqa: PLR0913 - one keyword a part that a violation may change
    good: GoodRequest,
    violated: str,
    intent: str,
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    is_signed: bool | None = None,
) -> HttpProbe:
    return good.probe(
        origin=Origin.VIOLATION,
        mode=Mode.NEGATIVE,
        intent=intent,
        violates=(violated,),
        query=query,
        headers=headers,
        body=body,
        is_signed=is_signed,
    )


def _unknown_path(contract: Contract) -> Iterator[HttpProbe]:
    path = f"/stageproof-unknown-{secrets.token_hex(6)}"
    if route(contract.rest_api, "GET", path) is None:
        yield _unrouted("GET", path, "path", "a path that no resource has")


def _undeclared_methods(contract: Contract, operations: tuple[Operation, ...]) -> Iterator[HttpProbe]:
    """Try one method that is not declared on each resource."""
    seen: set[str] = set()
    for operation in operations:
        if operation.resource_path in seen:
            continue
        seen.add(operation.resource_path)
        try:
            path = filled_path(operation, contract.document)
        except NoSampleError:
            continue
        for http_method in _UNDECLARED_METHODS:
            if route(contract.rest_api, http_method, path) is None:
                intent = f"the method {http_method}, which the resource does not have"
                yield replace(_unrouted(http_method, path, "method", intent), resource_path=operation.resource_path)
                break


def _unrouted(http_method: str, path: str, violated: str, intent: str) -> HttpProbe:
    return HttpProbe(
        http_method=http_method,
        path=path,
        headers=Headers(),
        origin=Origin.VIOLATION,
        mode=Mode.NEGATIVE,
        intent=intent,
        violates=(violated,),
    )
