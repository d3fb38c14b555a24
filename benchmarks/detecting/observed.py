"""What a template has to express: a stage's configuration and the functions behind it, read back after planting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from contracts.evidence import (
    AccountSettings,
    AlarmTopic,
    Configuration,
    DeployedAlarm,
    DomainName,
    Evidence,
    LogGroup,
    Missing,
)
from gateway.control_plane import function_name
from gateway.rest_api import RestApi, Stage, UsagePlan
from sandbox.deploy_lambda import AwsClients

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A Lambda function as its template would hold it; its code is not part of a template.

    ``permissions`` are ``(principal, source ARN)``; ``reserved_concurrency`` None is the account's pool.
    """

    function_name: str
    runtime: str
    handler: str
    role_arn: str
    timeout_s: int
    memory_size_mb: int
    tracing_mode: str
    reserved_concurrency: int | None = None
    permissions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A deployed stage with all that its template would hold."""

    rest_api_id: str
    rest_api: RestApi
    stage: Stage
    usage_plans: tuple[UsagePlan, ...]
    account: AccountSettings
    log_groups: tuple[LogGroup, ...]
    alarms: tuple[DeployedAlarm, ...] = ()
    alarm_topics: tuple[AlarmTopic, ...] = ()
    domain_names: tuple[DomainName, ...] = ()
    functions: tuple[Function, ...] = ()


class UnreadableError(Exception):
    """A part of the configuration could not be read, so no template can be written."""


def observed(configuration: Configuration, rest_api_id: str, clients: AwsClients) -> Observed:
    """Return what is deployed; the API is the one that the stage serves, not the one that waits for a deployment.

    Raises:
        UnreadableError: If a part could not be read.
    """
    rest_api = _present(configuration.deployed)
    return Observed(
        rest_api_id=rest_api_id,
        rest_api=rest_api,
        stage=_present(configuration.stage),
        usage_plans=_present(configuration.usage_plans),
        account=_present(configuration.account),
        log_groups=_present(configuration.log_groups),
        alarms=_present(configuration.alarms),
        alarm_topics=_present(configuration.alarm_topics),
        domain_names=_present(configuration.domain_names),
        functions=tuple(_function(name, rest_api_id, clients) for name in sorted(_function_names(rest_api))),
    )


def _present(evidence: Evidence[T]) -> T:
    if isinstance(evidence, Missing):
        raise UnreadableError(evidence.reason)
    return evidence.value


def _function_names(api: RestApi) -> set[str]:
    methods = (method for resource in api.resources for method in resource.methods)
    uris = [method.integration.uri for method in methods if method.integration]
    uris += [authorizer.uri for authorizer in api.authorizers.values()]
    return {name for uri in uris if (name := function_name(uri))}


def _function(name: str, rest_api_id: str, clients: AwsClients) -> Function:
    client = clients.get("lambda")
    held = client.get_function_configuration(FunctionName=name)
    concurrency = client.get_function_concurrency(FunctionName=name)
    return Function(
        function_name=name,
        runtime=held["Runtime"],
        handler=held["Handler"],
        role_arn=held["Role"],
        timeout_s=int(held["Timeout"]),
        memory_size_mb=int(held["MemorySize"]),
        tracing_mode=(held.get("TracingConfig") or {}).get("Mode", "PassThrough"),
        reserved_concurrency=concurrency.get("ReservedConcurrentExecutions"),
        permissions=tuple(sorted(_permissions(client, name, rest_api_id))),
    )


def _permissions(client: Any, name: str, rest_api_id: str) -> Iterator[tuple[str, str]]:
    """Give who may call the function on behalf of this API: the sandbox's functions outlive the APIs before."""
    try:
        policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return
    for statement in policy["Statement"]:
        principal = statement["Principal"]
        source = statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "")
        if not source or f":{rest_api_id}/" in source:
            yield principal["Service"] if isinstance(principal, dict) else str(principal), source
