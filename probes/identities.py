"""Two identities: what a cache keeps for one caller must not decide about, or answer, another.

These probes go out one after another, after all others, for their order is what they are about. A second identity comes
from ``stageproof.toml`` (``second_bearer_token``, ``second_api_key``); without one nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contracts.contract import Contract
from contracts.evidence import Mode, Origin, Prediction
from contracts.operation import ANY, Operation
from gateway.rest_api import AuthorizerType
from probes.authentication import Credentials
from probes.good_request import good_request
from probes.http_probe import HttpProbe
from probes.prediction import BY_EITHER

_BY_PRIVILEGE = ("DELETE", "PUT", "PATCH", "POST", "HEAD", "GET")
_CACHED_TYPES = {AuthorizerType.TOKEN, AuthorizerType.REQUEST}


def identity_probes(
    contract: Contract, operations: tuple[Operation, ...], credentials: Credentials
) -> tuple[HttpProbe, ...]:
    """List them in the order in which they must be sent.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run; their ``second`` is the other identity.
    """
    second = credentials.second
    if second is None:
        return ()
    named = tuple(operation for operation in operations if operation.http_method not in {ANY, "OPTIONS"})
    return (*_authorizer_caches(contract, named, second), *_response_caches(contract, named, credentials, second))


def _authorizer_caches(
    contract: Contract, operations: tuple[Operation, ...], second: Credentials
) -> Iterator[HttpProbe]:
    """Ask every operation behind a caching authorizer twice, those that few may call first.

    The first round fills the authorizer's cache; what it refused in the first round it must refuse in the second.
    """
    guarded: dict[str, list[Operation]] = {}
    for operation in sorted(operations, key=lambda one: _BY_PRIVILEGE.index(one.http_method)):
        name = _caching_authorizer(contract, operation)
        if name is not None:
            guarded.setdefault(name, []).append(operation)
    for name, ours in guarded.items():
        for round_ in ("first", "again") if len(ours) > 1 else ():
            for operation in ours:
                intent = f"the second identity, {round_} at the authorizer {name}"
                yield from _asked(contract, operation, second, intent)


def _caching_authorizer(contract: Contract, operation: Operation) -> str | None:
    method = contract.rest_api.method(operation.resource_path, operation.http_method)
    name = None if method is None else method.authorizer_name
    authorizer = contract.rest_api.authorizers.get(name or "")
    if authorizer is None or authorizer.authorizer_type not in _CACHED_TYPES or authorizer.result_ttl_s == 0:
        return None
    return name


def _response_caches(
    contract: Contract, operations: tuple[Operation, ...], first: Credentials, second: Credentials
) -> Iterator[HttpProbe]:
    """Ask every GET that knows its caller by one identity, and then by the other."""
    for operation in operations:
        if operation.http_method != "GET":
            continue
        good = good_request(contract, operation, first)
        if good is not None and (good.needs.authorization or good.needs.api_key):
            yield from _asked(contract, operation, first, "the first identity, for the cache")
            yield from _asked(contract, operation, second, "the second identity, after the first one")


def _asked(contract: Contract, operation: Operation, credentials: Credentials, intent: str) -> Iterator[HttpProbe]:
    good = good_request(contract, operation, credentials)
    if good is None:
        return
    probe = good.probe(origin=Origin.IDENTITY, mode=Mode.NEGATIVE, intent=intent)
    yield replace(probe, prediction=Prediction(answered_by=BY_EITHER))
