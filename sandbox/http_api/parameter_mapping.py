"""Parameter mapping of HTTP APIs: what becomes of headers, query, path and status on their way.

All values are read from the request or response as it came, so a mapping never reads what another has changed.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from gateway.messages import ClientResponse, Headers
from gateway.parameter_mapping import MappingSource, RequestSource, resolve
from sandbox.http_api.request import HttpApiRequest

_VARIABLE = re.compile(r"\$\{([^{}]+)\}")
_KEY = re.compile(
    r"(?P<action>append|overwrite|remove):(?P<place>header|querystring|path|statuscode)(?:\.(?P<name>.+))?"
)
_STATUS = re.compile(r"[1-5]\d\d")

Reader = Callable[[str], str]


def mapped_request(request: HttpApiRequest, parameters: Mapping[str, str]) -> tuple[HttpApiRequest, str | None]:
    """Return the request with its mappings applied, and the path that takes the place of the endpoint's own.

    Args:
        request: The request as it came.
        parameters: The integration's ``requestParameters``: ``append:header.x``, ``overwrite:path`` and the like.
    """

    def read(name: str) -> str:
        return _of_request(name, request)

    headers, query = request.client.headers, request.query
    path: str | None = None
    for key, expression in parameters.items():
        match = _KEY.fullmatch(key)
        if match is None:
            continue
        value, name = evaluated(expression, read), match["name"] or ""
        if match["place"] == "header":
            headers = _with_header(headers, match["action"], name, value)
        elif match["place"] == "querystring":
            query = _with_parameter(query, match["action"], name, value)
        elif match["place"] == "path":
            path = f"/{value.removeprefix('/')}"
    raw_query = request.client.query if query == request.query else urlencode(query)
    return replace(request, client=replace(request.client, headers=headers, query=raw_query)), path


def mapped_response(
    response: ClientResponse, request: HttpApiRequest, parameters: Mapping[str, Mapping[str, str]]
) -> ClientResponse:
    """Return an endpoint's response with the mappings of its status applied."""

    def read(name: str) -> str:
        kind, _, rest = name.partition(".")
        if kind != "response":
            return _of_request(name, request)
        place, _, key = rest.partition(".")
        if place == "header":
            return ",".join(response.headers.get_all(key))
        return _of_body(key, response.body) if place == "body" else ""

    status, headers = response.status, response.headers
    for key, expression in parameters.get(str(response.status), {}).items():
        match = _KEY.fullmatch(key)
        if match is None:
            continue
        value = evaluated(expression, read)
        if match["place"] == "header":
            headers = _with_header(headers, match["action"], match["name"] or "", value)
        elif match["place"] == "statuscode" and _STATUS.fullmatch(value):
            status = int(value)
    return replace(response, status=status, headers=headers)


def evaluated(expression: str, read: Reader) -> str:
    """Return a mapping's value: one variable (``$request.header.x``), or text with variables in braces."""
    if expression.startswith("$") and not expression.startswith("${"):
        return read(expression[1:])
    return _VARIABLE.sub(lambda match: read(match[1]), expression)


def _of_request(name: str, request: HttpApiRequest) -> str:
    kind, _, rest = name.partition(".")
    if kind == "context":
        return request.context().get(rest, "")
    if kind == "stageVariables":
        return request.deployed.stage.stage_variables.get(rest, "")
    place, _, key = rest.partition(".")
    if kind != "request":
        return ""
    readers: dict[str, Callable[[], str]] = {
        "header": lambda: ",".join(request.headers.get_all(key)),
        "querystring": lambda: ",".join(value for known, value in request.query if known == key),
        "path": lambda: request.path_parameters.get(key, "") if key else request.client.path,
        "body": lambda: _of_body(key, request.client.body),
    }
    reader = readers.get(place)
    return "" if reader is None else reader()


def _of_body(path: str, body: bytes) -> str:
    source = MappingSource(request=RequestSource(body=body.decode("utf-8", "replace")))
    return next(iter(resolve(f"method.request.body.{path}" if path else "method.request.body", source)), "")


def _with_header(headers: Headers, action: str, name: str, value: str) -> Headers:
    if action == "remove":
        return headers.without(name)
    held = headers.get_all(name) if action == "append" else ()
    return headers.set(name, ",".join([*held, value])) if value else headers


def _with_parameter(query: list[tuple[str, str]], action: str, name: str, value: str) -> list[tuple[str, str]]:
    kept = query if action == "append" else [(known, held) for known, held in query if known != name]
    return kept if action == "remove" or not value else [*kept, (name, value)]
