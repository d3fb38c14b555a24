"""Failures of the backend that the contract says how to provoke: a timeout, an error, a broken answer.

No probe makes a backend fail by itself. An operation that has a safe way says so beside itself:

    x-stageproof-provocations:
      - status: 504
        intent: the directory takes too long
        parameters: {code: XT}
        body: {name: slow}

``status`` is what the client must be answered then; ``parameters`` (of path, query and header, by name) and ``body``
change the request that the contract's examples make.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from contracts.contract import Contract, ContractError
from contracts.evidence import Mode, Origin, Prediction
from contracts.expectation_faults import nearest
from contracts.operation import ANY, Operation
from probes.authentication import Credentials
from probes.good_request import GoodRequest, good_request
from probes.http_probe import HttpProbe
from probes.prediction import BY_EITHER

EXTENSION = "x-stageproof-provocations"
_KEYS = {"status", "intent", "parameters", "body"}


def provocations(
    contract: Contract, operations: tuple[Operation, ...], credentials: Credentials
) -> tuple[HttpProbe, ...]:
    """List the provocations that operations declare.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run; every request carries what its operation needs.

    Raises:
        ContractError: With one line, if a declaration is not as it must be.
    """
    found: list[HttpProbe] = []
    for operation in operations:
        declared = operation.extensions.get(EXTENSION)
        if declared is None:
            continue
        checked = _checked(declared, operation, contract)
        good = None if operation.http_method == ANY else good_request(contract, operation, credentials)
        found += () if good is None else (_provocation(good, one) for one in checked)
    return tuple(found)


def _checked(declared: Any, operation: Operation, contract: Contract) -> Iterator[Mapping[str, Any]]:
    where = f"{contract.source}: {operation.name}: {EXTENSION}"
    if not isinstance(declared, list) or not all(isinstance(one, Mapping) for one in declared):
        raise ContractError(f"{where}: must be a list of objects with a status")
    for one in declared:
        unknown = sorted(set(one) - _KEYS)
        if unknown:
            raise ContractError(f"{where}: has no key {unknown[0]!r}; keys: {', '.join(sorted(_KEYS))}")
        status = one.get("status")
        if not isinstance(status, int) or operation.response_for(status) is None:
            raise ContractError(f"{where}: status {status!r} must be one that the operation declares")
        yield _with_known_parameters(one, operation, where)


def _with_known_parameters(one: Mapping[str, Any], operation: Operation, where: str) -> Mapping[str, Any]:
    parameters = one.get("parameters") or {}
    if not isinstance(parameters, Mapping):
        raise ContractError(f"{where}: parameters must be an object of names and values")
    known = {each.name for each in operation.parameters if each.location in _PLACES}
    unknown = sorted(str(name) for name in parameters if name not in known)
    if unknown:
        raise ContractError(f"{where}: the operation has no parameter {unknown[0]!r}{nearest(unknown[0], known)}")
    return one


def _provocation(good: GoodRequest, declared: Mapping[str, Any]) -> HttpProbe:
    values = {str(name): str(value) for name, value in (declared.get("parameters") or {}).items()}
    places = {name: {one.name for one in good.operation.parameters if one.location == name} for name in _PLACES}
    headers = {**good.headers, **{name: value for name, value in values.items() if name in places["header"]}}
    query = {**good.query, **{name: value for name, value in values.items() if name in places["query"]}}
    probe = good.probe(
        origin=Origin.PROVOCATION,
        mode=Mode.POSITIVE,
        intent=str(declared.get("intent") or f"a provoked {declared['status']}"),
        query=query,
        headers=headers,
        body=json.dumps(declared["body"]).encode() if "body" in declared else None,
    )
    for name, value in values.items():
        if name in places["path"]:
            good = replace(good, path=good.path_with(name, quote(value, safe="")))
    told = Prediction(answered_by=BY_EITHER, statuses=(declared["status"],))
    return replace(probe, path=good.path, prediction=told)


_PLACES = ("path", "query", "header")
