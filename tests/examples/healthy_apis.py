"""The healthy APIs, each deployed anew for a night: by function and OpenAPI, by hand with HTTP only, by MOCK only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.expectations import Expectations, load_expectations
from contracts.judgement import Judgement, judge
from contracts.recording import Recording
from probes.aws import aws_session
from probes.night import NightPlan, observe
from sandbox.deploy import AwsClients, deploy_openapi
from sandbox.sandbox import Sandbox
from stageproof.demonstration import example_sandbox, running_backend

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MAX_EXAMPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthyStage:
    """A deployed stage of a healthy API. ``environ`` holds the secrets that its ``stageproof.toml`` refers to."""

    stage: str
    config: Path
    rest_api_id: str
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthyApi:
    """A sandbox with the backends of a healthy API, in which the API can be deployed, more than once."""

    sandbox: Sandbox
    clients: AwsClients
    deploy: Callable[[], HealthyStage]

    def night(self, seed: int, directory: Path) -> Judgement:
        """Deploy the API, carry out a small night, judge it, and remove the API."""
        deployed = self.deploy()
        try:
            plan = NightPlan(
                stage=deployed.stage,
                expectations=_expectations(deployed, seed),
                directory=directory,
                session=aws_session(region=self.clients.region, endpoint_url=self.clients.endpoint_url),
                environ=deployed.environ,
                before_collection=self.sandbox.flush_telemetry,
            )
            return judge(Recording.open(observe(plan)), today=datetime.now(UTC).date())
        finally:
            self._remove(deployed.rest_api_id)

    def _remove(self, rest_api_id: str) -> None:
        """Remove the API with its plans: the next one has the same name, and two of a name are a fault of their own."""
        client = self.clients.get("apigateway")
        client.delete_rest_api(restApiId=rest_api_id)
        for plan in client.get_usage_plans()["items"]:
            client.delete_usage_plan(usagePlanId=plan["id"])


@contextmanager
def users_api() -> Iterator[HealthyApi]:
    """Lambda functions, DynamoDB and templates, deployed from OpenAPI with integrations."""
    with example_sandbox() as prepared:

        def deploy() -> HealthyStage:
            made = prepared.deploy()
            return HealthyStage(
                stage="dev", config=made.config, rest_api_id=made.deployed.rest_api_id, environ=made.environ
            )

        yield HealthyApi(sandbox=prepared.sandbox, clients=prepared.clients, deploy=deploy)


@contextmanager
def parcels_api() -> Iterator[HealthyApi]:
    """HTTP and HTTP_PROXY integrations, put part by part by a boto3 script; the contract is plain OpenAPI."""
    folder = EXAMPLES / "parcels-api"
    with running_backend(folder / "backend") as backend, Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url, region=sandbox.region)

        def deploy() -> HealthyStage:
            command = [sys.executable, str(folder / "deploy.py"), "--backend", backend]
            environ = {"AWS_ENDPOINT_URL": sandbox.endpoint_url, "AWS_DEFAULT_REGION": sandbox.region}
            told = subprocess.run(command, env={**os.environ, **environ}, check=True, capture_output=True, text=True)
            made = json.loads(told.stdout)
            return HealthyStage(
                stage="live",
                config=folder / "stageproof.toml",
                rest_api_id=made["rest_api_id"],
                environ={**os.environ, "PARCELS_KEY": made["partner_key"]},
            )

        yield HealthyApi(sandbox=sandbox, clients=clients, deploy=deploy)


@contextmanager
def petstore_mock() -> Iterator[HealthyApi]:
    """A public OpenAPI document with MOCK integrations of our own."""
    folder = EXAMPLES / "petstore-mock"
    with Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url, region=sandbox.region)

        def deploy() -> HealthyStage:
            made = deploy_openapi(folder / "openapi.yaml", clients=clients, stage_name="mock")
            throttle = {"rateLimit": "2000", "burstLimit": "1000"}
            patches = [
                {"op": "replace", "path": f"/*/*/throttling/{name}", "value": value} for name, value in throttle.items()
            ]
            clients.get("apigateway").update_stage(
                restApiId=made.rest_api_id, stageName="mock", patchOperations=patches
            )
            return HealthyStage(
                stage="mock", config=folder / "stageproof.toml", rest_api_id=made.rest_api_id, environ=os.environ
            )

        yield HealthyApi(sandbox=sandbox, clients=clients, deploy=deploy)


HEALTHY = {"users-api": users_api, "parcels-api": parcels_api, "petstore-mock": petstore_mock}


def _expectations(deployed: HealthyStage, seed: int) -> Expectations:
    plain: dict[str, Any] = load_expectations(deployed.config).model_dump(mode="json", by_alias=True)
    stage = plain["stages"][deployed.stage]
    stage["rest_api_name"], stage["rest_api_id"] = None, deployed.rest_api_id
    plain["traffic"].update(seed=seed, max_examples=MAX_EXAMPLES, workers=1)
    return Expectations.model_validate_json(json.dumps(plain))
