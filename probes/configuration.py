"""The configuration collector: everything of a stage, read through boto3.

Each part is Present or Missing with the IAM action that is lacking. An API or a stage that does not exist is an error
for the person, for then there is nothing to observe.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-permissions.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from contracts.evidence import (
    AccountSettings,
    Configuration,
    DeployedAlarm,
    DomainName,
    Evidence,
    LogGroup,
    Missing,
    Present,
    StageMetadata,
)
from gateway import control_plane, openapi
from gateway.errors import StageproofError
from gateway.rest_api import Model, RestApi, Stage, UsagePlan, published_api_name
from probes.alarms_of_stage import AlarmScope, collect_alarm_topics, collect_alarms
from probes.api_reader import (
    REST_APIS,
    ApiReader,
    Document,
    UnknownStageError,
    all_apis,
    arn_of,
    pages,
    some,
)
from probes.aws import AwsError, AwsSession, read
from probes.domain_names import collect_domain_names

T = TypeVar("T")

_GET = "apigateway:GET"
_EXPORT_EXTENSIONS = "integrations,authorizers,apigateway"
NOT_ASKED_FOR = Missing(reason="not read: nothing here needs it")


def collect_configuration(
    session: AwsSession,
    rest_api_id: str,
    stage_name: str,
    *,
    invoke_url: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Configuration:
    """Read a stage's configuration.

    Args:
        session: Where to read.
        rest_api_id: The API.
        stage_name: The stage.
        invoke_url: Where the stage answers; None takes AWS's default.
        now: The clock.

    Returns:
        The configuration; what could not be read is Missing.

    Raises:
        UnknownStageError: If there is no such API or stage.
        AwsError: If AWS cannot be reached or does not accept the credentials.
    """
    reader = _Reader(session, rest_api_id, stage_name)
    document = reader.document()
    stage = reader.stage()
    rest_api = reader.rest_api(document)
    alarms = reader.alarms(document)
    return Configuration(
        metadata=reader.metadata(invoke_url, read_at=now()),
        rest_api=rest_api,
        deployed=reader.deployed(rest_api),
        stage=stage,
        usage_plans=reader.usage_plans(),
        account=read_account(session),
        log_groups=reader.log_groups(stage),
        alarms=alarms,
        alarm_topics=collect_alarm_topics(session, alarms),
        domain_names=reader.domain_names(),
        namesakes=reader.namesakes(document),
    )


def collect_stage(
    session: AwsSession, rest_api_id: str, stage_name: str, *, invoke_url: str | None = None
) -> Configuration:
    """Read of a stage only what its alarms and dashboards are made from: the API, what is deployed, and the stage.

    Args, and what is raised, are those of :func:`collect_configuration`.

    Returns:
        The configuration; what could not be read is Missing, and so is what was not asked for.
    """
    reader = _Reader(session, rest_api_id, stage_name)
    stage = reader.stage()
    rest_api = reader.rest_api(reader.document())
    return Configuration(
        metadata=reader.metadata(invoke_url, read_at=datetime.now(UTC)),
        rest_api=rest_api,
        deployed=reader.deployed(rest_api),
        stage=stage,
        usage_plans=NOT_ASKED_FOR,
        account=NOT_ASKED_FOR,
        log_groups=NOT_ASKED_FOR,
    )


def published_api_names(session: AwsSession) -> frozenset[str]:
    """Return the names of all REST APIs of the account and Region, as metrics have them.

    Raises:
        AwsError: If they cannot be read.
    """
    found = all_apis(session, REST_APIS)
    if isinstance(found, Missing):
        raise AwsError(_sentence("the REST APIs cannot be listed", found))
    return frozenset(published_api_name(str(item.get("name", "")), str(item["id"])) for item in found.value)


def find_rest_api(session: AwsSession, name: str) -> str:
    """Return the identifier of the API of a name.

    Raises:
        UnknownStageError: If no API, or more than one, has the name.
        AwsError: If the APIs cannot be read.
    """
    found = all_apis(session, REST_APIS)
    if isinstance(found, Missing):
        raise AwsError(_sentence(f"the REST API {name!r} cannot be looked up", found))
    identifiers = [str(item["id"]) for item in found.value if item["name"] == name]
    if len(identifiers) == 1:
        return identifiers[0]
    if identifiers:
        raise UnknownStageError(
            f"{len(identifiers)} REST APIs in {session.region} are named {name!r} ({', '.join(identifiers)}); "
            "write rest_api_id in place of rest_api_name"
        )
    known = some(str(item["name"]) for item in found.value)
    raise UnknownStageError(f"no REST API in {session.region} is named {name!r}; there are: {known}")


class _Reader:
    """Reads the parts of one REST API that belong to a stage."""

    def __init__(self, session: AwsSession, rest_api_id: str, stage_name: str) -> None:
        self._session = session
        self._rest_api_id = rest_api_id
        self._stage_name = stage_name
        self._api = ApiReader(session, REST_APIS, rest_api_id)

    def metadata(self, invoke_url: str | None, *, read_at: datetime) -> StageMetadata:
        default = self._session.invoke_url(self._rest_api_id, self._stage_name)
        return self._api.metadata(invoke_url or default, read_at=read_at)

    def document(self) -> Evidence[Document]:
        return self._api.document()

    def stage(self) -> Evidence[Stage]:
        return mapped(self._api.stage(self._stage_name), control_plane.stage)

    def rest_api(self, document: Evidence[Document]) -> Evidence[RestApi]:
        """Read all that belongs to the API. It is Missing as a whole when a part is: half an API is not the API."""
        parts = {
            "resources": self._api.items("get_resources", "/resources", embed=["methods"]),
            "models": self._api.items("get_models", "/models"),
            "request_validators": self._api.items("get_request_validators", "/requestvalidators"),
            "authorizers": self._api.items("get_authorizers", "/authorizers"),
            "gateway_responses": self._gateway_responses(),
        }
        if isinstance(document, Missing):
            return document
        present: dict[str, tuple[Document, ...]] = {}
        for name, part in parts.items():
            if isinstance(part, Missing):
                return part
            present[name] = tuple(part.value)
        return Present(value=control_plane.rest_api(control_plane.RestApiDocuments(rest_api=document.value, **present)))

    def _gateway_responses(self) -> Evidence[list[Document]]:
        """Read the gateway responses: a collection that API Gateway does not page."""
        found = self._api.get("get_gateway_responses", "/gatewayresponses")
        return mapped(found, lambda document: list(document.get("items") or ()))

    def deployed(self, rest_api: Evidence[RestApi]) -> Evidence[RestApi]:
        """Read the API as of the stage's deployment, from the stage's export."""
        found = read(self._export, action=_GET, resource=self._api.arn(f"/stages/{self._stage_name}/exports/oas30"))
        if isinstance(found, Missing):
            return found
        try:
            exported = openapi.read(json.loads(found.value)).rest_api
        except (ValueError, StageproofError) as error:
            return Missing(reason=f"the stage's export cannot be read: {error}")
        return Present(value=with_live_settings(exported, rest_api))

    def _export(self) -> bytes:
        answer = self._session.client("apigateway").get_export(
            restApiId=self._rest_api_id,
            stageName=self._stage_name,
            exportType="oas30",
            parameters={"extensions": _EXPORT_EXTENSIONS},
            accepts="application/json",
        )
        return bytes(answer["body"].read())

    def usage_plans(self) -> Evidence[tuple[UsagePlan, ...]]:
        plans = self._of_account("get_usage_plans", "/usageplans")
        keys = self._of_account("get_api_keys", "/apikeys", includeValues=False)
        if isinstance(plans, Missing):
            return plans
        if isinstance(keys, Missing):
            return keys
        own = (self._rest_api_id, self._stage_name)
        enabled = {str(key["id"]): bool(key.get("enabled")) for key in keys.value}
        found: list[UsagePlan] = []
        for plan in plans.value:
            if own not in {(item.get("apiId"), item.get("stage")) for item in plan.get("apiStages") or ()}:
                continue
            path = f"/usageplans/{plan['id']}/keys"
            members = self._of_account("get_usage_plan_keys", path, usagePlanId=plan["id"])
            if isinstance(members, Missing):
                return members
            whole = [{**member, "enabled": enabled.get(str(member["id"]), True)} for member in members.value]
            found.append(control_plane.usage_plan(plan, whole, rest_api_id=own[0], stage_name=own[1]))
        return Present(value=tuple(found))

    def log_groups(self, stage: Evidence[Stage]) -> Evidence[tuple[LogGroup, ...]]:
        """Read the execution log's group and the access log's; one that is not there is told as such."""
        names = [f"API-Gateway-Execution-Logs_{self._rest_api_id}/{self._stage_name}"]
        if isinstance(stage, Present) and stage.value.access_log_settings is not None:
            settings = stage.value.access_log_settings
            names += [settings.log_group_name] if ":log-group:" in settings.destination_arn else []
        return read_log_groups(self._session, names)

    def alarms(self, document: Evidence[Document]) -> Evidence[tuple[DeployedAlarm, ...]]:
        """Read the alarms on this API's metrics, which carry its name."""
        if isinstance(document, Missing):
            return document
        name = str(document.value["name"])
        scope = AlarmScope(api_name=name, api_id=self._rest_api_id, stage_name=self._stage_name)
        return collect_alarms(self._session, scope)

    def domain_names(self) -> Evidence[tuple[DomainName, ...]]:
        return collect_domain_names(self._session, self._rest_api_id, self._stage_name)

    def namesakes(self, document: Evidence[Document]) -> Evidence[tuple[str, ...]]:
        """Read the identifiers of the other REST APIs of this name: their metrics cannot be told from this API's."""
        if isinstance(document, Missing):
            return document
        known = all_apis(self._session, REST_APIS)
        own = (document.value["name"], self._rest_api_id)
        return mapped(
            known, lambda items: tuple(str(i["id"]) for i in items if i["name"] == own[0] and i["id"] != own[1])
        )

    def _of_account(self, operation: str, path: str, **parameters: Any) -> Evidence[list[Document]]:
        return pages(self._session, REST_APIS, operation, resource=arn_of(self._session, path), **parameters)


def with_live_settings(exported: RestApi, rest_api: Evidence[RestApi]) -> RestApi:
    """Return an exported API with what an export cannot carry and no deployment freezes.

    Names, tags and endpoint settings are the API's own, live ones; a model keeps description and content type where its
    schema is unchanged. Without the API, the export stays as it is.
    """
    if isinstance(rest_api, Missing):
        return exported
    live = rest_api.value
    return replace(
        exported,
        name=live.name,
        description=live.description,
        version=live.version,
        models={name: _with_live_texts(model, live.models.get(name)) for name, model in exported.models.items()},
        disable_execute_api_endpoint=live.disable_execute_api_endpoint,
        endpoint_types=live.endpoint_types,
        vpc_endpoint_ids=live.vpc_endpoint_ids,
        tags=live.tags,
        rest_api_id=live.rest_api_id,
    )


def _with_live_texts(model: Model, live: Model | None) -> Model:
    if live is None or live.schema != model.schema:
        return model
    return replace(model, description=live.description, content_type=live.content_type)


def read_account(session: AwsSession) -> Evidence[AccountSettings]:
    """Read the account's API Gateway settings of the Region."""
    client = session.client("apigateway")
    found: Evidence[Document] = read(client.get_account, action=_GET, resource=arn_of(session, "/account"))
    return mapped(found, _account)


def read_log_groups(session: AwsSession, names: Iterable[str]) -> Evidence[tuple[LogGroup, ...]]:
    """Read log groups by name; one that is not there is told as such."""
    groups: list[LogGroup] = []
    for name in names:
        group = _log_group(session, name)
        if isinstance(group, Missing):
            return group
        groups.append(group.value)
    return Present(value=tuple(groups))


def _log_group(session: AwsSession, name: str) -> Evidence[LogGroup]:
    pages = session.client("logs").get_paginator("describe_log_groups")
    found: Evidence[list[Document]] = read(
        lambda: [
            group
            for page in pages.paginate(logGroupNamePrefix=name)
            for group in page["logGroups"]
            if group["logGroupName"] == name
        ],
        action="logs:DescribeLogGroups",
    )
    return mapped(
        found,
        lambda groups: LogGroup(
            log_group_name=name,
            exists=bool(groups),
            retention_days=groups[0].get("retentionInDays") if groups else None,
        ),
    )


def _account(document: Document) -> AccountSettings:
    throttle = document.get("throttleSettings") or {}
    return AccountSettings(
        cloudwatch_role_arn=document.get("cloudwatchRoleArn") or None,
        throttle_rate_limit=throttle.get("rateLimit"),
        throttle_burst_limit=throttle.get("burstLimit"),
    )


def mapped(evidence: Evidence[Any], convert: Callable[[Any], T]) -> Evidence[T]:
    """Return evidence with its value converted; what is Missing stays so."""
    return evidence if isinstance(evidence, Missing) else Present(value=convert(evidence.value))


def _sentence(what: str, absent: Missing) -> str:
    return f"{what}: {absent.reason}" + (f"; {absent.remedy}" if absent.remedy else "")
