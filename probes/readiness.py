"""What a night would lack, found before the night: every reading and setting it needs, tried once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import httpx

from contracts.evidence import Configuration, Evidence, Missing, Present
from gateway.rest_api import AccessLogSettings, Stage
from probes.authorities import trusted
from probes.aws import AwsSession, read
from probes.night_preconditions import closed_endpoint, custom_domain_remedy

_TIMEOUT_S = 10.0
_UNKNOWN_PATH = "/stageproof-doctor-no-such-path"


class Readiness(StrEnum):
    """Whether a night could do its whole work."""

    READY = "ready"
    LACKING = "lacking"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing a night needs. ``remedy`` says the mend where it is not ready."""

    what: str
    readiness: Readiness
    details: str
    remedy: str | None = None


def check_readiness(session: AwsSession, configuration: Configuration) -> Iterator[Check]:
    """Try everything a night reads and look at the settings it depends on.

    Args:
        session: Where to read.
        configuration: The stage's configuration as it was just read.
    """
    for what, part in _parts(configuration):
        yield _part_check(what, part)
    yield from _settings(configuration)
    yield from _reads(session, configuration)
    yield _base_url(configuration)


def _parts(configuration: Configuration) -> tuple[tuple[str, Evidence[Any]], ...]:
    http = configuration.http
    if http is not None:
        return (
            ("HTTP API", http.http_api),
            ("stage", http.stage),
            ("account settings", configuration.account),
            ("log groups", configuration.log_groups),
        )
    return (
        ("REST API", configuration.rest_api),
        ("deployment (export)", configuration.deployed),
        ("stage", configuration.stage),
        ("usage plans", configuration.usage_plans),
        ("account settings", configuration.account),
        ("log groups", configuration.log_groups),
        ("alarms", configuration.alarms),
        ("topics of alarms", configuration.alarm_topics),
        ("custom domain names", configuration.domain_names),
        ("names of other REST APIs", configuration.namesakes),
    )


def _part_check(what: str, part: Evidence[Any]) -> Check:
    if isinstance(part, Missing):
        return Check(what=what, readiness=Readiness.FAILED, details=part.reason, remedy=part.remedy)
    return Check(what=what, readiness=Readiness.READY, details="can be read")


def _settings(configuration: Configuration) -> Iterator[Check]:
    http = configuration.http
    if http is not None:
        if isinstance(http.stage, Present):
            yield _access_log(http.stage.value.access_log_settings)
        yield from (_not_of_http_apis(what) for what in ("execution logging", "X-Ray tracing"))
    elif isinstance(configuration.stage, Present):
        yield from _stage_settings(configuration.stage.value)


def _not_of_http_apis(what: str) -> Check:
    details = "not applicable: HTTP APIs have none; rules that need it do not judge here"
    return Check(what=what, readiness=Readiness.READY, details=details)


def _access_log(settings: AccessLogSettings | None) -> Check:
    joined = settings is not None and "equestId" in settings.log_format
    details = "off" if settings is None else settings.log_group_name
    return _setting("access log", joined, details, "set a destination and a format with $context.requestId")


def _stage_settings(stage: Stage) -> Iterator[Check]:
    levels = {settings.logging_level for settings in stage.method_settings.values()} or {"OFF"}
    yield _setting("execution logging", levels == {"INFO"}, ", ".join(sorted(levels)), "set loggingLevel INFO for */*")
    traced = bool(stage.method_settings) and all(item.data_trace_enabled for item in stage.method_settings.values())
    remedy = "turn data trace on where no personal data flows: without it mappings are UNDETERMINED"
    yield _setting("data trace", traced, "on" if traced else "off", remedy)
    yield _access_log(stage.access_log_settings)
    on = stage.tracing_enabled
    yield _setting("X-Ray tracing", on, "on" if on else "off", "set tracingEnabled on the stage")


def _setting(what: str, ready: bool, details: str, remedy: str) -> Check:  # noqa: FBT001 - a plain yes or no
    readiness = Readiness.READY if ready else Readiness.LACKING
    return Check(what=what, readiness=readiness, details=details, remedy=None if ready else remedy)


def _reads(session: AwsSession, configuration: Configuration) -> Iterator[Check]:
    now = datetime.now(UTC)
    groups = configuration.log_groups.value if isinstance(configuration.log_groups, Present) else ()
    for group in groups:
        call = _filter_log_events(session, group.log_group_name)
        check = _read_check(f"log events of {group.log_group_name}", call, "logs:FilterLogEvents")
        yield check if group.exists else _without_group(check, group.log_group_name)
    if configuration.http is None:
        trace_id = f"1-{int(now.timestamp()):08x}-{'0' * 24}"
        yield _read_check(
            "X-Ray traces", lambda: session.client("xray").batch_get_traces(TraceIds=[trace_id]), "xray:BatchGetTraces"
        )
    query = {
        "Id": "count",
        "MetricStat": {
            "Metric": {"Namespace": "AWS/ApiGateway", "MetricName": "Count", "Dimensions": []},
            "Period": 60,
            "Stat": "Sum",
        },
    }
    yield _read_check(
        "CloudWatch metrics",
        lambda: session.client("cloudwatch").get_metric_data(
            MetricDataQueries=[query], StartTime=now - timedelta(minutes=5), EndTime=now
        ),
        "cloudwatch:GetMetricData",
    )


def _without_group(check: Check, log_group_name: str) -> Check:
    """A log group that is not there yet: API Gateway makes that of executions itself, with the first request."""
    if log_group_name.startswith("API-Gateway-Execution-Logs_"):
        return replace(
            check, readiness=Readiness.READY, details="does not exist yet: the first request makes it", remedy=None
        )
    remedy = f"create the log group {log_group_name}: API Gateway does not make it"
    return replace(check, readiness=Readiness.LACKING, details="does not exist", remedy=remedy)


def _filter_log_events(session: AwsSession, log_group_name: str) -> Callable[[], Any]:
    return lambda: session.client("logs").filter_log_events(logGroupName=log_group_name, limit=1)


def _read_check(what: str, call: Callable[[], Any], action: str) -> Check:
    found = read(call, action=action)
    if isinstance(found, Missing):
        return Check(what=what, readiness=Readiness.FAILED, details=found.reason, remedy=found.remedy)
    return Check(what=what, readiness=Readiness.READY, details="can be read")


def _base_url(configuration: Configuration) -> Check:
    """The stage's URL is open, and API Gateway answers there, for an unknown path too: its answers have an id."""
    what, invoke_url = "base URL", configuration.metadata.invoke_url
    closed = closed_endpoint(configuration)
    if closed is not None:
        return Check(what=what, readiness=Readiness.FAILED, details=closed, remedy=custom_domain_remedy(configuration))
    try:
        response = httpx.get(invoke_url + _UNKNOWN_PATH, timeout=_TIMEOUT_S, verify=trusted())
    except httpx.HTTPError as error:
        remedy = "set invoke_url, or check DNS, VPN and the network"
        details = f"{invoke_url} does not answer ({type(error).__name__})"
        return Check(what=what, readiness=Readiness.FAILED, details=details, remedy=remedy)
    if not {"x-amzn-requestid", "apigw-requestid"} & set(response.headers):
        details = f"{invoke_url} answers {response.status_code} without x-amzn-RequestId: that is not API Gateway"
        remedy = "set invoke_url to the stage's own URL, or let what stands before it pass the header on"
        return Check(what=what, readiness=Readiness.LACKING, details=details, remedy=remedy)
    return Check(what=what, readiness=Readiness.READY, details=f"{invoke_url} answers")
