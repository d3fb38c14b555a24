"""Gap: moto has no client certificates.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.apigateway.exceptions import NotFoundException
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import Answer, answered, parameters_of, path_of
from sandbox.control_plane.patching import action

_VALID_FOR = timedelta(days=365)


def _certificates(response: APIGatewayResponse) -> dict[str, dict[str, Any]]:
    """Return the certificates of an account and Region by their identifiers."""
    held: dict[str, dict[str, Any]] = response.backend.__dict__.setdefault("client_certificates", {})
    return held


def _one(response: APIGatewayResponse) -> dict[str, Any]:
    found = _certificates(response).get(path_of(response)[1])
    if found is None:
        raise NotFoundException("Invalid client certificate identifier specified")
    return found


def _pem(now: datetime) -> str:
    """Return a certificate that signs itself, as API Gateway's do; no call of a backend shows it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ApiGateway")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _VALID_FOR)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def install() -> None:
    """Add the actions."""

    @action(APIGatewayResponse)
    def generate_client_certificate(self: APIGatewayResponse) -> Answer:
        given, now = parameters_of(self), datetime.now(UTC)
        document: dict[str, Any] = {
            "clientCertificateId": secrets.token_hex(3),
            "pemEncodedCertificate": _pem(now),
            "createdDate": int(now.timestamp()),
            "expirationDate": int((now + _VALID_FOR).timestamp()),
            **{name: given[name] for name in ("description", "tags") if name in given},
        }
        _certificates(self)[document["clientCertificateId"]] = document
        return answered(document, 201)

    @action(APIGatewayResponse)
    def get_client_certificate(self: APIGatewayResponse) -> Answer:
        return answered(_one(self))

    @action(APIGatewayResponse)
    def get_client_certificates(self: APIGatewayResponse) -> Answer:
        return answered({"item": list(_certificates(self).values())})

    @action(APIGatewayResponse)
    def delete_client_certificate(self: APIGatewayResponse) -> Answer:
        del _certificates(self)[_one(self)["clientCertificateId"]]
        return 202, {"status": 202}, ""
