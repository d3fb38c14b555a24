"""Custom domain names: which API and stage the Host header and the path lead to.

Base path mappings (of REST APIs) name one segment, API mappings (of the newer control plane) several; the longest that
the path begins with wins, and the empty one takes what no other does. A mapping without a stage leaves the stage to
the next segment.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moto.apigateway.models import apigateway_backends
from moto.apigatewayv2.models import apigatewayv2_backends

from gateway.context import NO_BASE_PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiMapping:
    """One mapping of a domain. ``base_path`` has no slash at its ends and is empty for the root."""

    base_path: str
    api_id: str
    stage_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedRequest:
    """Where a request to a custom domain goes: an API, its stage, and the raw path below both."""

    domain_name: str
    base_path: str
    api_id: str
    stage_name: str
    path: str


def is_custom_domain(host: str) -> bool:
    """Return whether a Host header names a custom domain of this process's control planes."""
    name = _name(host)
    return any(known == name for known in _domain_names())


def mapped_request(host: str, raw_path: str) -> MappedRequest | None:
    """Return where a request to a custom domain goes, None where no mapping takes it: AWS answers 403 Forbidden."""
    domain_name = _name(host)
    segments = raw_path.removeprefix("/").split("/")
    best: ApiMapping | None = None
    for mapping in _mappings(domain_name):
        parts = mapping.base_path.split("/") if mapping.base_path else []
        is_longer = best is None or len(mapping.base_path) > len(best.base_path)
        if segments[: len(parts)] == parts and is_longer:
            best = mapping
    if best is None:
        return None
    below = segments[len(best.base_path.split("/")) :] if best.base_path else segments
    stage_name, rest = (best.stage_name, below) if best.stage_name else (below[0] if below else "", below[1:])
    return MappedRequest(
        domain_name=domain_name,
        base_path=best.base_path,
        api_id=best.api_id,
        stage_name=stage_name,
        path="/" + "/".join(rest),
    )


def _name(host: str) -> str:
    return host.partition(":")[0].lower()


def _domain_names() -> Iterator[str]:
    for by_region in list(apigateway_backends.values()):
        for backend in list(by_region.values()):
            yield from list(backend.domain_names)
    for by_region_v2 in list(apigatewayv2_backends.values()):
        for backend_v2 in list(by_region_v2.values()):
            yield from list(backend_v2.domain_names)


def _mappings(domain_name: str) -> Iterator[ApiMapping]:
    for by_region in list(apigateway_backends.values()):
        for backend in list(by_region.values()):
            for mapping in list(backend.base_path_mappings.get(domain_name, {}).values()):
                base_path = "" if mapping.base_path == NO_BASE_PATH else mapping.base_path
                yield ApiMapping(base_path=base_path, api_id=mapping.rest_api_id, stage_name=mapping.stage or None)
    for by_region_v2 in list(apigatewayv2_backends.values()):
        for backend_v2 in list(by_region_v2.values()):
            for held in list(backend_v2.api_mappings.values()):
                if held.domain_name == domain_name:
                    key = str(held.api_mapping_key or "").strip("/")
                    base_path = "" if key == NO_BASE_PATH else key
                    yield ApiMapping(base_path=base_path, api_id=held.api_id, stage_name=held.stage)
