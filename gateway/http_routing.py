"""Routing of HTTP APIs: which route serves a request.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.http_api import ANY, HttpApi, Route, RouteAuthorizationType
from gateway.rest_api import AuthorizationType, RestApi
from gateway.routing import match, segments_of

_NAMED, _ANY_METHOD = 0, 1
_DEFAULT_RANK = ((3,), _ANY_METHOD)
"""Behind every route with a path: those rank 0 (literal), 1 (variable) or 2 (greedy) at each segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRoute:
    """The route that serves a request, with the decoded values of the path's variables."""

    route: Route
    path_parameters: Mapping[str, str] = field(default_factory=dict)


def match_route(api: HttpApi, http_method: str, path: str) -> MatchedRoute | None:
    """Find the route for a request.

    A full match of the path comes before a greedy variable, and that before ``$default``; at the same path the named
    method comes before ``ANY``. Unlike with REST APIs a route of another method does not shadow: the request falls on
    to the next route that has both path and method.

    Args:
        api: The API as deployed.
        http_method: The request's method, upper case.
        path: The raw path below the stage, beginning with ``/``.

    Returns:
        The route, or None where API Gateway answers 404 ``Not Found``.
    """
    segments = segments_of(path)
    best: tuple[tuple[tuple[int, ...], int], MatchedRoute] | None = None
    for route in api.routes:
        found = _match(route, http_method, segments)
        if found is not None and (best is None or found[0] < best[0]):
            best = found
    return None if best is None else best[1]


def routes_of(api: RestApi) -> HttpApi:
    """Return the routes of a contract that was read as a REST API, to be matched as an HTTP API matches them."""
    return HttpApi(
        name=api.name,
        routes=tuple(
            Route(
                route_key=f"{method.http_method} {resource.path}",
                authorization_type=RouteAuthorizationType.NONE
                if method.authorization_type is AuthorizationType.NONE
                else RouteAuthorizationType.CUSTOM,
            )
            for resource in api.resources
            for method in resource.methods
        ),
    )


def _match(
    route: Route, http_method: str, segments: list[str]
) -> tuple[tuple[tuple[int, ...], int], MatchedRoute] | None:
    if route.path is None:
        return _DEFAULT_RANK, MatchedRoute(route=route)
    matched = match(route.path, segments) if route.http_method in {http_method, ANY} else None
    if matched is None:
        return None
    ranks, parameters = matched
    by_method = _NAMED if route.http_method == http_method else _ANY_METHOD
    return (ranks, by_method), MatchedRoute(route=route, path_parameters=parameters)
