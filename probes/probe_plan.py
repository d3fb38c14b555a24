"""All targeted probes of a night, in the order in which they go out, and none that the stage must be spared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.contract import Contract
from contracts.expectations import CorsExpectations
from contracts.operation import Operation
from gateway.rest_api import RestApi, Stage
from probes.authentication import Credentials
from probes.cache_requests import cache_requests
from probes.edge_requests import edge_requests
from probes.http_api_prediction import predict_http_api
from probes.http_api_probes import http_api_probes
from probes.http_probe import HttpProbe
from probes.identities import identity_probes
from probes.limit_requests import limit_requests
from probes.prediction import Predictor, predict
from probes.preflight import cross_origin_requests, preflights
from probes.provocations import provocations
from probes.safety import permitted
from probes.template_breakers import template_breakers
from probes.throttle_requests import throttle_requests
from probes.violations import violations


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """What to send: ``together`` a few at a time, then ``in_order`` one after another."""

    together: tuple[HttpProbe, ...]
    in_order: tuple[HttpProbe, ...] = ()

    @property
    def count(self) -> int:
        """How many probes there are."""
        return len(self.together) + len(self.in_order)


def plan_probes(  # noqa: PLR0913 - one keyword a source
    contract: Contract,
    operations: tuple[Operation, ...],
    *,
    cors: CorsExpectations,
    credentials: Credentials,
    deployed: RestApi | None,
    destructive_traffic: bool,
    is_http: bool = False,
    throttled_stage: Stage | None = None,
    stage: Stage | None = None,
) -> ProbePlan:
    """List the probes; each has a prediction, and on a stage that must not be changed each is harmless.

    Args:
        contract: The contract; its reading by API Gateway is the model that predicts, unless it names no integration.
        operations: Those of it that were chosen.
        cors: Which origins are to be allowed.
        credentials: Of the run.
        deployed: The API as deployed, where it could be read.
        destructive_traffic: Whether requests may reach a backend that writes.
        is_http: Whether it is an HTTP API, which has a model of its own and probes that only it is asked.
        throttled_stage: The stage, where it may be brought to throttle; None where it may not.
        stage: The stage, for what it answers from its cache; None where it could not be read.

    Raises:
        ContractError: With one line, if the contract declares a provocation that is not as it must be.
    """
    predictor: Predictor = predict_http_api if is_http else predict

    def allowed(probes: Iterable[HttpProbe]) -> tuple[HttpProbe, ...]:
        return permitted(
            probes, contract, deployed=deployed, destructive_traffic=destructive_traffic, predictor=predictor
        )

    refusable = allowed(violations(contract, operations, credentials))
    together = (
        *edge_requests(contract, operations, credentials, deployed=deployed),
        *template_breakers(contract, operations, credentials),
        *limit_requests(contract, operations, credentials),
        *provocations(contract, operations, credentials),
        *throttle_requests(contract, operations, credentials, throttled_stage),
        *preflights(contract, operations, cors, credentials),
        *cross_origin_requests(contract, operations, cors, credentials, refusable),
        *(http_api_probes(contract, operations, credentials, cors) if is_http else ()),
    )
    in_order = (
        *identity_probes(contract, operations, credentials),
        *cache_requests(contract, operations, credentials, stage),
    )
    return ProbePlan(together=(*refusable, *allowed(together)), in_order=allowed(in_order))
