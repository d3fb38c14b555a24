"""What is predicted of probes, and which of them may be sent to a stage on which nothing may be changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from contracts.contract import Contract
from gateway.choices import METHOD_OVERRIDE_HEADER
from gateway.rest_api import RestApi
from probes.http_probe import HttpProbe
from probes.prediction import Caller, Predictor, predict
from probes.traffic_document import SAFE_METHODS


def permitted(
    probes: Iterable[HttpProbe],
    contract: Contract,
    *,
    deployed: RestApi | None,
    destructive_traffic: bool,
    predictor: Predictor = predict,
) -> tuple[HttpProbe, ...]:
    """Return probes with what is predicted of them; of a stage that must not be changed only those that are harmless.

    Args:
        probes: What could be sent.
        contract: Its reading by API Gateway is the model that predicts, unless it names no integration.
        deployed: The API as deployed, where it could be read; it must refuse too what may not reach a backend.
        destructive_traffic: Whether requests may reach a backend that writes.
        predictor: The model of the kind of API.
    """
    model = predicting_api(contract, deployed)
    told = (predicted(probe, model, predictor) for probe in probes)
    return tuple(probe for probe in told if destructive_traffic or is_harmless(probe, deployed))


def is_harmless(probe: HttpProbe, deployed: RestApi | None) -> bool:
    """Say whether a probe cannot change anything.

    That is a safe method, or a request that is refused before every backend: by the contract's reading, which stands in
    its prediction, and by the deployed API. Where that could not be read only safe methods are harmless. A method that
    a header asks for counts like the request's own.
    """
    if _methods(probe) <= SAFE_METHODS:
        return True
    refused = probe.prediction is not None and probe.prediction.reaches_backend is False
    if not refused or deployed is None:
        return False
    return predict(deployed, probe.client_request, caller_of(probe)).reaches_backend is False


def predicting_api(contract: Contract, deployed: RestApi | None) -> RestApi:
    """Return the API whose model predicts: the contract's reading by API Gateway, where that says what is behind it.

    A contract without any ``x-amazon-apigateway-integration`` says only what clients see: then it is the deployed API,
    where that could be read.
    """
    api = contract.rest_api
    has_integrations = any(method.integration for resource in api.resources for method in resource.methods)
    return api if has_integrations or deployed is None else deployed


def caller_of(probe: HttpProbe) -> Caller:
    """Say what a probe's credentials are worth."""
    return Caller(
        has_valid_api_key="api-key" not in probe.violates, has_valid_token="authorization" not in probe.violates
    )


def predicted(probe: HttpProbe, api: RestApi, predictor: Predictor = predict) -> HttpProbe:
    """Return a probe with what the model says of it; one that has its prediction keeps it."""
    if probe.prediction is not None:
        return probe
    return replace(probe, prediction=predictor(api, probe.client_request, caller_of(probe)))


def _methods(probe: HttpProbe) -> set[str]:
    asked = probe.headers.get(METHOD_OVERRIDE_HEADER)
    return {probe.http_method, *([asked.upper()] if asked else [])}
