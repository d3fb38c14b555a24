from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from contracts.evidence import Exchange
from contracts.recording import Manifest, Recording, RecordingWriter
from contracts.redaction import Redactor
from gateway.openapi import read
from probes.authentication import AwsKeys, Credentials
from probes.progress import Progress
from probes.shard import _signature
from probes.traffic import TrafficPlan, TrafficResult, derived_seed, merged, run_traffic, traffic_tasks
from probes.traffic_document import traffic_document
from probes.traffic_phases import STATEFUL, PhaseOutcome

API_KEY = "the-api-key-of-the-test"
TOKEN = "the-token-of-the-test"


def a_plan(document: dict[str, Any], base_url: str, **changes: Any) -> TrafficPlan:
    settings: dict[str, Any] = {
        "document": document,
        "rest_api": read(document).rest_api,
        "base_url": base_url,
        "run_id": "run-1",
        "redactor": Redactor(b"k" * 32, secrets=(API_KEY, TOKEN)),
        "seed": 1,
        "max_examples": 5,
        "destructive_traffic": True,
        "user_agent": "stageproof/0 (run run-1)",
        "credentials": Credentials(api_key=API_KEY, authorization=TOKEN),
    }
    return TrafficPlan(**{**settings, **changes})


def recorded(directory: Path) -> Recording:
    writer = RecordingWriter(directory, redactor=Redactor(b"k" * 32))
    manifest = Manifest(run_id="run-1", stage="dev", rest_api_id="abc", started_at=datetime.now(UTC))
    writer.write_manifest(manifest)
    return Recording.open(directory)


@dataclass(frozen=True)
class WholeRun:
    result: TrafficResult
    exchanges: tuple[Exchange, ...]
    arrived: list[tuple[str, str, dict[str, str], bytes]]
    seen: list[Progress]
    directory: Path


@pytest.fixture(scope="module")
def whole_run(
    users_contract: dict[str, Any], shared_echo_stage: Any, tmp_path_factory: pytest.TempPathFactory
) -> WholeRun:
    directory, seen = tmp_path_factory.mktemp("whole"), list[Progress]()
    result = run_traffic(a_plan(users_contract, shared_echo_stage.base_url), directory, seen.append)
    return WholeRun(result, recorded(directory).exchanges(), shared_echo_stage.arrived, seen, directory)


def test_everything_that_two_processes_send_is_recorded_and_accounted_for(whole_run: WholeRun) -> None:
    result, exchanges = whole_run.result, whole_run.exchanges
    assert result.stopped is None
    assert [outcome for outcome in result.outcomes if not outcome.is_complete] == []
    assert result.requested == result.sent
    assert len(exchanges) == len(whole_run.arrived) == result.requests == sum(result.sent.values())
    assert {exchange.origin.value for exchange in exchanges} >= {"coverage", "fuzzing", "stateful"}
    assert len({exchange.exchange_id for exchange in exchanges}) == len(exchanges)
    shards = {path.name.split("-")[1] for path in (whole_run.directory / "parts").glob("exchanges-*")}
    assert shards == {"traffic0w0", "traffic0w1"}
    fuzzed = Counter(exchange.operation for exchange in exchanges if exchange.origin.value == "fuzzing")
    assert fuzzed == {"GET /users": 5, "POST /users": 5, "DELETE /users/{userId}": 5}


def test_progress_is_told_up_to_the_end(whole_run: WholeRun) -> None:
    last = whole_run.seen[-1]
    assert last.requests == whole_run.result.requests
    assert last.done == last.total == 4
    assert last.eta_s == 0


def test_every_request_has_its_own_trace_and_names_the_run(whole_run: WholeRun) -> None:
    traces = [headers["x-amzn-trace-id"] for _, _, headers, _ in whole_run.arrived]
    assert len(set(traces)) == len(traces)
    assert all(trace.startswith("Root=1-") and trace.endswith(";Sampled=1") for trace in traces)
    assert {headers["user-agent"] for _, _, headers, _ in whole_run.arrived} == {"stageproof/0 (run run-1)"}
    assert {f"Root={exchange.trace_id};Sampled=1" for exchange in whole_run.exchanges} == set(traces)


def test_requests_carry_the_credentials_that_their_operation_needs(whole_run: WholeRun) -> None:
    arrived = whole_run.arrived
    deletes = [headers for method, path, headers, _ in arrived if method == "DELETE" and path.startswith("/dev/users/")]
    creates = [headers for method, path, headers, _ in arrived if (method, path) == ("POST", "/dev/users")]
    assert deletes
    assert creates
    assert all(headers["authorization"] == TOKEN and "x-api-key" not in headers for headers in deletes)
    assert all(headers["x-api-key"] == API_KEY and "authorization" not in headers for headers in creates)
    assert all(API_KEY not in str(exchange) and TOKEN not in str(exchange) for exchange in whole_run.exchanges)


def test_negative_cases_name_what_they_violate(whole_run: WholeRun) -> None:
    exchanges = whole_run.exchanges
    violated = {violated for exchange in exchanges for violated in exchange.violates}
    assert {"body", "query:limit", "path:userId", "content-type", "method"} <= violated
    assert all(bool(exchange.violates) == (exchange.mode.value == "negative") for exchange in exchanges)
    missing = [each for each in exchanges if each.intent.startswith("Missing") and "limit" in each.intent]
    assert missing
    assert all("limit=" not in exchange.request.url for exchange in missing)


def test_a_dropped_connection_is_recorded_and_ends_nothing(
    users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path
) -> None:
    echo_stage.breaks.add("DELETE")
    plan = a_plan(users_contract, echo_stage.base_url, operations=("DELETE *",), phases=("fuzzing",), workers=1)
    result = run_traffic(plan, tmp_path)
    exchanges = recorded(tmp_path).exchanges()
    assert result.sent == {"DELETE /users/{userId}": 5}
    assert result.failures == 5
    assert all(exchange.response is None and exchange.error for exchange in exchanges)


def test_a_stage_that_answers_nothing_is_given_up(users_contract: dict[str, Any], tmp_path: Path) -> None:
    plan = a_plan(users_contract, "http://127.0.0.1:9/dev", workers=1)
    result = run_traffic(plan, tmp_path)
    assert result.stopped == "no answer to 20 requests in a row"
    assert 20 <= result.requests <= 25
    assert result.completeness.expected > result.completeness.found
    assert "no answer" in (result.completeness.reason or "")


def test_the_time_budget_ends_the_traffic_and_says_what_is_missing(
    users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path
) -> None:
    plan = a_plan(users_contract, echo_stage.base_url, max_examples=5000, time_budget_s=2.0, workers=1)
    began_s = time.monotonic()
    result = run_traffic(plan, tmp_path)
    assert time.monotonic() - began_s < 12
    assert result.stopped == "the time budget is spent"
    assert sum(result.requested.values()) > sum(result.sent.values())
    assert len(recorded(tmp_path).exchanges()) == result.requests


def test_the_rate_limit_holds_for_all_workers_together(
    users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path
) -> None:
    plan = a_plan(users_contract, echo_stage.base_url, rate_limit_per_s=50.0, phases=("fuzzing",), max_examples=15)
    run_traffic(plan, tmp_path)
    sent = sorted(exchange.sent_at for exchange in recorded(tmp_path).exchanges())
    assert len(sent) / ((sent[-1] - sent[0]).total_seconds() + 1 / 50) <= 55


def test_an_interrupted_run_keeps_what_was_recorded_and_is_continued(
    users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path
) -> None:
    def interrupt() -> None:
        while len(echo_stage.arrived) < 20:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    plan = a_plan(users_contract, echo_stage.base_url, max_examples=12)
    thread = threading.Thread(target=interrupt)
    thread.start()
    first = run_traffic(plan, tmp_path)
    thread.join()
    assert first.interrupted
    assert first.stopped == "interrupted"
    assert len(recorded(tmp_path).exchanges()) == first.requests

    rest = a_plan(users_contract, echo_stage.base_url, max_examples=12, already_done=first.outcomes)
    second = run_traffic(rest, tmp_path, attempt=1)
    assert second.stopped is None
    assert all(outcome.is_complete for outcome in second.outcomes)
    exchanges = recorded(tmp_path).exchanges()
    assert len(exchanges) == first.requests + second.requests
    assert len({exchange.exchange_id for exchange in exchanges}) == len(exchanges)
    assert second.requested == second.sent


KILLED_RUN = """
import sys
from pathlib import Path
from probes.traffic import run_traffic
from tests.probes.conftest import USERS_CONTRACT
from tests.probes.test_traffic import a_plan

if __name__ == "__main__":
    run_traffic(a_plan(USERS_CONTRACT, sys.argv[1], max_examples=5000, rate_limit_per_s=20.0), Path(sys.argv[2]))
"""


def test_the_workers_of_a_killed_run_send_no_more(echo_stage: Any, tmp_path: Path) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED_RUN, encoding="utf-8")
    root = Path(__file__).resolve().parents[2]
    arguments = [sys.executable, str(program), echo_stage.base_url, str(tmp_path / "night")]
    process = subprocess.Popen(arguments, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    give_up_s = time.monotonic() + 60
    while len(echo_stage.arrived) < 5 and time.monotonic() < give_up_s:
        time.sleep(0.05)
    process.kill()
    process.wait()
    time.sleep(2.0)
    told = len(echo_stage.arrived)
    time.sleep(1.5)
    assert 5 <= told == len(echo_stage.arrived)
    assert recorded(tmp_path / "night").exchanges(), "what they had sent is flushed"


def _signed(users_contract: dict[str, Any], base_url: str, **changes: Any) -> TrafficPlan:
    document = json.loads(json.dumps(users_contract))
    sigv4 = {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"}
    document["components"]["securitySchemes"]["iam"] = sigv4
    for item in document["paths"].values():
        for operation in item.values():
            operation["security"] = [{"iam": []}]
    keys = AwsKeys(access_key="AKIDEXAMPLE", secret_key="s" * 40, session_token="session-of-the-test")
    return a_plan(document, base_url, credentials=Credentials(aws_keys=keys), **changes)


def test_traffic_ends_when_the_keys_that_sign_it_expire_and_blames_no_stage(
    users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path
) -> None:
    echo_stage.error_type = "ExpiredTokenException"
    result = run_traffic(_signed(users_contract, echo_stage.base_url), tmp_path)
    assert result.stopped == "the AWS credentials that sign the requests have expired; sign in again"
    assert recorded(tmp_path).exchanges() == ()
    assert 1 <= len(echo_stage.arrived) <= 10, "not all that was to be sent"
    assert all(headers["x-amz-security-token"] == "session-of-the-test" for _, _, headers, _ in echo_stage.arrived)


def test_a_signature_that_the_stage_refuses_is_recorded(
    users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path
) -> None:
    echo_stage.error_type = "InvalidSignatureException"
    plan = _signed(users_contract, echo_stage.base_url, phases=("fuzzing",), max_examples=2, operations=("GET *",))
    assert run_traffic(plan, tmp_path).stopped is None
    assert {exchange.error_type for exchange in recorded(tmp_path).exchanges()} == {"InvalidSignatureException"}


def test_a_space_in_a_signed_query_is_written_as_aws_reads_it() -> None:
    keys = AwsKeys(access_key="AKIDEXAMPLE", secret_key="s" * 40)
    url = "https://h.example/dev/a+b?q=a+b&p=c%2Bd"
    prepared = requests.Request("GET", url, auth=_signature(keys)).prepare()
    assert prepared.url == "https://h.example/dev/a+b?q=a%20b&p=c%2Bd"
    assert "Authorization" in prepared.headers


def test_what_is_done_is_told_while_it_goes_on(users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path) -> None:
    told: list[tuple[PhaseOutcome, ...]] = []
    plan = a_plan(users_contract, echo_stage.base_url, max_examples=2, workers=1)
    result = run_traffic(plan, tmp_path, on_done=told.append)
    assert len(told) == 4, "the stateful phase and three operations"
    assert [len(outcomes) for outcomes in told] == sorted(len(outcomes) for outcomes in told)
    assert set(told[-1]) == set(result.outcomes)


def test_the_same_seed_sends_the_same_for_any_number_of_workers(
    users_contract: dict[str, Any], echo_stage: Any, tmp_path: Path
) -> None:
    sent = []
    for workers in (1, 2):
        echo_stage.arrived.clear()
        plan = a_plan(users_contract, echo_stage.base_url, workers=workers, phases=("coverage", "fuzzing"))
        run_traffic(plan, tmp_path / str(workers))
        sent.append(Counter((method, path, body) for method, path, _, body in echo_stage.arrived))
    assert sent[0] == sent[1]


def test_tasks_begin_with_the_stateful_phase_and_the_longest_operation(users_contract: dict[str, Any]) -> None:
    plan = a_plan(users_contract, "http://127.0.0.1")
    prepared = traffic_document(users_contract, plan.rest_api, destructive_traffic=True)
    tasks = traffic_tasks(plan, prepared)
    assert [task.operation and task.operation.name for task in tasks[:2]] == [None, "POST /users"]
    assert len({task.seed for task in tasks}) == len(tasks)


@pytest.mark.parametrize(("seed", "name", "other"), [(1, "GET /a", "GET /b"), (2, STATEFUL, "GET /a")])
def test_seeds_are_derived_from_seed_and_name(seed: int, name: str, other: str) -> None:
    assert derived_seed(seed, name) == derived_seed(seed, name)
    assert derived_seed(seed, name) != derived_seed(seed, other)
    assert derived_seed(seed, name) != derived_seed(seed + 1, name)


def test_a_continued_phase_adds_up() -> None:
    before = PhaseOutcome(operation="GET /a", phase="fuzzing", requested=20, sent=7, is_complete=False, reason="x")
    now = PhaseOutcome(operation="GET /a", phase="fuzzing", requested=20, sent=20, is_complete=True)
    (whole,) = merged((before,), (now,))
    assert (whole.requested, whole.sent, whole.is_complete) == (27, 27, True)


def test_what_was_not_sent_stands_in_the_completeness() -> None:
    short = PhaseOutcome(operation="GET /a", phase="fuzzing", requested=20, sent=4, is_complete=False, reason="gave up")
    result = TrafficResult(outcomes=(short,), requests=4, failures=0, elapsed_s=1.0)
    assert result.completeness.expected == 20
    assert result.completeness.found == 4
    assert result.completeness.missing == ("GET /a",)
    assert result.completeness.reason == "GET /a (fuzzing): gave up"
