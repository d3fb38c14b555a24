"""What may be sent to a stage on which nothing may be changed."""

from __future__ import annotations

from dataclasses import replace

from gateway.choices import METHOD_OVERRIDE_HEADER
from gateway.rest_api import RestApi
from probes.http_probe import HttpProbe
from probes.prediction import Caller, Predictor, predict
from probes.traffic_document import SAFE_METHODS


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
