"""Routing: which resource and method serve a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from gateway import choices
from gateway.rest_api import Method, Resource, RestApi

_GREEDY = re.compile(r"\{([^{}]+)\+\}")
_PARAMETER = re.compile(r"\{([^{}+]+)\}")
_STATIC_RANK, _PARAMETER_RANK, _GREEDY_RANK = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The resource and method that serve a request, with the decoded values of the path's parameters."""

    resource: Resource
    method: Method
    path_parameters: Mapping[str, str] = field(default_factory=dict)


def route(api: RestApi, http_method: str, path: str) -> Route | None:
    """Find the resource and method for a request.

    The most specific resource wins (literal before ``{parameter}`` before ``{greedy+}``, from the left), and only then
    its method is looked up: a literal sibling without the method answers 403, it does not fall back.

    Args:
        api: The API as deployed.
        http_method: The request's method, upper case.
        path: The raw path below the stage, beginning with ``/``.

    Returns:
        The route, or None where API Gateway answers 403 ``Missing Authentication Token``.
    """
    segments = segments_of(path)
    best: tuple[tuple[int, ...], Resource, dict[str, str]] | None = None
    for resource in api.resources:
        if not resource.methods and choices.RESOURCES_WITHOUT_METHODS_ARE_SKIPPED:
            continue
        matched = match(resource.path, segments)
        if matched is not None and (best is None or matched[0] < best[0]):
            best = (matched[0], resource, matched[1])
    if best is None:
        return None
    _, resource, parameters = best
    method = resource.method(http_method) or resource.method("ANY")
    return None if method is None else Route(resource=resource, method=method, path_parameters=parameters)


def serving(api: RestApi, http_method: str, resource_path: str) -> Route | None:
    """Find the resource and method that serve the requests of a resource path, its variables standing for any value.

    ``/users/{userId}`` is served by a resource of this path, else by ``/users/{id}``, else by ``/users/{proxy+}``:
    tools give variables names of their own, and many deploy one greedy path for a whole application.

    Args:
        api: The API as deployed.
        http_method: The method, upper case; ``ANY`` finds ``ANY`` only.
        resource_path: A resource's path (``/users/{userId}``); what ends in ``{name+}`` is served by such paths only.

    Returns:
        The route, whose path parameters hold the variables' own names; None where nothing serves such requests.
    """
    exact = api.resource(resource_path)
    if exact is not None and (exact.methods or not choices.RESOURCES_WITHOUT_METHODS_ARE_SKIPPED):
        method = exact.method(http_method) or exact.method("ANY")
        return None if method is None else Route(resource=exact, method=method)
    if not _is_greedy(resource_path):
        return route(api, http_method, resource_path)
    greedy = tuple(resource for resource in api.resources if _is_greedy(resource.path))
    return route(replace(api, resources=greedy), http_method, resource_path)


def _is_greedy(resource_path: str) -> bool:
    return _GREEDY.fullmatch(resource_path.rpartition("/")[2]) is not None


def match(template: str, segments: list[str]) -> tuple[tuple[int, ...], dict[str, str]] | None:
    """Match a resource path with raw segments; returns how specific each segment is, and the decoded parameters."""
    ranks: list[int] = []
    parameters: dict[str, str] = {}
    parts = segments_of(template)
    for index, part in enumerate(parts):
        greedy = _GREEDY.fullmatch(part)
        if greedy is not None:
            rest = "/".join(segments[index:])
            if not rest:
                return None
            parameters[greedy[1]] = unquote(rest)
            return (*ranks, _GREEDY_RANK), parameters
        if index >= len(segments):
            return None
        parameter = _PARAMETER.fullmatch(part)
        if parameter is not None and segments[index]:
            parameters[parameter[1]] = unquote(segments[index])
            ranks.append(_PARAMETER_RANK)
        elif part == unquote(segments[index]):
            ranks.append(_STATIC_RANK)
        else:
            return None
    return (tuple(ranks), parameters) if len(parts) == len(segments) else None


def segments_of(path: str) -> list[str]:
    """Return the raw segments of a path; none for the root."""
    inner = path.removeprefix("/")
    return inner.split("/") if inner else []
