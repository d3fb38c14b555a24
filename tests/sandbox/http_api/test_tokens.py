"""JSON Web Tokens: what an HTTP API lets in, and how it refuses the rest.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import http.server
import json
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from gateway.http_api import HttpApiAuthorizer, HttpApiAuthorizerType
from sandbox.http_api.answer import OwnAnswer
from sandbox.http_api.tokens import IssuerKeys, checked
from tests.servers import served_by

NOW = 1_800_000_000
KEY = RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1"})
AUTHORIZER = HttpApiAuthorizer(
    name="issuer",
    authorizer_type=HttpApiAuthorizerType.JWT,
    jwt_issuer="https://issuer.test",
    jwt_audience=("web", "app"),
)


class _Issuer(http.server.BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        server = self.server
        assert isinstance(server, http.server.HTTPServer)
        port = server.server_port
        documents = {
            "/jwks.json": {"keys": [KEY.as_dict(private=False)]},
            "/.well-known/openid-configuration": {"jwks_uri": f"http://127.0.0.1:{port}/jwks.json"},
        }
        body = json.dumps(documents[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def issuer_url() -> Iterator[str]:
    with served_by(_Issuer) as url:
        yield url


@pytest.fixture
def keys(issuer_url: str) -> IssuerKeys:
    return IssuerKeys(jwks_urls={"https://issuer.test": f"{issuer_url}/jwks.json"})


def token(*, key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {"iss": "https://issuer.test", "aud": "web", "sub": "u", "exp": NOW + 60, "iat": NOW - 60, **changes}
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(header or {"alg": "RS256", "kid": "k1"}, given, key)


def test_a_valid_token_is_let_in_and_its_claims_are_text(keys: IssuerKeys) -> None:
    value = token(groups=["a", "b"], admin=True, aud=["other", "app"])
    for given in (value, f"Bearer {value}", f"bearer {value}"):
        let_in = checked(given, AUTHORIZER, (), keys, now=NOW)
        assert let_in.scopes is None
        assert let_in.claims["groups"] == "[a b]"
        assert (let_in.claims["admin"], let_in.claims["exp"]) == ("true", str(NOW + 60))


@pytest.mark.parametrize("claim", [{"scope": "a b"}, {"scp": ["b"]}])
def test_one_scope_of_the_route_is_enough(keys: IssuerKeys, claim: dict[str, Any]) -> None:
    let_in = checked(token(**claim), AUTHORIZER, ("b", "c"), keys, now=NOW)
    assert let_in.scopes is not None
    assert "b" in let_in.scopes


def test_an_audience_may_stand_in_client_id(keys: IssuerKeys) -> None:
    assert checked(token(aud=None, client_id="app"), AUTHORIZER, (), keys, now=NOW).claims["client_id"] == "app"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key": OTHER}, "signature"),
        ({"header": {"alg": "RS256"}}, "key"),
        ({"iss": "https://other.test"}, "issuer"),
        ({"aud": "nobody"}, "audience"),
        ({"aud": None}, "audience"),
        ({"exp": NOW - 1}, "expired"),
        ({"exp": None}, "time"),
        ({"exp": "soon"}, "time"),
        ({"nbf": NOW + 60}, "yet"),
        ({"iat": NOW + 60}, "yet"),
    ],
)
def test_what_is_not_valid_is_unauthorized(keys: IssuerKeys, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(OwnAnswer) as refused:
        checked(token(**changes), AUTHORIZER, (), keys, now=NOW)
    response = refused.value.response()
    assert (response.status, response.body) == (401, b'{"message":"Unauthorized"}')
    told = response.headers.get("www-authenticate") or ""
    assert told.startswith('Bearer scope="" error="invalid_token" error_description="')
    assert reason in told


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "Bearer"])
def test_what_is_no_token_is_unauthorized(keys: IssuerKeys, value: str) -> None:
    with pytest.raises(OwnAnswer, match="Unauthorized"):
        checked(value, AUTHORIZER, (), keys, now=NOW)


def test_only_rsa_signs(keys: IssuerKeys) -> None:
    secret = OctKey.import_key("secret-secret-secret-secret-secret")
    with pytest.raises(OwnAnswer, match="Unauthorized"):
        checked(token(key=secret, header={"alg": "HS256", "kid": "k1"}), AUTHORIZER, (), keys, now=NOW)


def test_a_token_without_the_scopes_is_forbidden(keys: IssuerKeys) -> None:
    with pytest.raises(OwnAnswer) as refused:
        checked(token(scope="x"), AUTHORIZER, ("a", "b"), keys, now=NOW)
    response = refused.value.response()
    assert (response.status, response.body) == (403, b'{"message":"Forbidden"}')
    assert 'scope="a b" error="insufficient_scope"' in (response.headers.get("www-authenticate") or "")


def test_keys_are_found_by_discovery_and_kept(issuer_url: str) -> None:
    keys = IssuerKeys()
    _Issuer.asked.clear()
    keys.of(issuer_url)
    keys.of(issuer_url)
    assert _Issuer.asked == ["/.well-known/openid-configuration", "/jwks.json"]


def test_keys_that_cannot_be_read_let_nobody_in(issuer_url: str) -> None:
    keys = IssuerKeys(jwks_urls={"https://issuer.test": "http://127.0.0.1:1/jwks.json"})
    with pytest.raises(OwnAnswer) as refused:
        checked(token(), AUTHORIZER, (), keys, now=NOW)
    assert refused.value.reason == "OIDC discovery endpoint communication error"
