"""Builds the run that a rule case tells of, so that rules are tested by data.

A case is JSON: ``contract``, ``deployed`` and ``current`` are merge patches on the document before (``"missing"`` where
it could not be read), ``stage``, ``expect``, ``metrics``, ``completeness`` and ``account`` change the defaults, and
``exchanges`` tell what was observed. ``http`` makes it a run of an HTTP API. ``outcome`` (and ``subject``, ``message``)
say what the rule must answer. ``base`` is a contract in place of the usual one, ``deployed_base`` what is deployed
where that is no patch of the contract.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from contracts import recording_codec
from contracts.contract import contract_of
from contracts.evidence import (
    NOT_COLLECTED,
    NOT_OF_HTTP_APIS,
    AccountSettings,
    AlarmTopic,
    Completeness,
    Configuration,
    DeployedAlarm,
    DomainName,
    Evidence,
    Exchange,
    HttpApiConfiguration,
    HttpRequest,
    HttpResponse,
    MetricPoint,
    Missing,
    Mode,
    Origin,
    Prediction,
    Present,
    StageMetadata,
    Trace,
    TraceSegment,
    Transaction,
)
from contracts.expectations import Expectations, StageExpectations
from contracts.run_evidence import RunEvidence
from gateway import execution_log, http_api_documents, openapi
from gateway.execution import AccessEntry, Execution, LogLine
from gateway.messages import Headers
from gateway.rest_api import AccessLogSettings, CanarySettings, MethodSettings, RestApi, Stage

BASE64 = "data:base64,"
DATA = Path(__file__).resolve().parent.parent / "data"
NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
DENIED = Missing(reason="access denied", aws_error_code="AccessDeniedException", remedy="allow the action")

PRODUCTION = StageExpectations(rest_api_id="a1", stage_name="dev", contract=Path("openapi.yaml"), production=True)

EXPECTED = {
    "cors": {"allowed_origins": ["https://app.example.com"]},
    "errors": {"model": "Error", "request_id": "/error/requestId"},
    "correlation": {"header": "X-Correlation-Id"},
    "sensitive_fields": [{"field": "pin", "in_backend": False, "masked_as": "***", "operations": ["POST /legacy"]}],
}


def merge(document: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def run_of(case: Mapping[str, Any]) -> RunEvidence:
    """Build the run of a case."""
    base = case.get("base") or yaml.safe_load((DATA / "rules_contract.yaml").read_text(encoding="utf-8"))
    contract = merge(copy.deepcopy(base), case.get("contract", {}))
    deployed = _document(case.get("deployed_base", contract), case.get("deployed", {}))
    current = _document(deployed, case.get("current", {}))
    return RunEvidence(
        contract=contract_of(contract, source="contract.json"),
        configuration=Configuration(
            metadata=_metadata(case.get("metadata", {})),
            rest_api=NOT_OF_HTTP_APIS if "http" in case else _api(current),
            deployed=NOT_OF_HTTP_APIS if "http" in case else _api(deployed),
            stage=NOT_OF_HTTP_APIS if "http" in case else _stage(case.get("stage", {})),
            usage_plans=Present(value=()),
            account=_account(case.get("account", {})),
            log_groups=Present(value=()),
            alarms=_part(case.get("alarms", []), DeployedAlarm),
            alarm_topics=_part(case.get("alarm_topics", []), AlarmTopic),
            domain_names=_part(case.get("domain_names", []), DomainName),
            namesakes=_part(case.get("namesakes", []), str),
            http=_http(case["http"]) if "http" in case else None,
        ),
        expectations=Expectations.model_validate_json(json.dumps(merge(EXPECTED, case.get("expect", {})))),
        stage_expectations=PRODUCTION if case.get("production") else None,
        transactions=tuple(
            _transaction(number, told, is_http="http" in case) for number, told in enumerate(case.get("exchanges", []))
        ),
        metrics=_metrics(case.get("metrics", "missing"), api_dimension="ApiId" if "http" in case else "ApiName"),
        completeness={
            kind: Completeness(expected=told[0], found=told[1], reason=told[2], remedy=told[3])
            for kind, told in case.get("completeness", {}).items()
        },
        today=date.fromisoformat(case.get("today", "2026-03-01")),
    )


def _metadata(told: Mapping[str, Any]) -> StageMetadata:
    defaults = {"account_id": "1", "region": "us-east-1", "read_at": NOW, "invoke_url": "https://x/dev"}
    return StageMetadata(**{**defaults, **told})


def _document(base: Any, patch: Any) -> Any:
    return "missing" if "missing" in (base, patch) else merge(copy.deepcopy(base), patch)


def _api(document: Any) -> Evidence[RestApi]:
    return DENIED if document == "missing" else Present(value=openapi.read(document).rest_api)


def _stage(told: Any) -> Evidence[Stage]:
    if told == "missing":
        return DENIED
    log_format = told.get("access_log_format", '{"requestId":"$context.requestId"}')
    return Present(
        value=Stage(
            stage_name=told.get("stage_name", "dev"),
            variables=told.get("variables", {"backendHost": "backend.example.com"}),
            method_settings={
                "*/*": MethodSettings(
                    logging_level=told.get("logging_level", "INFO"),
                    data_trace_enabled=told.get("data_trace", True),
                    throttling_rate_limit=told.get("throttling_rate_limit", 100.0),
                    **told.get("settings", {}),
                ),
                **{path: MethodSettings(**settings) for path, settings in told.get("method_settings", {}).items()},
            },
            access_log_settings=AccessLogSettings(destination_arn="arn:aws:logs:x:1:log-group:a", log_format=log_format)
            if log_format
            else None,
            tracing_enabled=told.get("tracing_enabled", True),
            canary_settings=CanarySettings(percent_traffic=told["canary"]) if "canary" in told else None,
            cache_cluster_enabled=told.get("cache", False),
            client_certificate_id=told.get("client_certificate_id"),
            web_acl_arn=told.get("web_acl_arn"),
        )
    )


def _part(told: Any, kind: Any) -> Evidence[tuple[Any, ...]]:
    """Read a list of one kind of configuration; ``missing`` was denied, ``old`` not collected yet."""
    if isinstance(told, str):
        return DENIED if told == "missing" else NOT_COLLECTED
    return Present(value=recording_codec.decode(told, tuple[kind, ...]))


def _account(told: Any) -> Evidence[AccountSettings]:
    if told == "missing":
        return DENIED
    defaults = {"cloudwatch_role_arn": "arn:aws:iam::1:role/logs", "throttle_rate_limit": 10_000.0}
    return Present(value=AccountSettings(**{**defaults, **told}))


def _metrics(told: Any, *, api_dimension: str) -> Evidence[tuple[MetricPoint, ...]]:
    if told == "missing":
        return DENIED
    dimensions = {api_dimension: "things", "Stage": "dev"}
    return Present(
        value=tuple(
            MetricPoint(
                metric_name=name, statistic="Sum", dimensions=dimensions, start_at=NOW, period_s=60, value=value
            )
            for name, value in told.items()
        )
    )


def _http(told: Any) -> HttpApiConfiguration:
    """Read an HTTP API from documents of version 2 (``routes``, ``integrations``, ``stage``) as on the wire."""
    if told == "missing":
        return HttpApiConfiguration(http_api=DENIED, stage=DENIED)
    api = {"apiId": "h1", "name": "things", **told.get("api", {})}
    parts = {name: tuple(told.get(name, ())) for name in ("routes", "integrations", "authorizers")}
    stage = {"stageName": "$default", **told.get("stage", {})}
    return HttpApiConfiguration(
        http_api=Present(
            value=http_api_documents.http_api(http_api_documents.HttpApiDocuments(api=api, **parts)),
        ),
        stage=Present(value=http_api_documents.stage(stage)),
    )


def _transaction(number: int, told: Mapping[str, Any], *, is_http: bool) -> Transaction:
    exchange = _exchange(number, told, id_header="apigw-requestid" if is_http else "x-amzn-RequestId")
    return Transaction(
        exchange=exchange,
        execution=_execution(exchange, told.get("log", "missing")),
        access_entry=_access_entry(told.get("access", "missing")),
        trace=_trace(told.get("trace", "missing")),
    )


def _exchange(number: int, told: Mapping[str, Any], *, id_header: str) -> Exchange:
    http_method, resource_path = told["request"].split(" ", 1)
    answer = None
    if told.get("status") is not None:
        headers = {
            id_header: f"rid-{number}",
            "Content-Type": "application/json",
            **told.get("response_headers", {}),
        }
        kept = Headers((name, value) for name, value in headers.items() if value is not None)
        answer = HttpResponse(status=told["status"], headers=kept, body=_body(told.get("response_body", "")))
    return Exchange(
        exchange_id=f"x{number}",
        resource_path=None if resource_path == "(none)" else resource_path,
        http_method=http_method,
        origin=Origin(told.get("origin", "fuzzing")),
        mode=Mode(told.get("mode", "positive")),
        request=HttpRequest(
            http_method=http_method,
            url=told.get("base_url", "https://x/dev") + told.get("path", resource_path),
            headers=Headers.of(told.get("headers", {})),
            body=_body(told.get("body", "")),
        ),
        response=answer,
        sent_at=NOW + timedelta(seconds=number),
        elapsed_ms=told.get("elapsed_ms", 10.0),
        error=told.get("error"),
        violates=tuple(told.get("violates", ())),
        prediction=Prediction(**told["prediction"]) if "prediction" in told else None,
    )


def _body(told: Any) -> bytes:
    """A text as it is, ``data:base64,…`` as the bytes that it stands for, anything else as JSON."""
    if isinstance(told, str):
        marked = told.removeprefix(BASE64)
        return told.encode() if marked == told else base64.b64decode(marked)
    return json.dumps(told).encode()


def _execution(exchange: Exchange, told: Any) -> Evidence[Execution]:
    if told == "missing":
        return Missing(reason="no execution was found", remedy="turn execution logging on")
    request_id = exchange.request_id or "rid-none"
    lines = [LogLine(text=f"({request_id}) {text}", logged_at=NOW) for text in told]
    return Present(value=execution_log.read(lines))


def _access_entry(told: Any) -> Evidence[AccessEntry]:
    if told == "missing":
        return Missing(reason="no access entry was found")
    invalid = told.get("invalid")
    return Present(
        value=AccessEntry(
            raw=told.get("raw", "{}"),
            values={k: v for k, v in told.items() if k not in {"invalid", "raw"}},
            invalid=invalid,
        )
    )


def _trace(told: Any) -> Evidence[Trace]:
    if told == "missing":
        return Missing(reason="no trace was found")
    segments = tuple(
        TraceSegment(
            segment_id=f"s{number}",
            name=origin,
            start_s=0.0,
            end_s=1.0,
            origin=origin.removeprefix("inferred "),
            inferred=origin.startswith("inferred "),
        )
        for number, origin in enumerate(told)
    )
    return Present(value=Trace(trace_id="1-0-0", segments=segments))
