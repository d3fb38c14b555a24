from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.expectations import AuthExpectations
from probes.authentication import (
    AuthenticationError,
    AwsKeys,
    Credentials,
    SecurityNeeds,
    authentication_headers,
    resolve_credentials,
    sigv4_headers,
)

KEYS = AwsKeys(access_key="AKIDEXAMPLE", secret_key="secret-of-the-test", session_token="session-of-the-test")
PYTHON = sys.executable


def test_secrets_come_from_the_environment_and_from_commands() -> None:
    auth = AuthExpectations(
        api_key="env:KEY", bearer_token=f"command:{PYTHON} -c \"print('to' + 'ken')\"", authorization_scheme="Bearer"
    )
    credentials = resolve_credentials(auth, environ={"KEY": " abc "})
    assert credentials.api_key == "abc"
    assert credentials.authorization == "Bearer token"
    assert set(credentials.secrets) == {"abc", "Bearer token", "token"}
    assert "token" not in repr(credentials)
    assert "abc" not in repr(credentials)


def test_a_second_identity_lacks_nothing_that_the_first_one_has() -> None:
    auth = AuthExpectations(
        api_key="env:KEY",
        bearer_token="env:FIRST",
        second_bearer_token="env:SECOND",
        authorization_scheme="Bearer",
    )
    credentials = resolve_credentials(auth, environ={"KEY": "k", "FIRST": "one", "SECOND": "two"})
    assert credentials.second is not None
    assert (credentials.second.api_key, credentials.second.authorization) == ("k", "Bearer two")
    assert set(credentials.secrets) >= {"k", "one", "two", "Bearer two"}
    assert "two" not in repr(credentials)


def test_a_signature_may_be_dated_back() -> None:
    request: dict[str, Any] = {"http_method": "GET", "url": "https://x/dev/a", "body": b"", "content_type": None}
    earlier = sigv4_headers(KEYS, **request, signed_ago_s=3600)
    signed_at = datetime.strptime(earlier["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert timedelta(minutes=59) < datetime.now(UTC) - signed_at < timedelta(minutes=61)
    assert earlier["Authorization"] != sigv4_headers(KEYS, **request)["Authorization"]


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (AuthExpectations(api_key="env:MISSING"), r"api_key: the environment variable MISSING is not set"),
        (AuthExpectations(bearer_token="command:no-such-program-x"), r"'no-such-program-x' was not found"),
        (AuthExpectations(bearer_token=f"command:{PYTHON} -c exit(3)"), r"ended with exit code 3"),
        (AuthExpectations(bearer_token=f"command:{PYTHON} -c pass"), r"printed nothing"),
        (AuthExpectations(sigv4=True), r"sigv4: no AWS credentials were found"),
    ],
)
def test_a_secret_that_cannot_be_had_is_one_line(auth: AuthExpectations, message: str) -> None:
    with pytest.raises(AuthenticationError, match=message) as raised:
        resolve_credentials(auth, environ={})
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("needs", "headers"),
    [
        (SecurityNeeds(), {}),
        (SecurityNeeds(api_key=True), {"x-api-key": "k"}),
        (SecurityNeeds(authorization=True), {"Authorization": "t"}),
        (SecurityNeeds(api_key=True, authorization=True), {"x-api-key": "k", "Authorization": "t"}),
        (SecurityNeeds(authorization=True, authorization_header="X-Token"), {"X-Token": "t"}),
    ],
)
def test_headers_carry_what_is_needed(needs: SecurityNeeds, headers: dict[str, str]) -> None:
    assert authentication_headers(Credentials(api_key="k", authorization="t"), needs) == headers


def test_what_was_not_given_is_not_sent() -> None:
    assert authentication_headers(Credentials(), SecurityNeeds(api_key=True, authorization=True)) == {}


def test_a_signature_covers_host_content_type_and_amz_headers_only() -> None:
    headers = sigv4_headers(
        KEYS, http_method="POST", url="https://abc.example.com/dev/users?b=2&a=1", body=b"{}", content_type="text/x"
    )
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/us-east-1/execute-api/aws4_request" in headers["Authorization"]
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token," in headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "session-of-the-test"
    assert "Content-Type" not in headers
