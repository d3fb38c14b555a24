"""How API Gateway refuses a Signature Version 4: which gateway response, ``x-amzn-ErrorType`` and words.

The words are AWS's own, from error messages that people quote; no page documents them as a whole. They are also the
answer to a request that no method serves and that carries an ``Authorization`` header of any kind.

See: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html,
https://github.com/amazon-archives/aws-cognito-angular-quickstart/issues/50,
https://github.com/awslabs/time-addressable-media-store/issues/8
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.rest_api import GatewayResponseType

TIME_FORMAT = "%Y%m%dT%H%M%SZ"
MAX_AGE = timedelta(minutes=5)
SERVICE = "execute-api"
_PARTS = ("Credential", "Signature", "SignedHeaders")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRefusal:
    """Why a signature is refused: always 403."""

    response_type: GatewayResponseType
    error_type: str
    message: str


def missing() -> SignatureRefusal:
    """Return the refusal of a request without any signature."""
    return SignatureRefusal(
        response_type=GatewayResponseType.MISSING_AUTHENTICATION_TOKEN,
        error_type="MissingAuthenticationTokenException",
        message="Missing Authentication Token",
    )


def incomplete(authorization: str, *, has_date: bool) -> SignatureRefusal | None:
    """Return the refusal of an ``Authorization`` header that is no whole signature, None where it is one.

    It is of no type of its own: access logs show ``DEFAULT_4XX`` with 403.

    See: https://github.com/DataBiosphere/azul/issues/7470

    Args:
        authorization: The header's value.
        has_date: Whether the request has a header ``X-Amz-Date`` or ``Date``.
    """
    digest = base64.b64encode(hashlib.sha256(authorization.encode("utf-8", "replace")).digest()).decode()
    _, _, rest = authorization.strip().partition(" ")
    pairs = [pair.strip() for pair in rest.split(",") if pair.strip()]
    if any("=" not in pair for pair in pairs):
        return _incomplete(
            "Invalid key=value pair (missing equal-sign) in Authorization header "
            f"(hashed with SHA-256 and encoded with Base64): '{digest}'."
        )
    names = {pair.partition("=")[0] for pair in pairs}
    lacking = [f"Authorization header requires '{name}' parameter. " for name in _PARTS if name not in names]
    if not has_date:
        lacking.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
    if not lacking:
        return None
    return _incomplete(f"{''.join(lacking)}(Hashed with SHA-256 and encoded with Base64) Authorization={digest}")


def unknown_key() -> SignatureRefusal:
    """Return the refusal of an access key or session token that nobody has."""
    return SignatureRefusal(
        response_type=GatewayResponseType.INVALID_SIGNATURE,
        error_type="UnrecognizedClientException",
        message="The security token included in the request is invalid.",
    )


def expired_token() -> SignatureRefusal:
    """Return the refusal of temporary credentials whose time is over."""
    return SignatureRefusal(
        response_type=GatewayResponseType.EXPIRED_TOKEN,
        error_type="ExpiredTokenException",
        message="The security token included in the request is expired",
    )


def wrong_scope(*, region: str, wanted_region: str, service: str, date: str, signed_at: str) -> SignatureRefusal | None:
    """Return the refusal of a credential scope for another Region, service or day; None for the right one."""
    faults = []
    if region != wanted_region:
        faults.append(f"Credential should be scoped to a valid region, not '{region}'. ")
    if service != SERVICE:
        faults.append(f"Credential should be scoped to correct service: '{SERVICE}'. ")
    if date != signed_at[:8]:
        faults.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{signed_at[:8]}', from '{signed_at}'. "
        )
    return invalid("".join(faults)) if faults else None


def out_of_time(signed_at: datetime, now: datetime) -> SignatureRefusal | None:
    """Return the refusal of a request that was signed more than five minutes ago or hence; None in time."""
    moment, here = signed_at.strftime(TIME_FORMAT), now.strftime(TIME_FORMAT)
    if signed_at < now - MAX_AGE:
        limit = (now - MAX_AGE).strftime(TIME_FORMAT)
        return invalid(f"Signature expired: {moment} is now earlier than {limit} ({here} - 5 min.)")
    if signed_at > now + MAX_AGE:
        limit = (now + MAX_AGE).strftime(TIME_FORMAT)
        return invalid(f"Signature not yet current: {moment} is still later than {limit} ({here} + 5 min.)")
    return None


def mismatch(canonical_request: str, string_to_sign: str) -> SignatureRefusal:
    """Return the refusal of a signature that is another one's, with what should have been signed."""
    return invalid(
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n"
        f"The Canonical String for this request should have been\n'{canonical_request}'\n\n"
        f"The String-to-Sign should have been\n'{string_to_sign}'\n"
    )


def invalid(message: str) -> SignatureRefusal:
    """Return the refusal of a signature that is whole and wrong."""
    return SignatureRefusal(
        response_type=GatewayResponseType.INVALID_SIGNATURE, error_type="InvalidSignatureException", message=message
    )


def _incomplete(message: str) -> SignatureRefusal:
    return SignatureRefusal(
        response_type=GatewayResponseType.DEFAULT_4XX,
        error_type="IncompleteSignatureException",
        message=message,
    )
