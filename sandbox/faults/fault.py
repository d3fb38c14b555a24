"""A fault: what is planted, where, and which rule must find it at which step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.deploy_lambda import AwsClients

USERS_API = "users-api"
NOTES_API = "notes-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployed API in which faults are planted, by AWS's public API alone.

    ``http_api_id`` is set where it is an HTTP API; then ``rest_api_id`` is empty.
    """

    clients: AwsClients
    rest_api_id: str
    stage_name: str
    http_api_id: str = ""

    @property
    def client(self) -> Any:
        """The API Gateway client."""
        return self.clients.get("apigateway")

    @property
    def http_client(self) -> Any:
        """The client of version 2, for an HTTP API."""
        return self.clients.get("apigatewayv2")

    def resource_id(self, path: str) -> str:
        """Return the identifier of a resource.

        Raises:
            LookupError: If the API has no such resource.
        """
        pages = self.client.get_paginator("get_resources").paginate(restApiId=self.rest_api_id)
        for page in pages:
            for item in page["items"]:
                if item["path"] == path:
                    return str(item["id"])
        raise LookupError(f"the API has no resource {path}")

    def method(self, http_method: str, path: str) -> dict[str, str]:
        """Return the arguments that name a method in API Gateway's calls."""
        return {"restApiId": self.rest_api_id, "resourceId": self.resource_id(path), "httpMethod": http_method}

    def redeploy(self) -> None:
        """Make the changes live; a stage of an HTTP API that deploys automatically has them already."""
        if self.http_api_id:
            return
        self.client.create_deployment(restApiId=self.rest_api_id, stageName=self.stage_name)


def nothing(_: Deployment) -> None:
    """Plant nothing in the deployment: the fault stands in the contract, the settings or the telemetry."""


def no_settings(_: Deployment) -> Mapping[str, Any]:
    """Leave ``stageproof.toml`` as the example has it."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of the catalogue.

    ``rule`` and ``subject`` name the verdict that must be BROKEN, ``step`` the step it must be told at (values of
    ``contracts.verdict.Step``). ``needs_redeployment`` is False for a change that is the fault because it is not
    deployed. ``consequences`` are rules of other topics that the fault breaks too, rightly; ``operations`` are globs on
    ``METHOD /path`` that show it where the subject is no operation. ``example`` is the example API that it is planted
    into, by the name of its folder.

    ``write_contract`` changes the OpenAPI document before the API is deployed from it and judged by it: the author
    mistake. ``settings`` gives tables of ``stageproof.toml`` as the operator of such a stage would write them.
    ``spoil_telemetry`` is called when the traffic is over and all its telemetry is written, before anybody reads it.
    """

    fault_id: str
    title: str
    rule: str
    subject: str
    step: str
    failure_mode: str
    plant: Callable[[Deployment], None] = nothing
    needs_redeployment: bool = True
    consequences: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    write_contract: Callable[[dict[str, Any]], None] | None = None
    settings: Callable[[Deployment], Mapping[str, Any]] = no_settings
    spoil_telemetry: Callable[[Deployment], None] = nothing
    example: str = USERS_API

    @property
    def shown_by(self) -> tuple[str, ...]:
        """Globs on the operations that show it: its own, else its subject, else an open and a closed one of the API."""
        if self.operations:
            return self.operations
        if " " in self.subject:
            return (self.subject,)
        return (f"* {self.subject}",) if self.subject.startswith("/") else ("GET /health", "POST /users")
