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
    Evidence,
    LogGroup,
    Missing,
    Present,
    StageMetadata,
)
from gateway import control_plane, openapi
from gateway.control_plane import Document
from gateway.errors import StageproofError
from gateway.rest_api import Model, RestApi, Stage, UsagePlan, published_api_name
from probes.alarms_of_stage import AlarmScope, collect_alarm_topics, collect_alarms
from probes.aws import AwsError, AwsSession, read
from probes.domain_names import collect_domain_names

T = TypeVar("T")

_PAGE_SIZE = 500
_GET = "apigateway:GET"
_EXPORT_EXTENSIONS = "integrations,authorizers,apigateway"
_MANY = 20
NOT_ASKED_FOR = Missing(reason="not read: nothing here needs it")


class UnknownStageError(AwsError):
    """There is no such API or stage."""

    slug = "unknown-stage"


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
    reader = _Reader(session, rest_api_id)
    document = reader.rest_api_document()
    stage = reader.stage(stage_name)
    rest_api = reader.rest_api(document)
    alarms = reader.alarms(document, stage_name)
    return Configuration(
        metadata=reader.metadata(stage_name, invoke_url, read_at=now()),
        rest_api=rest_api,
        deployed=reader.deployed(stage_name, rest_api),
        stage=stage,
        usage_plans=reader.usage_plans(stage_name),
        account=read_account(session),
        log_groups=reader.log_groups(rest_api_id, stage_name, stage),
        alarms=alarms,
        alarm_topics=collect_alarm_topics(session, alarms),
        domain_names=collect_domain_names(session, rest_api_id, stage_name, arn=arn_of(session, "/domainnames")),
        namesakes=reader.namesakes(document),
    )


def collect_stage(
    session: AwsSession, rest_api_id: str, stage_name: str, *, invoke_url: str | None = None
) -> Configuration:
    """Read of a stage only what its alarms and dashboards are made from: the API, what is deployed, and the stage.

    Args:
        session: Where to read.
        rest_api_id: The API.
        stage_name: The stage.
        invoke_url: Where the stage answers; None takes AWS's default.

    Returns:
        The configuration; what could not be read is Missing, and so is what was not asked for.

    Raises:
        UnknownStageError: If there is no such API or stage.
        AwsError: If AWS cannot be reached or does not accept the credentials.
    """
    reader = _Reader(session, rest_api_id)
    stage = reader.stage(stage_name)
    rest_api = reader.rest_api(reader.rest_api_document())
    return Configuration(
        metadata=reader.metadata(stage_name, invoke_url, read_at=datetime.now(UTC)),
        rest_api=rest_api,
        deployed=reader.deployed(stage_name, rest_api),
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
    found = _pages(session, "get_rest_apis", resource=arn_of(session, "/restapis"))
    if isinstance(found, Missing):
        raise AwsError(_sentence("the REST APIs cannot be listed", found))
    return frozenset(published_api_name(str(item.get("name", "")), str(item["id"])) for item in found.value)


def find_rest_api(session: AwsSession, name: str) -> str:
    """Return the identifier of the API of a name.

    Raises:
        UnknownStageError: If no API, or more than one, has the name.
        AwsError: If the APIs cannot be read.
    """
    found = _pages(session, "get_rest_apis", resource=arn_of(session, "/restapis"))
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
    """Reads the parts of one API."""

    def __init__(self, session: AwsSession, rest_api_id: str) -> None:
        self._session = session
        self._rest_api_id = rest_api_id
        self._client = session.client("apigateway")

    def metadata(self, stage_name: str, invoke_url: str | None, *, read_at: datetime) -> StageMetadata:
        return StageMetadata(
            account_id=self.account_id(),
            region=self._session.region,
            read_at=read_at,
            invoke_url=invoke_url or self._session.invoke_url(self._rest_api_id, stage_name),
            endpoint_url=self._session.endpoint_url,
        )

    def account_id(self) -> str | None:
        identity = read(lambda: self._session.client("sts").get_caller_identity(), action="sts:GetCallerIdentity")
        return str(identity.value["Account"]) if isinstance(identity, Present) else None

    def rest_api_document(self) -> Evidence[Document]:
        found = self._get("get_rest_api", "")
        if isinstance(found, Missing) and found.aws_error_code == "NotFoundException":
            known = _pages(self._session, "get_rest_apis", resource=self._arn("/restapis"))
            items = known.value if isinstance(known, Present) else ()
            there = some(f"{item['id']} ({item['name']})" for item in items)
            raise UnknownStageError(
                f"there is no REST API {self._rest_api_id!r} in {self._session.region} (there are: {there}); "
                "check rest_api_id, the Region and the account"
            )
        if isinstance(found, Present) and "id" not in found.value:
            where = self._session.endpoint_url or "AWS"
            raise AwsError(f"{where} answers, but not as API Gateway's control plane does; check the endpoint URL")
        return found

    def stage(self, stage_name: str) -> Evidence[Stage]:
        found = self._get("get_stage", f"/stages/{stage_name}", stageName=stage_name)
        if isinstance(found, Missing) and found.aws_error_code == "NotFoundException":
            known = self._get("get_stages", "/stages")
            names = (item["stageName"] for item in known.value["item"]) if isinstance(known, Present) else ()
            raise UnknownStageError(
                f"the REST API {self._rest_api_id!r} in {self._session.region} has no stage {stage_name!r}; "
                f"its stages: {some(names)}"
            )
        return mapped(found, control_plane.stage)

    def rest_api(self, document: Evidence[Document]) -> Evidence[RestApi]:
        """Read all that belongs to the API. It is Missing as a whole when a part is: half an API is not the API."""
        parts = {
            "resources": self._items("get_resources", "/resources", embed=["methods"]),
            "models": self._items("get_models", "/models"),
            "request_validators": self._items("get_request_validators", "/requestvalidators"),
            "authorizers": self._items("get_authorizers", "/authorizers"),
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
        found = self._get("get_gateway_responses", "/gatewayresponses")
        return mapped(found, lambda document: list(document["items"]))

    def deployed(self, stage_name: str, rest_api: Evidence[RestApi]) -> Evidence[RestApi]:
        """Read the API as of the stage's deployment, from the stage's export."""
        resource = self._arn(f"/restapis/{self._rest_api_id}/stages/{stage_name}/exports/oas30")
        found = read(lambda: self._export(stage_name), action=_GET, resource=resource)
        if isinstance(found, Missing):
            return found
        try:
            exported = openapi.read(json.loads(found.value)).rest_api
        except (ValueError, StageproofError) as error:
            return Missing(reason=f"the stage's export cannot be read: {error}")
        return Present(value=with_live_settings(exported, rest_api))

    def _export(self, stage_name: str) -> bytes:
        answer = self._client.get_export(
            restApiId=self._rest_api_id,
            stageName=stage_name,
            exportType="oas30",
            parameters={"extensions": _EXPORT_EXTENSIONS},
            accepts="application/json",
        )
        return bytes(answer["body"].read())

    def usage_plans(self, stage_name: str) -> Evidence[tuple[UsagePlan, ...]]:
        plans = _pages(self._session, "get_usage_plans", resource=self._arn("/usageplans"))
        keys = _pages(self._session, "get_api_keys", resource=self._arn("/apikeys"), includeValues=False)
        if isinstance(plans, Missing):
            return plans
        if isinstance(keys, Missing):
            return keys
        enabled = {str(key["id"]): bool(key.get("enabled")) for key in keys.value}
        found: list[UsagePlan] = []
        for plan in plans.value:
            stages = {(item.get("apiId"), item.get("stage")) for item in plan.get("apiStages") or ()}
            if (self._rest_api_id, stage_name) not in stages:
                continue
            path = f"/usageplans/{plan['id']}/keys"
            members = _pages(self._session, "get_usage_plan_keys", resource=self._arn(path), usagePlanId=plan["id"])
            if isinstance(members, Missing):
                return members
            whole = [{**member, "enabled": enabled.get(str(member["id"]), True)} for member in members.value]
            found.append(control_plane.usage_plan(plan, whole, rest_api_id=self._rest_api_id, stage_name=stage_name))
        return Present(value=tuple(found))

    def log_groups(self, rest_api_id: str, stage_name: str, stage: Evidence[Stage]) -> Evidence[tuple[LogGroup, ...]]:
        """Read the execution log's group and the access log's; one that is not there is told as such."""
        names = [f"API-Gateway-Execution-Logs_{rest_api_id}/{stage_name}"]
        if isinstance(stage, Present) and stage.value.access_log_settings is not None:
            settings = stage.value.access_log_settings
            names += [settings.log_group_name] if ":log-group:" in settings.destination_arn else []
        return read_log_groups(self._session, names)

    def alarms(self, document: Evidence[Document], stage_name: str) -> Evidence[tuple[DeployedAlarm, ...]]:
        """Read the alarms on this API's metrics, which carry its name."""
        if isinstance(document, Missing):
            return document
        name = str(document.value["name"])
        scope = AlarmScope(api_name=name, api_id=self._rest_api_id, stage_name=stage_name)
        return collect_alarms(self._session, scope)

    def namesakes(self, document: Evidence[Document]) -> Evidence[tuple[str, ...]]:
        """Read the identifiers of the other REST APIs of this name: their metrics cannot be told from this API's."""
        if isinstance(document, Missing):
            return document
        known = _pages(self._session, "get_rest_apis", resource=self._arn("/restapis"))
        own = (document.value["name"], self._rest_api_id)
        return mapped(
            known, lambda items: tuple(str(i["id"]) for i in items if i["name"] == own[0] and i["id"] != own[1])
        )

    def _get(self, operation: str, path: str, **parameters: Any) -> Evidence[Document]:
        return read(
            lambda: getattr(self._client, operation)(restApiId=self._rest_api_id, **parameters),
            action=_GET,
            resource=self._arn(f"/restapis/{self._rest_api_id}{path}"),
        )

    def _items(self, operation: str, path: str, **parameters: Any) -> Evidence[list[Document]]:
        resource = self._arn(f"/restapis/{self._rest_api_id}{path}")
        return _pages(self._session, operation, resource=resource, restApiId=self._rest_api_id, **parameters)

    def _arn(self, path: str) -> str:
        return arn_of(self._session, path)


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


def _pages(session: AwsSession, operation: str, *, resource: str, **parameters: Any) -> Evidence[list[Document]]:
    """Read every page of a collection."""
    pages = session.client("apigateway").get_paginator(operation)
    return read(
        lambda: [
            item
            for page in pages.paginate(**parameters, PaginationConfig={"PageSize": _PAGE_SIZE})
            for item in page["items"]
        ],
        action=_GET,
        resource=resource,
    )


def mapped(evidence: Evidence[Any], convert: Callable[[Any], T]) -> Evidence[T]:
    """Return evidence with its value converted; what is Missing stays so."""
    return evidence if isinstance(evidence, Missing) else Present(value=convert(evidence.value))


def arn_of(session: AwsSession, path: str) -> str:
    """Return the ARN of a path of the control plane (``/restapis``), for an IAM policy."""
    partition = "aws-cn" if session.region.startswith("cn-") else "aws"
    return f"arn:{partition}:apigateway:{session.region}::{path}"


def some(names: Iterable[str]) -> str:
    """Return names for a message: the first ones, or ``none``."""
    found = sorted(names)
    more = f" and {len(found) - _MANY} more" if len(found) > _MANY else ""
    return (", ".join(found[:_MANY]) + more) or "none"


def _sentence(what: str, absent: Missing) -> str:
    return f"{what}: {absent.reason}" + (f"; {absent.remedy}" if absent.remedy else "")
