"""One request of an operation that the contract accepts: where every targeted probe begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from contracts.contract import Contract
from contracts.evidence import Mode, Origin
from contracts.operation import Operation
from gateway.messages import Headers
from probes.authentication import Credentials, SecurityNeeds, authentication_headers
from probes.http_probe import HttpProbe
from probes.samples import NoSampleError, body_example, filled_path, json_media_type, parameter_sample
from probes.traffic_document import security_needs


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodRequest:
    """The parts of a request that are right. ``body`` is the decoded JSON body, None where there is none."""

    operation: Operation
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    media_type: str | None
    body: Any
    needs: SecurityNeeds

    def probe(  # noqa: PLR0913 - one keyword a part that a probe may change
        self,
        *,
        origin: Origin,
        mode: Mode,
        intent: str,
        violates: tuple[str, ...] = (),
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        is_signed: bool | None = None,
    ) -> HttpProbe:
        """Build a probe from the good request with some of its parts replaced."""
        pairs = self.query if query is None else query
        return HttpProbe(
            http_method=self.operation.http_method,
            path=self.path,
            query="&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs.items()),
            headers=Headers.of(self.headers if headers is None else headers),
            body=self.body_bytes if body is None else body,
            origin=origin,
            mode=mode,
            intent=intent,
            resource_path=self.operation.resource_path,
            violates=violates,
            operation_id=self.operation.operation_id,
            is_signed=self.needs.sigv4 if is_signed is None else is_signed,
        )

    def path_with(self, name: str, raw: str) -> str:
        """Return the path with another value of a parameter, percent-encoded already; greedy parameters stay."""
        template, filled = self.operation.resource_path.split("/"), self.path.split("/")
        if len(template) != len(filled):
            return self.path
        return "/".join(raw if part == f"{{{name}}}" else old for part, old in zip(template, filled, strict=True))

    def path_with_value(self, name: str, value: str) -> str:
        """Return the path with another value of a parameter, a greedy one too, which is percent-encoded here."""
        greedy = f"{{{name}+}}"
        template = self.operation.resource_path.split("/")
        if template[-1] != greedy:
            return self.path_with(name, quote(value, safe=""))
        return "/".join([*self.path.split("/")[: len(template) - 1], quote(value, safe="/")])

    @property
    def body_bytes(self) -> bytes:
        """The body as it goes out."""
        return b"" if self.media_type is None else json.dumps(self.body, ensure_ascii=False).encode()


def good_request(contract: Contract, operation: Operation, credentials: Credentials) -> GoodRequest | None:
    """Build a request that the contract accepts, or None where no sample could be made of its parts.

    Args:
        contract: The contract.
        operation: Of it; not ``ANY``.
        credentials: Added as the operation needs them.
    """
    needs = operation_needs(contract, operation)
    media_type = json_media_type(operation)
    try:
        query = _required(contract, operation, "query")
        headers = _required(contract, operation, "header")
        body = None if media_type is None else body_example(operation, media_type, contract.document)
        path = filled_path(operation, contract.document)
    except NoSampleError:
        return None
    if media_type is not None:
        headers["Content-Type"] = media_type
    secret = authentication_headers(credentials, needs)
    named = {name.lower() for name in secret}
    return GoodRequest(
        operation=operation,
        path=path,
        query=query,
        headers={**{name: value for name, value in headers.items() if name.lower() not in named}, **secret},
        media_type=media_type,
        body=body,
        needs=needs,
    )


def optional_query(contract: Contract, operation: Operation) -> dict[str, str]:
    """Return a sample of each query parameter that need not be given; one of which none can be made is left out."""
    found: dict[str, str] = {}
    for parameter in operation.parameters:
        if parameter.location == "query" and not parameter.required:
            with suppress(NoSampleError):
                found[parameter.name] = parameter_sample(parameter, contract.document)
    return found


def operation_needs(contract: Contract, operation: Operation) -> SecurityNeeds:
    """Say what an operation asks of its caller."""
    declared = ((contract.document.get("paths") or {}).get(operation.path) or {}).get(
        operation.http_method.lower()
    ) or {}
    method = contract.rest_api.method(operation.resource_path, operation.http_method)
    return security_needs(contract.document, declared, method, contract.rest_api)


def _required(contract: Contract, operation: Operation, location: str) -> dict[str, str]:
    return {
        parameter.name: parameter_sample(parameter, contract.document)
        for parameter in operation.parameters
        if parameter.location == location and parameter.required
    }
