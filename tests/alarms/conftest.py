"""What tests of alarms need: an AWS side, and a stage to watch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alarms.scope import StageScope
from gateway.rest_api import Method, MethodSettings, Resource, RestApi, Stage
from sandbox.aws_side import start_aws_side
from sandbox.deploy import AwsClients

Scope = Callable[..., StageScope]


@pytest.fixture
def clients() -> Iterator[AwsClients]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url)
    side.stop()


@pytest.fixture
def cloudwatch(clients: AwsClients) -> Any:
    return clients.get("cloudwatch")


@pytest.fixture
def scope() -> StageScope:
    """A stage with detailed metrics of one of its two operations."""
    resource = Resource(path="/pets", methods=(Method(http_method="GET"), Method(http_method="POST")))
    return StageScope(
        api=RestApi(name="pets", resources=(resource,)),
        stage=Stage(stage_name="dev", method_settings={"/pets/GET": MethodSettings(metrics_enabled=True)}),
        api_id="abc123",
        region="us-east-1",
        account_id="123456789012",
    )
