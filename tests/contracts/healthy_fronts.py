"""Healthy APIs before applications: private, by a custom domain, with CDK's CORS, and as an HTTP API."""

from __future__ import annotations

from typing import Any

from tests.contracts.healthy_strangers import (
    APP,
    BASE_URL,
    CORS_OF_ERRORS,
    EXPECT,
    FOREIGN,
    NO_BROWSERS,
    STAGE,
    TEXT,
    asked,
    beginning,
    called,
    ending,
    fastapi_document,
    framework_traffic,
    function_of,
    plain_document,
    preflight,
    refused,
)


def private_api() -> dict[str, Any]:
    """A private API: a policy for one VPC endpoint, and every path handed to a load balancer behind a VPC link."""
    vpce = "https://abc123-vpce-0a1b2c3d.execute-api.us-east-1.amazonaws.com/dev"
    integration = {
        "type": "HTTP_PROXY",
        "httpMethod": "ANY",
        "connectionType": "VPC_LINK",
        "connectionId": "${stageVariables.vpcLinkId}",
        "uri": "http://${stageVariables.host}/{proxy}",
        "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy"},
    }
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "execute-api:Invoke",
                "Resource": "execute-api:/*",
                "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}},
            },
        ],
    }
    document = {
        **plain_document(
            {
                "/{proxy+}": {
                    "x-amazon-apigateway-any-method": {
                        "parameters": [{"name": "proxy", "in": "path", "required": True, "schema": TEXT}],
                        "responses": {},
                        "x-amazon-apigateway-integration": integration,
                    }
                }
            }
        ),
        "x-amazon-apigateway-policy": policy,
        "x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": ["vpce-0a1b2c3d"]},
    }
    return {
        "base": fastapi_document(),
        "deployed_base": document,
        "stage": {**STAGE, "variables": {"vpcLinkId": "l1nk", "host": "internal-items.elb.us-east-1.amazonaws.com"}},
        "metadata": {"invoke_url": vpce},
        "expect": NO_BROWSERS,
        "exchanges": [
            {**_by_load_balancer(one), "base_url": vpce} for one in framework_traffic("items", is_greedy=True)
        ],
    }


def _by_load_balancer(exchange: dict[str, Any]) -> dict[str, Any]:
    """Return the same exchange as a load balancer answers it in place of a function."""
    http_method, path = exchange["request"].split(" ", 1)[0], exchange["path"]
    raw, _, query = path.partition("?")
    logged = ", ".join(query.split("&")) if query else ""
    log = beginning(http_method, raw, query=logged, body=exchange["body"], variables=f"proxy={raw.removeprefix('/')}")
    answer, status = exchange["response_body"], exchange["status"]
    headers = (
        "Accept=*/*, Content-Type=application/json, Authorization=redacted:0123456789ab, X-Forwarded-For=192.0.2.1"
    )
    uri = f"http://internal-items.elb.us-east-1.amazonaws.com{path}"
    return {
        **exchange,
        "trace": ["AWS::ApiGateway::Stage"],
        "log": [
            *log,
            *called(uri, headers=f"{headers}}}", body=exchange["body"], answer=answer, status=status),
            *ending(status, answer),
        ],
    }


def cdk_default() -> dict[str, Any]:
    """CDK: ``defaultCorsPreflightOptions`` with two origins, a Cognito authorizer on every method but OPTIONS."""
    other = "https://admin.example.com"
    template = "\n".join(
        (
            '#set($origin = $input.params().header.get("Origin"))',
            '#if($origin == "")',
            '  #set($origin = $input.params().header.get("origin"))',
            "#end",
            f'#if($origin == "{APP}" || $origin == "{other}")',
            "  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)",
            "#end",
        )
    )
    allowed = {
        "Access-Control-Allow-Headers": "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token",
        "Access-Control-Allow-Methods": "OPTIONS,GET,PUT,POST,DELETE,PATCH,HEAD",
        "Access-Control-Allow-Origin": APP,
        "Vary": "Origin",
    }
    names = {f"method.response.header.{name}": f"'{value}'" for name, value in allowed.items()}
    options = {
        "responses": {
            "204": {"description": "204 response", "headers": {name: {"schema": TEXT} for name in allowed}},
        },
        "x-amazon-apigateway-integration": {
            "type": "MOCK",
            "passthroughBehavior": "when_no_match",
            "requestTemplates": {"application/json": "{ statusCode: 204 }"},
            "responses": {
                "default": {
                    "statusCode": "204",
                    "responseParameters": names,
                    "responseTemplates": {"application/json": template},
                }
            },
        },
    }
    guarded = {
        "responses": {},
        "security": [{"pool": []}],
        "x-amazon-apigateway-integration": function_of("Items-Handler886CB40B-Ab12"),
    }
    pool = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"],
        },
    }
    document = {
        **plain_document(
            {
                "/items": {"post": guarded, "options": options},
                "/items/{itemId}": {"get": guarded, "options": options},
            }
        ),
        "components": {"securitySchemes": {"pool": pool}},
        "x-amazon-apigateway-gateway-responses": CORS_OF_ERRORS,
    }

    def mocked(path: str, origin: str) -> dict[str, Any]:
        told = {**allowed, "Access-Control-Allow-Origin": origin if origin in {APP, other} else APP}
        shown = ", ".join(f"{name}={value}" for name, value in told.items())
        asks = f"Origin={origin}, Access-Control-Request-Method=GET"
        log = [*beginning("OPTIONS", path, headers=asks), *ending(204, "", headers=shown)[:-2]]
        return preflight(path, origin, "GET", {**told, "Content-Type": "application/json"}, log=log)

    traffic = [one for one in framework_traffic("Items-Handler886CB40B-Ab12", is_greedy=False) if one["status"] != 401]
    for one in traffic:
        if "x-amzn-ErrorType" in one["response_headers"]:
            one["response_headers"]["Access-Control-Allow-Origin"] = "*"
    return {
        "base": fastapi_document(),
        "deployed_base": document,
        "stage": {**STAGE, "stage_name": "prod"},
        "metadata": {"invoke_url": BASE_URL},
        "expect": {**EXPECT, "cors": {"allowed_origins": [APP, other]}},
        "exchanges": [
            *traffic,
            refused("GET /items/{item_id}", 401, "UnauthorizedException", "Unauthorized", path="/items/1?q=x",
                    headers={"Origin": APP}, violates=["authorization"], mode="negative",
                    answer_headers={"Access-Control-Allow-Origin": "*"},
                    access={"error.responseType": "UNAUTHORIZED"}, log=["Unauthorized request: rid"]),
            *(mocked(path, origin) for path in ("/items", "/items/{item_id}") for origin in (APP, other, FOREIGN)),
        ],
    }  # fmt: skip


def mutual_tls_domain() -> dict[str, Any]:
    """A custom domain with mutual TLS and a base path, the default endpoint off, one function by a stage variable."""
    url = "https://api.example.com/items-service"
    function = function_of("items-service:${stageVariables.alias}")
    guarded = {"responses": {}, "x-amazon-apigateway-integration": function}
    document = {
        **plain_document({"/items": {"post": guarded}, "/items/{id}": {"get": guarded}}),
        "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True},
    }
    contract = {**fastapi_document(), "servers": [{"url": url}, {"url": "http://localhost:8000"}]}
    return {
        "base": contract,
        "deployed_base": document,
        "stage": {**STAGE, "stage_name": "prod", "variables": {"alias": "live"}, "web_acl_arn": "arn:aws:wafv2:x"},
        "metadata": {"invoke_url": url},
        "domain_names": [
            {
                "domain_name": "api.example.com",
                "security_policy": "TLS_1_2",
                "base_paths": ["items-service"],
                "has_mutual_tls": True,
            }
        ],
        "expect": NO_BROWSERS,
        "exchanges": [
            {**one, "base_url": url} for one in framework_traffic("items-service:live", is_greedy=False)
        ],
    }  # fmt: skip


def http_api() -> dict[str, Any]:
    """An HTTP API: one route for all paths behind a JWT authorizer; its CORS configuration answers preflights."""
    route = {"routeKey": "ANY /{proxy+}", "target": "integrations/f", "authorizationType": "JWT", "authorizerId": "j"}
    traffic = [one for one in framework_traffic("items-api", is_greedy=True) if one["status"] not in {401, 307}]
    answered = {
        "access-control-allow-origin": APP,
        "access-control-allow-headers": "authorization,content-type",
        "access-control-allow-methods": "GET,POST",
        "vary": "Origin",
    }
    preflights = [
        preflight(path, origin, "POST", answered if origin == APP else {"vary": "Origin"})
        for path in ("/items", "/items/{item_id}")
        for origin in (APP, FOREIGN)
    ]
    unauthorized = asked("GET /items/{item_id}", path="/items/1?q=x", status=401, answer={"message": "Unauthorized"},
                         answer_headers={"www-authenticate": "Bearer", "access-control-allow-origin": APP},
                         headers={"Origin": APP}, mode="negative", violates=["authorization"])  # fmt: skip
    exchanges = [*traffic, *preflights, unauthorized]
    for one in exchanges:
        one["log"] = one["trace"] = "missing"
        one["response_headers"].pop("x-amz-apigw-id")
    return {
        "base": fastapi_document(),
        "http": {
            "api": {"corsConfiguration": {"allowOrigins": [APP], "allowMethods": ["GET", "POST"]}},
            "routes": [route],
            "integrations": [
                {
                    "integrationId": "f",
                    "integrationType": "AWS_PROXY",
                    "integrationUri": "arn:aws:lambda:us-east-1:123456789012:function:items-api",
                    "payloadFormatVersion": "2.0",
                }
            ],
            "authorizers": [{"authorizerId": "j", "name": "j", "authorizerType": "JWT"}],
            "stage": {
                "stageName": "$default",
                "accessLogSettings": {
                    "destinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:items",
                    "format": STAGE["access_log_format"],
                },
                "defaultRouteSettings": {
                    "throttlingRateLimit": 100.0,
                    "throttlingBurstLimit": 100,
                    "detailedMetricsEnabled": True,
                },
            },
        },
        "metadata": {"invoke_url": BASE_URL},
        "expect": EXPECT,
        "exchanges": exchanges,
    }
