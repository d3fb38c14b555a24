"""The user's file: what may stand in it, and what a person is told of a fault."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.alarm_expectations import HistoryThreshold, history_threshold
from contracts.durations import parse_duration_s, parse_rate_per_s
from contracts.expectations import (
    Expectations,
    ExpectationsError,
    Phase,
    RuleProfile,
    SecretReference,
    TrafficMode,
    load_expectations,
    parse_expectations,
    secret_reference,
)
from contracts.toml_positions import line_of
from contracts.verdict import Severity, Waiver

FULL = """
[stages.dev]
rest_api_id = "abc123"
stage_name = "dev"
contract = "docs/openapi.yaml"
region = "us-east-1"
profile = "nightly"
endpoint_url = "http://127.0.0.1:4566/"
invoke_url = "https://api.example.com"
destructive_traffic = true

[stages.dev.auth]
api_key = "env:USERS_API_KEY"
bearer_token = "command:aws secretsmanager get-secret-value --secret-id 'a b'"
authorization_scheme = "Bearer"
sigv4 = false

[stages.prod]
rest_api_name = "users-api"
stage_name = "prod"
contract = "docs/openapi.yaml"

[traffic]
phases = ["examples", "stateful"]
modes = ["positive"]
max_examples = 7
time_budget = "1h30m"
rate_limit = "3000/m"
workers = 4
seed = 1
operations = ["GET /users*"]
exclude = ["* /health"]
request_timeout_s = 30
test_invoke = true

[cors]
allowed_origins = ["https://app.example.com", "*"]
foreign_origin = "https://other.example"
allow_credentials = true

[errors]
model = "Error"
request_id = "/error/requestId"

[correlation]
header = "X-Correlation-Id"

[[sensitive_fields]]
field = "password"
in_backend = true
in_response = false
masked_as = "***"

[[sensitive_fields]]
field = "header:X-Secret"

[latency]
p50_ms = 500
p99_ms = 2500.5
[latency.operations."GET /users"]
p99_ms = 800

[collection]
deadline = "2m"
poll_interval = "500ms"

[rules]
profile = "strict"
off = ["OB007"]
severity = { OB003 = "error" }

[[waivers]]
rule = "CO002"
subject = "GET /health"
reason = "known"
expires_on = 2026-12-31

[alarms]
actions = ["arn:aws:sns:us-east-1:123456789012:on-call"]
[alarms.thresholds]
error_rate_5xx = 0.01
latency_p99_ms = "p99 of 14 days * 1.5"
[alarms.objective]
availability = 0.999
[[alarms.incidents]]
started_at = 2026-03-01T04:00:00Z
ended_at = 2026-03-01T05:00:00+00:00

[dashboards]
per_operation = true
"""

STAGE = '[stages.dev]\nrest_api_id = "a"\nstage_name = "dev"\ncontract = "c.yaml"\n'


def test_every_key_is_read() -> None:
    found = parse_expectations(FULL)
    dev = found.stage("dev")
    assert (dev.rest_api_id, dev.stage_name, dev.region, dev.profile) == ("abc123", "dev", "us-east-1", "nightly")
    assert dev.endpoint_url == "http://127.0.0.1:4566"
    assert dev.destructive_traffic
    assert dev.auth.api_key == "env:USERS_API_KEY"
    assert dev.auth.authorization_scheme == "Bearer"
    assert found.stage("prod").rest_api_name == "users-api"
    traffic = found.traffic
    assert (traffic.phases, traffic.modes) == ((Phase.EXAMPLES, Phase.STATEFUL), (TrafficMode.POSITIVE,))
    assert (traffic.max_examples, traffic.time_budget_s, traffic.rate_limit_per_s) == (7, 5400.0, 50.0)
    assert (traffic.operations, traffic.exclude) == (("GET /users*",), ("* /health",))
    assert found.cors.allowed_origins == ("https://app.example.com", "*")
    assert (found.errors.model, found.errors.request_id) == ("Error", "/error/requestId")
    assert found.correlation.header == "X-Correlation-Id"
    assert [field.header_name for field in found.sensitive_fields] == [None, "X-Secret"]
    assert (found.collection.deadline_s, found.collection.poll_interval_s) == (120.0, 0.5)
    assert found.rules.profile is RuleProfile.STRICT
    assert (found.rules.off, found.rules.severity) == (("OB007",), {"OB003": Severity.ERROR})
    expected = Waiver(rule="CO002", subject="GET /health", reason="known", expires_on=date(2026, 12, 31))
    assert found.waivers == (expected,)
    assert found.alarms.thresholds.latency_p99_ms == "p99 of 14 days * 1.5"
    assert found.alarms.incidents[0].started_at == datetime(2026, 3, 1, 4, tzinfo=timezone.utc)  # noqa: UP017 - Python 3.11 has both
    assert found.dashboards.per_operation


def test_an_operations_objectives_go_before_those_of_the_stage() -> None:
    latency = parse_expectations(FULL).latency
    own, other = latency.for_operation("GET /users"), latency.for_operation("GET /health")
    assert (own.p50_ms, own.p90_ms, own.p99_ms) == (500, None, 800)
    assert (other.p50_ms, other.p90_ms, other.p99_ms) == (500, None, 2500.5)


def test_defaults() -> None:
    found = parse_expectations(STAGE)
    assert not found.stage("dev").destructive_traffic
    assert found.traffic.phases == tuple(Phase)
    assert found.traffic.time_budget_s == 600
    assert found.traffic.rate_limit_per_s is None
    assert found.waivers == ()
    assert found.cors.foreign_origin == "https://evil.example"


@pytest.mark.parametrize("by_alias", [True, False])
def test_expectations_survive_json(by_alias: bool) -> None:
    found = parse_expectations(FULL)
    assert Expectations.model_validate_json(found.model_dump_json(by_alias=by_alias)) == found


def test_the_contract_is_relative_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "stageproof.toml"
    path.write_text(STAGE, encoding="utf-8")
    assert load_expectations(path).stage("dev").contract == tmp_path / "c.yaml"


FAULTS = {
    "an unknown key": (
        "[traffic]\nmax_exmaples = 3",
        ':2: traffic.max_exmaples: unknown key; did you mean "max_examples"?',
    ),
    "an unknown table": ("[trafic]", ':1: trafic: unknown key; did you mean "traffic"?'),
    "an unknown key far from any": ("[errors]\nzzz = 1", ":2: errors.zzz: unknown key; allowed: model, request_id"),
    "an unknown key of a stage": (
        "[stages.dev]\nregoin = 'x'",
        ':2: stages.dev.regoin: unknown key; did you mean "region"?',
    ),
    "an unknown key of an alarm": (
        "[alarms.thresholds]\nlatency_p90 = 3",
        ':2: alarms.thresholds.latency_p90: unknown key; did you mean "latency_p90_ms"?',
    ),
    "a missing key": ("[stages.dev]\nrest_api_id = 'a'", ":1: stages.dev.stage_name: missing; this key is needed"),
    "two names of an API": (
        STAGE + 'rest_api_name = "b"',
        ":1: stages.dev: exactly one of rest_api_id, rest_api_name and http_api_id is needed",
    ),
    "a REST API and an HTTP API": (
        STAGE + 'http_api_id = "b"',
        ":1: stages.dev: exactly one of rest_api_id, rest_api_name and http_api_id is needed",
    ),
    "a literal secret": (
        STAGE + '[stages.dev.auth]\napi_key = "s3cr3t"',
        ":6: stages.dev.auth.api_key: a secret must not stand in this file: write env:NAME or",
    ),
    "two authorizations": (
        STAGE + '[stages.dev.auth]\nsigv4 = true\nbearer_token = "env:X"',
        ":5: stages.dev.auth: sigv4 and bearer_token both set the Authorization header: keep one",
    ),
    "a second token without a first": (
        STAGE + '[stages.dev.auth]\nsecond_bearer_token = "env:X"',
        ":5: stages.dev.auth: second_bearer_token is another token than bearer_token: give that one too",
    ),
    "a second key without a first": (
        STAGE + '[stages.dev.auth]\nsecond_api_key = "env:X"',
        ":5: stages.dev.auth: second_api_key is another key than api_key: give that one too",
    ),
    "a value that is not allowed": (
        "[traffic]\nphases = ['fuzing']",
        ':2: traffic.phases[0]: "fuzing" is not allowed; did you mean "fuzzing"?; allowed: examples, coverage',
    ),
    "text for a number": (
        "[traffic]\nmax_examples = '20'",
        ":2: traffic.max_examples: must be a whole number, not text",
    ),
    "true for a number": (
        "[traffic]\nworkers = true",
        ":2: traffic.workers: must be a whole number, not true or false",
    ),
    "a number too small": (
        "[traffic]\nworkers = 0",
        ":2: traffic.workers: input should be greater than or equal to 1",
    ),
    "not a number": ("[latency]\np50_ms = nan", ":2: latency.p50_ms: input should be a finite number"),
    "a list for text": ("[errors]\nmodel = ['A']", ":2: errors.model: must be text in quotes, not a list"),
    "a key for a table": ("traffic = 3", ":1: traffic: must be a table, not a number"),
    "a bad duration": (
        "[collection]\ndeadline = '2 parsecs'",
        ':2: collection.deadline: must be a duration such as "90s"',
    ),
    "no duration": ("[collection]\ndeadline = '0s'", ":2: collection.deadline: input should be greater than 0"),
    "a bad rate": (
        "[traffic]\nrate_limit = 'fast'",
        ':2: traffic.rate_limit: must be a rate such as "50/s" or "3000/m"',
    ),
    "an origin with a path": (
        "[cors]\nallowed_origins = ['https://a/b']",
        ":2: cors.allowed_origins[0]: must be an origin",
    ),
    "a URL without a scheme": (STAGE + 'invoke_url = "a.example"', ":5: stages.dev.invoke_url: must be a URL"),
    "a bad rule code": ("[rules]\noff = ['XX']", ":2: rules.off[0]: 'XX' is not a rule code such as OB007"),
    "a bad severity": (
        "[rules]\nseverity = { OB003 = 'eror' }",
        ':2: rules.severity.OB003: "eror" is not allowed; did you mean "error"?',
    ),
    "a waiver without a reason": (
        "[[waivers]]\nrule = 'CO001'\nreason = 'x'\nexpires_on = 2026-01-01\n[[waivers]]\nrule = 'CO002'",
        ":5: waivers[1].reason: missing; this key is needed",
    ),
    "a waiver without a date": (
        "[[waivers]]\nrule = 'CO001'\nreason = 'x'\nexpires_on = 'soon'",
        ":4: waivers[0].expires_on: must be a date such as 2026-12-31, not text",
    ),
    "a bad ARN": ("[alarms]\nactions = ['me']", ":2: alarms.actions[0]: must be an ARN such as arn:aws:sns"),
    "a bad threshold": (
        "[alarms.thresholds]\nerror_rate_5xx = 'high'",
        ":2: alarms.thresholds.error_rate_5xx: must be a number or",
    ),
    "an incident without an offset": (
        "[[alarms.incidents]]\nstarted_at = 2026-03-01T04:00:00\nended_at = 2026-03-01T05:00:00",
        ":1: alarms.incidents[0]: started_at and ended_at need an offset",
    ),
    "an operation's objective": (
        '[latency.operations."GET /users"]\np98_ms = 3',
        ':2: latency.operations."GET /users".p98_ms: unknown key; did you mean "p99_ms"?; allowed: p50_ms',
    ),
    "broken TOML": ("[traffic]\nworkers = = 2", ": not valid TOML: Invalid value (at line 2, column 11)"),
    "a key twice": (
        "[traffic]\nworkers = 2\nworkers = 3\nseed = 1\n",
        ": not valid TOML: Cannot overwrite a value (at line 3, column 12)",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_told_in_one_line(case: str) -> None:
    text, message = FAULTS[case]
    with pytest.raises(ExpectationsError) as caught:
        parse_expectations(text, source="x.toml")
    lines = str(caught.value).splitlines()
    assert any(line.startswith(f"x.toml{message}") for line in lines), lines
    assert "s3cr3t" not in str(caught.value)


def test_faults_are_told_together_in_the_order_of_the_file() -> None:
    with pytest.raises(ExpectationsError) as caught:
        parse_expectations("[errors]\nmodel = 3\n[traffic]\nworkers = 0\nphases = ['x', 'y']")
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [f"stageproof.toml:{number}" for number in (2, 4, 5, 5)]


def test_a_stage_that_is_not_there() -> None:
    with pytest.raises(ExpectationsError) as caught:
        parse_expectations(FULL).stage("prd")
    assert str(caught.value) == 'no table [stages.prd]; did you mean "prod"?; stages: dev, prod'


def test_a_missing_file_and_one_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "stageproof.toml"
    with pytest.raises(ExpectationsError, match="no such file; write one with: stageproof init"):
        load_expectations(path)
    path.write_bytes(b'a = "\xff"')
    with pytest.raises(ExpectationsError, match="not UTF-8 at byte 5"):
        load_expectations(path)
    with pytest.raises(ExpectationsError, match="cannot be read: Is a directory"):
        load_expectations(tmp_path)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400), ("1d 2h", 93600)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "10 min", "-1s", "1h30", "1s1"])
def test_texts_that_are_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        parse_duration_s(text)


@pytest.mark.parametrize(("text", "rate"), [("50/s", 50), ("3000/m", 50), ("0.5 / s", 0.5), ("7200/h", 2)])
def test_rates(text: str, rate: float) -> None:
    assert parse_rate_per_s(text) == rate


@pytest.mark.parametrize("text", ["0/s", "50", "50/w", "/s"])
def test_texts_that_are_no_rates(text: str) -> None:
    with pytest.raises(ValueError, match="must be a rate"):
        parse_rate_per_s(text)


def test_secret_references() -> None:
    assert secret_reference("env:A_1") == SecretReference(env_name="A_1")
    assert secret_reference("command:get 'a b' c") == SecretReference(argv=("get", "a b", "c"))


@given(st.text().filter(lambda text: not text.startswith(("env:", "command:"))))
def test_a_literal_is_no_secret_reference_and_is_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="a secret must not stand in this file") as caught:
        secret_reference(text)
    assert str(caught.value) == "a secret must not stand in this file: write env:NAME or command:PROGRAM ARGUMENTS"


def test_history_thresholds() -> None:
    assert history_threshold("p99 of 14 days × 1.5") == HistoryThreshold(statistic="p99", days=14, factor=1.5)  # noqa: RUF001 - as people write it
    assert history_threshold("average of 1 day") == HistoryThreshold(statistic="average", days=1)
    with pytest.raises(ValueError, match="455"):
        history_threshold("p99 of 456 days")


def test_lines_of_keys() -> None:
    text = 'a = 1\n[b."c d"]\ne.f = 2\n[[g]]\nh = 1\n[[g]]\nh = 2\n[g.i]\nj = "]"\n# k = 1\n'
    expected = {("a",): 1, ("b", "c d", "e", "f"): 3, ("g", 0, "h"): 5, ("g", 1, "h"): 7, ("g", 1, "i", "j"): 9}
    assert {location: line_of(text, location) for location in expected} == expected
    assert line_of(text, ("b", "c d", "missing")) == 2
    assert line_of(text, ("k",)) is None
