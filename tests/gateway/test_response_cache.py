"""The stage's cache: which requests share an answer, for how long, and who may have it fetched anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.messages import (
    Answer,
    AuthorizerRequest,
    AuthorizerResponse,
    CacheEntry,
    CacheFound,
    CacheKey,
    CacheLookup,
    CacheStore,
    CacheStored,
    ClientRequest,
    Effect,
    EndpointFailure,
    EndpointRequest,
    EndpointResponse,
    GatewayContext,
    Headers,
    UsagePlanDecision,
    UsagePlanRequest,
    UsagePlanResponse,
)
from gateway.pipeline import Executed, execute
from gateway.response_cache import MAX_RESPONSE_BYTES, CacheOutcome, asks_to_invalidate, cache_settings, is_fresh, ttl_s
from gateway.rest_api import (
    AuthorizationType,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    MethodSettings,
    Resource,
    RestApi,
    Stage,
    UnauthorizedCacheControlHeaderStrategy,
)

NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
CACHED = MethodSettings(caching_enabled=True)
FRESH = Headers.of({"Cache-Control": "max-age=0"})
PATH_KEY = ("method.request.path.userId",)
STRATEGY = UnauthorizedCacheControlHeaderStrategy


def stage(settings: MethodSettings = CACHED, **own: MethodSettings) -> Stage:
    paths = {name.replace("__", "/"): value for name, value in own.items()}
    return Stage(stage_name="dev", cache_cluster_enabled=True, method_settings={"*/*": settings, **paths})


def method(key: tuple[str, ...] = PATH_KEY, **changes: object) -> Method:
    integration = Integration(
        integration_type=IntegrationType.HTTP_PROXY,
        http_method="GET",
        uri="http://backend.invalid/",
        request_parameters={"integration.request.querystring.lang": "method.request.querystring.language"},
        cache_key_parameters=key,
        integration_responses=(IntegrationResponse(status_code="200"),),
    )
    plain = Method(http_method="GET", integration=integration, method_responses=(MethodResponse(status_code="200"),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def with_integration(**changes: object) -> Method:
    found = method()
    assert found.integration is not None
    return replace(found, integration=replace(found.integration, **changes))  # type: ignore[arg-type]


def api(*methods: Method) -> RestApi:
    return RestApi(name="users", resources=(Resource(path="/users/{userId}", methods=methods, resource_id="r1"),))


def get(path: str = "/users/1", query: str = "", headers: Headers | None = None) -> ClientRequest:
    return ClientRequest(http_method="GET", path=path, query=query, headers=headers or Headers())


@dataclass
class World:
    """A stage with its cache; the endpoint numbers its answers."""

    api: RestApi = field(default_factory=lambda: api(method()))
    stage: Stage = field(default_factory=stage)
    entries: dict[CacheKey, CacheEntry] = field(default_factory=dict)
    answered: int = 0
    endpoint: EndpointResponse = field(default_factory=EndpointResponse)
    asked: list[str] = field(default_factory=list)

    def ask(self, request: ClientRequest, after_s: float = 0) -> Executed:
        context = GatewayContext(
            request_id="11111111-2222-3333-4444-555555555555",
            extended_request_id="ext=",
            rest_api_id="abc123",
            stage_name="dev",
            requested_at=NOON + timedelta(seconds=after_s),
        )
        steps = execute(self.api, self.stage, request, context)
        self.asked = []
        try:
            effect = next(steps)
            while True:
                self.asked.append(type(effect).__name__)
                effect = steps.send(self._answer(effect))
        except StopIteration as stopped:
            executed: Executed = stopped.value
            return executed

    def bodies(self, *requests: ClientRequest) -> list[str]:
        return [self.ask(request).response.body.decode() for request in requests]

    def _answer(self, effect: Effect) -> Answer:
        if isinstance(effect, CacheLookup):
            return CacheFound(entry=self.entries.get(effect.key))
        if isinstance(effect, CacheStore):
            self.entries[effect.key] = effect.entry
            return CacheStored()
        if isinstance(effect, UsagePlanRequest):
            return UsagePlanResponse(decision=UsagePlanDecision.ALLOWED)
        if isinstance(effect, AuthorizerRequest):
            return AuthorizerResponse(body='{"caller": "ada", "user": "ada"}')
        assert isinstance(effect, EndpointRequest)
        self.answered += 1
        return replace(self.endpoint, body=self.endpoint.body or f"answer {self.answered}".encode())


def test_the_second_request_of_a_key_is_answered_without_the_endpoint() -> None:
    world = World()
    first, second = world.ask(get()), world.ask(get())
    assert (first.response.body, second.response.body) == (b"answer 1", b"answer 1")
    assert (first.cache_outcome, second.cache_outcome) == (CacheOutcome.MISS, CacheOutcome.HIT)
    assert world.asked == ["UsagePlanRequest", "CacheLookup"]
    assert (first.execution.endpoint_called, second.execution.endpoint_called) == (True, False)
    assert second.execution.completed
    assert second.execution.status == 200
    assert "integrationStatus" not in second.context


def test_a_stage_without_a_cache_is_asked_nothing() -> None:
    world = World(stage=Stage(stage_name="dev", method_settings={"*/*": CACHED}))
    assert world.bodies(get(), get()) == ["answer 1", "answer 2"]
    assert world.asked == ["UsagePlanRequest", "EndpointRequest"]
    assert world.ask(get()).cache_outcome is None


@pytest.mark.parametrize(
    ("key", "one", "other", "is_shared"),
    [
        ((), get("/users/1"), get("/users/2"), True),
        (PATH_KEY, get("/users/1"), get("/users/2"), False),
        (PATH_KEY, get("/users/a%20b"), get("/users/a%20b"), True),
        (PATH_KEY, get(query="language=de"), get(query="language=fr"), True),
        (("method.request.querystring.language",), get(query="language=de"), get(query="language=fr"), False),
        (("method.request.querystring.language",), get(query="language=de&x=1"), get(query="x=2&language=de"), True),
        (("method.request.querystring.tag",), get(query="tag=a&tag=b"), get(query="tag=b"), False),
        (("method.request.querystring.tag",), get(query="tag="), get(query=""), False),
        (("integration.request.querystring.lang",), get(query="language=de"), get(query="language=fr"), False),
        (PATH_KEY, get(headers=Headers.of({"Authorization": "ada"})), get(headers=Headers.of({})), True),
        (
            ("method.request.header.Authorization",),
            get(headers=Headers.of({"authorization": "ada"})),
            get(headers=Headers.of({"authorization": "grace"})),
            False,
        ),
    ],
)
def test_only_what_the_key_names_tells_requests_apart(
    key: tuple[str, ...], one: ClientRequest, other: ClientRequest, is_shared: bool
) -> None:
    declared = {"method.request.querystring.language": False}
    world = World(api=api(method(key, request_parameters=declared)))
    first, second = world.bodies(one, other)
    assert (first == second) is is_shared


@given(st.lists(st.text("ab&=/%", max_size=3), min_size=2, max_size=2))
def test_two_values_of_a_key_parameter_never_share_an_answer(values: list[str]) -> None:
    world = World(api=api(method(("method.request.header.X-Tenant",))))
    first, second = world.bodies(*(get(headers=Headers.of({"X-Tenant": value})) for value in values))
    assert (first == second) is (values[0] == values[1])


def test_resources_that_share_a_namespace_share_their_answers() -> None:
    shared, apart = with_integration(cache_namespace="all"), with_integration(cache_namespace=None)
    for ours, is_shared in ((shared, True), (apart, False)):
        paths = (("/users/{userId}", "r1"), ("/pictures/{userId}", "r2"))
        resources = tuple(Resource(path=path, methods=(ours,), resource_id=resource_id) for path, resource_id in paths)
        world = World(api=RestApi(name="users", resources=resources))
        first, second = world.bodies(get("/users/1"), get("/pictures/1"))
        assert (first == second) is is_shared


def test_an_entry_ends_with_its_time_to_live() -> None:
    world = World(stage=stage(replace(CACHED, cache_ttl_s=10)))
    bodies = [world.ask(get(), after_s=at).response.body for at in (0, 9.9, 10, 19.9)]
    assert bodies == [b"answer 1", b"answer 1", b"answer 2", b"answer 2"]


@pytest.mark.parametrize(("configured", "in_force"), [(None, 300), (0, 0), (3600, 3600), (9999, 3600)])
def test_times_to_live(configured: int | None, in_force: int) -> None:
    assert ttl_s(replace(CACHED, cache_ttl_s=configured)) == in_force


def test_an_entry_of_the_future_is_not_fresh() -> None:
    entry = CacheEntry(response=EndpointResponse(), stored_at=NOON, ttl_s=10)
    assert not is_fresh(entry, NOON - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("told", "http_method", "is_cached"),
    [
        (stage(), "GET", True),
        (stage(), "POST", False),
        (stage(), "HEAD", False),
        (stage(__users__POST=CACHED), "POST", True),
        (stage(__users__GET=MethodSettings()), "GET", False),
        (stage(replace(CACHED, cache_ttl_s=0)), "GET", False),
        (stage(MethodSettings(), __users__GET=CACHED), "GET", True),
        (replace(stage(), cache_cluster_enabled=False), "GET", False),
        (Stage(stage_name="dev", cache_cluster_enabled=True), "GET", False),
    ],
)
def test_which_methods_are_cached(told: Stage, http_method: str, is_cached: bool) -> None:
    assert (cache_settings(told, "/users", http_method) is not None) is is_cached


@pytest.mark.parametrize(
    "answered",
    [
        EndpointResponse(failure=EndpointFailure.TIMEOUT),
        EndpointResponse(body=b"x" * (MAX_RESPONSE_BYTES + 1)),
        EndpointResponse(body=b'{"errorMessage": "broken"}', function_error="Unhandled"),
    ],
)
def test_what_is_no_answer_or_too_large_is_not_kept(answered: EndpointResponse) -> None:
    world = World(endpoint=answered)
    assert world.ask(get()).cache_outcome is CacheOutcome.MISS
    assert world.entries == {}


def test_errors_of_the_endpoint_are_kept() -> None:
    world = World(endpoint=EndpointResponse(status=429, body=b"slow down"))
    first, second = world.ask(get()), world.ask(get())
    assert (first.response.status, second.response.status, second.cache_outcome) == (429, 429, CacheOutcome.HIT)


def test_a_mock_integration_is_not_cached() -> None:
    mock = with_integration(
        integration_type=IntegrationType.MOCK, request_templates={"application/json": '{"statusCode": 200}'}
    )
    world = World(api=api(mock))
    assert world.ask(get()).cache_outcome is None
    assert world.asked == ["UsagePlanRequest"]


def test_a_refused_request_gets_nothing_from_the_cache() -> None:
    world = World(api=api(method(authorization_type=AuthorizationType.AWS_IAM)))
    signed = get(headers=Headers.of({"Authorization": "AWS4-HMAC-SHA256 …"}))
    assert world.ask(signed).response.status == 200
    refused = world.ask(get())
    assert (refused.response.status, refused.cache_outcome) == (403, None)


@pytest.mark.parametrize(
    ("header", "asks"),
    [
        ("max-age=0", True),
        ("no-transform, Max-Age = 0", True),
        ("max-age=00", False),
        ("max-age=10", False),
        ("no-cache", False),
        ("no-store", False),
    ],
)
def test_only_max_age_0_asks_to_invalidate(header: str, asks: bool) -> None:
    assert asks_to_invalidate(Headers.of({"cache-control": header})) is asks
    assert not asks_to_invalidate(Headers())


def test_whoever_may_invalidate_gets_a_new_answer_and_all_others_after() -> None:
    world = World(stage=stage(replace(CACHED, require_authorization_for_cache_control=False)))
    assert world.bodies(get(), get(headers=FRESH), get()) == ["answer 1", "answer 2", "answer 2"]


@pytest.mark.parametrize(
    ("strategy", "status", "warning"),
    [
        (STRATEGY.FAIL_WITH_403, 403, None),
        (STRATEGY.SUCCEED_WITH_RESPONSE_HEADER, 200, "199"),
        (STRATEGY.SUCCEED_WITHOUT_RESPONSE_HEADER, 200, None),
    ],
)
def test_strategies_for_those_who_may_not(strategy: STRATEGY, status: int, warning: str | None) -> None:
    world = World(stage=stage(replace(CACHED, unauthorized_cache_control_header_strategy=strategy)))
    world.ask(get())
    executed = world.ask(get(headers=FRESH))
    told = executed.response.headers.get("Warning")
    assert (executed.response.status, told and told.split(" ")[0]) == (status, warning)
    assert world.answered == 1
    assert executed.cache_outcome is (None if status == 403 else CacheOutcome.HIT)


def test_a_signed_caller_may_invalidate() -> None:
    world = World(api=api(method(authorization_type=AuthorizationType.AWS_IAM)))
    signed: Mapping[str, str] = {"Authorization": "AWS4-HMAC-SHA256 …"}
    plain, fresh = Headers.of(signed), Headers.of({**signed, **dict(FRESH.items())})
    assert world.bodies(get(headers=plain), get(headers=plain), get(headers=fresh)) == [
        "answer 1",
        "answer 1",
        "answer 2",
    ]


def test_a_cached_answer_is_mapped_for_the_request_that_gets_it() -> None:
    mapped = with_integration(
        integration_type=IntegrationType.HTTP,
        integration_responses=(
            IntegrationResponse(
                status_code="200",
                response_templates={"application/json": "$input.body for $input.params('name')"},
            ),
        ),
    )
    world = World(api=api(mapped))
    bodies = world.bodies(get(query="name=ada"), get(query="name=grace"))
    assert bodies == ["answer 1 for ada", "answer 1 for grace"]
