"""Signature Version 4, as botocore makes it, verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.sts.models import sts_backends

from gateway.messages import ClientRequest, Headers
from gateway.rest_api import GatewayResponseType
from gateway.signature_refusal import SignatureRefusal
from sandbox.signatures import Signatures, SigningCaller

KNOWN = {"AKIAKNOWN": "secret"}


def signed(
    path: str, query: str = "", *, method: str = "GET", body: bytes = b"", key: str = "AKIAKNOWN"
) -> ClientRequest:
    url = f"http://127.0.0.1:8080{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, data=body, headers={"Host": "127.0.0.1:8080", "X-Own": " a  b "})
    SigV4Auth(Credentials(key, "secret"), "execute-api", "us-east-1").add_auth(request)
    headers: Any = request.headers.items()
    return ClientRequest(http_method=method, path=path, query=query, headers=Headers(headers), body=body)


@pytest.mark.parametrize(
    ("path", "query", "method", "body"),
    [
        ("/", "", "GET", b""),
        ("/restapis/abc/dev/_user_request_/users", "", "GET", b""),
        ("/users/a%20b%2Fc", "b=2&a=1&a=0&empty=", "GET", b""),
        ("/users/%C3%A9/", "q=%C3%A9%20x&z=a%2Bb", "DELETE", b""),
        ("/users", "", "POST", b'{"name": "x"}'),
    ],
)
def test_what_botocore_signs_is_accepted(path: str, query: str, method: str, body: bytes) -> None:
    request = signed(path, query, method=method, body=body)
    caller = Signatures(KNOWN, "123456789012").verify(request, path)
    assert isinstance(caller, SigningCaller)
    assert (caller.access_key_id, caller.account_id) == ("AKIAKNOWN", "123456789012")


def _changed(request: ClientRequest, **changes: Any) -> ClientRequest:
    values = {name: getattr(request, name) for name in ("http_method", "path", "query", "headers", "body")}
    return ClientRequest(**{**values, **changes})


@pytest.mark.parametrize(
    ("change", "error_type", "words"),
    [
        (
            "body",
            "InvalidSignatureException",
            "The Canonical String for this request should have been\n'POST\n/users\n",
        ),
        ("query", "InvalidSignatureException", "The request signature we calculated does not match"),
        ("method", "InvalidSignatureException", "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n"),
        ("header", "InvalidSignatureException", "The request signature we calculated does not match"),
        ("time", "InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD"),
        ("key", "UnrecognizedClientException", "The security token included in the request is invalid."),
        ("form", "IncompleteSignatureException", "Invalid key=value pair (missing equal-sign) in Authorization header"),
    ],
)
def test_what_was_changed_after_signing_is_refused(change: str, error_type: str, words: str) -> None:
    request = signed("/users", "a=1", method="POST", body=b"x", key="AKIAOTHER" if change == "key" else "AKIAKNOWN")
    changed = {
        "body": lambda: _changed(request, body=b"y"),
        "query": lambda: _changed(request, query="a=2"),
        "method": lambda: _changed(request, http_method="PUT"),
        "header": lambda: _changed(request, headers=request.headers.set("X-Own", "c")),
        "time": lambda: _changed(request, headers=request.headers.set("X-Amz-Date", "20200101T000000Z")),
        "key": lambda: request,
        "form": lambda: _changed(request, headers=request.headers.set("Authorization", "Bearer x")),
    }[change]()
    refused = Signatures(KNOWN, "1").verify(changed, "/users")
    assert isinstance(refused, SignatureRefusal)
    assert refused.error_type == error_type
    assert words in refused.message


def test_without_a_signature_the_token_is_missing() -> None:
    request = ClientRequest(http_method="GET", path="/")
    refused = Signatures(KNOWN, "1").verify(request, "/")
    assert isinstance(refused, SignatureRefusal)
    assert refused.response_type is GatewayResponseType.MISSING_AUTHENTICATION_TOKEN


@pytest.mark.parametrize(
    ("minutes", "words"), [(6, "Signature expired: "), (-6, "Signature not yet current: "), (4, None), (-4, None)]
)
def test_a_signature_holds_for_five_minutes(minutes: int, words: str | None) -> None:
    now = datetime.now(tz=UTC) + timedelta(minutes=minutes)
    answer = Signatures(KNOWN, "1", now=lambda: now).verify(signed("/"), "/")
    if words is None:
        assert isinstance(answer, SigningCaller)
    else:
        assert isinstance(answer, SignatureRefusal)
        assert answer.message.startswith(words)


def test_a_credential_is_for_one_region() -> None:
    refused = Signatures(KNOWN, "1").verify(signed("/"), "/", region="eu-west-1")
    assert isinstance(refused, SignatureRefusal)
    assert refused.message.startswith("Credential should be scoped to a valid region, not 'us-east-1'.")


@pytest.mark.parametrize(("minutes", "accepted"), [(1, True), (6, False)])
def test_a_signed_url_holds_as_long_as_it_says(minutes: int, accepted: bool) -> None:
    request = AWSRequest(method="GET", url="http://127.0.0.1:8080/users?a=1", headers={"Host": "127.0.0.1:8080"})
    SigV4QueryAuth(Credentials("AKIAKNOWN", "secret"), "execute-api", "us-east-1", expires=300).add_auth(request)
    query = str(request.url).partition("?")[2]
    sent = ClientRequest(http_method="GET", path="/users", query=query, headers=Headers.of({"Host": "127.0.0.1:8080"}))
    now = datetime.now(tz=UTC) + timedelta(minutes=minutes)
    answer = Signatures(KNOWN, "1", now=lambda: now).verify(sent, "/users")
    assert isinstance(answer, SigningCaller) is accepted


def test_an_assumed_role_signs_with_its_session_token() -> None:
    backend = sts_backends["123456789012"]["aws"]
    role = backend.assume_role(
        region_name="us-east-1", role_session_name="s", role_arn="arn:aws:iam::123456789012:role/r", policy="",
        duration=900, external_id="",
    )  # fmt: skip
    credentials = Credentials(role.access_key_id, role.secret_access_key, role.session_token)
    request = AWSRequest(method="GET", url="http://127.0.0.1:8080/", headers={"Host": "127.0.0.1:8080"})
    SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    headers = Headers(list(request.headers.items()))
    signatures = Signatures(KNOWN, "123456789012")
    caller = signatures.verify(ClientRequest(http_method="GET", path="/", headers=headers), "/")
    assert isinstance(caller, SigningCaller)
    assert caller.user_arn == "arn:aws:sts::123456789012:assumed-role/r/s"
    without = headers.without("X-Amz-Security-Token")
    refused = signatures.verify(ClientRequest(http_method="GET", path="/", headers=without), "/")
    assert isinstance(refused, SignatureRefusal)
    assert refused.error_type == "UnrecognizedClientException"
