"""The execution log: recorded samples are read whole, and what is written is read back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution import AuthorizerExecution, Execution, LoggedMap, LoggedText, LogLine
from gateway.execution_log import mask, read, request_id_of, test_invoke_lines, write
from gateway.execution_log_lines import DENIED, EVENT_LIMIT_BYTES, UNAUTHORIZED

_DATA = Path(__file__).parents[1] / "data" / "gateway"
_SAMPLES = json.loads((_DATA / "execution_logs.json").read_text(encoding="utf-8"))["samples"]
_FIELDS = json.loads((_DATA / "execution_log_fields.json").read_text(encoding="utf-8"))
split_test_invoke_log = test_invoke_lines
del test_invoke_lines  # pytest would take the function for a test


def _read(texts: list[str] | tuple[str, ...]) -> Execution:
    return read(LogLine(text=text) for text in texts)


def _without_lines(execution: Execution) -> Execution:
    return replace(execution, lines=())


def _plain(value: object) -> Any:
    if isinstance(value, LoggedMap):
        return {"items": dict(value.items), "truncated": value.truncated}
    if isinstance(value, LoggedText):
        return {"text": value.text, "truncated": value.truncated}
    if isinstance(value, AuthorizerExecution):
        return _shown(value)
    return list(value) if isinstance(value, tuple) else value


def _shown(value: Any) -> dict[str, Any]:
    fields = {name: getattr(value, name) for name in value.__slots__ if name not in {"lines", "unknown_lines"}}
    return {name: _plain(one) for name, one in fields.items() if one not in (None, False, ())}


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample["case"])
def test_every_line_of_a_sample_is_understood(sample: dict[str, Any]) -> None:
    execution = _read(sample["lines"])
    assert len(execution.lines) == len(sample["lines"])
    assert [line.text for line in execution.unknown_lines] == _not_understood(sample["lines"])


def _not_understood(texts: list[str]) -> list[str]:
    """References to other samples, and all but the first failure where a sample lists alternatives."""
    failures = [text for text in texts if text.startswith("Execution failed due to ")]
    return [text for text in texts if text.startswith("see ") or text in failures[1:]]


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample["case"])
def test_a_sample_is_read_into_its_fields(sample: dict[str, Any]) -> None:
    assert _shown(_read(sample["lines"])) == _FIELDS[sample["case"]]


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample["case"])
def test_a_sample_survives_writing_and_reading(sample: dict[str, Any]) -> None:
    execution = replace(_read(sample["lines"]), request_id="rid")
    again = _read(write(execution, logging_level="INFO", data_trace_enabled=True))
    assert _without_lines(again) == _without_lines(execution)


def test_the_proxy_sample_is_written_in_the_wording_that_was_recorded() -> None:
    sample = next(one for one in _SAMPLES if one["case"].startswith("success 200 AWS_PROXY"))
    recorded = [line.replace("<n> ms", "12 ms") for line in sample["lines"]]
    written = write(_read(recorded), logging_level="INFO", data_trace_enabled=True)
    assert sorted(map(_one_blank, written)) == sorted(map(_one_blank, recorded))


def _one_blank(line: str) -> str:
    return " ".join(line.split())


def test_unknown_lines_are_kept_in_order() -> None:
    execution = _read(["(r) Something new", "(r) Starting execution for request: r", "(r) And this: too"])
    assert [line.text for line in execution.unknown_lines] == ["Something new", "And this: too"]
    assert execution.started


def test_a_second_failure_is_not_lost() -> None:
    execution = _read(["(r) Execution failed due to a", "(r) Execution failed due to b"])
    assert execution.failure == "a"
    assert [line.text for line in execution.unknown_lines] == ["Execution failed due to b"]


def test_endpoint_lines_of_an_authorizer_are_not_those_of_the_integration() -> None:
    execution = _read(
        [
            "(r) Starting authorizer: a1 for request: r",
            "(r) Endpoint request URI: https://auth",
            "(r) Endpoint request body after transformations: {}",
            "(r) Sending request to https://auth",
            "(r) Successfully completed authorizer execution",
            "(r) Starting execution for request: r",
        ]
    )
    assert not execution.endpoint_called
    assert execution.authorizer is not None
    assert execution.authorizer.endpoint_uri == "https://auth"


def test_a_body_with_line_breaks_stays_one_line_of_a_test_invoke_log() -> None:
    log = (
        "Execution log for request r1\n"
        "Mon Feb 03 09:54:45 UTC 2020 : Starting execution for request: r1\n"
        'Mon Feb 03 09:54:45 UTC 2020 : Method request body before transformations: {\n "a": 1\n}\n'
        "Mon Feb 03 09:54:46 UTC 2020 : Method completed with status: 200\n"
    )
    execution = read(split_test_invoke_log(log))
    assert execution.request_id == "r1"
    assert execution.request_body == LoggedText(text='{\n "a": 1\n}')
    assert execution.status == 200
    logged_at = execution.lines[-1].logged_at
    assert logged_at is not None
    assert logged_at.isoformat() == "2020-02-03T09:54:46+00:00"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(4c1f) Starting execution", "4c1f"),
        ("Execution log for request 4c1f", "4c1f"),
        ("Starting execution for request: 4c1f", None),
        ("(not an id) x", None),
        ("() x", None),
    ],
)
def test_request_id_of(line: str, expected: str | None) -> None:
    assert request_id_of(line) == expected


def test_a_long_event_is_cut_and_read_as_truncated() -> None:
    execution = Execution(request_id="r", started=True, request_body=LoggedText(text="é" * 2000))
    written = write(execution, logging_level="INFO", data_trace_enabled=True)
    assert max(len(line.encode()) for line in written) <= EVENT_LIMIT_BYTES
    body = _read(written).request_body
    assert body is not None
    assert body.truncated
    assert set(body.text) == {"é"}


def test_a_cut_map_keeps_what_it_holds() -> None:
    items = tuple((f"name-{index}", "value") for index in range(200))
    execution = Execution(request_id="r", started=True, request_headers=LoggedMap(items=items))
    headers = _read(write(execution, logging_level="INFO", data_trace_enabled=True)).request_headers
    assert headers is not None
    assert headers.truncated
    assert headers.items[:40] == items[:40]


def test_a_value_with_commas_and_equal_signs_is_one_value() -> None:
    text = "{Date=Mon, 03 Feb 2020 09:54:46 GMT, Accept=text/html;q=0.9, */*;q=0.8, X-Trace=root=1;sampled=0}"
    headers = _read([f"(r) Method request headers: {text}"]).request_headers
    assert headers is not None
    assert headers.get("date") == "Mon, 03 Feb 2020 09:54:46 GMT"
    assert headers.get("accept") == "text/html;q=0.9, */*;q=0.8"
    assert headers.get("X-Trace") == "root=1;sampled=0"


@pytest.mark.parametrize(
    ("level", "data_trace", "shown", "hidden"),
    [
        ("INFO", True, ["Starting execution", "Method request body", "Execution failed", "status: 500"], []),
        ("INFO", False, ["Starting execution", "Execution failed", "status: 500"], ["Method request body"]),
        ("ERROR", True, ["Execution failed", "status: 500"], ["Starting execution", "Method request body"]),
        ("OFF", True, [], ["Execution failed", "status: 500", "Starting execution"]),
    ],
)
def test_levels(level: str, data_trace: bool, shown: list[str], hidden: list[str]) -> None:
    execution = Execution(
        request_id="r", started=True, request_body=LoggedText(text="b"), failure="configuration error: x", status=500
    )
    text = "\n".join(write(execution, logging_level=level, data_trace_enabled=data_trace))
    assert all(part in text for part in shown)
    assert not any(part in text for part in hidden)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("abcdefghijklmnop", "**********klmnop"), ("short", "****"), ("1234567", "****234567"), ("", "****")],
)
def test_mask(value: str, expected: str) -> None:
    assert mask(value) == expected


_WORD = st.text(alphabet="abcXYZ019-", min_size=1, max_size=8)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=","), max_size=30).filter(
    lambda text: not text.endswith(" [TRUNCATED]")
)
_LOGGED_TEXT = st.builds(LoggedText, text=_TEXT, truncated=st.booleans())
_LOGGED_MAP = st.builds(
    LoggedMap, items=st.lists(st.tuples(_WORD, _TEXT), max_size=4).map(tuple), truncated=st.just(False)
)
_OPTIONAL_TEXT = st.none() | _LOGGED_TEXT
_OPTIONAL_MAP = st.none() | _LOGGED_MAP
_OPTIONAL_WORD = st.none() | _WORD
_AUTHORIZER = st.builds(
    AuthorizerExecution,
    authorizer_id=_WORD,
    identity=st.none() | _TEXT,
    endpoint_uri=_OPTIONAL_WORD,
    request_headers=_OPTIONAL_MAP,
    request_body=_OPTIONAL_TEXT,
    result_body=_OPTIONAL_TEXT,
    principal=_OPTIONAL_WORD,
    outcome=st.just("authorized"),
)


@st.composite
def _executions(draw: st.DrawFn) -> Execution:
    ends = draw(st.sampled_from(["answered", "unauthorized", "denied", "failed authorizer", "throttled", "failed"]))
    authorizer = draw(st.none() | _AUTHORIZER)
    if ends in {"unauthorized", "denied", "failed authorizer"}:
        outcome = {"failed authorizer": "failed"}.get(ends, ends)
        refused = {"unauthorized": UNAUTHORIZED, "denied": DENIED}.get(ends, "configuration error: Authorizer error")
        return Execution(
            request_id=draw(_WORD),
            extended_request_id=draw(_OPTIONAL_WORD),
            authorizer=replace(draw(_AUTHORIZER), outcome=outcome),
            failure=refused,
            trace_id=draw(_OPTIONAL_WORD),
        )
    planned = draw(st.booleans())
    common = Execution(
        request_id=draw(_WORD),
        extended_request_id=draw(_OPTIONAL_WORD),
        authorizer=authorizer,
        usage_plan_checked=planned,
        api_stage=draw(_WORD) if planned else None,
        api_key=draw(_OPTIONAL_WORD) if planned else None,
        status=draw(st.integers(100, 599)),
        trace_id=draw(_OPTIONAL_WORD),
    )
    if ends == "throttled":
        return replace(common, throttle_line="Key throttle limit exceeded for RestApi " + draw(_TEXT))
    called = draw(st.booleans())
    return replace(
        common,
        started=True,
        http_method=draw(st.sampled_from(["GET", "POST"])),
        resource_path=draw(_TEXT),
        request_path=draw(_OPTIONAL_MAP),
        request_querystring=draw(_OPTIONAL_MAP),
        request_headers=draw(_OPTIONAL_MAP),
        request_body=draw(_OPTIONAL_TEXT),
        validation_errors=tuple(
            f"Request body does not match model schema for content type {draw(_WORD)}: [{draw(_TEXT)}]"
            for _ in range(draw(st.integers(0, 2)))
        ),
        endpoint_called=called,
        endpoint_uri=draw(_OPTIONAL_WORD) if called else None,
        endpoint_request_headers=draw(_OPTIONAL_MAP),
        endpoint_request_body=draw(_OPTIONAL_TEXT),
        endpoint_status=draw(st.none() | st.integers(100, 599)),
        integration_latency_ms=draw(st.none() | st.integers(0, 30_000)),
        endpoint_response_headers=draw(_OPTIONAL_MAP),
        endpoint_response_body=draw(_OPTIONAL_TEXT),
        endpoint_request_id=draw(_OPTIONAL_WORD),
        lambda_error=draw(st.none() | _WORD.map("execution failed with status 200 due to {}".format)),
        failure=draw(_TEXT) if ends == "failed" else None,
        response_body=draw(_OPTIONAL_TEXT),
        response_headers=draw(_OPTIONAL_MAP),
        completed=draw(st.booleans()),
        unknown_lines=tuple(LogLine(text=f"A new line {draw(_TEXT)}") for _ in range(draw(st.integers(0, 2)))),
    )


@given(_executions())
def test_what_is_written_is_read_back(execution: Execution) -> None:
    written = write(execution, logging_level="INFO", data_trace_enabled=True)
    assert _without_lines(_read(written)) == execution


@given(_executions())
def test_reading_is_stable(execution: Execution) -> None:
    once = _read(write(execution, logging_level="INFO", data_trace_enabled=True))
    assert _read(write(once, logging_level="INFO", data_trace_enabled=True)) == once
