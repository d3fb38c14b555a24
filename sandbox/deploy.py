"""The deployer: a REST API created resource by resource through AWS's public API, on any AWS-compatible endpoint.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-create-api.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from gateway import control_plane, openapi
from gateway.errors import StageproofError
from gateway.rest_api import AccessLogSettings, ApiKey, MethodSettings, RestApi, Stage, UsagePlan
from sandbox.deploy_lambda import AwsClients, LambdaSource, deploy_function
from sandbox.deploy_rest_api import Builder, DeployError, create_rest_api, creating
from sandbox.deploy_stage import (
    create_stage_with_settings,
    create_usage_plans,
    prepare_execution_log,
    prepare_logs,
)

logger = logging.getLogger(__name__)

__all__ = [
    "AwsClients",
    "DeployError",
    "Deployed",
    "LambdaSource",
    "deploy",
    "deploy_openapi",
    "invoke_url",
    "load_document",
    "observed_stage",
    "with_functions",
]

ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "extendedRequestId": "$context.extendedRequestId",
        "ip": "$context.identity.sourceIp",
        "requestTime": "$context.requestTime",
        "httpMethod": "$context.httpMethod",
        "resourcePath": "$context.resourcePath",
        "path": "$context.path",
        "status": "$context.status",
        "protocol": "$context.protocol",
        "responseLength": "$context.responseLength",
        "responseLatency": "$context.responseLatency",
        "integrationLatency": "$context.integrationLatency",
        "integrationStatus": "$context.integrationStatus",
        "errorResponseType": "$context.error.responseType",
        "xrayTraceId": "$context.xrayTraceId",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A deployed API. ``api_key_values`` maps the names of its API keys to their values.

    ``http_api_id`` is set where it is an HTTP API; then ``rest_api_id`` and ``deployment_id`` are empty.
    """

    rest_api_id: str
    stage_name: str
    deployment_id: str
    invoke_url: str
    api_key_values: Mapping[str, str] = field(default_factory=dict, repr=False)
    function_arns: Mapping[str, str] = field(default_factory=dict)
    http_api_id: str = ""


def deploy(
    api: RestApi,
    *,
    clients: AwsClients,
    stage: Stage,
    usage_plans: Sequence[UsagePlan] = (),
    lambdas: Mapping[str, LambdaSource] | None = None,
) -> Deployed:
    """Create an API with everything it refers to, deploy it to a stage, and give its usage plans and keys.

    Args:
        api: The API. Its identifiers are ignored; addresses of the ``lambdas`` get the account and Region they have.
        clients: Where to deploy.
        stage: The stage. ``deployment_id`` is ignored.
        usage_plans: Plans to create for the stage, with keys; a key without a value gets one.
        lambdas: The functions to create, by name.

    Raises:
        DeployError: If AWS refuses a part; the message names it.
    """
    functions = {name: deploy_function(name, source, clients) for name, source in (lambdas or {}).items()}
    api = with_functions(api, functions)
    prepare_logs(stage, clients)
    builder = Builder(api=api, client=clients.get("apigateway"), rest_api_id=create_rest_api(api, clients))
    builder.build()
    deployment_id = builder.deploy()
    create_stage_with_settings(builder, stage, deployment_id)
    prepare_execution_log(builder.rest_api_id, stage, clients)
    for function_arn in functions.values():
        _permit(function_arn, builder.rest_api_id, clients)
    return Deployed(
        rest_api_id=builder.rest_api_id,
        stage_name=stage.stage_name,
        deployment_id=deployment_id,
        invoke_url=invoke_url(builder.rest_api_id, stage.stage_name, clients),
        api_key_values=create_usage_plans(builder, stage.stage_name, usage_plans),
        function_arns=functions,
    )


def invoke_url(rest_api_id: str, stage_name: str, clients: AwsClients) -> str:
    """Return where a stage answers: below the endpoint URL where there is one, else at AWS."""
    if clients.endpoint_url:
        return f"{clients.endpoint_url.rstrip('/')}/restapis/{rest_api_id}/{stage_name}/_user_request_"
    return f"https://{rest_api_id}.execute-api.{clients.region}.amazonaws.com/{stage_name}"


def observed_stage(stage_name: str, *, log_group_name: str, clients: AwsClients, **settings: Any) -> Stage:
    """Return a stage with every observation on: execution log, access log, detailed metrics and tracing.

    Args:
        stage_name: The name.
        log_group_name: The group of the access log.
        clients: Whose account and Region the group is in.
        settings: More fields of the stage (``variables``).
    """
    arn = f"arn:aws:logs:{clients.region}:{clients.account_id()}:log-group:{log_group_name}"
    every = MethodSettings(metrics_enabled=True, logging_level="INFO", data_trace_enabled=True)
    access_log = AccessLogSettings(destination_arn=arn, log_format=ACCESS_LOG_FORMAT)
    observed = Stage(stage_name=stage_name, method_settings={"*/*": every}, access_log_settings=access_log)
    return replace(observed, tracing_enabled=True, **settings)


def deploy_openapi(
    path: Path,
    *,
    clients: AwsClients,
    stage_name: str,
    lambdas: Mapping[str, LambdaSource] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Deployed:
    """Deploy an OpenAPI document with every observation on; an API that asks for API keys gets a usage plan and a key.

    Args:
        path: The document, YAML or JSON.
        clients: Where to deploy.
        stage_name: The stage to create.
        lambdas: The functions to create, by name.
        variables: The stage's variables.

    Raises:
        StageproofError: If the document cannot be read, or AWS refuses a part.
    """
    try:
        read = openapi.read(load_document(path))
    except openapi.OpenApiError as error:
        raise openapi.OpenApiError(f"{path}: {error}") from error
    for warning in read.warnings:
        logger.warning("%s: %s", path, warning)
    api = read.rest_api
    plan_name = f"{api.name}-{stage_name}"
    keyed = any(method.api_key_required for resource in api.resources for method in resource.methods)
    key = ApiKey(api_key_id="", name=plan_name)
    stage = observed_stage(
        stage_name,
        log_group_name=f"/aws/apigateway/{plan_name}",
        clients=clients,
        variables=dict(variables or {}),
    )
    return deploy(
        api,
        clients=clients,
        stage=stage,
        usage_plans=[UsagePlan(usage_plan_id="", name=plan_name, api_keys=(key,))] if keyed else [],
        lambdas=lambdas,
    )


def load_document(path: Path) -> dict[str, Any]:
    """Return a YAML or JSON document.

    Raises:
        StageproofError: If it cannot be read, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise StageproofError(f"{path}: cannot be read: {error.strerror}; name an OpenAPI document") from error
    except UnicodeDecodeError as error:
        raise StageproofError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except RecursionError as error:
        raise StageproofError(f"{path}: nested too deep to be an OpenAPI document") from error
    except (ValueError, yaml.YAMLError) as error:
        raise StageproofError(f"{path}: is neither JSON nor YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise StageproofError(f"{path}: must hold an OpenAPI document, not {type(document).__name__}")
    return document


def with_functions(api: RestApi, functions: Mapping[str, str]) -> RestApi:
    """Return the API with the addresses of these functions (name to ARN) in place of those of other accounts."""

    def moved(uri: str | None) -> str | None:
        held = control_plane.function_name(uri)
        return control_plane.invocation_uri(functions[held]) if held and held in functions else uri

    resources = tuple(
        replace(
            resource,
            methods=tuple(
                replace(method, integration=replace(method.integration, uri=moved(method.integration.uri)))
                if method.integration
                else method
                for method in resource.methods
            ),
        )
        for resource in api.resources
    )
    authorizers = {name: replace(each, uri=moved(each.uri)) for name, each in api.authorizers.items()}
    return replace(api, resources=resources, authorizers=authorizers)


def _permit(function_arn: str, rest_api_id: str, clients: AwsClients) -> None:
    """Let the API invoke a function."""
    source = f"arn:aws:execute-api:{clients.region}:{clients.account_id()}:{rest_api_id}/*"
    with creating(f"the permission to invoke {function_arn}"):
        clients.get("lambda").add_permission(
            FunctionName=function_arn,
            StatementId=f"apigateway-{rest_api_id}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=source,
        )
