"""JSON Web Tokens of HTTP APIs: the issuer's keys, and what API Gateway checks of a token.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.http_api import HttpApiAuthorizer
from sandbox.cognito import user_pool_keys
from sandbox.http_api.answer import FORBIDDEN, UNAUTHORIZED, OwnAnswer

KEPT_S = 7_200
_ALGORITHMS = ["RS256", "RS384", "RS512"]
_TIMEOUT_S = 5.0
_USER_POOL = re.compile(r"https://cognito-idp\.(?P<region>[\w-]+)\.amazonaws\.com/(?P<user_pool_id>[\w-]+)")
_PREFIX = re.compile(r"bearer\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that was let in: its claims as text, and its scopes; None where the route asks for none."""

    claims: Mapping[str, str]
    scopes: tuple[str, ...] | None = None


class KeysUnreadableError(Exception):
    """An issuer's keys cannot be read."""


@dataclass(slots=True, kw_only=True)
class IssuerKeys:
    """The public keys of issuers, read by URL and kept for two hours.

    Args:
        jwks_urls: Where an issuer's JWKS is, by issuer; others are asked at ``/.well-known/openid-configuration``.
        account_id: The account of the user pools, whose keys the AWS side itself holds.
    """

    jwks_urls: Mapping[str, str] = field(default_factory=dict)
    account_id: str = "123456789012"
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, KeySet]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, issuer: str) -> KeySet:
        """Return an issuer's keys.

        Raises:
            KeysUnreadableError: If they cannot be read.
        """
        with self._lock:
            ends_at, keys = self._kept.get(issuer, (0.0, None))
            if keys is not None and ends_at > self.clock():
                return keys
            keys = self._read(issuer)
            self._kept[issuer] = (self.clock() + KEPT_S, keys)
            return keys

    def _read(self, issuer: str) -> KeySet:
        pool = _USER_POOL.fullmatch(issuer)
        try:
            if pool is not None and issuer not in self.jwks_urls:
                where = f"{pool['region']}:{self.account_id}"
                held = user_pool_keys(f"arn:aws:cognito-idp:{where}:userpool/{pool['user_pool_id']}")
                return KeySet.import_key_set({"keys": held})
            url = (
                self.jwks_urls.get(issuer) or _got(f"{issuer.rstrip('/')}/.well-known/openid-configuration")["jwks_uri"]
            )
            return KeySet.import_key_set(_got(url))  # type: ignore[arg-type]  # JWKs as JSON
        except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError, KeyError, TypeError) as error:
            raise KeysUnreadableError(str(error)) from error


def _got(url: str) -> dict[str, Any]:
    answer = httpx.get(url, timeout=_TIMEOUT_S, trust_env=False)
    document: dict[str, Any] = answer.raise_for_status().json()
    return document


def checked(
    value: str, authorizer: HttpApiAuthorizer, scopes: tuple[str, ...], keys: IssuerKeys, *, now: float
) -> Token:
    """Return a token that its issuer signed for this audience, that is valid now and has one of the route's scopes.

    Args:
        value: The identity source's value, with ``Bearer`` before it or without.
        authorizer: Whose issuer and audience count.
        scopes: The route's scopes; none are asked for where there are none.
        keys: The issuers' keys.
        now: Seconds since 1970.

    Raises:
        OwnAnswer: 401 for a token that is not valid, 403 for one without the scopes.
    """
    claims = _signed_claims(_PREFIX.sub("", value.strip(), count=1), authorizer, keys)
    fault = _fault(claims, authorizer, now)
    if fault is not None:
        raise invalid_token(fault)
    granted = _scopes(claims)
    if scopes and set(granted).isdisjoint(scopes):
        told = f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope" error_description="insufficient scope"'
        raise OwnAnswer(*FORBIDDEN, "insufficient scope", headers=(("www-authenticate", told),))
    told_claims = {name: _text(claim) for name, claim in claims.items()}
    return Token(claims=told_claims, scopes=granted if scopes else None)


def missing_token() -> OwnAnswer:
    """Return the answer to a request without a token."""
    return OwnAnswer(*UNAUTHORIZED, "Unauthorized", headers=(("www-authenticate", "Bearer"),))


def invalid_token(reason: str) -> OwnAnswer:
    """Return the answer to a token that is not valid."""
    told = f'Bearer scope="" error="invalid_token" error_description="{reason}"'
    return OwnAnswer(*UNAUTHORIZED, reason, headers=(("www-authenticate", told),))


def _signed_claims(value: str, authorizer: HttpApiAuthorizer, keys: IssuerKeys) -> dict[str, Any]:
    try:
        key_set = keys.of(authorizer.jwt_issuer or "")
    except KeysUnreadableError as error:
        raise invalid_token("OIDC discovery endpoint communication error") from error
    try:
        token = jwt.decode(value, key_set, algorithms=_ALGORITHMS)
    except (JoseError, ValueError) as error:
        raise invalid_token("the token has an invalid signature or form") from error
    if not token.header.get("kid"):
        raise invalid_token("the token names no key")
    return token.claims


def _fault(claims: Mapping[str, Any], authorizer: HttpApiAuthorizer, now: float) -> str | None:
    """Return what is wrong with a signed token's claims, None where nothing is."""
    audience = claims.get("aud") or claims.get("client_id")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != authorizer.jwt_issuer:
        return "the token has an invalid issuer"
    if not set(map(str, audiences)) & set(authorizer.jwt_audience):
        return "the token has an invalid audience"
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if "exp" not in times or any(isinstance(at, bool) or not isinstance(at, int | float) for at in times.values()):
        return "the token has no valid time"
    if times["exp"] <= now:
        return "the token has expired"
    is_early = any(times[name] > now for name in ("nbf", "iat") if name in times)
    return "the token is not valid yet" if is_early else None


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    stated = claims.get("scope") or claims.get("scp") or ""
    return tuple(map(str, stated)) if isinstance(stated, list) else tuple(str(stated).split())


def _text(claim: object) -> str:
    """Return a claim as API Gateway hands it on: text, a list as ``[a b]``."""
    if isinstance(claim, bool):
        return "true" if claim else "false"
    if isinstance(claim, list):
        return f"[{' '.join(map(_text, claim))}]"
    return str(claim)
