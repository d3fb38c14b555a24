"""The possible worlds behind a logged execution: one for each stand-in for what the log does not hold.

Times, masked headers, cut maps and repeated parameters are unknown; the worlds are alike in all that the log holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from gateway.execution import Execution, LoggedMap
from gateway.media_types import is_binary
from gateway.messages import EndpointResponse, Headers
from gateway.method_request import MethodRequest, query_pairs
from gateway.rest_api import Integration, IntegrationType, Method, RestApi, Stage
from gateway.routing import route

TEST_INVOKE_STAGE_NAME = "test-invoke-stage"
"""``$context.stage`` in a test invocation.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html
"""

_STAND_INS = ("unknown-1", "unknown-22", "")
_TIME_STAND_INS = ("1000000000000", "2000000000001", "")
_MASKED = re.compile(r"\*{4,}.{0,6}", re.DOTALL)
_CONTEXT_NAME = re.compile(r"context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_-]+)*)(\(?)")
_CONTEXT_MAPS = frozenset(("identity", "authorizer"))
_OVERRIDES = ("requestOverride", "responseOverride", "error")
_ANY_MEMBER = "anyMemberNotInTheLog"
_DYNAMIC = re.compile(r"\$!?\{?context(?!\.[A-Za-z])|context\.\w+[\[(]|params\(\s*(?!['\"])|#evaluate")
_PARAMETER_NAMES = re.compile(
    r"params\(\s*['\"]([^'\"]+)['\"]|\.(?:header|querystring|path)\.([A-Za-z0-9_-]+)"
    r"|method\.request\.(?:multivalue)?(?:header|querystring|path)\.([^\s]+)"
)
_RESPONSE_HEADER_NAMES = re.compile(r"integration\.response\.(?:multivalue)?header\.([^\s]+)")
_UNKNOWN_CONTEXT = (
    "requestTime",
    "requestTimeEpoch",
    "protocol",
    "accountId",
    "apiId",
    "resourceId",
    "deploymentId",
    "domainName",
    "domainPrefix",
    "extendedRequestId",
    "xrayTraceId",
    "identity.sourceIp",
    "identity.userAgent",
    "identity.apiKey",
    "identity.apiKeyId",
    "identity.accountId",
    "identity.caller",
    "identity.user",
    "identity.userArn",
    "authorizer.principalId",
)


@dataclass(frozen=True, slots=True)
class World:
    """What the steps are run with."""

    request: MethodRequest
    context: Mapping[str, str]
    response: EndpointResponse | None = None


def worlds(  # noqa: PLR0913, PLR0917 - what both public functions take
    api: RestApi, method: Method, execution: Execution, stage: Stage, given: Mapping[str, str], query: str | None
) -> list[World]:
    """Return the possible worlds, one for each stand-in; they are alike in all that the log holds.

    One is enough where nothing unknown is read.
    """
    known = {**_known_context(api, execution, stage), **given}
    mentioned = _mentioned(_texts(method.integration), known)
    if execution.authorizer is None:
        mentioned = {name for name in mentioned if not name.startswith("authorizer.")}
    unknown = [name for name in {**dict.fromkeys(_UNKNOWN_CONTEXT), **dict.fromkeys(mentioned)} if name not in known]
    is_certain = not mentioned and not _reads_unknown(method, execution)
    possible = []
    for stand_in, moment in zip(_STAND_INS, _TIME_STAND_INS, strict=True):
        guessed = {name: moment if name == "requestTimeEpoch" else stand_in for name in unknown}
        context = {name: value for name, value in {**guessed, **known}.items() if value}
        possible.append(
            World(
                request=_request(api, method, execution, query, stand_in),
                context=context,
                response=_endpoint_response(method, execution, stand_in),
            )
        )
        if is_certain:
            break
    return possible


def _mentioned(texts: Iterable[str], known: Mapping[str, str]) -> set[str]:
    """Return the ``$context`` values that are read and not known, under flat names."""
    names = set()
    for text in texts:
        for found in _CONTEXT_NAME.finditer(text):
            name = found[1].rpartition(".")[0] if found[2] else found[1]
            if name in _CONTEXT_MAPS:
                names.add(f"{name}.{_ANY_MEMBER}")
            elif name and not _is_below(name, known) and not _is_below(name, _OVERRIDES):
                names.add(next((one for one in _UNKNOWN_CONTEXT if _is_below(name, (one,))), name))
    return names


def _is_below(name: str, owners: Iterable[str]) -> bool:
    return any(name == owner or name.startswith(f"{owner}.") for owner in owners)


def _reads_unknown(method: Method, execution: Execution) -> bool:
    """Tell whether an integration reads what the log hides or cuts, or reads it in a way that cannot be told."""
    integration = method.integration
    if integration is None or integration.integration_type.is_proxy or _reads_repeats(integration):
        return True
    maps = (
        execution.request_path,
        execution.request_querystring,
        execution.request_headers,
        execution.endpoint_response_headers,
    )
    if any(one is not None and one.truncated for one in maps):
        return True
    texts = _texts(integration)
    if any(_DYNAMIC.search(text) for text in texts):
        return True
    masked = {name.lower() for name, value in _items(execution.request_headers) if _MASKED.fullmatch(value)}
    return not masked.isdisjoint(name.lower() for name in _names_in(texts, _PARAMETER_NAMES))


def _request(api: RestApi, method: Method, execution: Execution, query: str | None, stand_in: str) -> MethodRequest:
    texts = _texts(method.integration)
    names = _names_in(texts, _PARAMETER_NAMES)
    body = "" if execution.request_body is None else execution.request_body.text
    found = route(api, execution.http_method or "GET", execution.resource_path or "/")
    request = MethodRequest(
        http_method=execution.http_method or "GET",
        path=execution.resource_path or "/",
        resource_path="" if found is None else found.resource.path,
        path_parameters=dict(_guessed(execution.request_path, names, stand_in)),
        query=_query(method, execution, names, stand_in) if query is None else query_pairs(query),
        headers=Headers(_guessed(execution.request_headers, names, stand_in)),
        body=body.encode("utf-8", "replace"),
    )
    return replace(request, is_binary=is_binary(request.content_type, api.binary_media_types))


def _query(method: Method, execution: Execution, names: list[str], stand_in: str) -> tuple[tuple[str, str], ...]:
    """Return the query of a possible world: the log shows one value a name, and there may have been more before it."""
    pairs = tuple(_guessed(execution.request_querystring, names, stand_in))
    integration = method.integration
    if not stand_in or integration is None:
        return pairs
    if not _reads_repeats(integration):
        return pairs
    return tuple(pair for name, value in pairs for pair in ((name, stand_in), (name, value)))


def _reads_repeats(integration: Integration) -> bool:
    return integration.integration_type is IntegrationType.HTTP_PROXY or any(
        "multivaluequerystring" in expression for expression in integration.request_parameters.values()
    )


def _guessed(logged: LoggedMap | None, names: Iterable[str], stand_in: str) -> list[tuple[str, str]]:
    """Return the entries of a map in a possible world.

    A masked value may be any. Of a map that the log cut, the last value may go on, and any name that the integration
    reads may have followed.
    """
    if logged is None:
        return []
    items = [(name, stand_in if _MASKED.fullmatch(value) else value) for name, value in logged.items]
    if logged.truncated and stand_in:
        present = {name.lower() for name, _ in items}
        items[-1:] = [(name, value + stand_in) for name, value in items[-1:]]
        items += [(name, stand_in) for name in names if name.lower() not in present]
        items.append(("x-not-in-the-log", stand_in))
    return items


def _items(logged: LoggedMap | None) -> tuple[tuple[str, str], ...]:
    return () if logged is None else logged.items


def _endpoint_response(method: Method, execution: Execution, stand_in: str) -> EndpointResponse | None:
    if execution.endpoint_status is None or execution.endpoint_response_body is None:
        return None
    names = _names_in(_texts(method.integration), _RESPONSE_HEADER_NAMES)
    headers = Headers(_guessed(execution.endpoint_response_headers, names, stand_in))
    raised = execution.lambda_error is not None and "customer function error" in execution.lambda_error
    function_error = headers.get("X-Amz-Function-Error") or ("Unhandled" if raised else None)
    return EndpointResponse(
        status=execution.endpoint_status,
        headers=headers,
        body=execution.endpoint_response_body.text.encode("utf-8", "replace"),
        function_error=function_error,
    )


def _known_context(api: RestApi, execution: Execution, stage: Stage) -> dict[str, str]:
    """Return the ``$context`` values that the log holds, under flat names; the others stay unknown.

    The headers of a test invocation tell nothing of its client: API Gateway puts values of its own in their place.
    """
    is_test = stage.stage_name == TEST_INVOKE_STAGE_NAME
    headers = LoggedMap() if is_test or execution.request_headers is None else execution.request_headers
    path = execution.resource_path or "/"
    found = route(api, execution.http_method or "GET", path)
    forwarded = headers.get("X-Forwarded-For")
    known = {
        "requestId": execution.request_id,
        "extendedRequestId": execution.extended_request_id,
        "httpMethod": execution.http_method,
        "path": None if is_test else f"/{stage.stage_name}{path}",
        "resourcePath": None if found is None else found.resource.path,
        "stage": stage.stage_name,
        "apiId": (execution.api_stage or "").partition("/")[0] or api.rest_api_id,
        "xrayTraceId": execution.trace_id,
        "identity.userAgent": headers.get("User-Agent"),
        "identity.sourceIp": forwarded.rpartition(",")[2].strip() if forwarded else None,
        "domainName": headers.get("Host"),
        "domainPrefix": (headers.get("Host") or "").partition(".")[0],
        **_authorizer_context(execution),
    }
    return {name: value for name, value in known.items() if value}


def _authorizer_context(execution: Execution) -> dict[str, str]:
    result = None if execution.authorizer is None else execution.authorizer.result_body
    if result is None or result.truncated:
        return {}
    try:
        document = json.loads(result.text)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    added = document.get("context")
    values = added if isinstance(added, dict) else {}
    texts = {
        f"authorizer.{name}": value if isinstance(value, str) else json.dumps(value) for name, value in values.items()
    }
    return {**texts, "authorizer.principalId": str(document.get("principalId", ""))}


def why(method: Method, execution: Execution, possible: list[World], *, response: bool) -> Callable[[], str]:
    """Return a function that names what a difference hangs on; the templates are only searched where it is asked."""

    def named() -> str:
        first, second = possible[0].context, possible[1].context
        certain = {name: value for name, value in first.items() if second.get(name) == value}
        varying = sorted(_mentioned(_texts(method.integration, response=response), certain))
        parts = [f"$context.{name}" for name in varying] or _cut_or_masked(method.integration, execution)
        return f"depends on {', '.join(parts)}, which the log does not hold"

    return named


def _cut_or_masked(integration: Integration | None, execution: Execution) -> list[str]:
    items = _items(execution.request_headers)
    parts = [f"the masked header {name}" for name, value in items if _MASKED.fullmatch(value)]
    maps = {
        "path": execution.request_path,
        "query string": execution.request_querystring,
        "headers": execution.request_headers,
        "endpoint response headers": execution.endpoint_response_headers,
    }
    parts += [f"the {name} that the log cut at 1,024 bytes" for name, one in maps.items() if one and one.truncated]
    if integration is not None and _reads_repeats(integration):
        parts.append("repeated query parameters")
    return parts


def _texts(integration: Integration | None, *, response: bool = True) -> list[str]:
    """Return all templates and mapping expressions of an integration."""
    if integration is None:
        return []
    texts = [*integration.request_templates.values(), *integration.request_parameters.values()]
    for one in integration.integration_responses if response else ():
        texts += [*one.response_templates.values(), *one.response_parameters.values()]
    return texts


def _names_in(texts: Iterable[str], pattern: re.Pattern[str]) -> list[str]:
    names = (name for text in texts for found in pattern.finditer(text) for name in found.groups() if name)
    return list(dict.fromkeys(names))
