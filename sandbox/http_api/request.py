"""A request on its way through an HTTP API: what arrived, which route serves it, and what is known of it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote

from gateway.context import epoch_ms, request_time
from gateway.http_routing import MatchedRoute
from gateway.media_types import media_type
from gateway.messages import ClientRequest, Headers
from sandbox.custom_domains import MappedRequest
from sandbox.http_api import choices
from sandbox.http_api.snapshot import DeployedHttpApi
from sandbox.http_api.tokens import Token

_ID_BYTES = 11


def new_request_id() -> str:
    """Return a new ``$context.requestId``: letters, digits and a closing ``=``, as HTTP APIs assign them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_ID_BYTES)).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiRequest:
    """A request to a stage. ``path`` of the client's request is below the stage; ``matched`` None without a route.

    ``authorizer_context`` is what a Lambda authorizer added, ``token`` what a JWT authorizer let in. ``mapped``
    is the custom domain it came by.
    """

    deployed: DeployedHttpApi
    client: ClientRequest
    request_id: str
    received_at: float
    trace_header: str
    matched: MatchedRoute | None = None
    authorizer_context: Mapping[str, object] = field(default_factory=dict)
    token: Token | None = None
    mapped: MappedRequest | None = None

    @property
    def raw_path(self) -> str:
        """The path with the stage's name or the domain's base path, as the event and the access log have it."""
        if self.mapped is not None:
            base_path = self.mapped.base_path
            return f"/{base_path}{self.client.path}" if base_path else self.client.path
        return f"{self.deployed.base_path}{self.client.path}"

    @property
    def domain_name(self) -> str:
        """The domain name by which the request came: a custom one, or the API's own."""
        if self.mapped is not None:
            return self.mapped.domain_name
        return f"{self.deployed.http_api_id}.execute-api.{self.deployed.region}.amazonaws.com"

    @property
    def domain_prefix(self) -> str:
        """The first part of the domain name: of the API's own, its id."""
        return self.domain_name.partition(".")[0]

    @property
    def route_key(self) -> str:
        """The key of the matched route; empty without one."""
        return self.matched.route.route_key if self.matched else ""

    @property
    def path_parameters(self) -> Mapping[str, str]:
        """The decoded path variables."""
        return self.matched.path_parameters if self.matched else {}

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query, in order."""
        return parse_qsl(self.client.query, keep_blank_values=True)

    @property
    def requested_at(self) -> datetime:
        """When the request arrived."""
        return datetime.fromtimestamp(self.received_at, tz=UTC)

    @property
    def headers(self) -> Headers:
        """The client's headers with those that API Gateway adds."""
        added = {
            "X-Amzn-Trace-Id": self.trace_header,
            "X-Forwarded-For": self.client.source_ip,
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
            "Host": self.domain_name,
            "Content-Length": str(len(self.client.body)),
        }
        headers = self.client.headers
        for name, value in added.items():
            headers = headers.set(name, value)
        return headers

    @property
    def body(self) -> tuple[str | None, bool]:
        """The body as it stands in an event, and whether it is base64."""
        raw = self.client.body
        if not raw:
            return None, False
        if _is_text(self.client.headers.get("Content-Type")):
            try:
                return raw.decode(), False
            except UnicodeDecodeError:
                pass
        return base64.b64encode(raw).decode(), True

    @property
    def decoded_path(self) -> str:
        """The path with its escapes undone, as API Gateway hands it on."""
        return unquote(self.raw_path)

    def context(self) -> dict[str, str]:
        """Return the ``$context`` values of the access log that are known before an answer.

        See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
        """
        values = {
            "accountId": self.deployed.account_id,
            "apiId": self.deployed.http_api_id,
            "domainName": self.domain_name,
            "domainPrefix": self.domain_prefix,
            "customDomain.basePathMatched": None if self.mapped is None else self.mapped.base_path,
            "extendedRequestId": self.request_id,
            "httpMethod": self.client.http_method,
            "identity.sourceIp": self.client.source_ip,
            "identity.userAgent": self.client.headers.get("User-Agent"),
            "path": self.raw_path,
            "protocol": self.client.protocol,
            "requestId": self.request_id,
            "requestTime": request_time(self.requested_at),
            "requestTimeEpoch": str(epoch_ms(self.requested_at)),
            "routeKey": self.route_key,
            "stage": self.deployed.stage.stage_name,
        }
        added = {f"authorizer.{name}": str(value) for name, value in self.authorizer_context.items()}
        claims = {} if self.token is None else self.token.claims
        added |= {f"authorizer.claims.{name}": value for name, value in claims.items()}
        return {**{name: value for name, value in values.items() if value}, **added}


def _is_text(header: str | None) -> bool:
    kind = media_type(header)
    return kind.startswith("text/") or kind in choices.TEXT_MEDIA_TYPES or kind.endswith(("+json", "+xml"))
