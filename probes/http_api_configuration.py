"""The configuration collector of HTTP APIs: version 2 of the control plane, read through boto3.

Each part is Present or Missing with the IAM action that is lacking. An API or a stage that does not exist is an error
for the person, for then there is nothing to observe.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-policy-language-overview.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts.evidence import (
    NOT_OF_HTTP_APIS,
    Configuration,
    Evidence,
    HttpApiConfiguration,
    LogGroup,
    Missing,
    Present,
    StageMetadata,
)
from gateway import http_api_documents as documents
from gateway.http_api import HttpApi, HttpApiStage
from gateway.http_api_documents import Document
from probes.alarms_of_stage import AlarmScope, collect_alarm_topics, collect_alarms
from probes.aws import AwsError, AwsSession, read
from probes.configuration import NOT_ASKED_FOR, UnknownStageError, arn_of, mapped, read_account, read_log_groups, some

_GET = "apigateway:GET"
_PAGE_SIZE = 500


def collect_http_api_configuration(
    session: AwsSession,
    http_api_id: str,
    stage_name: str,
    *,
    invoke_url: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Configuration:
    """Read the configuration of a stage of an HTTP API.

    Args:
        session: Where to read.
        http_api_id: The API.
        stage_name: The stage (``$default``, or a name).
        invoke_url: Where the stage answers; None takes AWS's default.
        now: The clock.

    Returns:
        The configuration; what could not be read is Missing, and so is what only REST APIs have.

    Raises:
        UnknownStageError: If there is no such HTTP API or stage.
        AwsError: If AWS cannot be reached or does not accept the credentials.
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

    Args:
        session: Where to read.
        http_api_id: The API.
        stage_name: The stage (``$default``, or a name).
        invoke_url: Where the stage answers; None takes AWS's default.
        now: The clock.

    Raises:
        UnknownStageError: If there is no such HTTP API or stage.
        AwsError: If AWS cannot be reached or does not accept the credentials.
    """
    reader = _Reader(session, http_api_id)
    document = reader.api_document()
    stage = reader.stage(stage_name)
    identity = read(lambda: session.client("sts").get_caller_identity(), action="sts:GetCallerIdentity")
    return Configuration(
        metadata=StageMetadata(
            account_id=str(identity.value["Account"]) if isinstance(identity, Present) else None,
            region=session.region,
            read_at=now(),
            invoke_url=invoke_url or session.http_api_invoke_url(http_api_id, stage_name),
            endpoint_url=session.endpoint_url,
        ),
        rest_api=NOT_OF_HTTP_APIS,
        deployed=NOT_OF_HTTP_APIS,
        stage=NOT_OF_HTTP_APIS,
        usage_plans=NOT_OF_HTTP_APIS,
        account=NOT_ASKED_FOR,
        log_groups=NOT_ASKED_FOR,
        domain_names=NOT_OF_HTTP_APIS,
        namesakes=NOT_OF_HTTP_APIS,
        http=HttpApiConfiguration(http_api=reader.http_api(document), stage=stage),
    )


def _log_groups(session: AwsSession, stage: Evidence[HttpApiStage]) -> Evidence[tuple[LogGroup, ...]]:
    """Read the access log's group, the only log that an HTTP API writes."""
    if isinstance(stage, Missing):
        return stage
    settings = stage.value.access_log_settings
    is_group = settings is not None and ":log-group:" in settings.destination_arn
    return read_log_groups(session, [settings.log_group_name] if settings is not None and is_group else [])


class _Reader:
    """Reads the parts of one API."""

    def __init__(self, session: AwsSession, http_api_id: str) -> None:
        self._session = session
        self._http_api_id = http_api_id
        self._client = session.client("apigatewayv2")

    def api_document(self) -> Evidence[Document]:
        found = self._get("get_api", "")
        if isinstance(found, Missing) and found.aws_error_code == "NotFoundException":
            known = self._pages("get_apis", arn_of(self._session, "/apis"))
            items = known.value if isinstance(known, Present) else ()
            there = some(f"{item['ApiId']} ({item['Name']})" for item in items if item.get("ProtocolType") == "HTTP")
            raise UnknownStageError(
                f"there is no HTTP API {self._http_api_id!r} in {self._session.region} (there are: {there}); "
                "check http_api_id, the Region and the account"
            )
        if isinstance(found, Present) and "ApiId" not in found.value:
            where = self._session.endpoint_url or "AWS"
            raise AwsError(f"{where} answers, but not as API Gateway's control plane does; check the endpoint URL")
        if isinstance(found, Present) and found.value.get("ProtocolType") != "HTTP":
            raise UnknownStageError(
                f"{self._http_api_id!r} is a {found.value.get('ProtocolType')} API; http_api_id must name an HTTP API"
            )
        return found

    def stage(self, stage_name: str) -> Evidence[HttpApiStage]:
        found = self._get("get_stage", f"/stages/{stage_name}", StageName=stage_name)
        if isinstance(found, Missing) and found.aws_error_code == "NotFoundException":
            known = self._items("get_stages", "/stages")
            names = (item["StageName"] for item in known.value) if isinstance(known, Present) else ()
            raise UnknownStageError(
                f"the HTTP API {self._http_api_id!r} in {self._session.region} has no stage {stage_name!r}; "
                f"its stages: {some(names)}"
            )
        return mapped(found, documents.stage)

    def http_api(self, document: Evidence[Document]) -> Evidence[HttpApi]:
        """Read all that belongs to the API. It is Missing as a whole when a part is: half an API is not the API."""
        if isinstance(document, Missing):
            return document
        present: dict[str, tuple[Document, ...]] = {}
        for name in ("routes", "integrations", "authorizers"):
            part = self._items(f"get_{name}", f"/{name}")
            if isinstance(part, Missing):
                return part
            present[name] = tuple(part.value)
        return Present(value=documents.http_api(documents.HttpApiDocuments(api=document.value, **present)))

    def _get(self, operation: str, path: str, **parameters: Any) -> Evidence[Document]:
        return read(
            lambda: getattr(self._client, operation)(ApiId=self._http_api_id, **parameters),
            action=_GET,
            resource=arn_of(self._session, f"/apis/{self._http_api_id}{path}"),
        )

    def _items(self, operation: str, path: str) -> Evidence[list[Document]]:
        resource = arn_of(self._session, f"/apis/{self._http_api_id}{path}")
        return self._pages(operation, resource, ApiId=self._http_api_id)

    def _pages(self, operation: str, resource: str, **parameters: Any) -> Evidence[list[Document]]:
        pages = self._client.get_paginator(operation)
        return read(
            lambda: [
                item
                for page in pages.paginate(**parameters, PaginationConfig={"PageSize": _PAGE_SIZE})
                for item in page["Items"]
            ],
            action=_GET,
            resource=resource,
        )
