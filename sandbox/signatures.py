"""Signature Version 4 of a client's request, verified with the credentials that the sandbox knows.

Known are the sandbox's own credentials, the access keys of users of the AWS side's IAM and the temporary ones of the
roles that were assumed there. What a policy would allow is not asked: a valid signature is let in.

See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends

from gateway import signature_refusal
from gateway.messages import ClientRequest
from gateway.signature_refusal import TIME_FORMAT, SignatureRefusal

_SIGNATURE_PARAMETER = "X-Amz-Signature"
_SCOPE_PARTS = 5
_ANONYMOUS = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCaller:
    """Who signed a request."""

    access_key_id: str
    account_id: str
    user_id: str
    user_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """What a request says of its signature, in its header or in its query.

    ``scope`` is ``date/region/service/aws4_request``; ``lives_s`` is how long a signed URL is valid.
    """

    access_key_id: str
    scope: str
    signed_headers: str
    signature: str
    signed_at: str
    query: str
    lives_s: int | None = None

    @property
    def parts(self) -> tuple[str, str, str]:
        """Date, Region and service of the scope."""
        date, region, service, *_ = self.scope.split("/")
        return date, region, service


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    caller: SigningCaller
    secret: str
    session_token: str | None = None
    expires_at: datetime | None = None


class Signatures:
    """Verifies signed requests.

    Args:
        known: Secret access key by access key id, beside those of the AWS side's IAM users and assumed roles.
        account_id: The account of the callers.
        now: The time, for tests.
    """

    def __init__(
        self, known: Mapping[str, str], account_id: str, now: Callable[[], datetime] = lambda: datetime.now(tz=UTC)
    ) -> None:
        self._known = dict(known)
        self._account_id = account_id
        self._now = now

    def verify(
        self, request: ClientRequest, signed_path: str, *, region: str | None = None
    ) -> SigningCaller | SignatureRefusal:
        """Return who signed the request, or how it is refused.

        Args:
            request: The request as it came.
            signed_path: The raw path that the client asked for, which is what it signed.
            region: The Region that the credential must be scoped to; None for any.
        """
        signed = _signed(request)
        if isinstance(signed, SignatureRefusal):
            return signed
        key = self._key(signed.access_key_id)
        if key is None:
            return signature_refusal.unknown_key()
        refused = self._in_time(signed, key, request, region)
        if refused is not None:
            return refused
        canonical = _canonical_request(request, signed_path, signed)
        text = _string_to_sign(canonical, signed)
        if not hmac.compare_digest(_signature(text, signed, key.secret), signed.signature):
            return signature_refusal.mismatch(canonical, text)
        return key.caller

    def _in_time(
        self, signed: _Signed, key: _Key, request: ClientRequest, region: str | None
    ) -> SignatureRefusal | None:
        """Return why a whole signature of a known key does not hold here and now."""
        token = request.headers.get("X-Amz-Security-Token") or _query_value(request.query, "X-Amz-Security-Token")
        if key.session_token is not None and token != key.session_token:
            return signature_refusal.unknown_key()
        now = self._now()
        if key.expires_at is not None and key.expires_at <= now:
            return signature_refusal.expired_token()
        date, scoped, service = signed.parts
        wrong = signature_refusal.wrong_scope(
            region=scoped, wanted_region=region or scoped, service=service, date=date, signed_at=signed.signed_at
        )
        try:
            signed_at = datetime.strptime(signed.signed_at, TIME_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            return signature_refusal.invalid("Date must be in ISO-8601 'basic format'. Got " + repr(signed.signed_at))
        if wrong is not None:
            return wrong
        if signed.lives_s is None:
            return signature_refusal.out_of_time(signed_at, now)
        ends_at = signed_at + timedelta(seconds=signed.lives_s)
        if ends_at >= now:
            return None
        told, here = ends_at.strftime(TIME_FORMAT), now.strftime(TIME_FORMAT)
        return signature_refusal.invalid(f"Signature expired: {told} is now earlier than {here}")

    def _key(self, access_key_id: str) -> _Key | None:
        if access_key_id in self._known:
            return _Key(caller=self._caller(access_key_id, _ANONYMOUS), secret=self._known[access_key_id])
        for user in iam_backends[self._account_id]["aws"].users.values():
            for key in user.access_keys:
                if key.access_key_id == access_key_id:
                    return _Key(caller=self._caller(access_key_id, user.name), secret=key.secret_access_key)
        role = sts_backends[self._account_id]["aws"].get_assumed_role_from_access_key(access_key_id)
        return None if role is None else self._assumed(role)

    def _assumed(self, role: AssumedRole) -> _Key:
        caller = SigningCaller(
            access_key_id=role.access_key_id, account_id=self._account_id, user_id=role.user_id, user_arn=role.arn
        )
        ends_at = role.expiration if role.expiration.tzinfo else role.expiration.replace(tzinfo=UTC)
        return _Key(caller=caller, secret=role.secret_access_key, session_token=role.session_token, expires_at=ends_at)

    def _caller(self, access_key_id: str, user_name: str) -> SigningCaller:
        return SigningCaller(
            access_key_id=access_key_id,
            account_id=self._account_id,
            user_id=user_name or self._account_id,
            user_arn=f"arn:aws:iam::{self._account_id}:{f'user/{user_name}' if user_name else 'root'}",
        )


def _signed(request: ClientRequest) -> _Signed | SignatureRefusal:
    """Read a signature from the header, else from the query."""
    header = request.headers.get("Authorization")
    if header is None:
        return _signed_url(request) or signature_refusal.missing()
    signed_at = request.headers.get("X-Amz-Date") or request.headers.get("Date")
    refused = signature_refusal.incomplete(header, has_date=signed_at is not None)
    if refused is not None or signed_at is None:
        return refused or signature_refusal.missing()
    _, _, rest = header.strip().partition(" ")
    fields = dict(pair.strip().split("=", 1) for pair in rest.split(",") if pair.strip())
    return _with_scope(
        fields["Credential"],
        signed_headers=fields["SignedHeaders"],
        signature=fields["Signature"],
        signed_at=signed_at,
        query=request.query,
    )


def _signed_url(request: ClientRequest) -> _Signed | SignatureRefusal | None:
    """Read a signature from the query, None where there is none.

    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    fields = {
        unquote(name): unquote(value) for name, _, value in (part.partition("=") for part in request.query.split("&"))
    }
    if _SIGNATURE_PARAMETER not in fields:
        return None
    kept = [part for part in request.query.split("&") if unquote(part.partition("=")[0]) != _SIGNATURE_PARAMETER]
    lives = fields.get("X-Amz-Expires", "")
    return _with_scope(
        fields.get("X-Amz-Credential", ""),
        signed_headers=fields.get("X-Amz-SignedHeaders", ""),
        signature=fields[_SIGNATURE_PARAMETER],
        signed_at=fields.get("X-Amz-Date", ""),
        query="&".join(kept),
        lives_s=int(lives) if lives.isascii() and lives.isdecimal() else 0,
    )


def _with_scope(credential: str, **fields: Any) -> _Signed | SignatureRefusal:
    """Return a signature with its credential in two: the access key and the scope."""
    if len(credential.split("/")) != _SCOPE_PARTS:
        message = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
        return signature_refusal.invalid(f"{message}'{credential}'")
    access_key_id, _, scope = credential.partition("/")
    return _Signed(access_key_id=access_key_id, scope=scope, **fields)


def _query_value(query: str, name: str) -> str | None:
    pairs = (part.partition("=") for part in query.split("&"))
    return next((unquote(value) for known, _, value in pairs if unquote(known) == name), None)


def _string_to_sign(canonical: str, signed: _Signed) -> str:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return f"AWS4-HMAC-SHA256\n{signed.signed_at}\n{signed.scope}\n{digest}"


def _signature(text: str, signed: _Signed, secret: str) -> str:
    """Return the signature that this text has when it is signed with this secret."""
    key = f"AWS4{secret}".encode()
    for part in signed.scope.split("/"):
        key = _hmac(key, part)
    return _hmac(key, text).hex()


def _canonical_request(request: ClientRequest, signed_path: str, signed: _Signed) -> str:
    headers = [
        f"{name}:{','.join(' '.join(value.split()) for value in request.headers.get_all(name))}\n"
        for name in signed.signed_headers.split(";")
    ]
    return "\n".join(
        [
            request.http_method,
            quote(_normalized(signed_path), safe="/~"),
            _canonical_query(signed.query),
            "".join(headers),
            signed.signed_headers,
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
