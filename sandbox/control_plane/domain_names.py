"""Gap: moto drops the mutual TLS of CreateDomainName. It is kept and told; no client is asked for a certificate.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import amended, parameters_of
from sandbox.control_plane.patching import Function, extend

_KEY = "mutualTlsAuthentication"
_ATTRIBUTE = "mutual_tls_authentication"


def install() -> None:
    """Keep it and tell it."""

    @extend(APIGatewayResponse, "create_domain_name")
    def create_domain_name(original: Function, response: APIGatewayResponse) -> Any:
        asked = parameters_of(response).get(_KEY)

        def keep(document: dict[str, Any]) -> None:
            domain = response.backend.domain_names[document["domainName"]]
            domain.__dict__[_ATTRIBUTE] = asked
            document.update(domain.to_json())

        return amended(original(response), keep) if asked else original(response)

    @extend(models.DomainName, "to_json")
    def to_json(original: Function, domain: models.DomainName) -> dict[str, Any]:
        asked = domain.__dict__.get(_ATTRIBUTE)
        return {**original(domain), **({_KEY: asked} if asked else {})}
