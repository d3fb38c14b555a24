"""The custom domain names of a stage, private ones among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from contracts.evidence import DomainName, Missing, Present
from probes.aws import AwsSession
from probes.domain_names import collect_domain_names

OF_STAGE = {"basePath": "(none)", "restApiId": "abc", "stage": "dev"}
PRIVATE = {"domainName": "api.corp", "domainNameId": "d1a2b3", "securityPolicy": "TLS_1_2"}


@pytest.fixture
def session() -> AwsSession:
    made = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="us-gov-west-1")
    return AwsSession(session=made, region="us-gov-west-1")


@pytest.fixture
def aws(session: AwsSession) -> Iterator[Stubber]:
    with Stubber(session.client("apigateway")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def _names(aws: Stubber, *domains: dict[str, Any]) -> None:
    aws.add_response("get_domain_names", {"items": list(domains)})


def test_the_identifier_of_a_private_name_is_told(aws: Stubber, session: AwsSession) -> None:
    _names(aws, PRIVATE)
    asked = {"domainName": "api.corp", "domainNameId": "d1a2b3", "limit": 500}
    aws.add_response("get_base_path_mappings", {"items": [OF_STAGE]}, asked)
    found = collect_domain_names(session, "abc", "dev")
    name = DomainName(domain_name="api.corp", security_policy="TLS_1_2", base_paths=("(none)",))
    assert found == Present(value=(name,))


@pytest.mark.parametrize("stage", ["(none)", "", None])
def test_a_mapping_to_any_stage_means_this_one_too(aws: Stubber, session: AwsSession, stage: str | None) -> None:
    _names(aws, {"domainName": "a.example.com"})
    mapping = {name: value for name, value in {**OF_STAGE, "stage": stage}.items() if value is not None}
    aws.add_response("get_base_path_mappings", {"items": [mapping, {"basePath": "v2", "restApiId": "other"}]})
    found = collect_domain_names(session, "abc", "dev")
    assert isinstance(found, Present)
    assert [name.base_paths for name in found.value] == [("(none)",)]


def test_a_name_that_was_removed_meanwhile_is_passed_over(aws: Stubber, session: AwsSession) -> None:
    _names(aws, {"domainName": "gone.example.com"}, {"domainName": "a.example.com"})
    aws.add_client_error("get_base_path_mappings", service_error_code="NotFoundException")
    aws.add_response("get_base_path_mappings", {})  # a name without any mapping
    assert collect_domain_names(session, "abc", "dev") == Present(value=())


def test_the_remedy_names_the_partition(aws: Stubber, session: AwsSession) -> None:
    _names(aws, PRIVATE)
    aws.add_client_error("get_base_path_mappings", service_error_code="AccessDeniedException")
    found = collect_domain_names(session, "abc", "dev")
    assert isinstance(found, Missing)
    path = "/domainnames/api.corp+d1a2b3/basepathmappings"
    assert found.remedy == f"allow apigateway:GET on arn:aws-us-gov:apigateway:us-gov-west-1::{path}"
