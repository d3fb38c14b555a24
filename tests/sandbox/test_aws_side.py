"""The AWS side runs in process, answers as AWS does, and tells what a stage serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws_side import AwsSide, start_aws_side
from sandbox.deploy import AwsClients
from sandbox.snapshot import Snapshots


@pytest.fixture(scope="module")
def aws_side() -> Iterator[AwsSide]:
    side = start_aws_side()
    yield side
    side.stop()


@pytest.fixture(scope="module")
def client(aws_side: AwsSide) -> Any:
    return AwsClients.local(aws_side.endpoint_url).get("apigateway")


def _deployable(client: Any) -> tuple[str, str]:
    """Create an API with one MOCK method; return its identifier and the root resource's."""
    api = client.create_rest_api(name="pets")
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    return api["id"], api["rootResourceId"]


def test_listens_on_the_loopback_only(aws_side: AwsSide) -> None:
    assert aws_side.endpoint_url.startswith("http://127.0.0.1:")


def test_answers_for_other_services(aws_side: AwsSide) -> None:
    clients = AwsClients.local(aws_side.endpoint_url)
    assert clients.account_id() == "123456789012"
    clients.get("logs").create_log_group(logGroupName="/a")
    assert [group["logGroupName"] for group in clients.get("logs").describe_log_groups()["logGroups"]] == ["/a"]


def test_says_what_it_does_not_serve_in_one_line(client: Any) -> None:
    with pytest.raises(ClientError, match="the sandbox does not serve this") as raised:
        client.get_sdk_types()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_second_side_starts_empty() -> None:
    first = start_aws_side()
    AwsClients.local(first.endpoint_url).get("sqs").create_queue(QueueName="jobs")
    first.stop()
    second = start_aws_side()
    assert "QueueUrls" not in AwsClients.local(second.endpoint_url).get("sqs").list_queues()
    second.stop()


def test_a_deployment_freezes_the_api(client: Any) -> None:
    rest_api_id, root_id = _deployable(client)
    client.create_deployment(restApiId=rest_api_id, stageName="dev")
    where = {"restApiId": rest_api_id, "resourceId": root_id, "httpMethod": "POST"}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, type="MOCK")
    snapshots = Snapshots()

    before = snapshots.deployed(rest_api_id, "dev")
    assert before is not None
    assert [method.http_method for method in before.rest_api.resources[0].methods] == ["GET"]

    client.create_deployment(restApiId=rest_api_id, stageName="dev")
    after = snapshots.deployed(rest_api_id, "dev")
    assert after is not None
    assert [method.http_method for method in after.rest_api.resources[0].methods] == ["GET", "POST"]


def test_stage_settings_are_live_and_survive_a_deployment(client: Any) -> None:
    rest_api_id, _ = _deployable(client)
    client.create_deployment(restApiId=rest_api_id, stageName="dev", variables={"host": "a", "kept": "yes"})
    patches = [("/variables/host", "b"), ("/*/*/logging/loglevel", "INFO"), ("/tracingEnabled", "true")]
    operations = [{"op": "replace", "path": path, "value": value} for path, value in patches]
    client.update_stage(restApiId=rest_api_id, stageName="dev", patchOperations=operations)
    client.create_deployment(restApiId=rest_api_id, stageName="dev")

    deployed = Snapshots().deployed(rest_api_id, "dev")
    assert deployed is not None
    assert deployed.stage.variables == {"host": "b", "kept": "yes"}
    assert deployed.stage.method_settings["*/*"].logging_level == "INFO"
    assert deployed.stage.tracing_enabled


def test_usage_plans_and_keys_are_live(client: Any) -> None:
    rest_api_id, _ = _deployable(client)
    client.create_deployment(restApiId=rest_api_id, stageName="dev")
    stages = [{"apiId": rest_api_id, "stage": "dev", "throttle": {"//GET": {"rateLimit": 2.0, "burstLimit": 3}}}]
    plan = client.create_usage_plan(name="basic", apiStages=stages, quota={"limit": 9, "period": "DAY"})
    key = client.create_api_key(name="mine", enabled=False, value="0123456789012345678901")
    client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")

    deployed = Snapshots().deployed(rest_api_id, "dev")
    assert deployed is not None
    (held,) = deployed.usage_plans
    assert (held.name, held.quota and held.quota.limit, held.method_throttles["//GET"].burst_limit) == ("basic", 9, 3)
    assert [(each.name, each.enabled, each.value) for each in held.api_keys] == [
        ("mine", False, "0123456789012345678901")
    ]


def test_a_canary_has_its_own_deployment(client: Any) -> None:
    rest_api_id, root_id = _deployable(client)
    client.create_deployment(restApiId=rest_api_id, stageName="dev")
    where = {"restApiId": rest_api_id, "resourceId": root_id, "httpMethod": "PUT"}
    client.put_method(**where, authorizationType="NONE")
    client.put_integration(**where, type="MOCK")
    client.create_deployment(restApiId=rest_api_id, stageName="dev", canarySettings={"percentTraffic": 10})

    deployed = Snapshots().deployed(rest_api_id, "dev")
    assert deployed is not None
    assert deployed.canary_rest_api is not None
    assert len(deployed.rest_api.resources[0].methods) == 1
    assert len(deployed.canary_rest_api.resources[0].methods) == 2


def test_a_snapshot_is_kept_until_something_changes(client: Any) -> None:
    rest_api_id, _ = _deployable(client)
    client.create_deployment(restApiId=rest_api_id, stageName="dev")
    snapshots = Snapshots()
    first = snapshots.deployed(rest_api_id, "dev")
    client.get_stage(restApiId=rest_api_id, stageName="dev")
    assert snapshots.deployed(rest_api_id, "dev") is first
    client.delete_stage(restApiId=rest_api_id, stageName="dev")
    assert snapshots.deployed(rest_api_id, "dev") is None


@pytest.mark.parametrize(("rest_api_id", "stage_name"), [("none", "dev"), ("", "")])
def test_an_unknown_stage_is_none(client: Any, rest_api_id: str, stage_name: str) -> None:
    assert Snapshots().deployed(rest_api_id, stage_name) is None
