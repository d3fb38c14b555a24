"""Gap: a deployment in moto holds nothing; API Gateway freezes the API when CreateDeployment is called.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models
from moto.apigateway.exceptions import BadRequestException

from gateway import control_plane
from gateway.rest_api import RestApi
from sandbox.control_plane.patching import Function, extend


def rest_api_now(api: models.RestAPI) -> RestApi:
    """Return an API as the control plane holds it now."""
    documents = control_plane.RestApiDocuments(
        rest_api=api.to_dict(),
        resources=tuple(resource.to_dict() for resource in api.resources.values()),
        models=tuple(model.to_json() for model in api.models.values()),
        request_validators=tuple(validator.to_dict() for validator in api.request_validators.values()),
        authorizers=tuple(authorizer.to_json() for authorizer in api.authorizers.values()),
        gateway_responses=tuple(response.to_json() for response in api.gateway_responses.values()),
    )
    return control_plane.rest_api(documents)


def frozen_rest_api(api: models.RestAPI, deployment_id: str | None) -> RestApi | None:
    """Return the API as it was when the deployment was created; None for an unknown deployment."""
    deployment = api.deployments.get(deployment_id or "")
    frozen = getattr(deployment, "frozen_rest_api", None)
    return frozen if isinstance(frozen, RestApi) else None


def _check_integrations(api: models.RestAPI) -> None:
    """Refuse an API in which a method has no integration (moto asks only for one integration of all)."""
    methods = (method for resource in api.resources.values() for method in resource.resource_methods.values())
    if any(method.method_integration is None for method in methods):
        raise BadRequestException("No integration defined for method")


def install() -> None:
    """Freeze the API at every CreateDeployment, and keep a stage's settings when it is deployed to again."""

    @extend(models.RestAPI, "create_deployment")
    def create_deployment(original: Function, api: models.RestAPI, name: str, *args: Any, **kwargs: Any) -> Any:
        _check_integrations(api)
        stage = api.stages.get(name) if name else None
        deployment = original(api, name, *args, **kwargs)
        deployment.frozen_rest_api = rest_api_now(api)
        if stage is not None:
            stage.variables = {**stage.variables, **api.stages[name].variables}
            stage.deployment_id = deployment.id
            api.stages[name] = stage
        return deployment

    @extend(models.RestAPI, "update_integration_mocks")
    def update_integration_mocks(_original: Function, _api: models.RestAPI, _stage_name: str) -> None:
        """Skip moto's own data plane: the stage server is ours."""
