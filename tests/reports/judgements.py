"""Judgements built by hand: a night with faults in every step, a calm night, and parts to make others of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contracts.baseline import Baseline, since_baseline
from contracts.contract import contract_of
from contracts.evidence import (
    Completeness,
    Configuration,
    Exchange,
    HttpRequest,
    HttpResponse,
    Missing,
    Mode,
    Origin,
    Present,
    StageMetadata,
    Trace,
    TraceSegment,
    Transaction,
)
from contracts.expectations import Expectations
from contracts.finding_attribution import attributed, summed_up
from contracts.judge import InternalError
from contracts.judgement import Judgement
from contracts.recording import Manifest
from contracts.rule import PerStage, Rule
from contracts.verdict import Comparison, Finding, Outcome, Severity, Step, Verdict, Waiver
from gateway.execution import AccessEntry, Execution, LogLine
from gateway.messages import Headers

STARTED_AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_RULES: tuple[tuple[str, Severity, Step, str], ...] = (
    ("RT002", E, Step.ROUTING, "Every operation of the contract is deployed"),
    ("MQ001", E, Step.METHOD_REQUEST, "Declared models and required parameters have a request validator"),
    ("MQ002", E, Step.METHOD_REQUEST, "A body that the declared model refuses never reaches the backend"),
    ("IQ002", W, Step.INTEGRATION_REQUEST, "The correlation header carries the request id to the backend"),
    ("IQ003", E, Step.INTEGRATION_REQUEST, "Sensitive fields reach only backends that may see them"),
    ("IQ005", E, Step.INTEGRATION_REQUEST, "A JSON body rendered by a mapping template is valid JSON"),
    ("IS003", E, Step.INTEGRATION_RESPONSE, "An error of the endpoint is answered as an error"),
    ("MS001", E, Step.METHOD_RESPONSE, "Every status that is answered is declared in the contract"),
    ("CO001", E, Step.INTEGRATION_RESPONSE, "A wildcard origin is not combined with credentials"),
    ("CO002", E, Step.METHOD_REQUEST, "A resource that browsers call answers preflights"),
    ("CO003", E, Step.INTEGRATION_RESPONSE, "A preflight from an allowed origin is told that it is allowed"),
    ("CO004", E, Step.INTEGRATION_RESPONSE, "Preflights allow every method that the contract declares"),
    ("CO006", E, Step.GATEWAY_RESPONSE, "The gateway's own 4xx answers carry Access-Control-Allow-Origin"),
    ("CO011", W, Step.INTEGRATION_RESPONSE, "Answers that differ by origin carry Vary: Origin"),
    ("ER004", E, Step.BACKEND, "No request ends in a server error"),
    ("OB004", N, Step.STAGE, "X-Ray tracing is on"),
    ("LM002", E, Step.BACKEND, "No request runs into the integration timeout"),
    ("BN001", E, Step.INTEGRATION_RESPONSE, "Binary answers are bytes, not base64 text"),
)

RULES = {
    code: Rule(
        code=code,
        title=title,
        severity=severity,
        step=step,
        why="The backend trusts the gateway; bad data is stored or crashes it.",
        fix="Attach the request validator and the model to the deployed method, then redeploy.",
        source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings.html",
        failure_modes=("val-validator-absent", "map-vtl-unescaped"),
        judge=PerStage(lambda _: ()),
    )
    for code, severity, step, title in _RULES
}
"""Rules of our own, so that the approved pages do not change with the catalogue's wording."""

DENIED = Missing(
    reason="the execution log could not be read",
    aws_error_code="AccessDeniedException",
    remedy="allow logs:FilterLogEvents on API-Gateway-Execution-Logs_abc123/dev",
)
TEMPLATE = '{\n  "userName": "$input.path(\'$.name\')",\n  "requestId": "$context.requestId"\n}'
NOTE_BODY = (
    b'{"name": "O\'Hara", "email": "ohara@example.com", "password": "redacted:0f3a9c21b7de", "age": "forty-two"}'
)


def contract_document() -> dict[str, Any]:
    answer = {"200": {"description": "fine"}}
    return {
        "openapi": "3.0.1",
        "info": {"title": "users-api", "version": "1.4.0"},
        "paths": {
            "/users": {"get": {"responses": answer}, "post": {"responses": answer}},
            "/users/{userId}": {
                "parameters": [{"name": "userId", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"responses": answer},
                "put": {"responses": answer},
                "delete": {"responses": answer},
            },
            "/users/{userId}/avatar": {
                "parameters": [{"name": "userId", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"responses": answer},
            },
            "/legacy/users": {"post": {"responses": answer}},
            "/health": {"get": {"responses": answer}},
        },
    }


def log_of(request_id: str, *texts: str) -> Execution:
    lines = (
        f"Extended Request Id: {request_id[:8]}=",
        f"Verifying Usage Plan for request: {request_id}. API Key: ******7de API Stage: abc123/dev",
        f"Starting execution for request: {request_id}",
        "HTTP Method: POST, Resource Path: /legacy/users",
        "Method request headers: {Content-Type=application/json, x-api-key=******7de}",
        'Method request body before transformations: {"name": "O\'Hara"}',
        *texts,
    )
    return Execution(
        request_id=request_id,
        endpoint_called=any(text.startswith("Sending request") for text in texts),
        lines=tuple(LogLine(text=line, logged_at=STARTED_AT) for line in lines),
    )


def trace_of(trace_id: str) -> Trace:
    start = 1_772_334_000.0
    function = TraceSegment(
        segment_id="c",
        parent_id="b",
        name="users-legacy",
        start_s=start + 0.012,
        end_s=start + 0.061,
        origin="AWS::Lambda::Function",
        fault=True,
        status=500,
    )
    call = TraceSegment(segment_id="b", name="Lambda", start_s=start + 0.009, end_s=start + 0.066, status=200)
    stage = TraceSegment(
        segment_id="a",
        name="users-api/dev",
        start_s=start,
        end_s=start + 0.074,
        status=502,
        origin="AWS::ApiGateway::Stage",
        subsegments=(call,),
    )
    return Trace(trace_id=trace_id, segments=(stage, function))


def transaction(  # noqa: PLR0913 - a test names only what it is about
    number: int,
    *,
    http_method: str = "POST",
    resource_path: str | None = "/legacy/users",
    status: int = 502,
    elapsed_ms: float = 84.0,
    body: bytes = NOTE_BODY,
    lines: tuple[str, ...] | None = (),
) -> Transaction:
    request_id = f"{number:08x}-0000-4000-8000-00000000c0de"
    exchange = Exchange(
        exchange_id=f"x{number:05d}",
        resource_path=resource_path,
        http_method=http_method,
        origin=Origin.BREAKER,
        mode=Mode.POSITIVE,
        request=HttpRequest(
            http_method=http_method,
            url=f"https://abc123.execute-api.us-east-1.amazonaws.com/dev{resource_path or '/nowhere'}?page=1&sort='a'",
            headers=Headers(
                [("Host", "abc123"), ("Content-Type", "application/json"), ("x-api-key", "redacted:0f3a9c21b7de")]
            ),
            body=body,
        ),
        response=HttpResponse(
            status=status,
            headers=Headers(
                [
                    ("Content-Type", "application/json"),
                    ("x-amzn-RequestId", request_id),
                    *([("x-amzn-ErrorType", "InternalServerErrorException")] if status >= 500 else []),
                ]
            ),
            body=b'{"message": "Internal server error"}' if status >= 500 else b'{"userId": "u-1"}',
        ),
        sent_at=STARTED_AT + timedelta(seconds=number),
        elapsed_ms=elapsed_ms,
        trace_id=f"1-69a3c2b0-{number:024x}",
        intent="an apostrophe in a mapped field",
    )
    entry = AccessEntry(
        raw=f'{{"requestId":"{request_id}","status":"{status}","responseLatency":"{elapsed_ms:.0f}"}}',
        values={"requestId": request_id, "status": str(status), "responseLatency": f"{elapsed_ms:.0f}"},
    )
    return Transaction(
        exchange=exchange,
        execution=DENIED if lines is None else Present(value=log_of(request_id, *lines)),
        access_entry=Present(value=entry),
        trace=Present(value=trace_of(exchange.trace_id or "")),
    )


def verdict(  # noqa: PLR0913 - a test names only what it is about
    code: str,
    subject: str,
    outcome: Outcome = Outcome.BROKEN,
    *,
    message: str = "the message",
    findings: tuple[Finding, ...] = (),
    counts: tuple[tuple[Outcome, int], ...] = (),
    waived: Waiver | None = None,
) -> Verdict:
    rule = RULES[code]
    return Verdict(
        rule=code,
        severity=rule.severity,
        step=rule.step,
        subject=subject,
        outcome=outcome,
        message=message,
        failure_modes=rule.failure_modes,
        evidence=tuple(dict.fromkeys(item for finding in findings for item in finding.evidence)),
        counts=counts,
        findings=findings,
        waived=waived,
    )


def judgement(  # noqa: PLR0913 - a test names only what it is about
    verdicts: Iterable[Verdict],
    transactions: Iterable[Transaction] = (),
    *,
    internal_errors: tuple[InternalError, ...] = (),
    completeness: dict[str, Completeness] | None = None,
    requested: dict[str, int] | None = None,
    sent: dict[str, int] | None = None,
    complete: bool = True,
) -> Judgement:
    contract = contract_of(contract_document(), source="contract.json")
    by_id = {one.exchange.exchange_id: one for one in transactions}
    return Judgement(
        manifest=Manifest(
            run_id="20260301-0300-7f3a",
            stage="dev",
            rest_api_id="abc123",
            started_at=STARTED_AT,
            finished_at=STARTED_AT + timedelta(seconds=171),
            seed=42,
            contract_digest="9c0ffee" * 9,
            requested=requested or {},
            sent=sent or {},
            complete=complete,
            stageproof_version="0.1.0",
        ),
        contract=contract,
        configuration=Configuration(
            metadata=StageMetadata(
                account_id="123456789012",
                region="us-east-1",
                read_at=STARTED_AT,
                invoke_url="https://abc123.execute-api.us-east-1.amazonaws.com/dev",
            ),
            rest_api=Present(value=contract.rest_api),
            deployed=Present(value=contract.rest_api),
            stage=DENIED,
            usage_plans=Present(value=()),
            account=DENIED,
            log_groups=DENIED,
        ),
        expectations=Expectations.model_validate_json('{"latency": {"p50_ms": 60, "p99_ms": 120}}'),
        transactions=tuple(by_id.values()),
        metrics=(),
        verdicts=tuple(_attributed(each, by_id) for each in verdicts),
        rules=RULES,
        internal_errors=internal_errors,
        completeness=completeness or {},
    )


def _attributed(told: Verdict, by_id: Mapping[str, Transaction]) -> Verdict:
    """Say of a verdict's findings who answered, as judging does."""
    findings = tuple(attributed(finding, by_id) for finding in told.findings)
    whole = summed_up(findings)
    return replace(
        told,
        findings=findings,
        operations=whole.operations,
        answered_by=whole.answered_by,
        reached_backend=whole.reached_backend,
    )


def compared(night: Judgement) -> Judgement:
    """The night beside an earlier one: one verdict new, one still broken, one mended, one without evidence tonight."""
    before = {
        ("MQ002", "POST /users"): "broken",
        ("IQ005", "POST /legacy/users"): "held",
        ("RT002", "GET /health"): "broken",
        ("IQ002", "GET /users"): "broken",
    }
    baseline = Baseline(
        run_id="20260228-0300-1a2b",
        stage="dev",
        rest_api_id="abc123",
        rest_api_name="users-api",
        started_at="2026-02-28T03:00:00Z",
        outcomes=before,
    )
    return replace(night, since=since_baseline(night.verdicts, night.manifest, night.rest_api_name, baseline))


def calm() -> Judgement:
    """A small night on which everything holds."""
    return judgement(
        [
            verdict("RT002", "GET /health", Outcome.HELD, message="is deployed"),
            verdict("MQ001", "POST /users", Outcome.HELD, message="the body of the request is validated"),
            verdict("BN001", "GET /health", Outcome.NOT_APPLICABLE, message="no body was sent or no answer came"),
        ],
        [transaction(1, http_method="GET", resource_path="/health", status=200, elapsed_ms=12, body=b"")],
        completeness={kind: Completeness(expected=1, found=1) for kind in ("executions", "access_entries", "traces")},
        requested={"GET /health": 1},
        sent={"GET /health": 1},
    )


def faulty() -> Judgement:
    """A night on which several steps are broken, some things could not be read and one is waived."""
    failed = (
        "Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/users-legacy/invocations",
        'Endpoint request body after transformations: {"userName": "O\\\'Hara", "requestId": "00000001"}',
        "Sending request to https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/users-legacy/invocations",
        "Received response. Status: 200, Integration latency: 57 ms",
        "Execution failed due to configuration error: Malformed Lambda proxy response",
        "Gateway response type: DEFAULT_5XX with status code: 502",
    )
    accepted = (
        "Sending request to https://backend.example.com/users",
        "Received response. Status: 201, Integration latency: 31 ms",
    )
    transactions = [
        transaction(1, lines=failed),
        transaction(2, resource_path="/users", status=201, elapsed_ms=41, lines=accepted),
        transaction(3, resource_path="/users", status=201, elapsed_ms=38, lines=accepted),
        transaction(4, lines=None, status=200, elapsed_ms=118),
        *(
            transaction(
                number,
                http_method="GET",
                resource_path="/users/{userId}",
                status=200,
                elapsed_ms=9 + number * 3,
                body=b"",
            )
            for number in range(5, 45)
        ),
    ]
    mapped = Comparison(
        what="Rendered body (application/json)",
        expected='{\n  "userName": "O\'Hara",\n  "requestId": "00000001"\n}',
        actual='{\n  "userName": "O\\\'Hara",\n  "requestId": "00000001"\n}',
        inputs=(("Mapping template", TEMPLATE), ("Method request body", NOTE_BODY.decode())),
    )
    invalid = "an invalid body reached the backend (body: 'age' is not an integer); the client got 201"
    broken_verdicts = [
        verdict(
            "MQ002",
            "POST /users",
            message=f"{invalid} (2 of 34)",
            counts=((Outcome.BROKEN, 2), (Outcome.HELD, 32), (Outcome.NOT_APPLICABLE, 60)),
            findings=tuple(
                Finding(outcome=Outcome.BROKEN, message=invalid, evidence=(name,), reached_backend=True)
                for name in ("x00002", "x00003")
            ),
        ),
        verdict(
            "IQ005",
            "POST /legacy/users",
            message="the template rendered invalid JSON: Invalid \\escape at column 17",
            counts=((Outcome.BROKEN, 1), (Outcome.HELD, 11)),
            findings=(
                Finding(
                    outcome=Outcome.BROKEN,
                    message="the template rendered invalid JSON: Invalid \\escape at column 17",
                    evidence=("x00001",),
                    comparison=mapped,
                ),
            ),
        ),
        verdict(
            "IS003",
            "POST /legacy/users",
            message="the endpoint failed (KeyError), the client got 200",
            findings=(
                Finding(
                    outcome=Outcome.BROKEN,
                    message="the endpoint failed (KeyError), the client got 200",
                    evidence=("x00004",),
                    answered_by="backend",
                    reached_backend=True,
                ),
            ),
        ),
        verdict(
            "CO006",
            "/users",
            message="403 by the API key tells https://app.example.com None (3 of 3)",
            findings=(Finding(outcome=Outcome.BROKEN, message="403 tells https://app.example.com None", evidence=()),),
        ),
        verdict("OB004", "stage", message="tracing is off for the stage"),
    ]
    lacking = Finding(outcome=Outcome.UNDETERMINED, message=DENIED.reason, remedy=DENIED.remedy)
    others = [
        *(
            verdict("IQ002", f"{name} /users", Outcome.UNDETERMINED, message=DENIED.reason, findings=(lacking,))
            for name in ("GET", "POST")
        ),
        verdict(
            "CO002",
            "/health",
            message="the preflight was answered 403",
            waived=Waiver(
                rule="CO002", subject="/health", reason="nobody calls it from a browser", expires_on=date(2026, 12, 31)
            ),
        ),
    ]
    for operation in contract_of(contract_document(), source="").operations:
        others += [
            verdict("RT002", operation.name, Outcome.HELD, message="is deployed"),
            verdict("MS001", operation.name, Outcome.HELD, message="200 is declared (20 of 20)"),
            verdict("ER004", operation.name, Outcome.HELD, message="no server error"),
            verdict("BN001", operation.name, Outcome.NOT_APPLICABLE, message="no body was sent or no answer came"),
        ]
    return judgement(
        [*broken_verdicts, *others],
        transactions,
        internal_errors=(InternalError(rule="LM002", subject="stage", details="Traceback …\nKeyError: 'x'"),),
        completeness={
            "executions": Completeness(
                expected=44, found=43, missing=("00000004-0000",), reason=DENIED.reason, remedy=DENIED.remedy
            ),
            "access_entries": Completeness(expected=44, found=44),
            "traces": Completeness(expected=44, found=44),
            "metrics": Completeness(expected=12, found=12),
        },
        requested={"POST /users": 60, "POST /legacy/users": 20, "GET /users/{userId}": 40},
        sent={"POST /users": 60, "POST /legacy/users": 18, "GET /users/{userId}": 40},
    )
