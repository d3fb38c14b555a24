"""How many transactions are judged a second: parse, join and judge a recording of 20,000 exchanges.

Run it as `python benchmarks/judge.py`. A few dozen requests are led through the gateway model by the
example's contract; their log lines, access lines and traces are then repeated under ids of their own. The recording is
written and judged as a night's is.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from contracts.contract import Contract, load_contract
from contracts.evidence import (
    AccessEntry,
    AccountSettings,
    Completeness,
    Configuration,
    Exchange,
    Execution,
    HttpRequest,
    HttpResponse,
    LogGroup,
    Mode,
    Origin,
    Present,
    StageMetadata,
    Trace,
)
from contracts.expectations import load_expectations
from contracts.join import join
from contracts.judgement import judge
from contracts.recording import Manifest, Recording, RecordingWriter, redaction_key
from contracts.redaction import Redactor
from gateway import access_log, execution_log
from gateway.execution import LogLine
from gateway.messages import (
    AuthorizerRequest,
    AuthorizerResponse,
    ClientRequest,
    EndpointRequest,
    EndpointResponse,
    GatewayContext,
    Headers,
    UsagePlanDecision,
    UsagePlanRequest,
    UsagePlanResponse,
)
from gateway.pipeline import Executed, execute
from gateway.rest_api import AccessLogSettings, MethodSettings, RestApi, Stage
from probes.traces import parse_trace

EXAMPLE = Path(__file__).parent.parent / "examples" / "users-api"
START = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
USER = {"userId": "u1", "name": "Ada", "email": "ada@example.com", "createdAt": "2026-03-04T02:00:00Z"}
LOG_FORMAT = json.dumps(
    {
        name: f"$context.{name}"
        for name in (
            "requestId",
            "extendedRequestId",
            "identity.sourceIp",
            "httpMethod",
            "resourcePath",
            "status",
            "responseLength",
            "responseLatency",
            "xrayTraceId",
        )
    }
)
STAGE = Stage(
    stage_name="dev",
    method_settings={"*/*": MethodSettings(metrics_enabled=True, logging_level="INFO", data_trace_enabled=True)},
    access_log_settings=AccessLogSettings(
        destination_arn="arn:aws:logs:us-east-1:123456789012:log-group:access", log_format=LOG_FORMAT
    ),
    tracing_enabled=True,
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What one request left behind, as AWS keeps it."""

    exchange: Exchange
    request_id: str
    log_lines: tuple[str, ...]
    access_line: str
    trace: dict[str, Any]


def main() -> None:
    """Print figures for each part, and the whole."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--exchanges", type=int, default=20_000)
    count: int = arguments.parse_args().exchanges
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        parse_s, write_s = prepare(directory, count)
        size_mb = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6
        print(f"peak memory before judging {peak_mb():,.0f} MB (what is generated is held too)")
        read_s, join_s = read_and_join(directory, count)
        judgement, judge_s = timed(lambda: judge(Recording.open(directory), today=date(2026, 3, 4)))
    print(f"verdicts {dict(judgement.summary)}, rules that raised: {len(judgement.internal_errors)}")
    for name, seconds in (
        ("parse logs, access lines, traces", parse_s),
        (f"redact and write ({size_mb:.1f} MB)", write_s),
        ("read", read_s),
        ("join", join_s),
        ("read, join and judge", judge_s),
        ("parse + join + judge", parse_s + judge_s),
    ):
        print(f"{name:34} {seconds:7.2f} s {count / seconds:10,.0f} transactions/s")
    print(f"peak memory {peak_mb():,.0f} MB")


def prepare(directory: Path, count: int) -> tuple[float, float]:
    """Write a recording of so many exchanges; return the seconds for parsing and for writing."""
    contract = load_contract(EXAMPLE / "docs" / "openapi.yaml")
    told = list(telemetry(contract.rest_api, count))
    print(f"{count:,} exchanges, {sum(len(item.log_lines) for item in told):,} log lines")
    evidence, parse_s = timed(lambda: parsed(told))
    _, write_s = timed(lambda: record(directory, contract, told, evidence))
    return parse_s, write_s


def read_and_join(directory: Path, count: int) -> tuple[float, float]:
    """Return the seconds for reading the rows and for joining them."""
    rows, read_s = timed(lambda: _rows(Recording.open(directory)))
    joined, join_s = timed(lambda: join(*rows))
    whole = sum(isinstance(one.execution, Present) and isinstance(one.trace, Present) for one in joined)
    print(f"joined {whole / count:.1%} of the exchanges to an execution and a trace")
    return read_s, join_s


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Do work; return its result and the seconds it took."""
    started = perf_counter()
    result = work()
    return result, perf_counter() - started


def peak_mb() -> float:
    """Return the most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def telemetry(api: RestApi, count: int) -> Iterator[Telemetry]:
    """Give what so many requests leave behind: each template request again and again, under its own ids."""
    samples = [(request, sample(api, request)) for request in requests()]
    for number in range(count):
        request, executed = samples[number % len(samples)]
        yield _renamed(request, executed, number)


def requests() -> list[ClientRequest]:
    """Return the template requests: good ones, and ones that validator, key, authorizer or routing must refuse."""
    given = Headers([("Content-Type", "application/json"), ("Accept", "application/json"), ("Host", "h")])
    keyed = given.set("x-api-key", "benchmark-key-0123456789")
    good = json.dumps({"name": "Ada", "email": "ada@example.com", "password": "correct horse 9"}).encode()
    found = [
        ClientRequest(http_method="POST", path="/users", headers=keyed, body=body)
        for body in (good, b'{"name": 1}', b"{}", b"[", good.replace(b"Ada", b'O\\"Neil'))
    ]
    found += [
        ClientRequest(http_method="GET", path="/users", query=f"limit={limit}", headers=given) for limit in "158x"
    ]
    found += [
        ClientRequest(http_method=method, path=f"/users/{user}", headers=headers, body=good if method == "PUT" else b"")
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH")
        for user in ("u1", "u2")
        for headers in (given, keyed.set("Authorization", "Bearer allow"))
    ]
    found += [
        ClientRequest(http_method="GET", path=path, headers=given) for path in ("/health", "/countries/DE", "/nowhere")
    ]
    legacy = b'{"query": "Ada", "limit": 3, "nationalId": "123-45-6789"}'
    found += [ClientRequest(http_method="POST", path="/legacy/users/search", headers=keyed, body=legacy)]
    return found


def sample(api: RestApi, request: ClientRequest) -> Executed:
    """Lead a request through the gateway model, with answers that a backend might give."""
    context = GatewayContext(
        request_id="REQUEST-ID",
        extended_request_id="EXTENDED-ID",
        rest_api_id="api1",
        stage_name="dev",
        requested_at=START,
        trace_id=trace_id(0),
    )
    steps = execute(api, STAGE, request, context)
    answer: Any = None
    try:
        while True:
            answer = _answer(steps.send(answer))
    except StopIteration as stopped:
        executed: Executed = stopped.value
        return executed


def _answer(question: object) -> object:
    match question:
        case AuthorizerRequest():
            statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            return AuthorizerResponse(body=json.dumps({"principalId": "p", "policyDocument": policy}), latency_ms=3)
        case UsagePlanRequest(api_key=None, required=True):
            return UsagePlanResponse(decision=UsagePlanDecision.INVALID_API_KEY)
        case UsagePlanRequest():
            return UsagePlanResponse(decision=UsagePlanDecision.ALLOWED)
        case EndpointRequest(lambda_arn=str()):
            headers = {"Content-Type": "application/json"}
            answer = {"statusCode": 200, "headers": headers, "body": json.dumps(USER), "isBase64Encoded": False}
            return EndpointResponse(body=json.dumps(answer).encode(), latency_ms=12, endpoint_request_id="lambda-1")
        case _:
            return EndpointResponse(headers=Headers([("Content-Type", "application/json")]), body=b"{}", latency_ms=9)


def trace_id(number: int) -> str:
    """Return a trace root."""
    return f"1-{number:08x}-0123456789abcdef01234567"


def _renamed(request: ClientRequest, executed: Executed, number: int) -> Telemetry:
    request_id, extended = f"00000000-0000-4000-8000-{number:012d}", f"ext{number:09d}="
    execution = replace(
        executed.execution, request_id=request_id, extended_request_id=extended, trace_id=trace_id(number)
    )
    lines = execution_log.write(execution, logging_level="INFO", data_trace_enabled=True)
    values = {
        **executed.context,
        "requestId": request_id,
        "extendedRequestId": extended,
        "xrayTraceId": trace_id(number),
        "responseLatency": "15",
    }
    told = executed.response.headers.set("x-amzn-RequestId", request_id).set("x-amz-apigw-id", extended)
    query = f"?{request.query}" if request.query else ""
    url = f"https://api1.execute-api.us-east-1.amazonaws.com/dev{request.path}{query}"
    sent = HttpRequest(http_method=request.http_method, url=url, headers=request.headers, body=request.body)
    exchange = Exchange(
        exchange_id=f"x{number}",
        resource_path=executed.resource_path,
        http_method=request.http_method,
        origin=Origin.FUZZING,
        mode=Mode.POSITIVE if executed.response.status < 400 else Mode.NEGATIVE,
        request=sent,
        response=HttpResponse(status=executed.response.status, headers=told, body=executed.response.body),
        sent_at=START + timedelta(milliseconds=10 * number),
        elapsed_ms=20.0,
        trace_id=trace_id(number),
    )
    access_line = access_log.write(LOG_FORMAT, values)
    return Telemetry(exchange, request_id, lines, access_line, _trace(request_id, number, executed.response.status))


def _trace(request_id: str, number: int, status: int) -> dict[str, Any]:
    start_s = START.timestamp() + number / 100
    backend = {
        "id": f"{number:015x}b",
        "name": "Lambda",
        "namespace": "aws",
        "start_time": start_s,
        "end_time": start_s,
    }
    document = {
        "id": f"{number:015x}a",
        "trace_id": trace_id(number),
        "name": "users-api/dev",
        "start_time": start_s,
        "end_time": start_s + 0.02,
        "origin": "AWS::ApiGateway::Stage",
        "http": {"response": {"status": status}},
        "aws": {"api_gateway": {"request_id": request_id}},
        "subsegments": [backend],
    }
    return {"Id": trace_id(number), "Segments": [{"Id": document["id"], "Document": json.dumps(document)}]}


def parsed(told: list[Telemetry]) -> list[tuple[Execution, AccessEntry, Trace]]:
    """Parse what AWS kept, as the collectors do."""
    return [
        (
            execution_log.read(
                (LogLine(text=line, logged_at=START) for line in item.log_lines), request_id=item.request_id
            ),
            access_log.read(LOG_FORMAT, item.access_line, logged_at=START),
            parse_trace(item.trace),
        )
        for item in told
    ]


def record(
    folder: Path, contract: Contract, told: list[Telemetry], evidence: list[tuple[Execution, AccessEntry, Trace]]
) -> None:
    """Write a recording as a night does: redacted, in parts."""
    redactor = Redactor(
        redaction_key(folder), field_names=["password", "nationalId"], secrets=["benchmark-key-0123456789"]
    )
    with RecordingWriter(folder, redactor=redactor) as writer:
        writer.write_contract(contract.document)
        writer.write_configuration(_configuration(contract.rest_api))
        writer.write_expectations(load_expectations(EXAMPLE / "stageproof.toml"))
        for item, (execution, access_entry, trace) in zip(told, evidence, strict=True):
            writer.add_exchange(item.exchange)
            writer.add_execution(execution)
            writer.add_access_entry(access_entry)
            writer.add_trace(trace)
        whole = Completeness(expected=len(told), found=len(told))
        kinds = dict.fromkeys(("executions", "access_entries", "traces"), whole)
        writer.finish(
            Manifest(run_id="benchmark", stage="dev", rest_api_id="api1", started_at=START, completeness=kinds)
        )


def _configuration(api: RestApi) -> Configuration:
    groups = ("access", "API-Gateway-Execution-Logs_api1/dev")
    return Configuration(
        metadata=StageMetadata(
            account_id="123456789012", region="us-east-1", read_at=START, invoke_url="https://h/dev"
        ),
        rest_api=Present(value=api),
        deployed=Present(value=api),
        stage=Present(value=STAGE),
        usage_plans=Present(value=()),
        account=Present(value=AccountSettings(cloudwatch_role_arn="arn:aws:iam::123456789012:role/logs")),
        log_groups=Present(value=tuple(LogGroup(log_group_name=name, exists=True) for name in groups)),
    )


def _rows(
    recording: Recording,
) -> tuple[tuple[Exchange, ...], tuple[Execution, ...], tuple[AccessEntry, ...], tuple[Trace, ...]]:
    return recording.exchanges(), recording.executions(), recording.access_entries(), recording.traces()


if __name__ == "__main__":
    main()
