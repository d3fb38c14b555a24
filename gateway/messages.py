"""What passes between client, gateway and endpoint: plain values, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar

from gateway.rest_api import Authorizer, IntegrationType
from gateway.signature_refusal import SignatureRefusal


class Headers:
    """Header fields in order, with repeats; names compare without regard to case."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = tuple((name, value) for name, value in items)

    @classmethod
    def of(cls, mapping: Mapping[str, str]) -> Headers:
        """Build from a mapping of single values."""
        return cls(mapping.items())

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a header, or the default."""
        return next((value for key, value in self._items if key.lower() == name.lower()), default)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return all values of a header in order."""
        return tuple(value for key, value in self._items if key.lower() == name.lower())

    def set(self, name: str, value: str) -> Headers:
        """Return headers in which this name has this one value."""
        kept = [(key, old) for key, old in self._items if key.lower() != name.lower()]
        return Headers([*kept, (name, value)])

    def without(self, *names: str) -> Headers:
        """Return headers without these names."""
        lowered = {name.lower() for name in names}
        return Headers((key, value) for key, value in self._items if key.lower() not in lowered)

    def items(self) -> tuple[tuple[str, str], ...]:
        """Return all fields in order."""
        return self._items

    def single(self) -> dict[str, str]:
        """Return one value a name, the last one, as API Gateway's ``headers`` maps do."""
        return dict(self._items)

    def multi(self) -> dict[str, list[str]]:
        """Return all values a name, as API Gateway's ``multiValueHeaders`` do."""
        values: dict[str, list[str]] = {}
        for key, value in self._items:
            values.setdefault(key, []).append(value)
        return values

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Headers({list(self._items)!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    """A request as it arrives at the stage.

    ``path`` is the raw (still percent-encoded) path below the stage and begins with ``/``; ``query`` is the raw query
    string without ``?``.
    """

    http_method: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientResponse:
    """What the client gets."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRequest:
    """What the gateway sends to the endpoint. ``uri`` has its path and stage variables filled in, and its query.

    For Lambda ``lambda_arn`` is set and ``body`` is the event; ``invocation_type`` is ``RequestResponse`` or ``Event``.
    MOCK integrations call no endpoint and never appear here.
    """

    integration_type: IntegrationType
    http_method: str
    uri: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    timeout_ms: int = 29_000
    lambda_arn: str | None = None
    invocation_type: str = "RequestResponse"
    credentials: str | None = None
    insecure_skip_verification: bool = False


class EndpointFailure(StrEnum):
    """Why no answer of the endpoint came."""

    TIMEOUT = "TIMEOUT"
    NETWORK_ERROR = "NETWORK_ERROR"
    INVALID_ENDPOINT = "INVALID_ENDPOINT"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    THROTTLED = "THROTTLED"
    TLS_ERROR = "TLS_ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointResponse:
    """What the endpoint answered, or why it did not.

    ``function_error`` is Lambda's ``X-Amz-Function-Error`` (``Unhandled``) with the error document in ``body``.
    ``endpoint_request_id`` is the AWS service's own request id. ``failure_message`` is the text of a failure.
    """

    status: int = 200
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    latency_ms: int = 0
    function_error: str | None = None
    failure: EndpointFailure | None = None
    failure_message: str = ""
    endpoint_request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerRequest:
    """A call of a Lambda authorizer, or a check of a signature or token the driver has to make.

    ``authorizer`` is None for ``AWS_IAM``, where the driver verifies SigV4 of the client's request.
    ``event`` is the JSON document for a Lambda authorizer; ``cache_key`` is None where results are not cached.
    """

    authorizer: Authorizer | None
    event: Mapping[str, object]
    method_arn: str
    cache_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerResponse:
    """What the authorizer returned: its document as JSON text, or the message of the exception it raised.

    ``refused_signature`` says why a signature of ``AWS_IAM`` is not valid.
    """

    body: str | None = None
    error_message: str | None = None
    failure: EndpointFailure | None = None
    latency_ms: int = 0
    refused_signature: SignatureRefusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePlanRequest:
    """A question about an API key and its usage plan, asked for every request.

    ``api_key`` is the value the client sent (None without one); ``required`` is the method's ``apiKeyRequired``.
    """

    api_key: str | None
    required: bool
    resource_path: str
    http_method: str


class UsagePlanDecision(StrEnum):
    """The answer to a usage-plan question."""

    ALLOWED = "ALLOWED"
    INVALID_API_KEY = "INVALID_API_KEY"
    NO_USAGE_PLAN = "NO_USAGE_PLAN"
    THROTTLED = "THROTTLED"
    STAGE_THROTTLED = "STAGE_THROTTLED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePlanResponse:
    """The decision, with the key's identifier for ``$context.identity.apiKeyId`` and the limits for the log line."""

    decision: UsagePlanDecision
    api_key_id: str | None = None
    rate_limit: float | None = None
    burst_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayContext:
    """What the gateway itself knows of a request before its first step: the source of ``$context``.

    ``trace_id`` is the trace root (``1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx``), None where tracing is off; then
    ``untraced_root`` is the root that the front of API Gateway puts into ``X-Amzn-Trace-Id`` all the same.
    ``base_path`` is the mapping of the custom domain by which the request came (empty for the root), None for the
    API's own endpoint. ``waf_blocks`` says that a web ACL before the stage blocks the request, ``is_undecodable`` that
    its body is not in the content coding that it names. ``is_canary`` is None where the stage has no canary.
    ``tested_resource_path`` is the resource that TestInvokeMethod runs, whatever the path.
    """

    request_id: str
    extended_request_id: str
    rest_api_id: str
    stage_name: str
    requested_at: datetime
    account_id: str = "123456789012"
    region: str = "us-east-1"
    domain_name: str = ""
    trace_id: str | None = None
    deployment_id: str | None = None
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    waf_blocks: bool = False
    is_undecodable: bool = False
    is_canary: bool | None = None
    untraced_root: str | None = None
    base_path: str | None = None
    tested_resource_path: str | None = None

    @property
    def trace_root(self) -> str | None:
        """The root in the trace header of the request: API Gateway gives every request one."""
        return self.trace_id or self.untraced_root


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """Under what the stage's cache keeps an answer: ``values`` are the cache key parameters, each with its values."""

    namespace: str
    http_method: str
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """An endpoint's answer as the cache keeps it for ``ttl_s`` seconds from ``stored_at`` on."""

    response: EndpointResponse
    stored_at: datetime
    ttl_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLookup:
    """A question about an entry, asked only for methods that are cached."""

    key: CacheKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheFound:
    """The answer to it: the entry, fresh or not, or None."""

    entry: CacheEntry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStore:
    """What is to be kept; it takes the place of an entry of the same key."""

    key: CacheKey
    entry: CacheEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStored:
    """The answer to a CacheStore."""


Effect: TypeAlias = AuthorizerRequest | UsagePlanRequest | EndpointRequest | CacheLookup | CacheStore
Answer: TypeAlias = AuthorizerResponse | UsagePlanResponse | EndpointResponse | CacheFound | CacheStored
_A = TypeVar("_A", bound=Answer)


def expect(kind: type[_A], answered: Answer) -> _A:
    """Return an answer that is of the kind asked for.

    Raises:
        TypeError: If the driver answered with another kind.
    """
    if not isinstance(answered, kind):
        raise TypeError(f"answered {type(answered).__name__} where {kind.__name__} was asked for")
    return answered
