"""Routing: which resource and method serve a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
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
    its method is looked up: a literal sibling without the method answers 403, it does not fall back. A slash at the
    end is left out where no resource takes it, and never part of a greedy parameter.

    See: https://github.com/geoadmin/service-stac/pull/440 (``API Gateway v1 strips trailing slashes``)

    Args:
        api: The API as deployed.
        http_method: The request's method, upper case.
        path: The raw path below the stage, beginning with ``/``.

    Returns:
        The route, or None where API Gateway answers 403 ``Missing Authentication Token``.
    """
    best = _best(api, segments_of(path))
    if best is None and path.endswith("/"):
        best = _best(api, segments_of(path.removesuffix("/")))
    if best is None:
        return None
    resource, parameters = best
    method = resource.serving_method(http_method)
    return None if method is None else Route(resource=resource, method=method, path_parameters=parameters)


def tested_route(api: RestApi, http_method: str, resource_path: str, path: str) -> Route | None:
    """Return the route of a test invocation: the method that it names serves any path, one of another form too."""
    resource = api.resource(resource_path)
    method = None if resource is None else resource.serving_method(http_method)
    if resource is None or method is None:
        return None
    matched = match(resource_path, segments_of(path))
    return Route(resource=resource, method=method, path_parameters={} if matched is None else matched[1])


def raw_parameters(template: str, path: str) -> dict[str, str] | None:
    """Return a raw path's parameters as they stand in it, not decoded; None where it does not match the template."""
    matched = match(template, segments_of(path), decode=str)
    if matched is None and path.endswith("/"):
        matched = match(template, segments_of(path.removesuffix("/")), decode=str)
    return None if matched is None else _without_last_slash(template, matched[1])


def _best(api: RestApi, segments: list[str]) -> tuple[Resource, dict[str, str]] | None:
    best: tuple[tuple[int, ...], Resource, dict[str, str]] | None = None
    for resource in api.resources:
        if not resource.methods and choices.RESOURCES_WITHOUT_METHODS_ARE_SKIPPED:
            continue
        matched = match(resource.path, segments)
        if matched is not None and (best is None or matched[0] < best[0]):
            best = (matched[0], resource, matched[1])
    return None if best is None else (best[1], _without_last_slash(best[1].path, best[2]))


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
        method = exact.serving_method(http_method)
        return None if method is None else Route(resource=exact, method=method)
    if not _is_greedy(resource_path):
        return route(api, http_method, resource_path)
    greedy = tuple(resource for resource in api.resources if _is_greedy(resource.path))
    return route(replace(api, resources=greedy), http_method, resource_path)


def _is_greedy(resource_path: str) -> bool:
    return _GREEDY.fullmatch(resource_path.rpartition("/")[2]) is not None


def _without_last_slash(template: str, parameters: dict[str, str]) -> dict[str, str]:
    """Return parameters of which a greedy one has no slash at its end, as the endpoint gets it."""
    greedy = _GREEDY.search(template)
    if greedy is None:
        return parameters
    value = parameters[greedy[1]]
    return {**parameters, greedy[1]: value.removesuffix("/") or value}


def match(
    template: str, segments: list[str], *, decode: Callable[[str], str] = unquote
) -> tuple[tuple[int, ...], dict[str, str]] | None:
    """Match a resource path with raw segments; returns how specific each segment is, and the decoded parameters."""
    ranks: list[int] = []
    parameters: dict[str, str] = {}
    parts = _parts(template)
    for index, (rank, name) in enumerate(parts):
        if rank == _GREEDY_RANK:
            rest = "/".join(segments[index:])
            if not rest:
                return None
            parameters[name] = decode(rest)
            return (*ranks, _GREEDY_RANK), parameters
        if index >= len(segments):
            return None
        segment = segments[index]
        if rank == _PARAMETER_RANK and segment:
            parameters[name] = decode(segment)
        elif rank != _STATIC_RANK or name != (unquote(segment) if "%" in segment else segment):
            return None
        ranks.append(rank)
    return (tuple(ranks), parameters) if len(parts) == len(segments) else None


@lru_cache(maxsize=8192)  # every request is held against every resource, and an API may have hundreds
def _parts(template: str) -> tuple[tuple[int, str], ...]:
    """Return the parts of a resource path: how specific each is, and its literal text or its parameter's name."""
    return tuple(_part(part) for part in segments_of(template))


def _part(part: str) -> tuple[int, str]:
    if (greedy := _GREEDY.fullmatch(part)) is not None:
        return _GREEDY_RANK, greedy[1]
    parameter = _PARAMETER.fullmatch(part)
    return (_STATIC_RANK, part) if parameter is None else (_PARAMETER_RANK, parameter[1])


def segments_of(path: str) -> list[str]:
    """Return the raw segments of a path; none for the root."""
    inner = path.removeprefix("/")
    return inner.split("/") if inner else []
