"""AWS's own managed policies can be attached and read in the sandbox, unknown ones cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws_side import start_aws_side
from sandbox.deploy import AwsClients

PUSH = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
UNKNOWN = "arn:aws:iam::aws:policy/AmazonAPIGatewayPushToCloudWatchLogs"  # the path is missing


@pytest.fixture
def iam() -> Iterator[Any]:
    side = start_aws_side()
    client = AwsClients.local(side.endpoint_url).get("iam")
    client.create_role(RoleName="logs", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    client.create_user(UserName="ada")
    client.create_group(GroupName="operators")
    yield client
    side.stop()


def test_are_attached_to_roles_users_and_groups(iam: Any) -> None:
    iam.attach_role_policy(RoleName="logs", PolicyArn=PUSH)
    iam.attach_user_policy(UserName="ada", PolicyArn=PUSH)
    iam.attach_group_policy(GroupName="operators", PolicyArn=PUSH)
    for attached in (
        iam.list_attached_role_policies(RoleName="logs"),
        iam.list_attached_user_policies(UserName="ada"),
        iam.list_attached_group_policies(GroupName="operators"),
    ):
        assert [policy["PolicyArn"] for policy in attached["AttachedPolicies"]] == [PUSH]
    iam.detach_role_policy(RoleName="logs", PolicyArn=PUSH)
    assert iam.list_attached_role_policies(RoleName="logs")["AttachedPolicies"] == []


def test_are_read(iam: Any) -> None:
    policy = iam.get_policy(PolicyArn=PUSH)["Policy"]
    assert policy["Arn"] == PUSH
    version = iam.get_policy_version(PolicyArn=PUSH, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert "logs:PutLogEvents" in version["Document"]["Statement"][0]["Action"]


@pytest.mark.parametrize("arn", [UNKNOWN, "arn:aws:iam::aws:policy/NoSuch", "arn:aws:iam::123456789012:policy/own"])
def test_unknown_ones_are_refused(iam: Any, arn: str) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.attach_role_policy(RoleName="logs", PolicyArn=arn)
