"""Reads give evidence; what makes every read fail is said in one line."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.stub import Stubber

from contracts.evidence import Missing, Present
from probes.aws import _DNS_SUFFIXES, AwsError, AwsSession, _is_aws, aws_session, read


def _session(region: str = "us-east-1") -> boto3.Session:
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=region)


def _client() -> Any:
    return _session().client("apigateway")


def _read_refused(code: str, message: str = "no") -> object:
    client = _client()
    with Stubber(client) as stubber:
        stubber.add_client_error("get_account", service_error_code=code, service_message=message)
        return read(client.get_account, action="apigateway:GET", resource="arn:aws:apigateway:us-east-1::/account")


def test_what_is_read_is_present() -> None:
    client = _client()
    with Stubber(client) as stubber:
        stubber.add_response("get_account", {"apiKeyVersion": "4"})
        found = read(client.get_account, action="apigateway:GET")
    assert isinstance(found, Present)
    assert found.value["apiKeyVersion"] == "4"


@pytest.mark.parametrize(
    ("code", "reason", "remedy"),
    [
        ("AccessDeniedException", "denied: ", "allow apigateway:GET on arn:aws:apigateway:us-east-1::/account"),
        ("AccessDenied", "denied: ", "allow apigateway:GET on arn:aws:apigateway:us-east-1::/account"),
        ("UnauthorizedException", "denied: ", "allow apigateway:GET on arn:aws:apigateway:us-east-1::/account"),
        ("TooManyRequestsException", "throttled after 8 attempts: ", "run again when less calls the account's API"),
        ("ThrottlingException", "throttled after 8 attempts: ", "run again when less calls the account's API"),
        ("NotFoundException", "not found: ", None),
        ("ServiceUnavailableException", "GetAccount: no", "run again; if it stays, see the AWS Health Dashboard"),
    ],
)
def test_what_is_refused_is_missing(code: str, reason: str, remedy: str | None) -> None:
    found = _read_refused(code)
    assert isinstance(found, Missing)
    assert found.reason.startswith(reason)
    assert (found.aws_error_code, found.remedy) == (code, remedy)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ExpiredTokenException", "the AWS credentials have expired"),
        ("ExpiredToken", "sign in again"),
        ("UnrecognizedClientException", "AWS does not accept the credentials"),
        ("InvalidSignatureException", "check the profile and keys"),
    ],
)
def test_credentials_that_are_no_good_stop_the_run(code: str, message: str) -> None:
    with pytest.raises(AwsError, match=message):
        _read_refused(code)


def test_a_message_of_several_lines_becomes_one() -> None:
    found = _read_refused("Strange", "one\n  two")
    assert isinstance(found, Missing)
    assert found.reason == "GetAccount: one two"


_FAILURES = [
    (exceptions.NoCredentialsError(), "no AWS credentials"),
    (exceptions.PartialCredentialsError(provider="env", cred_var="secret"), "no AWS credentials"),
    (exceptions.NoRegionError(), "the AWS Region is missing or wrong"),
    (exceptions.InvalidRegionError(region_name="us east"), "the AWS Region is missing or wrong"),
    (exceptions.EndpointConnectionError(endpoint_url="https://x"), "AWS does not answer"),
    (exceptions.ConnectTimeoutError(endpoint_url="https://x"), "AWS does not answer"),
    (exceptions.ReadTimeoutError(endpoint_url="https://x"), "AWS does not answer"),
    (exceptions.SSLError(endpoint_url="https://x", error=OSError("bad")), "AWS does not answer"),
    (exceptions.TokenRetrievalError(provider="sso", error_msg="gone"), "aws sso login"),
    (exceptions.UnauthorizedSSOTokenError(), "aws sso login"),
    (exceptions.ProfileNotFound(profile="night"), "drop 'profile'"),
    (exceptions.ParamValidationError(report="bad"), "the AWS client refused"),
]


@pytest.mark.parametrize(("failure", "message"), _FAILURES, ids=[type(failure).__name__ for failure, _ in _FAILURES])
def test_what_botocore_cannot_do_is_said_in_one_line(failure: Exception, message: str) -> None:
    def call() -> None:
        raise failure

    with pytest.raises(AwsError, match=message) as raised:
        read(call, action="x:Y")
    assert "\n" not in str(raised.value)


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """An environment that says nothing about AWS."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


@pytest.mark.usefixtures("bare_environment")
def test_no_region_is_said() -> None:
    with pytest.raises(AwsError, match="no AWS Region is set"):
        aws_session()


@pytest.mark.usefixtures("bare_environment")
def test_an_unknown_profile_is_said() -> None:
    with pytest.raises(AwsError, match=r"\(night\) could not be found"):
        aws_session(profile="night", region="us-east-1")


@pytest.mark.usefixtures("bare_environment")
def test_no_credentials_are_said() -> None:
    session = aws_session(region="us-east-1")
    with pytest.raises(AwsError, match="no AWS credentials"):
        session.account_id()


def test_an_endpoint_that_is_no_url_is_said() -> None:
    with pytest.raises(AwsError, match="is no URL"):
        aws_session(region="us-east-1", endpoint_url="localhost:4566")


def test_an_endpoint_that_does_not_answer_is_said() -> None:
    session = aws_session(region="us-east-1", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(AwsError, match=r"http://127\.0\.0\.1:9 does not answer"):
        session.client("apigateway")


def test_the_region_comes_from_the_environment(bare_environment: pytest.MonkeyPatch) -> None:
    bare_environment.setenv("AWS_REGION", "eu-west-1")
    assert aws_session().region == "eu-west-1"


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("us-east-1", "https://abc.execute-api.us-east-1.amazonaws.com/dev"),
        ("cn-north-1", "https://abc.execute-api.cn-north-1.amazonaws.com.cn/dev"),
        ("us-gov-west-1", "https://abc.execute-api.us-gov-west-1.amazonaws.com/dev"),
        ("us-iso-east-1", "https://abc.execute-api.us-iso-east-1.c2s.ic.gov/dev"),
        ("eusc-de-east-1", "https://abc.execute-api.eusc-de-east-1.amazonaws.eu/dev"),
    ],
)
@pytest.mark.usefixtures("bare_environment")
def test_the_invoke_url_of_aws(region: str, url: str) -> None:
    session = AwsSession(session=_session(region), region=region)
    assert session.endpoint_url is None
    assert session.invoke_url("abc", "dev") == url


def test_the_hosts_of_every_partition_are_those_that_botocore_knows() -> None:
    known = _session()._session.get_component("data_loader").load_data("partitions")["partitions"]
    assert {"aws", "aws-cn", "aws-us-gov"} <= {partition["id"] for partition in known}
    for partition in known:
        outputs = partition["outputs"]
        assert _DNS_SUFFIXES.get(partition["id"], "amazonaws.com") == outputs["dnsSuffix"]
        for suffix in (outputs["dnsSuffix"], outputs["dualStackDnsSuffix"]):
            assert _is_aws(f"https://apigateway.a-region-1.{suffix}")


def test_a_region_that_no_partition_has_is_of_the_first_one() -> None:
    assert AwsSession(session=_session(), region="local").partition == "aws"


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        pytest.param(
            "User: arn:aws:iam::1:user/n is not authorized to perform: apigateway:GET on resource: arn:aws:other "
            "because no identity-based policy allows the apigateway:GET action",
            "allow apigateway:GET on arn:aws:apigateway:us-east-1::/account",
            id="what was asked for",
        ),
        pytest.param(
            "User: arn:aws:iam::1:user/n is not authorized to perform: kms:Decrypt on resource: "
            "arn:aws:kms:us-east-1:1:key/k because no resource-based policy allows the kms:Decrypt action",
            "allow kms:Decrypt on arn:aws:kms:us-east-1:1:key/k",
            id="what stands behind it",
        ),
        pytest.param(
            "User: arn:aws:iam::1:user/n is not authorized to perform: apigateway:GET on resource: arn:aws:other with "
            "an explicit deny in a service control policy",
            "allow apigateway:GET on arn:aws:apigateway:us-east-1::/account; "
            "an explicit deny stands in the service control policy",
            id="denied explicitly",
        ),
    ],
)
def test_the_remedy_names_what_aws_refused(message: str, remedy: str) -> None:
    found = _read_refused("AccessDeniedException", message)
    assert isinstance(found, Missing)
    assert found.remedy == remedy
