"""What an HTTP API is predicted to do with a request, before it is sent.

An HTTP API refuses by itself what no route matches and what lacks credentials. It validates nothing and knows no API
keys: everything else is the backend's to answer.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

from __future__ import annotations

from contracts.evidence import Prediction
from gateway.http_routing import match_route, routes_of
from gateway.messages import ClientRequest
from gateway.rest_api import RestApi
from probes.prediction import BY_BACKEND, BY_GATEWAY, Caller

_NO_ROUTE = (404,)
_NO_CREDENTIALS = (401, 403)


def predict_http_api(api: RestApi, request: ClientRequest, caller: Caller) -> Prediction:
    """Say who answers a request to an HTTP API.

    Args:
        api: The contract as API Gateway reads it: its paths, methods and authorizers.
        request: The request below the stage.
        caller: What the request's credentials are worth.
    """
    found = match_route(routes_of(api), request.http_method, request.path)
    if found is None:
        return Prediction(answered_by=BY_GATEWAY, statuses=_NO_ROUTE, reaches_backend=False)
    if found.route.is_protected and not caller.has_valid_token:
        return Prediction(answered_by=BY_GATEWAY, statuses=_NO_CREDENTIALS, reaches_backend=False)
    return Prediction(answered_by=BY_BACKEND, reaches_backend=True)
