"""The traffic of an alarm drill: a few requests again and again, at an even pace, until the drill ends."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from contracts.alarm_expectations import Cause, DrillRequest
from contracts.contract import Contract
from contracts.evidence import Exchange, Mode, Origin
from contracts.operation import Operation
from gateway.errors import StageproofError
from gateway.http_api import HttpApi
from gateway.http_routing import match_route
from gateway.messages import Headers
from gateway.rest_api import RestApi
from gateway.routing import route
from probes.authentication import Credentials, authentication_headers
from probes.good_request import good_request, operation_needs
from probes.http_api_prediction import predict_http_api
from probes.http_probe import HttpProbe, Prober
from probes.prediction import predict
from probes.safety import permitted
from probes.traffic_document import SAFE_METHODS
from probes.violations import violations

_NO_ROUTE = 404
_PARALLEL_REQUESTS = 16
"""Enough for requests that take seconds to still be sent evenly."""


class DrillRequestError(StageproofError):
    """A request of ``[alarms.drill]`` cannot be built, or may not be sent."""

    slug = "drill-request"


def refused_request(
    contract: Contract, credentials: Credentials, deployed: RestApi | HttpApi, operation: str = ""
) -> HttpProbe | None:
    """Return a request that the gateway refuses without calling a backend; None where none is known.

    Args:
        contract: The contract.
        credentials: Of the stage.
        deployed: The API as it is deployed. A REST API must refuse it too; an HTTP API is predicted by the contract.
        operation: The operation whose metrics should count it (``GET /pets``); the whole stage where it is empty.
    """
    is_http = isinstance(deployed, HttpApi)
    found = permitted(
        violations(contract, contract.operations, credentials),
        contract,
        deployed=None if isinstance(deployed, HttpApi) else deployed,
        destructive_traffic=False,
        predictor=predict_http_api if is_http else predict,
    )
    for probe in found:
        predicted = probe.prediction
        refused = predicted is not None and predicted.reaches_backend is False and bool(predicted.statuses)
        answered = predicted.statuses if predicted is not None else ()
        of_operation = f"{probe.http_method} {probe.resource_path}" == operation if operation else True
        is_client_error = all(400 <= status < 500 for status in answered)  # noqa: PLR2004 - statuses
        is_sure = not isinstance(deployed, HttpApi) or _is_refused_by(deployed, probe, answered)
        if refused and of_operation and is_client_error and is_sure:
            return probe
    return None


def _is_refused_by(deployed: HttpApi, probe: HttpProbe, predicted_statuses: Sequence[int]) -> bool:
    """Whether the deployed HTTP API refuses a request for the reason that the contract predicts."""
    found = match_route(deployed, probe.http_method, probe.path)
    if _NO_ROUTE in predicted_statuses:
        return found is None  # a route $default would pass it on
    return found is not None and found.route.is_protected


def declared_request(
    wanted: DrillRequest, contract: Contract, credentials: Credentials, *, cause: Cause, may_write: bool
) -> HttpProbe:
    """Return a request that the user's file names, with the credentials that its operation needs.

    Args:
        wanted: The request.
        contract: The contract.
        credentials: Of the stage.
        cause: What it is for.
        may_write: Whether methods may be called that are not safe.

    Raises:
        DrillRequestError: If the contract has no such operation, no sample can be made, or it may not be sent.
    """
    http_method, _, target = wanted.request.partition(" ")
    path, _, query = target.partition("?")
    if http_method not in SAFE_METHODS and not may_write:
        raise DrillRequestError(
            f"[alarms.drill] {wanted.request}: {http_method} may change data; declare destructive_traffic = true for "
            "the stage, or name a GET"
        )
    named = next((one for one in contract.operations if one.name == f"{http_method} {path}"), None)
    if named is not None:
        return _sample(named, query, wanted, contract, credentials, cause)
    found = route(contract.rest_api, http_method, path)
    operation = None if found is None else contract.operation(found.resource.path, http_method)
    if operation is None:
        raise DrillRequestError(
            f"[alarms.drill] {wanted.request}: the contract has no such operation; correct its path"
        )
    headers = authentication_headers(credentials, operation_needs(contract, operation))
    return HttpProbe(
        http_method=http_method,
        path=path,
        query=query,
        headers=Headers.of({**headers, **({"Content-Type": "application/json"} if wanted.body is not None else {})}),
        body=(wanted.body or "").encode(),
        origin=Origin.PROVOCATION,
        mode=Mode.POSITIVE,
        intent=cause.value,
        resource_path=operation.resource_path,
        operation_id=operation.operation_id,
        is_signed=operation_needs(contract, operation).sigv4,
    )


def _sample(  # noqa: PLR0913, PLR0917 - what a request is made of
    operation: Operation,
    query: str,
    wanted: DrillRequest,
    contract: Contract,
    credentials: Credentials,
    cause: Cause,
) -> HttpProbe:
    good = good_request(contract, operation, credentials)
    if good is None:
        raise DrillRequestError(
            f"[alarms.drill] {wanted.request}: no sample could be made of its parameters; name a path in place of it"
        )
    pairs = dict(part.partition("=")[::2] for part in query.split("&")) if query else None
    body = None if wanted.body is None else wanted.body.encode()
    return good.probe(origin=Origin.PROVOCATION, mode=Mode.POSITIVE, intent=cause.value, query=pairs, body=body)


class DrillTraffic:
    """Sends requests in turn, from entering to leaving the context.

    Args:
        prober: Sends one.
        probes: The requests; none for silence.
        requests_per_s: How many begin each second, in all.
    """

    def __init__(self, prober: Prober, probes: Sequence[HttpProbe], requests_per_s: float) -> None:
        self._prober = prober
        self._probes = probes
        self._interval_s = 1 / requests_per_s
        self._answers: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drill-traffic")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    @property
    def answers(self) -> Mapping[tuple[str, str], int]:
        """How many requests were answered how: ``("GET /pets", "403") -> 12``; ``no answer`` where none came."""
        with self._lock:
            return dict(self._answers)

    def _run(self) -> None:
        next_at_s = time.monotonic()
        with ThreadPoolExecutor(_PARALLEL_REQUESTS, thread_name_prefix="drill") as pool:
            for probe in itertools.cycle(self._probes):
                if self._stopping.wait(max(0.0, next_at_s - time.monotonic())):
                    return
                next_at_s = max(next_at_s + self._interval_s, time.monotonic())
                pool.submit(self._send, probe)

    def _send(self, probe: HttpProbe) -> None:
        if self._stopping.is_set():
            return
        exchange: Exchange = self._prober.send(probe)
        answered = "no answer" if exchange.response is None else str(exchange.response.status)
        with self._lock:
            self._answers[f"{probe.http_method} {probe.path}", answered] += 1
