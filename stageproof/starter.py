"""The text of a first ``stageproof.toml``, filled in from a stage's configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.evidence import Configuration, HttpApiConfiguration, Present
from gateway.http_api import RouteAuthorizationType
from gateway.rest_api import AuthorizationType, RestApi


def starter_toml(
    configuration: Configuration, api_id: str, stage_name: str, contract: Path, *, profile: str | None = None
) -> str:
    """Return a commented file for one stage; what could be read of the stage is filled in.

    Args:
        configuration: The stage's configuration as it was read.
        api_id: The API, of whichever kind it is.
        stage_name: The stage; its table gets this name.
        contract: The contract's path as it shall stand in the file.
        profile: The AWS profile that was used, None for the default one.
    """
    api = configuration.deployed.value if isinstance(configuration.deployed, Present) else None
    return "\n".join(_lines(configuration, api, api_id, stage_name, contract, profile)) + "\n"


def _lines(  # noqa: PLR0913, PLR0917 - what one file says
    configuration: Configuration,
    api: RestApi | None,
    api_id: str,
    stage_name: str,
    contract: Path,
    profile: str | None,
) -> Iterator[str]:
    metadata = configuration.metadata
    yield f"# What must be true of this stage. Next: stageproof doctor {stage_name}, then stageproof run {stage_name}"
    yield ""
    yield f"[stages.{json.dumps(stage_name)}]"
    key = "rest_api_id" if configuration.http is None else "http_api_id"
    name = configuration.api_name
    yield f"{key} = {json.dumps(api_id)}{f'  # {name}' if name else ''}"
    yield f"stage_name = {json.dumps(stage_name)}"
    yield f"contract = {json.dumps(contract.as_posix())}"
    yield f"region = {json.dumps(metadata.region)}"
    if profile:
        yield f"profile = {json.dumps(profile)}"
    if metadata.endpoint_url:
        yield f"endpoint_url = {json.dumps(metadata.endpoint_url)}  # without this line, AWS is meant"
    yield '# invoke_url = "https://api.example.com"  # a custom domain in front of the stage'
    yield "destructive_traffic = false  # true only on a stage whose data may be created, changed and deleted"
    needs = _needs_of_http_api(configuration.http) if configuration.http else _needs(api)
    yield from _auth(needs, stage_name)
    yield from _sections()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needs:
    """Which credentials any of the API's operations asks for."""

    api_key: bool = False
    token: bool = False
    signature: bool = False


def _needs(api: RestApi | None) -> _Needs:
    methods = [method for resource in api.resources for method in resource.methods] if api else []
    kinds = {method.authorization_type for method in methods}
    return _Needs(
        api_key=any(method.api_key_required for method in methods),
        token=bool(kinds & {AuthorizationType.CUSTOM, AuthorizationType.COGNITO_USER_POOLS}),
        signature=AuthorizationType.AWS_IAM in kinds,
    )


def _needs_of_http_api(http: HttpApiConfiguration) -> _Needs:
    routes = http.http_api.value.routes if isinstance(http.http_api, Present) else ()
    kinds = {route.authorization_type for route in routes}
    return _Needs(
        token=bool(kinds & {RouteAuthorizationType.CUSTOM, RouteAuthorizationType.JWT}),
        signature=RouteAuthorizationType.AWS_IAM in kinds,
    )


def _auth(needs: _Needs, stage_name: str) -> Iterator[str]:
    yield ""
    yield f"[stages.{json.dumps(stage_name)}.auth]  # secrets never stand here: env:NAME or command:PROGRAM ARGUMENTS"
    yield _optional('api_key = "env:STAGEPROOF_API_KEY"', needs.api_key)
    yield _optional('bearer_token = "env:STAGEPROOF_TOKEN"', needs.token)
    yield _optional("sigv4 = true", needs.signature)


def _optional(line: str, is_needed: bool) -> str:  # noqa: FBT001 - a plain yes or no
    return line if is_needed else f"# {line}"


def _sections() -> Iterator[str]:
    yield from (
        "",
        "[traffic]",
        "max_examples = 20  # of each operation and phase",
        'time_budget = "10m"',
        '# rate_limit = "20/s"',
        '# operations = ["GET /users*"]',
        "",
        "# [cors]",
        '# allowed_origins = ["https://app.example.com"]',
        "",
        "# [errors]",
        '# model = "Error"  # the schema of the contract that every error must have',
        '# request_id = "/error/requestId"',
        "",
        "# [correlation]",
        '# header = "X-Correlation-Id"  # carries $context.requestId to the backend',
        "",
        "# [[sensitive_fields]]",
        '# field = "password"',
        "# in_response = false",
        "",
        "# [latency]",
        "# p99_ms = 2500",
        "",
        "# [[waivers]]",
        '# rule = "CO006"',
        '# subject = "*"',
        '# reason = "browsers do not call this API"',
        "# expires_on = 2030-01-31",
    )
