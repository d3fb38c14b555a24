"""The user's file, ``stageproof.toml``: which stages, which traffic, and what must be true of them."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue, ValidationError, model_validator

from contracts.alarm_expectations import AlarmExpectations, DashboardExpectations
from contracts.durations import DurationS, parse_rate_per_s
from contracts.expectation_faults import ExpectationsError, nearest, sentences
from contracts.strict_table import StrictTable
from contracts.verdict import Severity, Waiver
from contracts.web_url import is_web_url

__all__ = [
    "AlarmExpectations",
    "AuthExpectations",
    "CollectionExpectations",
    "CorsExpectations",
    "DashboardExpectations",
    "ErrorExpectations",
    "Expectations",
    "ExpectationsError",
    "LatencyExpectations",
    "Phase",
    "RuleExpectations",
    "RuleProfile",
    "SecretReference",
    "SensitiveField",
    "StageExpectations",
    "TrafficExpectations",
    "TrafficMode",
    "load_expectations",
    "parse_expectations",
    "secret_reference",
]

_RULE_CODE = re.compile(r"[A-Z]{2}\d{3}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ANY_ORIGIN = "https://anywhere.example"
_ORIGIN = re.compile(r"https?://[^/\s]+|\*|null")


class Phase(StrEnum):
    """The phases of property-based traffic."""

    EXAMPLES = "examples"
    COVERAGE = "coverage"
    FUZZING = "fuzzing"
    STATEFUL = "stateful"


class TrafficMode(StrEnum):
    """Whether generated requests obey the contract."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class RuleProfile(StrEnum):
    """How much the catalogue asks for."""

    STRICT = "strict"
    DEFAULT = "default"
    LENIENT = "lenient"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference:
    """Where a secret comes from: an environment variable, or the standard output of a command."""

    env_name: str | None = None
    argv: tuple[str, ...] = ()


def secret_reference(text: str) -> SecretReference:
    """Read ``env:NAME`` or ``command:program argument …``.

    Raises:
        ValueError: If the text is anything else, such as the secret itself. The message does not repeat it.
    """
    scheme, _, rest = text.partition(":")
    if scheme == "env" and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", rest):
        return SecretReference(env_name=rest)
    if scheme == "command" and rest.strip():
        return SecretReference(argv=tuple(shlex.split(rest)))
    raise ValueError("a secret must not stand in this file: write env:NAME or command:PROGRAM ARGUMENTS")


def _is_secret_reference(value: str) -> str:
    """Take ``env:NAME`` or ``command:PROGRAM ARGUMENTS``."""
    secret_reference(value)
    return value


def _is_rule_code(value: str) -> str:
    """Take a rule code."""
    if not _RULE_CODE.fullmatch(value):
        raise ValueError(f"{value!r} is not a rule code such as OB007")
    return value


def _is_url(value: str) -> str:
    """Take a URL."""
    if not is_web_url(value):
        raise ValueError("must be a URL that begins with http:// or https://, such as http://127.0.0.1:4566")
    return value.rstrip("/")


def _is_origin(value: str) -> str:
    """Take an origin without a path, ``*`` or ``null``."""
    if not _ORIGIN.fullmatch(value):
        raise ValueError("must be an origin without a path, such as https://app.example.com")
    return value


def _is_header_name(value: str) -> str:
    """Take the name of a header."""
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("must be the name of a header")
    return value


def _is_json_pointer(value: str) -> str:
    """Take a JSON pointer."""
    if value and not value.startswith("/"):
        raise ValueError('must be a JSON pointer such as "/error/requestId"')
    return value


def _are_parameters(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Take a table of the rule's parameters."""
    return value


def _is_rate(value: str) -> str:
    """Take a rate such as ``50/s`` or ``3000/m``."""
    parse_rate_per_s(value)
    return value


Secret = Annotated[str, AfterValidator(_is_secret_reference)]
Url = Annotated[str, AfterValidator(_is_url)]
RuleCode = Annotated[str, AfterValidator(_is_rule_code)]
RuleParameters = Annotated[dict[str, JsonValue], AfterValidator(_are_parameters)]
HeaderName = Annotated[str, AfterValidator(_is_header_name)]
WebOrigin = Annotated[str, AfterValidator(_is_origin)]
Milliseconds = Annotated[float, Field(gt=0)]
NotEmpty = Annotated[str, Field(min_length=1)]


class AuthExpectations(StrictTable):
    """``[stages.NAME.auth]``: where the credentials of the traffic come from; never the credentials themselves."""

    api_key: Secret | None = None
    """The value of ``x-api-key``, where a method needs an API key."""
    bearer_token: Secret | None = None
    """The value of ``Authorization``, for a TOKEN authorizer or a Cognito user pool."""
    second_api_key: Secret | None = None
    """The API key of another caller: a few probes ask with it what the first one asked."""
    second_bearer_token: Secret | None = None
    """The token of another user, of fewer rights where there is one: a few probes ask with it what the first one asked,
    to see what caches give to strangers.
    """
    authorization_scheme: str = ""
    """What is put before the token, for example ``Bearer``; nothing where the token has it already."""
    sigv4: bool = False
    """Sign requests with the AWS credentials of the session, for methods with ``AWS_IAM``."""

    @model_validator(mode="after")
    def _has_one_authorization(self) -> AuthExpectations:
        if self.sigv4 and (self.bearer_token or self.second_bearer_token):
            raise ValueError("sigv4 and bearer_token both set the Authorization header: keep one")
        if self.second_api_key and not self.api_key:
            raise ValueError("second_api_key is another key than api_key: give that one too")
        if self.second_bearer_token and not self.bearer_token:
            raise ValueError("second_bearer_token is another token than bearer_token: give that one too")
        return self


class StageExpectations(StrictTable):
    """``[stages.NAME]``: a deployed stage and its contract. The API is a REST API by id or name, or an HTTP API by id.

    ``contract`` is relative to the file as written, and to the working directory once loaded. ``production`` says that
    real users call the stage: then rules about data trace, web ACL and client certificate judge it.
    """

    rest_api_id: NotEmpty | None = None
    """The id of the REST API."""
    rest_api_name: NotEmpty | None = None
    """The name of the REST API, which must be the only one of that name; for ids that change with every deployment."""
    http_api_id: NotEmpty | None = None
    """The id of the HTTP API, in place of a REST API."""
    stage_name: NotEmpty
    """The stage's name at API Gateway."""
    contract: Path
    """The OpenAPI document that the stage must keep to: 3.0, 3.1 or Swagger 2.0; relative to this file."""
    region: NotEmpty | None = None
    """The AWS Region; ``AWS_REGION`` or the profile's by default."""
    profile: NotEmpty | None = None
    """The AWS profile; ``AWS_PROFILE`` by default."""
    endpoint_url: Url | None = None
    """An AWS-compatible endpoint in place of AWS, for example of ``stageproof sandbox up``; ``AWS_ENDPOINT_URL`` by
    default.
    """
    invoke_url: Url | None = None
    """The stage's URL where it is not API Gateway's own, for example of a custom domain."""
    destructive_traffic: bool = False
    """Whether data of the stage may be created, changed and deleted. Without it only safe methods are called, and
    requests that the gateway must refuse before the backend.
    """
    production: bool = False
    """Whether real users call the stage: rules about data trace, web ACL and client certificate judge only such stages.
    """
    auth: AuthExpectations = Field(default_factory=AuthExpectations)
    """Where the credentials of the traffic come from."""

    @model_validator(mode="after")
    def _names_one_api(self) -> StageExpectations:
        given = [name for name in (self.rest_api_id, self.rest_api_name, self.http_api_id) if name is not None]
        if len(given) != 1:
            raise ValueError("exactly one of rest_api_id, rest_api_name and http_api_id is needed")
        return self


class TrafficExpectations(StrictTable):
    """``[traffic]``: how much is sent, of what kind, and how fast."""

    phases: tuple[Phase, ...] = tuple(Phase)
    """The phases of property-based traffic that are run."""
    modes: tuple[TrafficMode, ...] = tuple(TrafficMode)
    """Whether requests that obey the contract are generated, requests that break it, or both."""
    max_examples: int = Field(default=20, ge=1, le=100_000)
    """How many examples of each operation and phase are generated at most."""
    time_budget_s: DurationS = Field(default=600.0, alias="time_budget")
    """How long traffic may take; what was not sent by then is told in the report."""
    rate_limit: Annotated[str, AfterValidator(_is_rate)] | None = None
    """The most requests a second, minute or hour; no limit by default."""
    workers: int = Field(default=2, ge=1, le=64)
    """How many processes send traffic."""
    seed: int | None = Field(default=None, ge=0)
    """Repeats the traffic of a run; a new one for each run by default."""
    operations: tuple[NotEmpty, ...] = ()
    """Only these operations are called: globs on ``METHOD /path``."""
    exclude: tuple[NotEmpty, ...] = ()
    """These operations are not called: globs on ``METHOD /path``."""
    request_timeout_s: DurationS = 30.0
    """How long an answer is waited for."""
    test_invoke: bool = False
    """Repeat some requests by TestInvokeMethod where a stage logs no executions, so that mappings can be judged all the
    same.
    """
    provoke_throttling: bool = False
    """Send as many requests at once as it takes to see a 429, to one GET that the stage throttles soon. Real clients
    feel it too.
    """

    @property
    def rate_limit_per_s(self) -> float | None:
        """The rate limit in requests a second; None without a limit."""
        return None if self.rate_limit is None else parse_rate_per_s(self.rate_limit)


class CorsExpectations(StrictTable):
    """``[cors]``: which origins browsers may call from; ``*`` stands for any."""

    allowed_origins: tuple[WebOrigin, ...] = ()
    """The origins from which browsers may call; without any, rules about origins have nothing to judge."""
    foreign_origin: WebOrigin = "https://evil.example"
    """An origin that must not be allowed; probes send it."""
    allow_credentials: bool = False
    """Whether browsers may send cookies and credentials."""

    @property
    def origins_to_ask(self) -> tuple[str, ...]:
        """The allowed origins as browsers send them: no browser sends ``*``, so any origin stands in for it."""
        return tuple(dict.fromkeys(_ANY_ORIGIN if origin == "*" else origin for origin in self.allowed_origins))

    def is_allowed(self, origin: str | None) -> bool:
        """Say whether browsers may call from an origin; a request without one comes from no browser."""
        return origin is not None and (origin in self.allowed_origins or "*" in self.allowed_origins)


class ErrorExpectations(StrictTable):
    """``[errors]``: the one error envelope, a model of the contract."""

    model: NotEmpty | None = None
    """The schema of the contract that every error must have, whoever answers it."""
    request_id: Annotated[str, AfterValidator(_is_json_pointer)] | None = None
    """A JSON pointer to the request id in an error."""


class CorrelationExpectations(StrictTable):
    """``[correlation]``: the header that carries ``$context.requestId`` to the backend and back."""

    header: HeaderName | None = None
    """The header that carries ``$context.requestId`` to the backend and back to the client."""


class SensitiveField(StrictTable):
    """``[[sensitive_fields]]``: a property of a JSON body anywhere, or ``header:NAME``, and where it may appear.

    ``operations`` are globs on ``METHOD /path``; without them every operation is meant.
    """

    field: NotEmpty
    """The property's name, or ``header:NAME``."""
    in_backend: bool = True
    """Whether the backend may see it."""
    in_response: bool = False
    """Whether clients may see it."""
    masked_as: str | None = None
    """What stands in its place where it is masked."""
    operations: tuple[NotEmpty, ...] = ()
    """Globs on ``METHOD /path``; every operation by default."""

    @property
    def header_name(self) -> str | None:
        """The name of the header, or None for a property of a body."""
        return self.field.removeprefix("header:") if self.field.startswith("header:") else None


class LatencyObjectives(StrictTable):
    """Response times that must be kept, in milliseconds at the client."""

    p50_ms: Milliseconds | None = None
    """The time within which half of the answers come."""
    p90_ms: Milliseconds | None = None
    """The time within which 90 % of the answers come."""
    p99_ms: Milliseconds | None = None
    """The time within which 99 % of the answers come."""


class LatencyExpectations(LatencyObjectives):
    """``[latency]``: objectives of the stage, and of single operations (``"GET /users"``)."""

    operations: dict[str, LatencyObjectives] = Field(default_factory=dict)
    """Objectives of single operations, which stand in place of the stage's."""

    def for_operation(self, operation: str) -> LatencyObjectives:
        """Return the objectives of an operation: its own where it has them, else the stage's."""
        own = self.operations.get(operation, LatencyObjectives())
        return LatencyObjectives(
            p50_ms=own.p50_ms or self.p50_ms, p90_ms=own.p90_ms or self.p90_ms, p99_ms=own.p99_ms or self.p99_ms
        )


class CollectionExpectations(StrictTable):
    """``[collection]``: how long to wait for logs, traces and metrics that AWS delivers late."""

    deadline_s: DurationS = Field(default=300.0, alias="deadline")
    """How long logs, traces and metrics are waited for; what has not come by then is UNDETERMINED. AWS delivers metrics
    one to three minutes late.
    """
    poll_interval_s: DurationS = Field(default=2.0, alias="poll_interval")
    """How long to wait before asking again."""


class RuleExpectations(StrictTable):
    """``[rules]``: which rules judge, how severe they are, and what they are set to."""

    profile: RuleProfile = RuleProfile.DEFAULT
    """How much the catalogue asks for: ``strict`` makes warnings errors and notes warnings; with ``lenient`` warnings \
are notes, and rules whose severity is a note do not judge."""
    off: tuple[RuleCode, ...] = ()
    """Rules that do not judge."""
    severity: dict[RuleCode, Severity] = Field(default_factory=dict)
    """Another severity of a rule; it stands above the profile."""
    parameters: dict[RuleCode, RuleParameters] = Field(default_factory=dict)
    """What a rule is set to, in a table ``[rules.parameters.CODE]``; the rules' page lists the parameters."""


class WaiverTable(StrictTable):
    """``[[waivers]]``: a broken rule that is accepted until a date, with the reason."""

    rule: RuleCode
    """The rule."""
    subject: NotEmpty = "*"
    """The operation, the resource or ``stage``; ``*`` stands for any text."""
    reason: NotEmpty
    """Why it is accepted; the report shows it."""
    expires_on: date
    """The last day of the waiver. An expired one is a finding of its own."""


class Expectations(StrictTable):
    """The whole of ``stageproof.toml``."""

    stages: dict[str, StageExpectations] = Field(default_factory=dict)
    """The deployed stages, by the names that commands take."""
    traffic: TrafficExpectations = Field(default_factory=TrafficExpectations)
    """How much is sent, of what kind, and how fast."""
    cors: CorsExpectations = Field(default_factory=CorsExpectations)
    """Which origins browsers may call from."""
    errors: ErrorExpectations = Field(default_factory=ErrorExpectations)
    """The one error envelope."""
    correlation: CorrelationExpectations = Field(default_factory=CorrelationExpectations)
    """How a request is followed from client to backend."""
    sensitive_fields: tuple[SensitiveField, ...] = ()
    """What must not be seen everywhere."""
    latency: LatencyExpectations = Field(default_factory=LatencyExpectations)
    """How fast the stage must answer."""
    collection: CollectionExpectations = Field(default_factory=CollectionExpectations)
    """How long evidence is waited for."""
    rules: RuleExpectations = Field(default_factory=RuleExpectations)
    """Which rules judge, and how severe they are."""
    waiver_tables: tuple[WaiverTable, ...] = Field(default=(), alias="waivers")
    """Broken rules that are accepted until a date."""
    alarms: AlarmExpectations = Field(default_factory=AlarmExpectations)
    """Alarms as desired state."""
    dashboards: DashboardExpectations = Field(default_factory=DashboardExpectations)
    """Dashboards as desired state."""

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers, expired ones included."""
        return tuple(
            Waiver(rule=table.rule, subject=table.subject, reason=table.reason, expires_on=table.expires_on)
            for table in self.waiver_tables
        )

    def stage(self, name: str) -> StageExpectations:
        """Return the stage of a table ``[stages.NAME]``.

        Raises:
            ExpectationsError: If there is no such table; the message names those there are.
        """
        if name not in self.stages:
            known = ", ".join(self.stages) or "none yet; stageproof init writes one"
            raise ExpectationsError(f"no table [stages.{name}]{nearest(name, self.stages)}; stages: {known}")
        return self.stages[name]


def load_expectations(path: Path) -> Expectations:
    """Read and validate the user's file; the paths of contracts become relative to the working directory.

    Raises:
        ExpectationsError: With one line for each fault: file, line, key, what is allowed, the nearest name.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors of Windows begin a file with a mark
    except FileNotFoundError as error:
        raise ExpectationsError(f"{path}: no such file; write one with: stageproof init") from error
    except UnicodeDecodeError as error:
        raise ExpectationsError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except OSError as error:
        raise ExpectationsError(f"{path}: cannot be read: {error.strerror}; name the file by --config") from error
    expectations = parse_expectations(text, source=str(path))
    stages = {
        name: stage.model_copy(update={"contract": path.parent / stage.contract})
        for name, stage in expectations.stages.items()
    }
    return expectations.model_copy(update={"stages": stages})


def parse_expectations(text: str, *, source: str = "stageproof.toml") -> Expectations:
    """Validate the text of a user's file; paths of contracts stay as they are written.

    Raises:
        ExpectationsError: With one line for each fault.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ExpectationsError(f"{source}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ExpectationsError(f"{source}: nested too deep to be a file of expectations") from error
    try:
        return Expectations.model_validate_json(json.dumps(document, default=_as_text))
    except ValidationError as error:
        lines = sentences(error, model=Expectations, text=text, source=source)
        raise ExpectationsError("\n".join(lines)) from error


def _as_text(value: object) -> str:
    """Write TOML's dates and times as JSON text."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(f"TOML gave a {type(value).__name__}")
