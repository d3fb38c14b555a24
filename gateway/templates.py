"""Mapping templates inside the steps: variables in, text and overrides out, failures as the gateway answers them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.context import nested
from gateway.refusal import Refused, configuration_error
from gateway.rest_api import GatewayResponseType
from gateway.vtl import (
    Overrides,
    TemplateError,
    api_gateway_variables,
    compile_template,
)
from gateway.vtl.printing import java_string

_NAME = r"[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*"
_PARAMETER = r"method\.request\.(?:path|querystring|header)\.[\w-]+"
_VARIABLE = re.compile(
    rf"\$(?P<brace>\{{)?(?:(?P<source>context|stageVariables)\.(?P<name>{_NAME})|(?P<parameter>{_PARAMETER}))"
    r"(?(brace)\})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateInput:
    """What a mapping template reads besides the body."""

    path: Mapping[str, str] = field(default_factory=dict)
    querystring: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)


def render_request(template: str, body: str, template_input: TemplateInput, overrides: Overrides) -> str:
    """Evaluate a request template; a failure is a bad request body or a configuration error.

    Raises:
        Refused: 400 for a body that the template cannot parse, 500 for a template that fails otherwise.
    """
    return _render(template, body, template_input, overrides, "request")


def render_response(template: str, body: str, template_input: TemplateInput, overrides: Overrides) -> str:
    """Evaluate a response template.

    Raises:
        Refused: 500 where the template fails.
    """
    return _render(template, body, template_input, overrides, "response")


def render_gateway_response(
    template: str,
    *,
    context: Mapping[str, str],
    stage_variables: Mapping[str, str],
    parameter: Callable[[str], str],
) -> str:
    """Put variables into the template of a gateway response, which knows no directives and no methods.

    A name that has no value gives nothing, which is not confirmed on AWS.

    Args:
        template: The template.
        context: The values of ``$context``, by the names after the dot.
        stage_variables: The stage's variables.
        parameter: Gives the value of a name like ``method.request.header.X-Own``.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    """
    values = {"context": context, "stageVariables": stage_variables}

    def value(match: re.Match[str]) -> str:
        if match["parameter"]:
            return parameter(match["parameter"])
        return _substituted(values[match["source"]], match["name"])

    return _VARIABLE.sub(value, template)


def _substituted(values: Mapping[str, str], name: str) -> str:
    """The value of the longest name that there is, and what stands behind it."""
    known = name
    while known and known not in values:
        known = known.rpartition(".")[0]
    return values[known] + name[len(known) :] if known else ""


def _render(template: str, body: str, template_input: TemplateInput, overrides: Overrides, way: str) -> str:
    variables = api_gateway_variables(
        body=body,
        path=template_input.path,
        querystring=template_input.querystring,
        header=template_input.header,
        context=nested(template_input.context),
        stage_variables=template_input.stage_variables,
        overrides=overrides,
    )
    try:
        return compile_template(template).render(variables)
    except TemplateError as error:
        raise _failure(error, way) from error


def _failure(error: TemplateError, way: str) -> Refused:
    if way == "request" and error.reason.startswith("ParseException"):
        message = "Could not parse request body into json"
        return Refused(GatewayResponseType.BAD_REQUEST_BODY, message, failure=f"configuration error: {message}")
    return configuration_error(f"Unable to transform {way}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOverrides:
    """What a request template set under ``$context.requestOverride``, as text."""

    header: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    querystring: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseOverrides:
    """What a template set under ``$context.responseOverride``; a status outside 100 to 599 or of text is ignored."""

    status: int | None = None
    header: Mapping[str, str] = field(default_factory=dict)


def request_overrides(overrides: Overrides) -> RequestOverrides:
    """Read what a request template set."""
    return RequestOverrides(
        header=_texts(overrides.request_header),
        path=_texts(overrides.request_path),
        querystring=_texts(overrides.request_querystring),
    )


def response_overrides(overrides: Overrides) -> ResponseOverrides:
    """Read what the templates set for the response; a status that is no integer from 100 to 599 is ignored."""
    status = overrides.response.get("status")
    is_status = isinstance(status, int) and not isinstance(status, bool) and _LOWEST <= status <= _HIGHEST
    return ResponseOverrides(status=status if is_status else None, header=_texts(overrides.response_header))


_LOWEST, _HIGHEST = 100, 599


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {java_string(name): java_string(value) for name, value in values.items() if value is not None}
