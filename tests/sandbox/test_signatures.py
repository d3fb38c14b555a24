"""Signature Version 4, as botocore makes it, verified."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gateway.messages import ClientRequest, Headers
from gateway.rest_api import GatewayResponseType
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


@pytest.mark.parametrize("change", ["body", "query", "method", "header", "time", "key", "form"])
def test_what_was_changed_after_signing_is_refused(change: str) -> None:
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
    assert Signatures(KNOWN, "1").verify(changed, "/users") is GatewayResponseType.INVALID_SIGNATURE


def test_without_a_signature_the_token_is_missing() -> None:
    request = ClientRequest(http_method="GET", path="/")
    refused = Signatures(KNOWN, "1").verify(request, "/")
    assert refused is GatewayResponseType.MISSING_AUTHENTICATION_TOKEN
