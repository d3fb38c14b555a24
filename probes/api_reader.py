"""One API as the control plane tells of it: version 1 (REST APIs) and version 2 (HTTP APIs) read alike.

Each reading is Present, or Missing with the IAM action that is lacking. An API or a stage that does not exist is an
error for the person, for then there is nothing to observe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.evidence import Evidence, Missing, Present, StageMetadata
from probes.aws import AwsError, AwsSession, is_not_found, read

Document = Mapping[str, Any]

_ACTION = "apigateway:GET"
_PAGE_SIZE = 500
_MANY = 20


class UnknownStageError(AwsError):
    """There is no such API or stage."""

    slug = "unknown-stage"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """What a version of the control plane calls things.

    ``kind`` names the kind of API, ``setting`` the key of the user's file. ``collection`` is the path of all APIs;
    ``reads`` and ``lists`` are the operations that read one and all. ``items`` holds the items of a page,
    ``stage_items`` those of the stages.
    """

    kind: str
    setting: str
    service: str
    collection: str
    reads: str
    lists: str
    api_id: str
    api_name: str
    stage_name: str
    id_parameter: str
    stage_parameter: str
    items: str
    stage_items: str
    is_of_kind: Callable[[Document], bool] = lambda _: True


REST_APIS = ControlPlane(
    kind="REST API",
    setting="rest_api_id",
    service="apigateway",
    collection="/restapis",
    reads="get_rest_api",
    lists="get_rest_apis",
    api_id="id",
    api_name="name",
    stage_name="stageName",
    id_parameter="restApiId",
    stage_parameter="stageName",
    items="items",
    stage_items="item",
)
HTTP_APIS = ControlPlane(
    kind="HTTP API",
    setting="http_api_id",
    service="apigatewayv2",
    collection="/apis",
    reads="get_api",
    lists="get_apis",
    api_id="ApiId",
    api_name="Name",
    stage_name="StageName",
    id_parameter="ApiId",
    stage_parameter="StageName",
    items="Items",
    stage_items="Items",
    is_of_kind=lambda document: document.get("ProtocolType") == "HTTP",
)


@dataclass(frozen=True, slots=True)
class ApiReader:
    """Reads what belongs to one API.

    Args:
        session: Where to read.
        plane: The version of the control plane that knows it.
        api_id: The API.
    """

    session: AwsSession
    plane: ControlPlane
    api_id: str

    def document(self) -> Evidence[Document]:
        """Read the API itself.

        Raises:
            UnknownStageError: If there is none; the message names those there are.
            AwsError: If what answers is no control plane of API Gateway.
        """
        found = self.get(self.plane.reads, "")
        if isinstance(found, Missing):
            if is_not_found(found):
                raise UnknownStageError(self._unknown_api())
            return found
        if self.plane.api_id not in found.value:
            where = self.session.endpoint_url or "AWS"
            raise AwsError(f"{where} answers, but not as API Gateway's control plane does; check the endpoint URL")
        return found

    def stage(self, stage_name: str) -> Evidence[Document]:
        """Read a stage.

        Raises:
            UnknownStageError: If there is none; the message names those there are.
        """
        found = self.get("get_stage", f"/stages/{stage_name}", **{self.plane.stage_parameter: stage_name})
        if isinstance(found, Missing) and is_not_found(found):
            known = self.get("get_stages", "/stages")
            items = known.value.get(self.plane.stage_items, ()) if isinstance(known, Present) else ()
            raise UnknownStageError(
                f"the {self.plane.kind} {self.api_id!r} in {self.session.region} has no stage {stage_name!r}; "
                f"its stages: {some(str(item[self.plane.stage_name]) for item in items)}"
            )
        return found

    def metadata(self, invoke_url: str, *, read_at: datetime) -> StageMetadata:
        """Return where and when the configuration is read; the account is None where it may not be known."""
        identity = read(lambda: self.session.client("sts").get_caller_identity(), action="sts:GetCallerIdentity")
        return StageMetadata(
            account_id=str(identity.value["Account"]) if isinstance(identity, Present) else None,
            region=self.session.region,
            read_at=read_at,
            invoke_url=invoke_url,
            endpoint_url=self.session.endpoint_url,
        )

    def get(self, operation: str, path: str, **parameters: Any) -> Evidence[Document]:
        """Make one call about the API; ``path`` lies below the API's own."""
        client = self.session.client(self.plane.service)
        return read(
            lambda: getattr(client, operation)(**{self.plane.id_parameter: self.api_id}, **parameters),
            action=_ACTION,
            resource=self.arn(path),
        )

    def items(self, operation: str, path: str, **parameters: Any) -> Evidence[list[Document]]:
        """Read every page of a collection of the API."""
        whole = {self.plane.id_parameter: self.api_id, **parameters}
        return pages(self.session, self.plane, operation, resource=self.arn(path), **whole)

    def arn(self, path: str) -> str:
        """Return the ARN of a path below the API's own, for an IAM policy."""
        return arn_of(self.session, f"{self.plane.collection}/{self.api_id}{path}")

    def _unknown_api(self) -> str:
        known = all_apis(self.session, self.plane)
        items = known.value if isinstance(known, Present) else ()
        ids = (f"{one[self.plane.api_id]} ({one[self.plane.api_name]})" for one in items if self.plane.is_of_kind(one))
        return (
            f"there is no {self.plane.kind} {self.api_id!r} in {self.session.region} (there are: {some(ids)}); "
            f"check {self.plane.setting}, the Region and the account"
        )


def all_apis(session: AwsSession, plane: ControlPlane) -> Evidence[list[Document]]:
    """Read every API that a version of the control plane knows in the account and Region."""
    return pages(session, plane, plane.lists, resource=arn_of(session, plane.collection))


def pages(
    session: AwsSession, plane: ControlPlane, operation: str, *, resource: str, **parameters: Any
) -> Evidence[list[Document]]:
    """Read every page of a collection; a page without items says nothing of them.

    Args:
        session: Where to read.
        plane: The version of the control plane that is asked.
        operation: The client's method.
        resource: The ARN that the call needs ``apigateway:GET`` on.
        parameters: Of the call.
    """
    found = session.client(plane.service).get_paginator(operation)
    return read(
        lambda: [
            item
            for page in found.paginate(**parameters, PaginationConfig={"PageSize": _PAGE_SIZE})
            for item in page.get(plane.items) or ()
        ],
        action=_ACTION,
        resource=resource,
    )


def arn_of(session: AwsSession, path: str) -> str:
    """Return the ARN of a path of the control plane (``/restapis``), for an IAM policy."""
    return f"arn:{session.partition}:apigateway:{session.region}::{path}"


def some(names: Iterable[str]) -> str:
    """Return names for a message: the first ones, or ``none``."""
    found = sorted(names)
    more = f" and {len(found) - _MANY} more" if len(found) > _MANY else ""
    return (", ".join(found[:_MANY]) + more) or "none"
