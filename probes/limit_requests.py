"""Requests at API Gateway's limits: headers and bodies just over them, and headers well within.

What is over a limit is refused before every backend, so it is sent once in a run, and is no larger than it has to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contracts.contract import Contract
from contracts.evidence import Mode, Origin
from contracts.operation import ANY, Operation
from gateway.choices import HEADERS_LIMIT_BYTES, REQUEST_LIMIT_BYTES
from gateway.messages import Headers
from probes.authentication import Credentials
from probes.good_request import GoodRequest, good_request, optional_query
from probes.http_probe import HttpProbe

_HEADER = "X-Stageproof-Long"
_WITHIN_BYTES = 6_000
"""What every client may send: cookies and tokens are seldom longer, and a third of the limit is free for the rest."""

_TOO_LARGE = "413"


def limit_requests(
    contract: Contract, operations: tuple[Operation, ...], credentials: Credentials
) -> tuple[HttpProbe, ...]:
    """List them: two for the first GET, one for the first operation that takes a body and declares 413.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run; every request carries what its operation needs.
    """
    named = [operation for operation in operations if operation.http_method not in {ANY, "OPTIONS"}]
    readers = (good_request(contract, each, credentials) for each in named if each.http_method == "GET")
    takers = (good_request(contract, each, credentials) for each in named if _declares_limit(each))
    reader = next((good for good in readers if good is not None), None)
    taker = next((good for good in takers if good is not None), None)
    return (*(_headers(reader, contract) if reader else ()), *(_body(taker) if taker else ()))


def _declares_limit(operation: Operation) -> bool:
    return operation.request_body is not None and _TOO_LARGE in operation.responses


def _headers(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    """Send long headers with every query parameter given.

    The log cuts them, and ``$input.params('limit')`` would look for what the query lacks among those that were cut.
    """
    query = {**good.query, **optional_query(contract, good.operation)}
    within = good.probe(origin=Origin.PROVOCATION, mode=Mode.POSITIVE, intent="headers of 6,000 bytes", query=query)
    yield replace(within, headers=Headers([*within.headers, (_HEADER, "x" * _WITHIN_BYTES)]))
    over = good.probe(
        origin=Origin.PROVOCATION, mode=Mode.NEGATIVE, intent="headers over the limit", violates=("headers",)
    )
    long = Headers([*over.headers, (_HEADER, "x" * HEADERS_LIMIT_BYTES)])
    yield replace(over, headers=long, resource_path=None, operation_id=None)


def _body(good: GoodRequest) -> Iterator[HttpProbe]:
    """Send more than the gateway takes: its front end refuses it before there is an operation."""
    body = b" " * (REQUEST_LIMIT_BYTES + 1)
    over = good.probe(
        origin=Origin.VIOLATION, mode=Mode.NEGATIVE, intent="a body over the limit", violates=("body",), body=body
    )
    yield replace(over, resource_path=None, operation_id=None)
