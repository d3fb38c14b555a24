"""Tokens of Cognito user pools, verified with the keys that the AWS side's user pools sign with.

The AWS side serves user pools only where moto's Cognito is installed (``moto[cognitoidp]``); without it no token can be
verified and every token is refused.

See: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import base64
import importlib
import json
import logging
import time
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

logger = logging.getLogger(__name__)

_PARTS = 3


class ExpiredTokenError(Exception):
    """The token is a user pool's own, and its time is over."""


def verified_claims(token: str, provider_arns: Iterable[str]) -> dict[str, Any] | None:
    """Return the claims of a token that one of the user pools signed, else None.

    Raises:
        ExpiredTokenError: If it did, and the token's time is over.
    """
    parts = token.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        header, claims = json.loads(_decode(parts[0])), json.loads(_decode(parts[1]))
        signature = _decode(parts[2])
    except ValueError:
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "RS256":
        return None
    for arn in provider_arns:
        issued_by_pool = str(claims.get("iss", "")).endswith(f"/{arn.rpartition('/')[2]}")
        if issued_by_pool and _is_signed(f"{parts[0]}.{parts[1]}".encode(), signature, user_pool_keys(arn)):
            return _in_time(claims)
    return None


def _in_time(claims: dict[str, Any]) -> dict[str, Any]:
    expires_at = claims.get("exp")
    if not isinstance(expires_at, int | float) or expires_at <= time.time():
        raise ExpiredTokenError
    return claims


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def user_pool_keys(user_pool_arn: str) -> list[dict[str, Any]]:
    """Return the public keys of a user pool as JWKs."""
    try:
        models = importlib.import_module("moto.cognitoidp.models")
    except ImportError:
        logger.warning("moto's Cognito is not installed: tokens of user pools cannot be verified")
        return []
    region, account_id = user_pool_arn.split(":")[3:5]
    pool = models.cognitoidp_backends[account_id][region].user_pools.get(user_pool_arn.rpartition("/")[2])
    if pool is None:
        return []
    key = pool.json_web_key
    public: dict[str, Any] = key.as_dict(private=False) if hasattr(key, "as_dict") else dict(key)
    return [public]


def _is_signed(text: bytes, signature: bytes, keys: Iterable[dict[str, Any]]) -> bool:
    for key in keys:
        numbers = RSAPublicNumbers(e=_integer(key["e"]), n=_integer(key["n"]))
        try:
            numbers.public_key().verify(signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return True
    return False


def _integer(text: str) -> int:
    return int.from_bytes(_decode(text), "big")
