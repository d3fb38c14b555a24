"""The configuration collector of HTTP APIs: version 2 of the control plane, read through boto3.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-policy-language-overview.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from contracts.evidence import (
    NOT_OF_HTTP_APIS,
    Configuration,
    Evidence,
    HttpApiConfiguration,
    LogGroup,
    Missing,
    Present,
)
from gateway import http_api_documents as documents
from gateway.http_api import HttpApi, HttpApiStage
from probes.alarms_of_stage import AlarmScope, collect_alarm_topics, collect_alarms
from probes.api_reader import HTTP_APIS, ApiReader, Document, UnknownStageError
from probes.aws import AwsSession
from probes.configuration import NOT_ASKED_FOR, mapped, read_account, read_log_groups


def collect_http_api_configuration(
    session: AwsSession,
    http_api_id: str,
    stage_name: str,
    *,
    invoke_url: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Configuration:
    """Read the configuration of a stage of an HTTP API, whose name may be ``$default``.

    Args, and what is raised, are those of :func:`probes.configuration.collect_configuration`.

    Returns:
        The configuration; what could not be read is Missing, and so is what only REST APIs have.
    """
    read_stage = collect_http_api_stage(session, http_api_id, stage_name, invoke_url=invoke_url, now=now)
    assert read_stage.http is not None
    http = read_stage.http
    name = http.http_api.value.name if isinstance(http.http_api, Present) else http_api_id
    alarms = collect_alarms(session, AlarmScope(api_name=name, api_id=http_api_id, stage_name=stage_name, is_http=True))
    return replace(
        read_stage,
        account=read_account(session),
        log_groups=_log_groups(session, http.stage),
        alarms=alarms,
        alarm_topics=collect_alarm_topics(session, alarms),
    )


def collect_http_api_stage(
    session: AwsSession,
    http_api_id: str,
    stage_name: str,
    *,
    invoke_url: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Configuration:
    """Read of a stage of an HTTP API only what its alarms and dashboards are made from: the API and the stage.

    Args, and what is raised, are those of :func:`probes.configuration.collect_configuration`.

    Returns:
        The configuration; what could not be read is Missing, and so is what was not asked for.
    """
    reader = ApiReader(session, HTTP_APIS, http_api_id)
    document = _of_http_api(reader)
    stage = mapped(reader.stage(stage_name), documents.stage)
    default_url = session.http_api_invoke_url(http_api_id, stage_name)
    return Configuration(
        metadata=reader.metadata(invoke_url or default_url, read_at=now()),
        rest_api=NOT_OF_HTTP_APIS,
        deployed=NOT_OF_HTTP_APIS,
        stage=NOT_OF_HTTP_APIS,
        usage_plans=NOT_OF_HTTP_APIS,
        account=NOT_ASKED_FOR,
        log_groups=NOT_ASKED_FOR,
        domain_names=NOT_OF_HTTP_APIS,
        namesakes=NOT_OF_HTTP_APIS,
        http=HttpApiConfiguration(http_api=_http_api(reader, document), stage=stage),
    )


def _log_groups(session: AwsSession, stage: Evidence[HttpApiStage]) -> Evidence[tuple[LogGroup, ...]]:
    """Read the access log's group, the only log that an HTTP API writes."""
    if isinstance(stage, Missing):
        return stage
    settings = stage.value.access_log_settings
    is_group = settings is not None and ":log-group:" in settings.destination_arn
    return read_log_groups(session, [settings.log_group_name] if settings is not None and is_group else [])


def _of_http_api(reader: ApiReader) -> Evidence[Document]:
    """Read the API, which version 2 of the control plane may know as one of another kind."""
    found = reader.document()
    if isinstance(found, Present) and not HTTP_APIS.is_of_kind(found.value):
        kind = found.value.get("ProtocolType")
        raise UnknownStageError(f"{reader.api_id!r} is a {kind} API; http_api_id must name an HTTP API")
    return found


def _http_api(reader: ApiReader, document: Evidence[Document]) -> Evidence[HttpApi]:
    """Read all that belongs to the API. It is Missing as a whole when a part is: half an API is not the API."""
    if isinstance(document, Missing):
        return document
    present: dict[str, tuple[Document, ...]] = {}
    for name in ("routes", "integrations", "authorizers"):
        part = reader.items(f"get_{name}", f"/{name}")
        if isinstance(part, Missing):
            return part
        present[name] = tuple(part.value)
    return Present(value=documents.http_api(documents.HttpApiDocuments(api=document.value, **present)))
