"""The stage's cache: the same question twice, the same but for one parameter, and once more past the cache.

Nothing is sent for an operation that the stage does not answer from its cache. These probes go out one after another,
after all others, for each is about what the one before left in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contracts.contract import Contract
from contracts.evidence import Mode, Origin, Prediction
from contracts.operation import Operation
from gateway.messages import Headers
from gateway.response_cache import cache_settings
from gateway.rest_api import IntegrationType, Stage
from probes.authentication import Credentials
from probes.good_request import GoodRequest, good_request
from probes.http_probe import HttpProbe
from probes.other_values import other_value
from probes.prediction import BY_EITHER
from probes.traffic_document import SAFE_METHODS

_ASKED = SAFE_METHODS - {"OPTIONS"}
_PAST_THE_CACHE = ("Cache-Control", "max-age=0")


def cache_requests(
    contract: Contract, operations: tuple[Operation, ...], credentials: Credentials, stage: Stage | None
) -> tuple[HttpProbe, ...]:
    """List them in the order in which they must be sent, for every cached operation of a safe method.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run.
        stage: The stage with its method settings; None where it could not be read, and where it has no cache.
    """
    if stage is None or not stage.cache_cluster_enabled:
        return ()
    probes: list[HttpProbe] = []
    for operation in operations:
        if operation.http_method not in _ASKED or _is_mock(contract, operation):
            continue
        if cache_settings(stage, operation.resource_path, operation.http_method) is not None:
            good = good_request(contract, operation, credentials)
            probes += () if good is None else _of_operation(good, contract)
    return tuple(probes)


def _is_mock(contract: Contract, operation: Operation) -> bool:
    method = contract.rest_api.method(operation.resource_path, operation.http_method)
    integration = None if method is None else method.integration
    return integration is not None and integration.integration_type is IntegrationType.MOCK


def _of_operation(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    yield _probe(good, "the cache, a first time")
    yield _probe(good, "the cache, the same again")
    past = _probe(good, "past the cache: Cache-Control: max-age=0")
    yield replace(past, headers=Headers([*past.headers, _PAST_THE_CACHE]))
    for parameter in good.operation.parameters:
        value = other_value(parameter, contract.document)
        if value is None:
            continue
        intent = f"the cache, the same but for {parameter.name}"
        if parameter.location == "path":
            yield replace(_probe(good, intent), path=good.path_with_value(parameter.name, value))
        elif parameter.location == "query":
            yield _probe(good, intent, query={**good.query, parameter.name: value})


def _probe(good: GoodRequest, intent: str, query: dict[str, str] | None = None) -> HttpProbe:
    """Build a request whose answerer no model knows: it hangs on what the cache holds."""
    probe = good.probe(origin=Origin.CACHE, mode=Mode.NEGATIVE, intent=intent, query=query)
    return replace(probe, prediction=Prediction(answered_by=BY_EITHER))
