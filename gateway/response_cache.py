"""The cache of a stage: which methods are answered from it, under which key, how long, and who may bypass it.

What a key does not name does not tell one request from another: of two callers, or of two values of a parameter, the
second gets the answer of the first. Authorizer, API key and request validator come first, for every request.

Kept is the *endpoint's* response, as the documentation words it; the integration response maps it anew each time, which
is not confirmed. Answers of every status are kept, which users report; what is no answer (a timeout, a function that
failed) and what became a gateway response is not kept, nor what a MOCK integration answers: neither is confirmed.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from gateway import choices
from gateway.messages import (
    Answer,
    CacheEntry,
    CacheFound,
    CacheKey,
    CacheLookup,
    CacheStore,
    ClientResponse,
    Effect,
    EndpointResponse,
    Headers,
    expect,
)
from gateway.parameter_mapping import MappingSource, resolve
from gateway.refusal import Refused
from gateway.rest_api import (
    GatewayResponseType,
    IntegrationType,
    MethodSettings,
    Stage,
    UnauthorizedCacheControlHeaderStrategy,
)
from gateway.routing import Route

DEFAULT_TTL_S = 300
MAX_TTL_S = 3600
MAX_RESPONSE_BYTES = 1024 * 1024
_INTEGRATION = "integration.request."


class CacheOutcome(Enum):
    """How a request to a cached method was served: from the cache, or by the endpoint."""

    HIT = auto()
    MISS = auto()


class Invalidation(Enum):
    """What becomes of a request's ``Cache-Control: max-age=0``."""

    NOT_ASKED = auto()
    GRANTED = auto()
    IGNORED = auto()
    IGNORED_WITH_WARNING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """A request to a cached method. ``entry`` is what it is answered with, None where the endpoint must be asked."""

    key: CacheKey
    ttl_s: int
    invalidation: Invalidation
    entry: CacheEntry | None = None

    @property
    def outcome(self) -> CacheOutcome:
        """Whether the cache answers."""
        return CacheOutcome.MISS if self.entry is None else CacheOutcome.HIT


def cache_settings(stage: Stage, resource_path: str, http_method: str) -> MethodSettings | None:
    """Return the settings of a method that is cached, None for one that is not.

    The stage's own setting (``*/*``) caches GET alone; any other method is cached only where its own setting says so.
    """
    if not stage.cache_cluster_enabled:
        return None
    own = stage.method_settings.get(f"{resource_path}/{http_method}")
    settings = own or (stage.method_settings.get("*/*") if http_method == "GET" else None)
    if settings is None or not settings.caching_enabled or ttl_s(settings) == 0:
        return None
    return settings


def ttl_s(settings: MethodSettings) -> int:
    """Return how long an answer is kept, in seconds: 300 by default, at most 3,600; 0 switches caching off."""
    return DEFAULT_TTL_S if settings.cache_ttl_s is None else min(settings.cache_ttl_s, MAX_TTL_S)


def cache_key(route: Route, http_method: str, source: MappingSource) -> CacheKey:
    """Return under what a request is kept: its integration's cache key parameters with their values, and no more.

    Args:
        route: The route, with its method's integration.
        http_method: The request's.
        source: The request as mappings read it; a parameter ``integration.request.…`` is read through its mapping.
    """
    integration = route.method.integration
    assert integration is not None
    values = []
    for name in integration.cache_key_parameters:
        expression = integration.request_parameters.get(name, "") if name.startswith(_INTEGRATION) else name
        values.append((name, resolve(_with_every_value(expression), source)))
    namespace = integration.cache_namespace or route.resource.resource_id or route.resource.path
    return CacheKey(namespace=namespace, http_method=http_method, values=tuple(values))


def invalidation(settings: MethodSettings, headers: Headers, *, is_signed: bool) -> Invalidation:
    """Say what becomes of a request to invalidate the entry.

    Args:
        settings: Of the method.
        headers: Of the request.
        is_signed: Whether the caller is known by IAM, which alone can grant ``execute-api:InvalidateCache``.

    Raises:
        Refused: 403, where that is the strategy for those who may not.
    """
    if not asks_to_invalidate(headers):
        return Invalidation.NOT_ASKED
    if not settings.require_authorization_for_cache_control or (is_signed and choices.SIGNED_MAY_INVALIDATE_CACHE):
        return Invalidation.GRANTED
    strategy = settings.unauthorized_cache_control_header_strategy
    if strategy is UnauthorizedCacheControlHeaderStrategy.FAIL_WITH_403:
        kind = GatewayResponseType[choices.CACHE_INVALIDATION_REFUSAL]
        raise Refused(kind, choices.CACHE_INVALIDATION_REFUSAL_MESSAGE)
    if strategy is UnauthorizedCacheControlHeaderStrategy.SUCCEED_WITHOUT_RESPONSE_HEADER:
        return Invalidation.IGNORED
    return Invalidation.IGNORED_WITH_WARNING


def asks_to_invalidate(headers: Headers) -> bool:
    """Return whether a request carries ``Cache-Control: max-age=0``; no other directive is documented to invalidate."""
    directives = (part for value in headers.get_all("Cache-Control") for part in value.split(","))
    return any(part.replace(" ", "").lower() == "max-age=0" for part in directives)


def is_fresh(entry: CacheEntry, at: datetime) -> bool:
    """Return whether an entry may still answer at a time."""
    return 0 <= (at - entry.stored_at).total_seconds() < entry.ttl_s


def look_up(  # noqa: PLR0913 - all that decides about an entry
    stage: Stage, route: Route, http_method: str, source: MappingSource, *, is_signed: bool, at: datetime
) -> Generator[Effect, Answer, Cached | None]:
    """Ask for the entry of a request.

    Args:
        stage: The stage, with its method settings.
        route: The route.
        http_method: The request's.
        source: The request as mappings read it.
        is_signed: Whether the caller is known by IAM.
        at: The time of the request.

    Returns:
        What the cache has to do with the request, None for a method that is not cached.

    Raises:
        Refused: 403 for a caller who may not invalidate.
    """
    settings = cache_settings(stage, route.resource.path, http_method)
    integration = route.method.integration
    if settings is None or integration is None or integration.integration_type is IntegrationType.MOCK:
        return None
    asked = invalidation(settings, source.request.headers, is_signed=is_signed)
    cached = Cached(key=cache_key(route, http_method, source), ttl_s=ttl_s(settings), invalidation=asked)
    if asked is Invalidation.GRANTED:
        return cached
    answered = expect(CacheFound, (yield CacheLookup(key=cached.key)))
    is_usable = answered.entry is not None and is_fresh(answered.entry, at)
    return replace(cached, entry=answered.entry if is_usable else None)


def keep(cached: Cached | None, response: EndpointResponse, *, at: datetime) -> Generator[Effect, Answer, None]:
    """Have an answer kept where the method is cached, the endpoint was asked and the answer is not too large.

    Args:
        cached: What the cache has to do with the request.
        response: The endpoint's answer.
        at: The time of the request, from which on the answer is kept.
    """
    is_wanted = cached is not None and cached.entry is None and response.function_error is None
    if cached is not None and is_wanted and len(response.body) <= MAX_RESPONSE_BYTES:
        kept = replace(response, latency_ms=0, endpoint_request_id=None)
        yield CacheStore(key=cached.key, entry=CacheEntry(response=kept, stored_at=at, ttl_s=cached.ttl_s))


def warned(cached: Cached | None, response: ClientResponse) -> ClientResponse:
    """Return the answer with the warning of a ``Cache-Control`` that was ignored, where the strategy asks for it."""
    if cached is None or cached.invalidation is not Invalidation.IGNORED_WITH_WARNING:
        return response
    return replace(response, headers=response.headers.set("Warning", choices.CACHE_CONTROL_IGNORED_WARNING))


def _with_every_value(expression: str) -> str:
    """Return an expression that reads all values of a repeated query parameter or header, not only the last."""
    for place in ("querystring", "header"):
        expression = expression.replace(f"method.request.{place}.", f"method.request.multivalue{place}.")
    return expression
