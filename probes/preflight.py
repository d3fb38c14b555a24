"""CORS as a browser would ask: preflights for each resource, and real requests with an ``Origin``.

See: https://fetch.spec.whatwg.org/#cors-preflight-fetch
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from contracts.contract import Contract
from contracts.evidence import Mode, Origin
from contracts.expectations import CorsExpectations
from contracts.operation import ANY, Operation
from gateway.messages import Headers
from probes.authentication import API_KEY_HEADER, Credentials, SecurityNeeds, authentication_headers
from probes.good_request import good_request, operation_needs
from probes.http_probe import HttpProbe
from probes.samples import NoSampleError, filled_path

_EXPANDED_ANY = ("GET", "POST")
_NEEDS_NO_ASKING = frozenset({"accept", "accept-language", "content-language", "content-type", "range"})
"""Headers that scripts may set without asking (a body's content type is looked at apart)."""

_SIMPLE_BODIES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
_SIGNATURE_HEADERS = ("authorization", "x-amz-date")


def preflights(
    contract: Contract, operations: tuple[Operation, ...], cors: CorsExpectations, credentials: Credentials
) -> tuple[HttpProbe, ...]:
    """List the preflights: each resource, each allowed origin and one foreign, each declared method.

    Each is sent as a browser sends it, and asking for no headers; both also with the run's credentials, which browsers
    leave out: whether a preflight passes must not depend on them. Nothing is listed where no origin is to be allowed
    and the contract has no OPTIONS method.
    """
    has_options = any(operation.http_method == "OPTIONS" for operation in contract.operations)
    if not cors.allowed_origins and not has_options:
        return ()
    secrets = authentication_headers(credentials, SecurityNeeds(api_key=True, authorization=True))
    return tuple(
        _preflight(path, resource_path, http_method, web_origin, asked=asked, secrets=carried)
        for resource_path, path, methods in _resources(contract, operations)
        for web_origin in dict.fromkeys((*cors.origins_to_ask, cors.foreign_origin))
        for http_method, operation in methods.items()
        for asked in dict.fromkeys((asked_headers(contract, operation), ()))
        for carried in ({}, secrets)[: 2 if secrets else 1]
    )


def asked_headers(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """Return the headers that a script has to ask for before it calls an operation, sorted and in lower case.

    These are required header parameters, credentials, and the content type of a body that is no plain form or text.

    See: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
    """
    needs = operation_needs(contract, operation)
    required = (each.name.lower() for each in operation.parameters if each.location == "header" and each.required)
    asked = {name for name in required if name not in _NEEDS_NO_ASKING}
    if any(kind.split(";")[0].strip().lower() not in _SIMPLE_BODIES for kind in operation.request_media_types):
        asked.add("content-type")
    if needs.api_key:
        asked.add(API_KEY_HEADER)
    if needs.authorization:
        asked.add(needs.authorization_header.lower())
    if needs.sigv4:
        asked.update(_SIGNATURE_HEADERS)
    return tuple(sorted(asked))


def cross_origin_requests(
    contract: Contract,
    operations: tuple[Operation, ...],
    cors: CorsExpectations,
    credentials: Credentials,
    refusable: tuple[HttpProbe, ...],
) -> tuple[HttpProbe, ...]:
    """List real requests from the first allowed origin: one GET a resource, and one that the gateway refuses.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        cors: What is to be allowed.
        credentials: Of the run.
        refusable: Violations that may be sent; the first of each resource that the gateway refuses is sent again.
    """
    if not cors.allowed_origins:
        return ()
    found: list[HttpProbe] = []
    for resource_path, _, _ in _resources(contract, operations):
        own = tuple(each for each in operations if each.resource_path == resource_path)
        found += _one_get(contract, own, credentials)
        found += _one_refused(resource_path, refusable)
    return tuple(_from_origin(probe, cors.origins_to_ask[0]) for probe in found)


def _resources(
    contract: Contract, operations: tuple[Operation, ...]
) -> Iterator[tuple[str, str, Mapping[str, Operation]]]:
    """Yield each resource once: its path, the path filled in, and its methods beside OPTIONS with their operations."""
    methods: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        named = _EXPANDED_ANY if operation.http_method == ANY else (operation.http_method,)
        own = methods.setdefault(operation.resource_path, {})
        own.update({name: operation for name in named if name not in {*own, "OPTIONS"}})
    for resource_path, own in methods.items():
        if not own:
            continue
        try:
            path = filled_path(next(iter(own.values())), contract.document)
        except NoSampleError:
            continue
        yield resource_path, path, own


def _preflight(  # noqa: PLR0913 - one keyword a thing that differs
    path: str,
    resource_path: str,
    http_method: str,
    web_origin: str,
    *,
    asked: tuple[str, ...],
    secrets: Mapping[str, str],
) -> HttpProbe:
    headers = {"Origin": web_origin, "Access-Control-Request-Method": http_method}
    if asked:
        headers["Access-Control-Request-Headers"] = ",".join(asked)
    told = f", asking for {','.join(asked)}" if asked else ""
    carried = ", with credentials" if secrets else ""
    return HttpProbe(
        http_method="OPTIONS",
        path=path,
        headers=Headers.of({**headers, **secrets}),
        origin=Origin.PREFLIGHT,
        mode=Mode.POSITIVE,
        intent=f"preflight for {http_method} from {web_origin}{told}{carried}",
        resource_path=resource_path,
    )


def _one_get(contract: Contract, operations: tuple[Operation, ...], credentials: Credentials) -> Iterator[HttpProbe]:
    for operation in operations:
        if operation.http_method == "GET" and (good := good_request(contract, operation, credentials)) is not None:
            yield good.probe(origin=Origin.PROVOCATION, mode=Mode.POSITIVE, intent="a good request")
            return


def _one_refused(resource_path: str, refusable: tuple[HttpProbe, ...]) -> Iterator[HttpProbe]:
    """Yield the first violation of a resource that the gateway itself refuses."""
    for probe in refusable:
        is_refused = probe.prediction is not None and probe.prediction.gateway_response is not None
        if is_refused and probe.resource_path == resource_path:
            yield probe
            return


def _from_origin(probe: HttpProbe, web_origin: str) -> HttpProbe:
    headers = Headers([*probe.headers.items(), ("Origin", web_origin)])
    return replace(probe, headers=headers, intent=f"{probe.intent}, from {web_origin}")
