"""The access log: every usual format is written and read back, and broken lines are said to be broken."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access_log import read, variables, write

_CLF = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength '
    "$context.requestId"
)
_CSV = (
    "$context.identity.sourceIp,$context.identity.caller,$context.identity.user,$context.requestTime,"
    "$context.httpMethod,$context.resourcePath,$context.protocol,$context.status,$context.responseLength,"
    "$context.requestId"
)
_JSON = (
    '{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", '
    '"user":"$context.identity.user", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", '
    '"resourcePath":"$context.resourcePath", "status":"$context.status", "protocol":"$context.protocol", '
    '"responseLength":"$context.responseLength" }'
)
_JSON_BARE = (
    '{"requestId":"$context.requestId","status":$context.status,"latency":{"all":$context.responseLatency},'
    '"request":"$context.httpMethod $context.resourcePath","tags":["$context.stage"]}'
)
_XML = (
    '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <caller>$context.identity.caller</caller> '
    "<user>$context.identity.user</user> <requestTime>$context.requestTime</requestTime> "
    "<httpMethod>$context.httpMethod</httpMethod> <resourcePath>$context.resourcePath</resourcePath> "
    "<status>$context.status</status> <protocol>$context.protocol</protocol> "
    "<responseLength>$context.responseLength</responseLength> </request>"
)
_OWN = "id=$context.requestId|path=$context.path|agent=$context.identity.userAgent|key=$context.authorizer.my-claim."
_CONTEXT = {
    "identity.sourceIp": "203.0.113.7",
    "identity.userAgent": "stageproof/1.0 (a | b)",
    "requestTime": "27/Oct/2023:13:40:57 +0000",
    "httpMethod": "POST",
    "resourcePath": "/users/{userId}",
    "path": "/dev/users/1",
    "protocol": "HTTP/1.1",
    "status": "201",
    "responseLength": "87",
    "responseLatency": "12",
    "stage": "dev",
    "requestId": "a4188e34-1104-424e-9907-eebbf55dd662",
    "authorizer.my-claim": "x",
}


@pytest.mark.parametrize(
    "log_format", [_CLF, _CSV, _JSON, _JSON_BARE, _XML, _OWN], ids=["clf", "csv", "json", "bare", "xml", "own"]
)
def test_a_written_line_is_read_back(log_format: str) -> None:
    entry = read(log_format, write(log_format, _CONTEXT))
    assert entry.invalid is None
    assert entry.values == {name: _CONTEXT[name] for name in variables(log_format) if name in _CONTEXT}


@pytest.mark.parametrize("log_format", [_CLF, _CSV, _JSON, _XML], ids=["clf", "csv", "json", "xml"])
def test_a_missing_value_is_a_hyphen_and_left_out(log_format: str) -> None:
    line = write(log_format, {"requestId": "r-1", "status": "403"})
    assert "-" in line
    assert read(log_format, line).values == {"requestId": "r-1", "status": "403"}


def test_a_bare_missing_number_is_no_json_but_is_read_all_the_same() -> None:
    entry = read(_JSON_BARE, write(_JSON_BARE, {**_CONTEXT, "responseLatency": "-"}))
    assert entry.invalid is not None
    assert "JSON" in entry.invalid
    assert entry.request_id == _CONTEXT["requestId"]


def test_a_quote_in_a_value_breaks_the_line_and_is_said() -> None:
    line = write(_JSON, {**_CONTEXT, "identity.user": 'o"brien'})
    entry = read(_JSON, line)
    assert entry.invalid is not None
    assert entry.values["identity.user"] == 'o"brien'
    assert entry.request_id == _CONTEXT["requestId"]


@pytest.mark.parametrize(
    ("log_format", "line"),
    [(_JSON, "not json"), (_JSON, "[1]"), (_JSON, '{"other": 1}'), (_CLF, "nothing alike"), (_XML, "<request>")],
)
def test_a_line_of_another_format_is_invalid(log_format: str, line: str) -> None:
    entry = read(log_format, line)
    assert entry.invalid is not None
    assert entry.raw == line


def test_values_with_blanks_in_the_common_log_format() -> None:
    entry = read(_CLF, write(_CLF, {**_CONTEXT, "identity.user": "a user [with] marks"}))
    assert entry.values["identity.user"] == "a user [with] marks"
    assert entry.values["requestTime"] == _CONTEXT["requestTime"]


def test_the_time_of_the_event_is_kept() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert read(_CLF, write(_CLF, _CONTEXT), logged_at=moment).logged_at == moment


def test_a_hostile_line_takes_no_time() -> None:
    started = time.perf_counter()
    assert read(_CLF, "a " * 20_000).invalid is not None
    assert time.perf_counter() - started < 5


_VALUE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(
    lambda text: text != "-"
)


@given(st.dictionaries(st.sampled_from(["path", "identity.user", "requestId2"]), _VALUE))
def test_json_values_survive_when_the_format_can_hold_them(values: dict[str, str]) -> None:
    log_format = '{"a":"$context.path","b":"$context.identity.user","c":"$context.requestId2"}'
    escaped = {name: json.dumps(value)[1:-1] for name, value in values.items()}
    assert read(log_format, write(log_format, escaped)).values == values


@given(st.dictionaries(st.sampled_from(["path", "identity.user"]), _VALUE.filter(lambda text: "|" not in text)))
def test_values_without_the_separator_survive(values: dict[str, str]) -> None:
    log_format = "$context.path|$context.identity.user"
    assert read(log_format, write(log_format, values)).values == values
