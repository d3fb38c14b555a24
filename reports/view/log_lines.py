"""The log lines of an execution, with those marked that tell of the step that broke."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.verdict import Step
from gateway.execution import LogLine
from reports.view.text import one_line

_MOST_LINES = 60
_MOST_CHARACTERS = 1_100

_FAILURE = re.compile(
    r"(?:.{0,40}? : )?(?:Execution failed|Unauthorized request|The client is not authorized|User is not authorized|"
    r"AuthorizerConfigurationException|Lambda (?:execution|invocation) failed|Request body does not match|"
    r"Missing required request|Gateway response type: |API [Kk]ey.* not authorized|.*(?:[Ll]imit|[Qq]uota) exceeded)"
)
_OF_STEP = {
    Step.ROUTING: re.compile(r"HTTP Method:|Method completed with status"),
    Step.METHOD_REQUEST: re.compile(
        r"Method request (?:body|query|headers|path)|Request body does not match|Missing required|Request [Vv]alidat|"
        r"API Key|Usage Plan|[Aa]uthorizer|Sending request to"
    ),
    Step.INTEGRATION_REQUEST: re.compile(r"Endpoint request |Sending request to"),
    Step.BACKEND: re.compile(r"Sending request to|Received response|Endpoint response body before"),
    Step.INTEGRATION_RESPONSE: re.compile(r"Received response|Endpoint response |Method response body after"),
    Step.METHOD_RESPONSE: re.compile(r"Method response |Method completed with status"),
    Step.GATEWAY_RESPONSE: re.compile(r"Method completed with status|Gateway response type"),
    Step.STAGE: re.compile(r"Starting execution|X-Ray|AWS Integration Endpoint RequestId"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line; ``mark`` is ``failure``, ``key`` (of the step that broke) or empty."""

    text: str
    mark: str = ""


def log_lines(lines: Iterable[LogLine], step: Step) -> tuple[ShownLine, ...]:
    """Return the lines of an execution, those of the broken step and those of a failure marked."""
    every = list(lines)
    shown = [ShownLine(text=one_line(line.text, _MOST_CHARACTERS), mark=_mark(line.text, step)) for line in every]
    if len(shown) <= _MOST_LINES:
        return tuple(shown)
    return (*shown[:_MOST_LINES], ShownLine(text=f"… {len(shown) - _MOST_LINES} more lines"))


def _mark(text: str, step: Step) -> str:
    if _FAILURE.match(text):
        return "failure"
    return "key" if _OF_STEP[step].search(text) else ""
