"""A deployed HTTP API as a CloudFormation template: the properties of its v2 control plane have CloudFormation's names.

See: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.detecting.cloudformation_methods import Resources
from gateway.openapi.integrations import without_empty

_API = {"Ref": "Api"}
_OF_API = ("Name", "ProtocolType", "CorsConfiguration", "DisableExecuteApiEndpoint")
_OF_STAGE = (
    "StageName",
    "AutoDeploy",
    "AccessLogSettings",
    "DefaultRouteSettings",
    "RouteSettings",
    "StageVariables",
)
_OF_INTEGRATION = (
    "IntegrationType",
    "IntegrationMethod",
    "IntegrationUri",
    "ConnectionType",
    "PayloadFormatVersion",
    "RequestParameters",
    "ResponseParameters",
    "TimeoutInMillis",
    "TlsConfig",
)
_OF_AUTHORIZER = (
    "Name",
    "AuthorizerType",
    "AuthorizerUri",
    "AuthorizerPayloadFormatVersion",
    "AuthorizerResultTtlInSeconds",
    "EnableSimpleResponses",
    "IdentitySource",
    "JwtConfiguration",
)
_OF_ROUTE = ("RouteKey", "AuthorizationType", "AuthorizationScopes", "ApiKeyRequired", "OperationName")


def http_api_template(client: Any, api_id: str, stage_name: str) -> dict[str, Any]:
    """Read an HTTP API and return its template, in which identifiers are replaced.

    Args:
        client: The ``apigatewayv2`` client.
        api_id: The API.
        stage_name: The stage.
    """
    resources = Resources()
    resources.add("Api", "AWS::ApiGatewayV2::Api", _chosen(client.get_api(ApiId=api_id), _OF_API))
    stage = _chosen(client.get_stage(ApiId=api_id, StageName=stage_name), _OF_STAGE)
    resources.add("Stage", "AWS::ApiGatewayV2::Stage", {"ApiId": _API, **stage})
    authorizers = {
        each["AuthorizerId"]: _add(resources, f"Authorizer {each['Name']}", "Authorizer", _chosen(each, _OF_AUTHORIZER))
        for each in _items(client, "get_authorizers", api_id)
    }
    integrations = {each["IntegrationId"]: each for each in _items(client, "get_integrations", api_id)}
    for route in sorted(_items(client, "get_routes", api_id), key=lambda each: str(each["RouteKey"])):
        _add_route(resources, route, integrations, authorizers)
    whole = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources.written}
    normalised: dict[str, Any] = json.loads(json.dumps(whole).replace(api_id, "httpapiid1"))
    return normalised


def _add_route(
    resources: Resources,
    route: Mapping[str, Any],
    integrations: Mapping[str, Mapping[str, Any]],
    authorizers: Mapping[str, str],
) -> None:
    """Add a route with an integration of its own: which routes share one is no setting."""
    properties = _chosen(route, _OF_ROUTE)
    integration = integrations.get(str(route.get("Target", "")).rpartition("/")[2])
    if integration is not None:
        held = _chosen(integration, _OF_INTEGRATION)
        if held.get("ConnectionType") == "VPC_LINK":
            held["ConnectionId"] = "vpc-link"
        label = _add(resources, f"Integration {route['RouteKey']}", "Integration", held)
        properties["Target"] = {"Fn::Join": ["/", ["integrations", {"Ref": label}]]}
    if route.get("AuthorizerId") in authorizers:
        properties["AuthorizerId"] = {"Ref": authorizers[route["AuthorizerId"]]}
    _add(resources, f"Route {route['RouteKey']}", "Route", properties)


def _add(resources: Resources, called: str, kind: str, properties: Mapping[str, Any]) -> str:
    return resources.add(called, f"AWS::ApiGatewayV2::{kind}", {"ApiId": _API, **properties})


def _chosen(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return without_empty({name: document[name] for name in names if name in document})


def _items(client: Any, operation: str, api_id: str) -> list[dict[str, Any]]:
    return list(getattr(client, operation)(ApiId=api_id)["Items"])
