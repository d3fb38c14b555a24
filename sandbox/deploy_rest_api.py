"""The deployer's REST API: models, validators, authorizers, resources, methods and gateway responses, part by part.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-create-api.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gateway import control_plane
from gateway.errors import StageproofError
from gateway.rest_api import Authorizer, Integration, IntegrationResponse, Method, Resource, RestApi
from sandbox.deploy_lambda import AwsClients


class DeployError(StageproofError):
    """AWS refused a part of the deployment."""

    slug = "deploy"


@contextmanager
def creating(what: str) -> Iterator[None]:
    """Say what AWS refused, in one line."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        message = f"AWS refused {what}: {told.get('Code')}: {told.get('Message')} ({error.operation_name})"
        raise DeployError(" ".join(message.split())) from error
    except BotoCoreError as error:
        raise DeployError(f"{what} could not be created: {' '.join(str(error).split())}") from error


def given(**parameters: Any) -> dict[str, Any]:
    """Return the parameters that say something."""
    return {name: value for name, value in parameters.items() if value is not None and value not in ({}, [], ())}


def rest_api_parameters(api: RestApi) -> dict[str, Any]:
    """Return what CreateRestApi is told of an API: its own settings."""
    endpoint = {"types": list(api.endpoint_types), "vpcEndpointIds": list(api.vpc_endpoint_ids)}
    return given(
        name=api.name,
        description=api.description,
        version=api.version,
        binaryMediaTypes=list(api.binary_media_types),
        minimumCompressionSize=api.minimum_compression_size_bytes,
        apiKeySource=api.api_key_source.value,
        endpointConfiguration=given(**endpoint),
        policy=api.policy,
        tags=dict(api.tags),
        disableExecuteApiEndpoint=api.disable_execute_api_endpoint or None,
    )


def create_rest_api(api: RestApi, clients: AwsClients) -> str:
    """Create an API, empty but for its own settings; return its identifier."""
    with creating(f"the REST API {api.name!r}"):
        return str(clients.get("apigateway").create_rest_api(**rest_api_parameters(api))["id"])


@dataclass(kw_only=True)
class Builder:
    """Creates the parts of one REST API, and remembers their identifiers by name."""

    api: RestApi
    client: Any
    rest_api_id: str
    validator_ids: dict[str, str] = field(default_factory=dict)
    authorizer_ids: dict[str, str] = field(default_factory=dict)
    resource_ids: dict[str, str] = field(default_factory=dict)

    def build(self) -> None:
        """Create everything that a deployment freezes."""
        self._models()
        for name, validator in self.api.request_validators.items():
            with creating(f"the request validator {name!r}"):
                created = self.client.create_request_validator(
                    restApiId=self.rest_api_id,
                    name=name,
                    validateRequestBody=validator.validate_request_body,
                    validateRequestParameters=validator.validate_request_parameters,
                )
            self.validator_ids[name] = created["id"]
        for authorizer in self.api.authorizers.values():
            self._authorizer(authorizer)
        self._resources()
        for resource in self.api.resources:
            for method in resource.methods:
                self._method(resource, method)
        self._gateway_responses()

    def deploy(self) -> str:
        """Create the deployment."""
        with creating("the deployment"):
            return str(self.client.create_deployment(restApiId=self.rest_api_id)["id"])

    def makes_way(self, model_name: str) -> bool:  # noqa: ARG002 - what is built into may have models of its own
        """Return whether a model that the API has already is removed first."""
        return True

    def _models(self) -> None:
        """Create the models, referred ones first; those that API Gateway made by itself make way."""
        for page in self.client.get_paginator("get_models").paginate(restApiId=self.rest_api_id):
            for model in filter(lambda item: self.makes_way(item["name"]), page["items"]):
                self.client.delete_model(restApiId=self.rest_api_id, modelName=model["name"])
        for name in models_in_order(self.api):
            model = self.api.models[name]
            with creating(f"the model {name!r}"):
                self.client.create_model(
                    restApiId=self.rest_api_id,
                    name=name,
                    contentType=model.content_type,
                    schema=control_plane.schema_for(model.schema, self.rest_api_id),
                    **given(description=model.description),
                )

    def _authorizer(self, authorizer: Authorizer) -> None:
        parameters = given(
            providerARNs=list(authorizer.provider_arns),
            authType=authorizer.authentication_type,
            authorizerUri=authorizer.uri,
            authorizerCredentials=authorizer.credentials,
            identitySource=authorizer.identity_source,
            identityValidationExpression=authorizer.identity_validation_expression,
            authorizerResultTtlInSeconds=authorizer.result_ttl_s,
        )
        with creating(f"the authorizer {authorizer.name!r}"):
            created = self.client.create_authorizer(
                restApiId=self.rest_api_id,
                name=authorizer.name,
                type=authorizer.authorizer_type.value,
                **parameters,
            )
        self.authorizer_ids[authorizer.name] = created["id"]

    def _resources(self) -> None:
        pages = self.client.get_paginator("get_resources").paginate(restApiId=self.rest_api_id)
        self.resource_ids = {item["path"]: item["id"] for page in pages for item in page["items"]}
        for path in sorted({part for resource in self.api.resources for part in ancestry(resource.path)}):
            if path in self.resource_ids:
                continue
            parent, _, part = path.rpartition("/")
            with creating(f"the resource {path}"):
                created = self.client.create_resource(
                    restApiId=self.rest_api_id, parentId=self.resource_ids[parent or "/"], pathPart=part
                )
            self.resource_ids[path] = created["id"]

    def _method(self, resource: Resource, method: Method) -> None:
        named = f"{method.http_method} {resource.path}"
        where = {
            "restApiId": self.rest_api_id,
            "resourceId": self.resource_ids[resource.path],
            "httpMethod": method.http_method,
        }
        parameters = given(
            authorizerId=_identifier(self.authorizer_ids, method.authorizer_name, f"{named}: the authorizer"),
            requestValidatorId=_identifier(
                self.validator_ids, method.request_validator_name, f"{named}: the request validator"
            ),
            authorizationScopes=list(method.authorization_scopes),
            operationName=method.operation_name,
            requestParameters=dict(method.request_parameters),
            requestModels=dict(method.request_models),
        )
        with creating(f"the method {named}"):
            self.client.put_method(
                **where,
                authorizationType=method.authorization_type.value,
                apiKeyRequired=method.api_key_required,
                **parameters,
            )
            for response in method.method_responses:
                self.client.put_method_response(
                    **where,
                    statusCode=response.status_code,
                    responseParameters=dict(response.response_parameters),
                    responseModels=dict(response.response_models),
                )
        if method.integration is not None:
            self._integration(method.integration, where, named)

    def _integration(self, integration: Integration, where: Mapping[str, str], named: str) -> None:
        parameters = given(
            integrationHttpMethod=integration.http_method,
            uri=integration.uri,
            credentials=integration.credentials,
            connectionType=integration.connection_type.value if integration.connection_id else None,
            connectionId=integration.connection_id,
            requestParameters=dict(integration.request_parameters),
            requestTemplates=dict(integration.request_templates),
            contentHandling=integration.content_handling and integration.content_handling.value,
            cacheNamespace=integration.cache_namespace,
            cacheKeyParameters=list(integration.cache_key_parameters),
            tlsConfig={"insecureSkipVerification": True} if integration.insecure_skip_verification else None,
        )
        with creating(f"the integration of {named}"):
            self.client.put_integration(
                **where,
                type=integration.integration_type.value,
                passthroughBehavior=integration.passthrough_behavior.value,
                timeoutInMillis=integration.timeout_ms,
                **parameters,
            )
            for response in integration.integration_responses:
                self.client.put_integration_response(**where, **_integration_response(response))

    def _gateway_responses(self) -> None:
        for response in self.api.gateway_responses.values():
            with creating(f"the gateway response {response.response_type}"):
                self.client.put_gateway_response(
                    restApiId=self.rest_api_id,
                    responseType=response.response_type.value,
                    responseParameters=dict(response.response_parameters),
                    responseTemplates=dict(response.response_templates),
                    **given(statusCode=response.status_code),
                )


def _integration_response(response: IntegrationResponse) -> dict[str, Any]:
    return {
        "statusCode": response.status_code,
        "responseParameters": dict(response.response_parameters),
        "responseTemplates": dict(response.response_templates),
        **given(
            selectionPattern=response.selection_pattern,
            contentHandling=response.content_handling and response.content_handling.value,
        ),
    }


def _identifier(identifiers: Mapping[str, str], name: str | None, what: str) -> str | None:
    if name is None or name in identifiers:
        return None if name is None else identifiers[name]
    known = ", ".join(sorted(identifiers)) or "none"
    raise DeployError(f"{what} {name!r} is not one of the API's ({known}); define it or drop the reference")


def ancestry(path: str) -> list[str]:
    """Return a path and the paths above it, without the root (``/users/{id}``: ``/users``, ``/users/{id}``)."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def models_in_order(api: RestApi) -> list[str]:
    """Return the names of an API's models, each after those it refers to (a circle stays in order of names)."""
    prefix = control_plane.MODEL_URL.format(rest_api_id="api")
    needs = {
        name: {other for other in api.models if other != name and f'"{prefix}{other}"' in model.schema}
        for name, model in api.models.items()
    }
    ordered: list[str] = []
    while needs:
        ready = sorted(name for name, others in needs.items() if not others & needs.keys()) or [min(needs)]
        ordered += ready
        for name in ready:
            del needs[name]
    return ordered
