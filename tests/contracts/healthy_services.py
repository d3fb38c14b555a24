"""Healthy APIs without Lambda proxies: a queue, a bucket, a table, a workflow, and functions behind templates."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.contracts.healthy_strangers import (
    BASE_URL,
    NO_BROWSERS,
    STAGE,
    TEXT,
    asked,
    beginning,
    called,
    ending,
    function_of,
    plain_document,
    refused,
    unknown_path,
)
from tests.contracts.rule_cases import DATA

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


def _json(description: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": [*properties], "properties": properties}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_MESSAGE = _json("refused", message=TEXT)


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
        **plain_document({"/orders": {"post": {**path["post"], "x-amazon-apigateway-integration": integration}}}),
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
        "base": plain_document({"/orders": path}),
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
    key = [{"name": "key", "in": "path", "required": True, "schema": TEXT}]
    picture = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    etag, kind = {"ETag": {"schema": TEXT}}, {"Content-Type": {"schema": TEXT}}
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

    sends_type = {"name": "Content-Type", "in": "header", "required": False, "schema": TEXT}
    put_deployed = deployed(
        {**put, "parameters": [*key, sends_type]},
        "PUT",
        **{"integration.request.header.Content-Type": "method.request.header.Content-Type"},
    )
    uri, binary = "https://s3-us-east-1.amazonaws.com/pictures/tea.png", "[Binary Data]"
    xml = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
    shown = base64.b64encode(_PNG).decode()
    get_log = [
        *beginning("GET", "/files/tea.png", headers="Accept=image/png", variables="key=tea.png"),
        *called(uri, headers=_SIGNED, body="", answer=binary, answer_headers='Content-Type=image/png, ETag="e1"'),
        *ending(200, binary, headers='Content-Type=image/png, ETag="e1"'),
    ]
    put_log = [
        *beginning("PUT", "/files/tea.png", headers="Content-Type=image/png", body=binary, variables="key=tea.png"),
        *called(uri, headers=_SIGNED, body=binary, answer="", answer_headers='ETag="e1", Content-Length=0'),
        *ending(200, ""),
    ]
    none_log = [
        *beginning("GET", "/files/none.png", headers="Accept=image/png", variables="key=none.png"),
        *called(uri, headers=_SIGNED, body="", answer=xml, status=404, answer_headers="Content-Type=application/xml"),
        *ending(404, xml, headers="Content-Type=application/xml"),
    ]
    return {
        "base": plain_document({"/files/{key}": {"get": get, "put": put}}),
        "deployed_base": {
            **plain_document({"/files/{key}": {"get": deployed(get, "GET"), "put": put_deployed}}),
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


def table_and_workflow() -> dict[str, Any]:
    """DynamoDB and Step Functions for calls that clients sign (AWS_IAM); AWS's own words where they do not."""
    item_id = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]
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
        "responses": {"200": _json("found", id=TEXT), "403": denied},
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
        "responses": {"200": _json("started", executionArn=TEXT), "403": denied},
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
        **plain_document({"/items/{id}": {"get": get}, "/orders": {"post": post}}),
        "components": {"securitySchemes": {"sigv4": sigv4}},
        "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
        "x-amazon-apigateway-request-validator": "body",
    }
    found = '{"Item":{"id":{"S":"t1"}}}'
    get_log = [
        *beginning("GET", "/items/t1", variables="id=t1"),
        *called(
            "https://dynamodb.us-east-1.amazonaws.com/?Action=GetItem",
            headers=_SIGNED,
            body='{"TableName": "items", "Key": {"id": {"S": "t1"}}}',
            answer=found,
            answer_headers="Content-Type=application/x-amz-json-1.0",
        ),
        *ending(200, '{"id": "t1"}'),
    ]
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


def serverless_lambda() -> dict[str, Any]:
    """Serverless Framework's ``integration: lambda``: a template for the event, statuses by ``[404]`` in messages."""
    template = (DATA / "strangers" / "serverless_event.vtl").read_text(encoding="utf-8")
    told = {"responseTemplates": {"application/json": '{"message": "$input.path(\'$.errorMessage\')"}'}}
    answers = {
        "default": {"statusCode": "200"},
        "[\\s\\S]*\\[400\\][\\s\\S]*": {"statusCode": "400", **told},
        "[\\s\\S]*\\[404\\][\\s\\S]*": {"statusCode": "404", **told},
        "[\\s\\S]*(Process\\s?exited\\s?before\\s?completing\\s?request|\\[500\\])[\\s\\S]*": {
            "statusCode": "500",
            **told,
        },
        "([\\s\\S]*\\[504\\][\\s\\S]*)|(.*Task timed out after \\d+\\.\\d+ seconds$)": {"statusCode": "504", **told},
    }
    failed = {"description": "failed", "content": {"application/json": {"schema": {"type": "object"}}}}
    get = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "responses": {"200": _json("found", id=TEXT), **dict.fromkeys(("400", "404", "500", "504"), failed)},
    }
    integration = {
        **function_of("items-dev-get"),
        "type": "AWS",
        "requestTemplates": {"application/json": template},
        "passthroughBehavior": "never",
        "responses": answers,
    }
    uri = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/"
    uri += "arn:aws:lambda:us-east-1:123456789012:function:items-dev-get/invocations"

    def asked_for(item: str, status: int, answer: str, headers: str, shown: str) -> dict[str, Any]:
        event = f'{{"body": {{}}, "method": "GET", "stage": "dev", "path": {{"id": "{item}"}}, "query": {{}}}}'
        log = [
            *beginning("GET", f"/items/{item}", variables=f"id={item}"),
            *called(uri, headers=_SIGNED, body=event, answer=answer, answer_headers=headers),
            *ending(status, shown),
        ]
        return asked("GET /items/{id}", path=f"/items/{item}", status=status, answer=shown, log=log)

    found, error = '{"id": "t1"}', '{"errorMessage":"[404] no such item","errorType":"Error"}'
    return {
        "base": plain_document({"/items/{id}": {"get": get}}),
        "deployed_base": plain_document(
            {"/items/{id}": {"get": {**get, "x-amazon-apigateway-integration": integration}}}
        ),
        "stage": STAGE,
        "metadata": {"invoke_url": BASE_URL},
        "expect": NO_BROWSERS,
        "exchanges": [
            asked_for("t1", 200, found, "Content-Type=application/json", found),
            asked_for("t2", 404, error, "X-Amz-Function-Error=Unhandled", '{"message": "[404] no such item"}'),
            unknown_path(),
        ],
    }
