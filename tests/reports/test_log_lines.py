from __future__ import annotations

import pytest

from contracts.verdict import Step
from gateway.execution import LogLine
from reports.view.log_lines import ShownLine, log_lines


@pytest.mark.parametrize(
    ("text", "step", "mark"),
    [
        ("Execution failed due to configuration error: Malformed Lambda proxy response", Step.STAGE, "failure"),
        ("Thu Jan 01 00:00:00 UTC 2026 : Execution failed due to a timeout error", Step.BACKEND, "failure"),
        ("Unauthorized request: 0a1b", Step.METHOD_REQUEST, "failure"),
        ("Lambda execution failed with status 200 due to customer function error: x.", Step.BACKEND, "failure"),
        ("Request body does not match model schema for content type application/json: [x]", Step.BACKEND, "failure"),
        ("Endpoint request body after transformations: {}", Step.INTEGRATION_REQUEST, "key"),
        ("Endpoint request body after transformations: {}", Step.INTEGRATION_RESPONSE, ""),
        ("Method response headers: {}", Step.METHOD_RESPONSE, "key"),
        ("Method request body before transformations: Execution failed", Step.BACKEND, ""),
        ('Endpoint response body before transformations: {"message": "Invalid"}', Step.BACKEND, "key"),
        ("Starting execution for request: 1", Step.METHOD_REQUEST, ""),
    ],
)
def test_lines_of_the_broken_step_and_of_a_failure_are_marked(text: str, step: Step, mark: str) -> None:
    assert log_lines([LogLine(text=text)], step) == (ShownLine(text=text, mark=mark),)


def test_a_long_log_is_shortened_and_says_so() -> None:
    shown = log_lines([LogLine(text=str(number)) for number in range(100)], Step.STAGE)
    assert len(shown) == 61
    assert shown[-1].text == "… 40 more lines"
