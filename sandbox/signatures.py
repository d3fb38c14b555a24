"""Signature Version 4 of a client's request, verified with the credentials that the sandbox knows.

Known are the sandbox's own credentials and the access keys of users of the AWS side's IAM. What a policy would allow is
not asked: a valid signature is let in.

See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from moto.iam.models import iam_backends

from gateway.messages import ClientRequest
from gateway.rest_api import GatewayResponseType

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/]+)/(?P<scope>(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/aws4_request),\s*SignedHeaders=(?P<signed>[^,]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_MAX_AGE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCaller:
    """Who signed a request."""

    access_key_id: str
    account_id: str
    user_id: str
    user_arn: str


class Signatures:
    """Verifies signed requests.

    Args:
        known: Secret access key by access key id, beside those of the AWS side's IAM users.
        account_id: The account of the callers.
    """

    def __init__(self, known: Mapping[str, str], account_id: str) -> None:
        self._known = dict(known)
        self._account_id = account_id

    def verify(self, request: ClientRequest, signed_path: str) -> SigningCaller | GatewayResponseType:
        """Return who signed the request, or the gateway response that refuses it.

        Args:
            request: The request as it came.
            signed_path: The raw path that the client asked for, which is what it signed.
        """
        header = request.headers.get("Authorization")
        if header is None:
            return GatewayResponseType.MISSING_AUTHENTICATION_TOKEN
        match = _AUTHORIZATION.fullmatch(header.strip())
        user = self._user(match["key"]) if match is not None else None
        if match is None or user is None or not _is_recent(request):
            return GatewayResponseType.INVALID_SIGNATURE
        name, secret = user
        if not hmac.compare_digest(_expected_signature(request, signed_path, match, secret), match["signature"]):
            return GatewayResponseType.INVALID_SIGNATURE
        return SigningCaller(
            access_key_id=match["key"],
            account_id=self._account_id,
            user_id=name or self._account_id,
            user_arn=f"arn:aws:iam::{self._account_id}:{f'user/{name}' if name else 'root'}",
        )

    def _user(self, access_key_id: str) -> tuple[str, str] | None:
        """Return user name (empty for the account itself) and secret of an access key."""
        if access_key_id in self._known:
            return "", self._known[access_key_id]
        for user in iam_backends[self._account_id]["aws"].users.values():
            for key in user.access_keys:
                if key.access_key_id == access_key_id:
                    return user.name, key.secret_access_key
        return None


def _is_recent(request: ClientRequest) -> bool:
    try:
        sent_at = datetime.strptime(request.headers.get("X-Amz-Date") or "", _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(datetime.now(tz=UTC) - sent_at) <= _MAX_AGE


def _expected_signature(request: ClientRequest, signed_path: str, match: re.Match[str], secret: str) -> str:
    """Return the signature that this request has when it is signed with this secret."""
    canonical = _canonical_request(request, signed_path, match["signed"])
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers.get("X-Amz-Date") or "",
            match["scope"],
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{secret}".encode()
    for part in (match["date"], match["region"], match["service"], "aws4_request"):
        key = _hmac(key, part)
    return _hmac(key, text).hex()


def _canonical_request(request: ClientRequest, signed_path: str, signed_headers: str) -> str:
    headers = [
        f"{name}:{','.join(' '.join(value.split()) for value in request.headers.get_all(name))}\n"
        for name in signed_headers.split(";")
    ]
    return "\n".join(
        [
            request.http_method,
            quote(_normalized(signed_path), safe="/~"),
            _canonical_query(request.query),
            "".join(headers),
            signed_headers,
            _payload_hash(request),
        ]
    )


def _normalized(path: str) -> str:
    """Remove dots and double slashes from a path, as signers do."""
    normalized = posixpath.normpath(path).replace("//", "/")
    return f"{normalized}/" if path.endswith("/") and normalized != "/" else normalized


def _canonical_query(query: str) -> str:
    pairs = [part.partition("=") for part in query.split("&") if part]
    encoded = sorted((quote(unquote(name), safe="~"), quote(unquote(value), safe="~")) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _payload_hash(request: ClientRequest) -> str:
    given = request.headers.get("x-amz-content-sha256")
    return given if given == "UNSIGNED-PAYLOAD" else hashlib.sha256(request.body).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
