"""Healthy APIs that need more than a function: AWS services, a bucket, a private load balancer, CDK's CORS."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.contracts.healthy_strangers import (
    APP,
    BASE_URL,
    CORS_OF_ERRORS,
    EXPECT,
    FOREIGN,
    NO_BROWSERS,
    STAGE,
    asked,
    beginning,
    called,
    ending,
    fastapi_document,
    framework_traffic,
    function_of,
    preflight,
    refused,
    unknown_path,
)

_PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
_SIGNED = (
    "Authorization=****abcdef, X-Amz-Date=20260301T030000Z, x-amzn-apigateway-api-id=abc123, Accept=application/json, "
    "User-Agent=AmazonAPIGateway_abc123, X-Amz-Security-Token=IQoJb3JpZ2lu [TRUNCATED]"
)
"""What the log shows of the headers of a call of an AWS service: the token of the role fills the line."""


def _service(path: str, **more: Any) -> dict[str, Any]:
    role = "arn:aws:iam::123456789012:role/api"
    return {
        "type": "AWS",
        "httpMethod": "POST",
        "credentials": role,
        "uri": f"arn:aws:apigateway:us-east-1:{path}",
        **more,
    }


def _plain(paths: dict[str, Any]) -> dict[str, Any]:
    return {"openapi": "3.0.3", "info": {"title": "things", "version": "1"}, "paths": paths}


def _json(description: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": [*properties], "properties": properties}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_TEXT = {"type": "string"}
_MESSAGE = _json("refused", message=_TEXT)


def sqs_integration() -> dict[str, Any]:
    """A queue behind POST: a form that a template writes, a validated body, answers of the gateway's own making."""
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object", "required": ["name"]}}}}
    path = {
        "post": {
            "operationId": "put_order",
            "requestBody": body,
            "responses": {"202": _json("accepted", accepted={"type": "boolean"}), "400": _MESSAGE, "415": _MESSAGE},
        }
    }
    integration = _service(
        "sqs:path/123456789012/orders",
        requestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        requestTemplates={"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
        passthroughBehavior="never",
        responses={
            "2\\d{2}": {"statusCode": "202", "responseTemplates": {"application/json": '{"accepted": true}'}},
            "default": {"statusCode": "400", "responseTemplates": {"application/json": '{"message": "Bad Request"}'}},
        },
    )
    deployed = {
        **_plain({"/orders": {"post": {**path["post"], "x-amazon-apigateway-integration": integration}}}),
        "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
        "x-amazon-apigateway-request-validator": "body",
    }
    sent, told = '{"name": "tea & milk"}', '{"SendMessageResponse":{"SendMessageResult":{"MessageId":"m1"}}}'
    uri = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
    form = "Action=SendMessage&MessageBody=%7B%22name%22%3A+%22tea+%26+milk%22%7D"
    log = [
        *beginning("POST", "/orders", headers="Accept=*/*, Content-Type=application/json", body=sent),
        *called(uri, headers=_SIGNED, body=form, answer=told),
        *ending(202, '{"accepted": true}'),
    ]
    as_json = {"Content-Type": "application/json"}
    invalid = [
        *beginning("POST", "/orders", headers="Content-Type=application/json", body="{}"),
        'Request body does not match model schema for content type application/json: [missing required (["name"])]',
        "Method completed with status: 400",
    ]
    return {
        "base": _plain({"/orders": path}),
        "deployed_base": deployed,
        "stage": STAGE,
        "metadata": {"invoke_url": BASE_URL},
        "expect": NO_BROWSERS,
        "exchanges": [
            asked("POST /orders", status=202, answer='{"accepted": true}', headers=as_json, body=sent, log=log),
            refused("POST /orders", 400, "BadRequestException", "Invalid request body", headers=as_json, body="{}",
                    violates=["body"], mode="negative", log=invalid,
                    access={"error.responseType": "BAD_REQUEST_BODY"}),
            refused("POST /orders", 415, "UnsupportedMediaTypeException", "Unsupported Media Type", body="x",
                    headers={"Content-Type": "text/plain"}, violates=["content-type"], mode="negative",
                    access={"error.responseType": "UNSUPPORTED_MEDIA_TYPE"}),
            unknown_path(),
        ],
    }  # fmt: skip


def s3_proxy() -> dict[str, Any]:
    """A bucket behind GET and PUT: pictures pass as they are, and what is not there is answered as 404."""
    key = [{"name": "key", "in": "path", "required": True, "schema": _TEXT}]
    picture = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    etag, kind = {"ETag": {"schema": _TEXT}}, {"Content-Type": {"schema": _TEXT}}
    missing = {"description": "not there", "content": {"application/xml": {"schema": {"type": "string"}}}}
    get = {"parameters": key, "responses": {"200": {"description": "ok", "content": picture, "headers": etag},
                                            "404": missing}}  # fmt: skip
    put = {
        "parameters": key,
        "requestBody": {"required": True, "content": picture},
        "responses": {"200": {"description": "kept"}, "404": missing},
    }
    mapped = {"integration.request.path.key": "method.request.path.key"}
    answers = {
        "default": {
            "statusCode": "200",
            "responseParameters": {
                "method.response.header.Content-Type": "integration.response.header.Content-Type",
                "method.response.header.ETag": "integration.response.header.ETag",
            },
        },
        "4\\d{2}": {
            "statusCode": "404",
            "responseParameters": {"method.response.header.Content-Type": "integration.response.header.Content-Type"},
        },
    }
    integration = _service("s3:path/pictures/{key}", requestParameters=mapped, responses=answers)

    def deployed(operation: dict[str, Any], http_method: str, **parameters: str) -> dict[str, Any]:
        found = {**integration, "httpMethod": http_method, "requestParameters": {**mapped, **parameters}}
        told = {
            code: {**one, "headers": {**kind, **(etag if code == "200" else {})}}
            for code, one in operation["responses"].items()
        }
        return {**operation, "responses": told, "x-amazon-apigateway-integration": found}

    sends_type = {"name": "Content-Type", "in": "header", "required": False, "schema": _TEXT}
    put_deployed = deployed(
        {**put, "parameters": [*key, sends_type]},
        "PUT",
        **{"integration.request.header.Content-Type": "method.request.header.Content-Type"},
    )
    uri, binary = "https://s3-us-east-1.amazonaws.com/pictures/tea.png", "[Binary Data]"
    xml = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
    shown = base64.b64encode(_PNG).decode()
    get_log = [
        *beginning("GET", "/files/tea.png", headers="Accept=image/png"),
        *called(uri, headers=_SIGNED, body="", answer=binary, answer_headers='Content-Type=image/png, ETag="e1"'),
        *ending(200, binary, headers='Content-Type=image/png, ETag="e1"'),
    ]
    put_log = [
        *beginning("PUT", "/files/tea.png", headers="Content-Type=image/png", body=binary),
        *called(uri, headers=_SIGNED, body=binary, answer="", answer_headers='ETag="e1", Content-Length=0'),
        *ending(200, ""),
    ]
    none_log = [
        *beginning("GET", "/files/none.png", headers="Accept=image/png"),
        *called(uri, headers=_SIGNED, body="", answer=xml, status=404, answer_headers="Content-Type=application/xml"),
        *ending(404, xml, headers="Content-Type=application/xml"),
    ]
    for log in (get_log, put_log, none_log):
        log[6] = f"Method request path: {{key={'none.png' if log is none_log else 'tea.png'}}}"
    return {
        "base": _plain({"/files/{key}": {"get": get, "put": put}}),
        "deployed_base": {
            **_plain({"/files/{key}": {"get": deployed(get, "GET"), "put": put_deployed}}),
            "x-amazon-apigateway-binary-media-types": ["*/*"],
        },
        "stage": STAGE,
        "metadata": {"invoke_url": BASE_URL},
        "expect": NO_BROWSERS,
        "exchanges": [
            asked("GET /files/{key}", path="/files/tea.png", status=200, headers={"Accept": "image/png"},
                  answer=f"data:base64,{shown}", answer_headers={"Content-Type": "image/png", "ETag": '"e1"'},
                  log=get_log),
            asked("GET /files/{key}", path="/files/none.png", status=404, headers={"Accept": "image/png"}, answer=xml,
                  answer_headers={"Content-Type": "application/xml"}, log=none_log),
            asked("PUT /files/{key}", path="/files/tea.png", status=200, headers={"Content-Type": "image/png"},
                  body=f"data:base64,{shown}", answer_headers={"Content-Type": "application/json"}, log=put_log),
            unknown_path(),
        ],
    }  # fmt: skip


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
        **_plain(
            {
                "/{proxy+}": {
                    "x-amazon-apigateway-any-method": {
                        "parameters": [{"name": "proxy", "in": "path", "required": True, "schema": _TEXT}],
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
    log = beginning(http_method, raw, query=logged, body=exchange["body"])
    log[6] = f"Method request path: {{proxy={raw.removeprefix('/')}}}"
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
            "204": {"description": "204 response", "headers": {name: {"schema": _TEXT} for name in allowed}},
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
        **_plain(
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


def table_and_workflow() -> dict[str, Any]:
    """DynamoDB and Step Functions for calls that clients sign (AWS_IAM); AWS's own words where they do not."""
    item_id = [{"name": "id", "in": "path", "required": True, "schema": _TEXT}]
    signed: list[dict[str, Any]] = [{"sigv4": []}]
    sigv4 = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    denied = {"description": "not allowed", "content": {"application/json": {"schema": {"type": "object"}}}}
    get = {
        "parameters": item_id,
        "security": signed,
        "responses": {"200": _json("found", id=_TEXT), "403": denied},
        "x-amazon-apigateway-integration": _service(
            "dynamodb:action/GetItem",
            passthroughBehavior="when_no_templates",
            requestTemplates={
                "application/json": '{"TableName": "items", "Key": {"id": {"S": "$input.params(\'id\')"}}}'
            },
            responses={
                "default": {
                    "statusCode": "200",
                    "responseTemplates": {"application/json": '{"id": "$input.path(\'$.Item.id.S\')"}'},
                }
            },
        ),
    }
    execution = "arn:aws:states:us-east-1:123456789012:execution:orders:e1"
    post = {
        "security": signed,
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": _json("started", executionArn=_TEXT), "403": denied},
        "x-amazon-apigateway-integration": _service(
            "states:action/StartExecution",
            requestTemplates={
                "application/json": (
                    '{"input": "$util.escapeJavaScript($input.json(\'$\'))", '
                    '"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders"}'
                )
            },
            responses={"default": {"statusCode": "200"}},
        ),
    }
    document = {
        **_plain({"/items/{id}": {"get": get}, "/orders": {"post": post}}),
        "components": {"securitySchemes": {"sigv4": sigv4}},
        "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
        "x-amazon-apigateway-request-validator": "body",
    }
    found = '{"Item":{"id":{"S":"t1"}}}'
    get_log = [
        *beginning("GET", "/items/t1"),
        *called(
            "https://dynamodb.us-east-1.amazonaws.com/?Action=GetItem",
            headers=_SIGNED,
            body='{"TableName": "items", "Key": {"id": {"S": "t1"}}}',
            answer=found,
            answer_headers="Content-Type=application/x-amz-json-1.0",
        ),
        *ending(200, '{"id": "t1"}'),
    ]
    get_log[6] = "Method request path: {id=t1}"
    started = json.dumps({"executionArn": execution, "startDate": 1.7e9})
    post_log = [
        *beginning("POST", "/orders", headers="Content-Type=application/json", body='{"name": "tea"}'),
        *called(
            "https://states.us-east-1.amazonaws.com/?Action=StartExecution",
            headers=_SIGNED,
            body='{"input": "{\\"name\\":\\"tea\\"}", '
            '"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders"}',
            answer=started,
            answer_headers="Content-Type=application/x-amz-json-1.0",
        ),
        *ending(200, started),
    ]
    signature = {"Authorization": "redacted:0123456789ab", "Content-Type": "application/json"}
    anonymous = (
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
        "arn:aws:execute-api:us-east-1:********9012:abc123/dev/GET/items/t1"
    )
    wrong: dict[str, Any] = {"path": "/items/t1", "mode": "negative", "violates": ["authorization"]}
    return {
        "base": document,
        "stage": STAGE,
        "metadata": {"invoke_url": BASE_URL},
        "expect": NO_BROWSERS,
        "exchanges": [
            asked("GET /items/{id}", path="/items/t1", status=200, answer='{"id": "t1"}', headers=signature,
                  log=get_log),
            asked("POST /orders", status=200, answer=started, headers=signature, body='{"name": "tea"}', log=post_log),
            refused("GET /items/{id}", 403, "MissingAuthenticationTokenException", "Missing Authentication Token",
                    access={"error.responseType": "MISSING_AUTHENTICATION_TOKEN"}, **wrong),
            asked("GET /items/{id}", status=403, answer={"Message": anonymous},
                  answer_headers={"x-amzn-ErrorType": "AccessDeniedException"},
                  access={"error.responseType": "ACCESS_DENIED"}, **wrong),
            unknown_path(),
        ],
    }  # fmt: skip


def mutual_tls_domain() -> dict[str, Any]:
    """A custom domain with mutual TLS and a base path, the default endpoint off, one function by a stage variable."""
    url = "https://api.example.com/items-service"
    function = function_of("items-service:${stageVariables.alias}")
    guarded = {"responses": {}, "x-amazon-apigateway-integration": function}
    document = {
        **_plain({"/items": {"post": guarded}, "/items/{id}": {"get": guarded}}),
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
