"""Requests that only HTTP APIs are asked: a preflight to a path without a route, and headers in lower case.

``$default`` catches both the path and the method of such a preflight. Header names are told to a function as the
payload format spells them, whatever the client wrote: a handler that reads one spelling shows it by its answers.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from contracts.contract import Contract
from contracts.evidence import Mode, Origin
from contracts.expectations import CorsExpectations
from contracts.operation import ANY, Operation
from gateway.messages import Headers
from probes.authentication import Credentials
from probes.good_request import good_request
from probes.http_probe import HttpProbe

LOWER_CASE_INTENT = "header names in lower case"


def http_api_probes(
    contract: Contract,
    operations: tuple[Operation, ...],
    credentials: Credentials,
    cors: CorsExpectations,
) -> tuple[HttpProbe, ...]:
    """List the requests: one preflight from each allowed origin, and one request an operation that has headers.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run.
        cors: Which origins are to be allowed.
    """
    return (
        *_undeclared_preflights(cors),
        *(probe for operation in operations for probe in _lower_case(contract, operation, credentials)),
    )


def _undeclared_preflights(cors: CorsExpectations) -> Iterator[HttpProbe]:
    path = f"/stageproof-unknown-{secrets.token_hex(6)}"
    for web_origin in cors.allowed_origins:
        headers = {"Origin": web_origin, "Access-Control-Request-Method": "GET"}
        yield HttpProbe(
            http_method="OPTIONS",
            path=path,
            headers=Headers.of(headers),
            origin=Origin.PREFLIGHT,
            mode=Mode.POSITIVE,
            intent=f"preflight to a path that no resource has, from {web_origin}",
        )


def _lower_case(contract: Contract, operation: Operation, credentials: Credentials) -> Iterator[HttpProbe]:
    good = None if operation.http_method in {ANY, "OPTIONS"} else good_request(contract, operation, credentials)
    if good is None or not any(name != name.lower() for name in good.headers):
        return
    yield good.probe(
        origin=Origin.PROVOCATION,
        mode=Mode.POSITIVE,
        intent=LOWER_CASE_INTENT,
        headers={name.lower(): value for name, value in good.headers.items()},
    )
