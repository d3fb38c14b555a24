"""The demo: the sandbox with the example API deployed in it, ready for a night."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alarms.live import LiveEvaluator
from gateway.errors import StageproofError
from gateway.http_api import DEFAULT_STAGE_NAME
from gateway.http_api_openapi import read_http_api
from probes.aws import aws_session
from probes.night import NightPlan
from sandbox.deploy import AwsClients, Deployed, deploy_openapi, load_document
from sandbox.deploy_lambda import LambdaSource
from sandbox.faults.catalogue import plant
from sandbox.faults.fault import NOTES_API, USERS_API, Deployment, Fault
from sandbox.http_api.deploy import deploy_http_api, observed_http_stage
from sandbox.sandbox import Sandbox
from stageproof.target import read_expected

STAGE_NAME = "dev"
_TOKEN = "Bearer allow"  # noqa: S105 - the example authorizer's default, no secret
_READERS_TOKEN = "Bearer reader"  # noqa: S105 - of no user: only faults ask with it
_QUEUE_NAME = "users-api-events"
_INTEGRATION_ROLE = "users-api-integrations"
_THROTTLE = {"rateLimit": "5000", "burstLimit": "2500"}
_START_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """A deployed example API. ``environ`` holds the secrets that its ``stageproof.toml`` refers to.

    ``contract`` is what was deployed: the example's own, unless one of the ``faults`` stands in it.
    """

    sandbox: Sandbox
    clients: AwsClients
    deployed: Deployed
    config: Path
    contract: Path
    environ: Mapping[str, str]
    faults: tuple[Fault, ...] = ()

    @property
    def deployment(self) -> Deployment:
        """The deployment, for planting faults in it."""
        return Deployment(
            clients=self.clients,
            rest_api_id=self.deployed.rest_api_id,
            stage_name=self.deployed.stage_name,
            http_api_id=self.deployed.http_api_id,
        )

    def settings(self) -> list[Mapping[str, Any]]:
        """The tables of ``stageproof.toml`` that differ from the example's, as the faults ask for them."""
        stage = {"contract": str(self.contract)}
        if self.deployed.http_api_id:
            stage["http_api_id"] = self.deployed.http_api_id
        return [{"stages": {STAGE_NAME: stage}}, *(fault.settings(self.deployment) for fault in self.faults)]

    def night_plan(self, directory: Path, traffic: Mapping[str, Any]) -> NightPlan:
        """Return the plan of a night at it.

        Args:
            directory: Where the recording goes.
            traffic: Keys of ``[traffic]`` that stand above the file's.
        """
        expected = read_expected(self.config, STAGE_NAME, traffic=traffic, settings=self.settings())
        return NightPlan(
            stage=STAGE_NAME,
            expectations=expected.expectations,
            contract=expected.contract,
            directory=directory,
            session=aws_session(region=self.clients.region, endpoint_url=self.clients.endpoint_url),
            environ=self.environ,
            before_collection=self.traffic_is_over,
            continue_command="stageproof demo",
        )

    def traffic_is_over(self) -> None:
        """Have all telemetry written, and spoil what the faults spoil of it."""
        self.sandbox.flush_telemetry()
        for fault in self.faults:
            fault.spoil_telemetry(self.deployment)

    def remove(self) -> None:
        """Remove the API: the next one has the same name, and two of a name are a fault of their own."""
        if self.deployed.http_api_id:
            self.clients.get("apigatewayv2").delete_api(ApiId=self.deployed.http_api_id)
        else:
            self.clients.get("apigateway").delete_rest_api(restApiId=self.deployed.rest_api_id)


def example_folder(name: str = USERS_API) -> Path:
    """Return the folder of an example API: in a clone beside the packages, in an installation inside this one.

    Raises:
        StageproofError: If it is in neither place.
    """
    here = Path(__file__).resolve().parent
    for folder in (here.parent / "examples" / name, here / "examples" / name):
        if (folder / "docs" / "openapi.yaml").is_file():
            return folder
    raise StageproofError("the example API is not installed: run the demo in a clone of the repository")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleSandbox:
    """A sandbox with the backends of the example APIs, in which they can be deployed, more than once."""

    sandbox: Sandbox
    clients: AwsClients
    folder: Path
    directory_host: str
    workspace: Path

    def deploy(self, faults: Sequence[Fault] = (), example: str = USERS_API) -> Demonstration:
        """Deploy an example API anew, with every observation on and a throttle of its own; what was before goes.

        Args:
            faults: To plant in it; those of the contract stand in what is deployed. They say which example is meant.
            example: The example where there are no faults.

        Raises:
            StageproofError: If the faults belong to different examples.
        """
        examples = sorted({fault.example for fault in faults} or {example})
        if len(examples) > 1:
            raise StageproofError(f"faults of {' and '.join(examples)} cannot be planted together: choose those of one")
        _clear(self.clients)
        demonstrated = self._deploy_notes(faults) if examples == [NOTES_API] else self._deploy_users(faults)
        if faults:
            plant(faults, demonstrated.deployment)
        return demonstrated

    def _deploy_notes(self, faults: Sequence[Fault]) -> Demonstration:
        """Deploy the example of an HTTP API."""
        folder = example_folder(NOTES_API)
        contract = self._contract(faults, folder)
        deployed = deploy_http_api(
            read_http_api(load_document(contract)),
            clients=self.clients,
            stage=observed_http_stage(
                DEFAULT_STAGE_NAME,
                log_group_name="/aws/apigateway/notes-api",
                clients=self.clients,
                rate_limit=float(_THROTTLE["rateLimit"]),
            ),
            lambdas={
                f"notes-api-{name}": LambdaSource(path=folder / "lambda" / name, handler="handler.handler")
                for name in ("notes", "authorizer")
            },
        )
        return Demonstration(
            sandbox=self.sandbox,
            clients=self.clients,
            deployed=deployed,
            config=folder / "stageproof.toml",
            contract=contract,
            environ={"NOTES_TOKEN": _TOKEN},
            faults=tuple(faults),
        )

    def _deploy_users(self, faults: Sequence[Fault]) -> Demonstration:
        contract = self._contract(faults, self.folder)
        service = self.folder / "lambda" / "user_service"
        table, items = (
            json.loads((service / name).read_text(encoding="utf-8")) for name in ("table.json", "guest.json")
        )
        self.clients.get("dynamodb").create_table(**table)
        for item in items:
            self.clients.get("dynamodb").put_item(TableName=table["TableName"], Item=item)
        self.clients.get("sqs").create_queue(QueueName=_QUEUE_NAME)
        _ensure_integration_role(self.clients)
        deployed = deploy_openapi(
            contract,
            clients=self.clients,
            stage_name=STAGE_NAME,
            lambdas=_functions(self.folder / "lambda", self.sandbox.endpoint_url),
            variables={"directoryHost": self.directory_host},
        )
        _throttle(self.clients, deployed)
        return Demonstration(
            sandbox=self.sandbox,
            clients=self.clients,
            deployed=deployed,
            config=self.folder / "stageproof.toml",
            contract=contract,
            environ={
                "USERS_API_KEY": next(iter(deployed.api_key_values.values())),
                "USERS_TOKEN": _TOKEN,
                "USERS_SECOND_TOKEN": _READERS_TOKEN,
            },
            faults=tuple(faults),
        )

    def _contract(self, faults: Sequence[Fault], folder: Path) -> Path:
        """Return the contract to deploy: the example's own, or one that faults have changed."""
        path = folder / "docs" / "openapi.yaml"
        changes = [fault.write_contract for fault in faults if fault.write_contract is not None]
        if not changes:
            return path
        document = load_document(path)
        for change in changes:
            change(document)
        changed = self.workspace / "openapi.json"
        changed.write_text(json.dumps(document, indent=2), encoding="utf-8")
        return changed


@contextmanager
def example_sandbox(*, alarm_minute_s: float = 60.0) -> Iterator[ExampleSandbox]:
    """Start the sandbox and the second backend of the example API, and stop them at the end.

    Args:
        alarm_minute_s: How long a minute of metrics and alarms lasts; 60 as on AWS.
    """
    folder = example_folder()
    with (
        running_backend(folder / "lambda" / "directory") as directory_host,
        TemporaryDirectory() as workspace,
        Sandbox(evaluator=LiveEvaluator(), alarm_minute_s=alarm_minute_s) as sandbox,
    ):
        yield ExampleSandbox(
            sandbox=sandbox,
            clients=AwsClients.local(sandbox.endpoint_url, region=sandbox.region),
            folder=folder,
            directory_host=directory_host,
            workspace=Path(workspace),
        )


@contextmanager
def demonstration(faults: Sequence[Fault] = (), example: str = USERS_API) -> Iterator[Demonstration]:
    """Start the sandbox with an example API and faults deployed in it, and stop everything at the end."""
    with example_sandbox() as prepared:
        yield prepared.deploy(faults, example)


def _functions(folder: Path, endpoint_url: str) -> dict[str, LambdaSource]:
    users = {"USERS_TABLE": "users-api-users", "PASSWORD_COST": "2", "AWS_ENDPOINT_URL": endpoint_url}
    return {
        "users-api-user-service": LambdaSource(
            path=folder / "user_service", handler="handler.handler", environment=users
        ),
        "users-api-legacy": LambdaSource(path=folder / "legacy", handler="handler.handler"),
        "users-api-authorizer": LambdaSource(path=folder / "authorizer", handler="handler.handler"),
    }


def _clear(clients: AwsClients) -> None:
    """Remove earlier deployments: names, plans, alarms, domains, users and events would be found beside the new one."""
    gateway, cloudwatch, dynamodb = (clients.get(name) for name in ("apigateway", "cloudwatch", "dynamodb"))
    for queue_url in clients.get("sqs").list_queues().get("QueueUrls", []):
        clients.get("sqs").delete_queue(QueueUrl=queue_url)
    for table_name in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=table_name)
    for domain in gateway.get_domain_names()["items"]:
        for mapping in gateway.get_base_path_mappings(domainName=domain["domainName"]).get("items", []):
            gateway.delete_base_path_mapping(domainName=domain["domainName"], basePath=mapping["basePath"])
        gateway.delete_domain_name(domainName=domain["domainName"])
    http_apis = clients.get("apigatewayv2")
    for api in http_apis.get_apis()["Items"]:
        http_apis.delete_api(ApiId=api["ApiId"])
    for api in gateway.get_rest_apis()["items"]:
        gateway.delete_rest_api(restApiId=api["id"])
    for plan in gateway.get_usage_plans()["items"]:
        gateway.delete_usage_plan(usagePlanId=plan["id"])
    for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
        cloudwatch.delete_alarms(AlarmNames=[alarm["AlarmName"]])


def _ensure_integration_role(clients: AwsClients) -> None:
    """Make the role with which API Gateway calls the table and the queue."""
    iam = clients.get("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": ["dynamodb:GetItem", "sqs:SendMessage"], "Resource": "*"}
    try:
        iam.create_role(RoleName=_INTEGRATION_ROLE, AssumeRolePolicyDocument=_policy(trust))
    except iam.exceptions.EntityAlreadyExistsException:
        return
    iam.put_role_policy(RoleName=_INTEGRATION_ROLE, PolicyName="integrations", PolicyDocument=_policy(allowed))


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _throttle(clients: AwsClients, deployed: Deployed) -> None:
    patches = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": value} for name, value in _THROTTLE.items()
    ]
    clients.get("apigateway").update_stage(
        restApiId=deployed.rest_api_id, stageName=deployed.stage_name, patchOperations=patches
    )


@contextmanager
def running_backend(folder: Path) -> Iterator[str]:
    """Run the ASGI application of an example's ``app.py`` and give its ``host:port``.

    Raises:
        StageproofError: If it does not start.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(folder), "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 - our own example, by our own interpreter
        [*command, "--log-level", "error"],
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C ends the night in order, and the backend after it
    )
    try:
        _wait_for(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise StageproofError("the backend of the example did not start; is uvicorn installed?")
