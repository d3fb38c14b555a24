"""Requests at the edges of HTTP: what clients, proxies and frameworks send and contracts seldom speak of.

A trailing slash, a method override, characters that have to be encoded, a repeated parameter or header, header names in
odd case, a list with bare pipes, a content type with a charset, a compressed and a binary body, an answer without
compression, and an ``Accept`` whose first type is not the binary one. Overrides ask only for methods that neither the
contract nor the deployed API names.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from contracts.contract import Contract
from contracts.evidence import Mode, Origin
from contracts.operation import ANY, Operation, Parameter
from contracts.request_parts import parameter_fault, resolved_schema
from gateway.choices import METHOD_OVERRIDE_HEADER
from gateway.media_types import is_binary, media_type
from gateway.messages import Headers
from gateway.rest_api import RestApi
from gateway.routing import route
from probes.authentication import Credentials
from probes.good_request import GoodRequest, good_request
from probes.http_probe import HttpProbe
from probes.safety import predicted
from probes.samples import NoSampleError, parameter_sample

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""

_OVERRIDES = ("PATCH", "DELETE", "PUT", "POST")
_REPEATED = "X-Stageproof-Repeated"
_ENCODED_IN_QUERY = "a;b|c+d e%f&g=h"
_ENCODED_IN_PATH = "a/b c+d%e"


def edge_requests(
    contract: Contract,
    operations: tuple[Operation, ...],
    credentials: Credentials,
    *,
    deployed: RestApi | None = None,
) -> tuple[HttpProbe, ...]:
    """List the requests at the edges: at most ten for a GET, three for any other operation.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run; every request carries what its operation needs.
        deployed: The API as deployed, where it could be read.
    """
    found: list[HttpProbe] = []
    for operation in operations:
        good = None if operation.http_method in {ANY, "OPTIONS"} else good_request(contract, operation, credentials)
        if good is None:
            continue
        if operation.http_method == "GET":
            found += _of_get(good, contract, deployed)
        found += _with_charset(good)
        found += _compressed(good, contract)
        found += _binary(good, contract)
    return tuple(found)


def _of_get(good: GoodRequest, contract: Contract, deployed: RestApi | None) -> Iterator[HttpProbe]:
    yield from _trailing_slash(good)
    yield from _method_override(good, contract, deployed)
    yield from _encoded(good, contract)
    yield from _repeated(good, contract)
    yield from _piped(good, contract)
    yield from _spelt(good)
    yield from _accepted(good, contract)


def _trailing_slash(good: GoodRequest) -> Iterator[HttpProbe]:
    if good.path.endswith("/"):
        return
    probe = _edge(good, "a trailing slash", mode=Mode.NEGATIVE, violates=("path",))
    yield replace(probe, path=f"{good.path}/", resource_path=None, operation_id=None)


def _method_override(good: GoodRequest, contract: Contract, deployed: RestApi | None) -> Iterator[HttpProbe]:
    """Ask for a method that the resource does not have: where the override is followed, it is refused.

    A deployed ANY would serve it: then it counts as writing.
    """
    for http_method in _OVERRIDES:
        if route(contract.rest_api, http_method, good.path) is not None or _has(deployed, http_method, good.path):
            continue
        probe = _edge(good, f"an override of the method: {http_method}", mode=Mode.NEGATIVE, violates=("method",))
        headers = Headers([*probe.headers, (METHOD_OVERRIDE_HEADER, http_method)])
        yield replace(probe, headers=headers, resource_path=None, operation_id=None)
        return


def _has(api: RestApi | None, http_method: str, path: str) -> bool:
    """Whether a resource has a method of this name; ANY is none, it is what the probe looks for."""
    found = None if api is None else route(api, http_method, path)
    return found is not None and found.method.http_method == http_method


def _encoded(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    """Send characters that have to be encoded, in the first text of the query and in that of the path."""
    for location, value in (("query", _ENCODED_IN_QUERY), ("path", _ENCODED_IN_PATH)):
        parameter = _first_text(good.operation, location, contract)
        if parameter is None:
            continue
        is_allowed = parameter_fault(parameter, value, contract.document) is None
        violates = () if is_allowed else (f"{location}:{parameter.name}",)
        mode = Mode.POSITIVE if is_allowed else Mode.NEGATIVE
        query = {**good.query, parameter.name: value} if location == "query" else None
        intent = f"encoded characters in {location}:{parameter.name}"
        probe = _edge(good, intent, mode=mode, violates=violates, query=query)
        raw = quote(value, safe="")
        yield probe if location == "query" else replace(probe, path=good.path_with(parameter.name, raw))


def _first_text(operation: Operation, location: str, contract: Contract) -> Parameter | None:
    for parameter in operation.parameters:
        schema = resolved_schema(parameter.schema, contract.document)
        if parameter.location == location and schema.get("type", "string") == "string" and "enum" not in schema:
            return parameter
    return None


def _repeated(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    """Send the first list of the query with two values, as a client that explodes it does."""
    for parameter in good.operation.parameters:
        schema = resolved_schema(parameter.schema, contract.document)
        is_exploded = parameter.declaration.get("explode", parameter.declaration.get("style", "form") == "form")
        if parameter.location != "query" or schema.get("type") != "array" or not is_exploded:
            continue
        item = Parameter(name=parameter.name, location="query", schema=schema.get("items") or {"type": "string"})
        try:
            value = quote(parameter_sample(item, contract.document), safe="")
        except NoSampleError:
            return
        pair = f"{quote(parameter.name, safe='')}={value}"
        rest = {name: kept for name, kept in good.query.items() if name != parameter.name}
        probe = _edge(good, f"query:{parameter.name} repeated", query=rest)
        yield replace(probe, query="&".join(part for part in (probe.query, pair, pair) if part))
        return


def _piped(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    """Send the first list with pipes as OpenAPI's examples write it, which is not percent-encoded."""
    for parameter in good.operation.parameters:
        if parameter.location != "query" or parameter.declaration.get("style") != "pipeDelimited":
            continue
        schema = resolved_schema(parameter.schema, contract.document)
        item = Parameter(name=parameter.name, location="query", schema=schema.get("items") or {"type": "string"})
        try:
            value = quote(parameter_sample(item, contract.document), safe="")
        except NoSampleError:
            return
        rest = {name: kept for name, kept in good.query.items() if name != parameter.name}
        probe = _edge(good, f"query:{parameter.name} with a bare pipe", query=rest)
        pair = f"{quote(parameter.name, safe='')}={value}|{value}"
        yield replace(probe, query="&".join(part for part in (probe.query, pair) if part))
        return


def _spelt(good: GoodRequest) -> Iterator[HttpProbe]:
    """Spell the names of headers as nobody does, and send one header twice: names have no case, and fields repeat."""
    odd = {name.swapcase(): value for name, value in {"Accept-Language": "en", **good.headers}.items()}
    yield _edge(good, "header names in odd case", headers=odd)
    probe = _edge(good, "a header sent twice")
    yield replace(probe, headers=Headers([*probe.headers, (_REPEATED, "one"), (_REPEATED, "two")]))


def _accepted(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    """Ask for no compression; of a binary answer, name another type first, as browsers do."""
    kinds = [media_type(kind) for kind in good.operation.response_media_types]
    binary = [kind for kind in kinds if is_binary(kind, contract.rest_api.binary_media_types)]
    headers = {name: value for name, value in good.headers.items() if name.lower() != "accept"}
    if binary:
        accept = {"Accept": f"text/html,{binary[0]},*/*;q=0.8"}
        yield _edge(good, "an Accept whose first type is not the binary one", headers={**headers, **accept})
    else:
        yield _edge(good, "an answer without compression", headers={**good.headers, "Accept-Encoding": "identity"})


def _with_charset(good: GoodRequest) -> Iterator[HttpProbe]:
    if good.media_type is not None and ";" not in good.media_type:
        headers = {**good.headers, "Content-Type": f"{good.media_type}; charset=utf-8"}
        yield _edge(good, "a content type with a charset", headers=headers)


def _compressed(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    """Send the body compressed, where the API says that it takes compressed bodies."""
    if not good.body_bytes or contract.rest_api.minimum_compression_size_bytes is None:
        return
    plain = predicted(_edge(good, "a compressed body"), contract.rest_api)
    headers = Headers([*plain.headers, ("Content-Encoding", "gzip")])
    yield replace(plain, headers=headers, body=gzip.compress(plain.body, mtime=0))


def _binary(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    """Send a body of bytes that are no text, under the first binary type that the operation takes."""
    kinds = [media_type(kind) for kind in good.operation.request_media_types]
    binary = next((kind for kind in kinds if is_binary(kind, contract.rest_api.binary_media_types)), None)
    if binary is not None and "*" not in binary:
        headers = {**good.headers, "Content-Type": binary}
        body = PICTURE if binary == "image/png" else bytes(range(256))
        yield replace(_edge(good, "a binary body", headers=headers), body=body)


def _edge(  # noqa: PLR0913 - one keyword a part that differs
    good: GoodRequest,
    intent: str,
    *,
    mode: Mode = Mode.POSITIVE,
    violates: tuple[str, ...] = (),
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpProbe:
    return good.probe(
        origin=Origin.PROVOCATION, mode=mode, intent=intent, violates=violates, query=query, headers=headers
    )
