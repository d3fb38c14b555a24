"""Test invocations: a second source of executions, where a stage logs none.

TestInvokeMethod runs a method's integration for real and returns the log in its answer. It runs the API as the control
plane holds it *now*, not as it is deployed to the stage; it skips authorizer and API key, takes every body as
``application/json``, and writes no logs, traces and metrics. So a test invocation proves what the mappings do, and
nothing else. What the recording redacted is sent as it stands there: a secret is not read again.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, TypeVar
from urllib.parse import urlsplit

from contracts.bodies import media_type
from contracts.evidence import (
    Completeness,
    Configuration,
    Evidence,
    Exchange,
    Execution,
    HttpResponse,
    Missing,
    Origin,
    Present,
)
from gateway import execution_log
from gateway.messages import Headers
from gateway.rest_api import IntegrationType, RestApi, Stage
from gateway.routing import Route, route
from probes.aws import AwsSession, is_throttled, read
from probes.collection import Collected, Patience, found_of, nothing
from probes.progress import OnProgress, Progress, no_progress
from probes.traffic_document import SAFE_METHODS

PER_STATUS = 6
"""How many exchanges of an operation and status are repeated."""

AT_MOST = 200
"""How many are repeated in all: AWS allows an account few calls of the control plane a second."""

_ACTION = "apigateway:POST"
_CONTENT_TYPE = "application/json"
_ID_PREFIX = "test-invoke-"
_LONGEST_PAUSE_S = 30.0
_OF_THE_CONNECTION = ("Host", "Connection", "Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """An exchange to repeat as a test invocation: its route in the current configuration, and the path to ask for."""

    exchange: Exchange
    route: Route
    path: str

    @property
    def resource_id(self) -> str:
        """The identifier of the resource, empty where the configuration does not tell it."""
        return self.route.resource.resource_id or ""


def repeatable(
    exchanges: Iterable[Exchange],
    configuration: Configuration,
    api: RestApi,
    *,
    executions: Completeness,
    destructive_traffic: bool,
) -> tuple[Repeatable, ...]:
    """Choose the exchanges to repeat: some of each mapped operation and status whose data trace was not logged.

    Args:
        exchanges: What was sent.
        configuration: The stage, whose method settings say what is logged.
        api: The API as the control plane holds it now.
        executions: How many executions were found; where none was, every operation counts as not logged.
        destructive_traffic: Whether methods that change something may be run.
    """
    stage = configuration.stage.value if isinstance(configuration.stage, Present) else None
    is_unread = executions.expected > 0 and executions.found == 0
    base_path = urlsplit(configuration.metadata.invoke_url).path.rstrip("/")
    sent = tuple(exchanges)
    done = {exchange.exchange_id for exchange in sent if exchange.origin is Origin.TEST_INVOKE}
    found: dict[tuple[object, ...], Repeatable] = {}
    for exchange in sent:
        if not (destructive_traffic or exchange.http_method in SAFE_METHODS) or not _can_be_sent(exchange):
            continue
        if not (is_unread or _is_unlogged(exchange, stage)) or _test_id(exchange) in done:
            continue
        candidate = _routed(exchange, api, base_path)
        if candidate is not None:
            found.setdefault((exchange.http_method, exchange.request.url, exchange.request.body), candidate)
    return _some_of_each(found.values())


def collect_test_invocations(  # noqa: PLR0913 - one keyword a source
    session: AwsSession,
    configuration: Configuration,
    *,
    rest_api_id: str,
    exchanges: Iterable[Exchange],
    executions: Completeness,
    destructive_traffic: bool,
    patience: Patience | None = None,
    on_progress: OnProgress = no_progress,
) -> Collected[tuple[Exchange, Execution]]:
    """Repeat exchanges as test invocations, of the API's current configuration, and read the logs of their answers.

    Args:
        session: Where AWS is reached; the credentials need ``apigateway:POST`` on the methods.
        configuration: The API and the stage; the stage's variables are passed on.
        rest_api_id: The API.
        exchanges: What was sent.
        executions: What was found of the stage's own executions.
        destructive_traffic: Whether methods that change something may be run.
        patience: How long to go on while AWS throttles.
        on_progress: Is told how far it is.

    Returns:
        The exchanges, of origin TEST_INVOKE, each with its execution; what was denied or failed is missing.
    """
    if isinstance(configuration.rest_api, Missing):
        return nothing((), configuration.rest_api)
    chosen = repeatable(
        exchanges,
        configuration,
        configuration.rest_api.value,
        executions=executions,
        destructive_traffic=destructive_traffic,
    )
    variables = configuration.stage.value.variables if isinstance(configuration.stage, Present) else {}
    run = _Invocations(session=session, rest_api_id=rest_api_id, variables=variables, patience=patience or Patience())
    items: dict[str, tuple[Exchange, Execution]] = {}
    for number, one in enumerate(chosen, start=1):
        found = run.invoke(one)
        if found is not None:
            items[_test_id(one.exchange)] = found
        on_progress(
            Progress(phase="test_invocations", operation=one.exchange.operation, done=number, total=len(chosen))
        )
    wanted = [_test_id(one.exchange) for one in chosen]
    return Collected(
        items=tuple(items.values()), completeness=found_of(wanted, items, run.failed, late=""), missing=run.failed
    )


@dataclass(slots=True, kw_only=True)
class _Invocations:
    """Calls TestInvokeMethod; ``failed`` is why the first one failed that did."""

    session: AwsSession
    rest_api_id: str
    variables: Mapping[str, str]
    patience: Patience
    failed: Missing | None = None
    _refused: set[tuple[str, str]] = field(default_factory=set)
    _is_over: bool = False
    _request_ids: set[str] = field(default_factory=set)

    def invoke(self, one: Repeatable) -> tuple[Exchange, Execution] | None:
        """Return the repeated exchange and its execution; None where it failed or is known to."""
        method = (one.resource_id, one.exchange.http_method)
        if self._is_over or method in self._refused:
            return None
        sent_at = datetime.now(UTC)
        answer = self._answer(one)
        read_ = answer if isinstance(answer, Missing) else _read(answer.value, self._request_ids)
        if isinstance(read_, Missing):
            self.failed = self.failed or read_
            self._is_over = self._is_over or is_throttled(read_)
            if isinstance(answer, Missing):
                self._refused.add(method)
            return None
        assert isinstance(answer, Present)
        return _repeated(one.exchange, answer.value, read_.value, sent_at), read_.value

    def _answer(self, one: Repeatable) -> Evidence[Mapping[str, Any]]:
        """Call, and while AWS throttles wait with growing pauses until the deadline."""
        client = self.session.client("apigateway")
        resource, http_method = one.resource_id, one.exchange.http_method
        path = f"/restapis/{self.rest_api_id}/resources/{resource}/methods/{http_method}"
        arn = f"arn:{client.meta.partition}:apigateway:{self.session.region}::{path}"
        arguments = _arguments(one, self.rest_api_id, self.variables)
        call: Callable[[], Mapping[str, Any]] = lambda: client.test_invoke_method(**arguments)  # noqa: E731 - typed
        deadline_s = self.patience.monotonic() + self.patience.deadline_s
        pause_s = self.patience.poll_interval_s
        while True:
            answer = read(call, action=_ACTION, resource=arn)
            if isinstance(answer, Present) or not is_throttled(answer) or self.patience.monotonic() >= deadline_s:
                return answer
            self.patience.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _arguments(one: Repeatable, rest_api_id: str, variables: Mapping[str, str]) -> dict[str, Any]:
    request = one.exchange.request
    query = urlsplit(request.url).query
    arguments: dict[str, Any] = {
        "restApiId": rest_api_id,
        "resourceId": one.resource_id,
        "httpMethod": one.exchange.http_method,
        "pathWithQueryString": f"{one.path}?{query}" if query else one.path,
        "multiValueHeaders": _headers(request.headers).multi(),
        "body": request.body.decode(),
        "stageVariables": dict(variables),
    }
    return {name: value for name, value in arguments.items() if value}


def _headers(sent: Headers) -> Headers:
    """Return the headers to send: those of the connection are not API Gateway's, and it forces the content type."""
    kept = sent.without(*_OF_THE_CONNECTION)
    return kept.set("Content-Type", _CONTENT_TYPE) if "Content-Type" in kept else kept


def _read(answer: Mapping[str, Any], seen: set[str]) -> Evidence[Execution]:
    """Read the log of an answer. Its request id joins it to the exchange, so it must be its own."""
    log = str(answer.get("log") or "")
    execution = execution_log.read(execution_log.test_invoke_lines(log))
    if not execution.started:
        return Missing(reason="the answer of TestInvokeMethod holds no execution log")
    if not execution.request_id or execution.request_id in seen:
        return Missing(reason=f"the log of TestInvokeMethod has no request id of its own ({execution.request_id!r})")
    seen.add(execution.request_id)
    return Present(value=execution)


def _repeated(exchange: Exchange, answer: Mapping[str, Any], execution: Execution, sent_at: datetime) -> Exchange:
    """Return the exchange as it was repeated. Its answer tells the log's request id, as a stage's answer does."""
    many: Mapping[str, Sequence[str]] = answer.get("multiValueHeaders") or {
        name: [value] for name, value in (answer.get("headers") or {}).items()
    }
    headers = Headers((name, value) for name, values in many.items() for value in values)
    sent = _headers(exchange.request.headers).set("Content-Type", _CONTENT_TYPE)
    meant = f": {exchange.intent}" if exchange.intent else ""
    return replace(
        exchange,
        exchange_id=_test_id(exchange),
        origin=Origin.TEST_INVOKE,
        request=replace(exchange.request, headers=sent),
        response=HttpResponse(
            status=int(answer.get("status") or 0),
            headers=headers.without("x-amz-apigw-id").set("x-amzn-RequestId", execution.request_id),
            body=str(answer.get("body") or "").encode(),
        ),
        sent_at=sent_at,
        elapsed_ms=float(answer.get("latency") or 0),
        trace_id=None,
        prediction=None,
        intent=f"{exchange.exchange_id} repeated as a test invocation{meant}",
    )


def _test_id(exchange: Exchange) -> str:
    return f"{_ID_PREFIX}{exchange.exchange_id}"


def _can_be_sent(exchange: Exchange) -> bool:
    """Whether a test invocation can repeat it: answered, by text, and as JSON if there is a body at all."""
    request = exchange.request
    is_answered = exchange.origin is not Origin.TEST_INVOKE and exchange.response is not None
    if not is_answered or request.http_method != exchange.http_method:
        return False
    try:
        request.body.decode()
    except UnicodeDecodeError:
        return False
    return not request.body or media_type(request.headers) in {"", _CONTENT_TYPE}


def _is_unlogged(exchange: Exchange, stage: Stage | None) -> bool:
    """Whether the stage does not log what came in and went out of this method."""
    if stage is None or exchange.resource_path is None:
        return False
    settings = stage.settings_for(exchange.resource_path, exchange.http_method)
    return settings.logging_level != "INFO" or not settings.data_trace_enabled


def _routed(exchange: Exchange, api: RestApi, base_path: str) -> Repeatable | None:
    """Return how to repeat an exchange; None where no mapping of the operation it addressed would serve it."""
    path = urlsplit(exchange.request.url).path
    if exchange.resource_path is None or not path.startswith(f"{base_path}/"):
        return None
    below = path.removeprefix(base_path)
    found = route(api, exchange.http_method, below)
    integration = None if found is None else found.method.integration
    if found is None or integration is None or integration.integration_type is IntegrationType.AWS_PROXY:
        return None
    if found.resource.path != exchange.resource_path or found.resource.resource_id is None:
        return None
    return Repeatable(exchange=exchange, route=found, path=below)


def _some_of_each(found: Iterable[Repeatable]) -> tuple[Repeatable, ...]:
    """Choose a few of each operation and status, of all origins, template-breaking strings first."""
    groups: dict[tuple[object, ...], dict[tuple[object, ...], list[Repeatable]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in found:
        exchange = one.exchange
        status = exchange.response.status if exchange.response else None
        kind = (exchange.origin is not Origin.BREAKER, exchange.origin, exchange.mode)
        groups[exchange.resource_path, exchange.http_method, status][kind].append(one)
    chosen = [
        list(_in_turn([members for _, members in sorted(kinds.items())]))[:PER_STATUS] for kinds in groups.values()
    ]
    return tuple(_in_turn(chosen))[:AT_MOST]


def _in_turn(groups: Sequence[Sequence[T]]) -> Iterator[T]:
    """Give the first of each group, then the second of each, and so on."""
    for row in zip_longest(*groups):
        yield from (one for one in row if one is not None)
