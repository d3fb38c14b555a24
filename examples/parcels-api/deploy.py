"""Deploy parcels-api with plain boto3: one call of the control plane for each part of deployment.yaml.

    python deploy.py --backend backend.internal:8080

It reaches AWS as every AWS tool does (``AWS_PROFILE``, ``AWS_REGION``, …); ``AWS_ENDPOINT_URL`` points it at a sandbox.
It prints what it made as one line of JSON: the API's id and the partner's key. Each run makes a new API.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import boto3
import yaml

HERE = Path(__file__).resolve().parent
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "time": "$context.requestTimeEpoch",
    "caller": "$context.identity.sourceIp",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integrationStatus",
    "errorResponseType": "$context.error.responseType",
    "xrayTraceId": "$context.xrayTraceId",
}


class Api:
    """The REST API under construction."""

    def __init__(self, client: Any, plan: dict[str, Any], backend: str) -> None:
        self.client, self.plan, self.backend = client, plan, backend
        self.rest_api_id = client.create_rest_api(name=plan["name"], endpointConfiguration={"types": ["REGIONAL"]})[
            "id"
        ]
        self.resource_ids = {item["path"]: item["id"] for item in self._call("get_resources")["items"]}
        self.validator_ids = {
            name: self._call("create_request_validator", name=name, **checks)["id"]
            for name, checks in plan["requestValidators"].items()
        }

    def build(self) -> None:
        """Create everything that a deployment freezes."""
        for name, schema in self.plan["models"].items():
            self._call("create_model", name=name, contentType="application/json", schema=json.dumps(schema))
        for path, methods in self.plan["resources"].items():
            for http_method, parts in methods.items():
                self._method({"resourceId": self._resource(path), "httpMethod": http_method}, parts)
        for response_type, parts in self.plan["gatewayResponses"].items():
            self._call("put_gateway_response", responseType=response_type, **self._filled(parts))

    def _resource(self, path: str) -> str:
        if path not in self.resource_ids:
            parent, _, part = path.rpartition("/")
            made = self._call("create_resource", parentId=self._resource(parent or "/"), pathPart=part)
            self.resource_ids[path] = made["id"]
        return self.resource_ids[path]

    def _method(self, where: dict[str, str], parts: dict[str, Any]) -> None:
        method = dict(parts["method"])
        if validator := method.pop("requestValidator", None):
            method["requestValidatorId"] = self.validator_ids[validator]
        self._call("put_method", **where, **method)
        self._call("put_integration", **where, **self._filled(parts["integration"]))
        for response in parts.get("responses", ()):
            headers = dict.fromkeys(response["responseParameters"], False)
            self._call("put_method_response", **where, statusCode=response["statusCode"], responseParameters=headers)
            self._call("put_integration_response", **where, **self._filled(response))

    def _filled(self, parts: dict[str, Any]) -> dict[str, Any]:
        """Put the files of templates and the backend in their places."""
        filled = dict(parts)
        for key in ("requestTemplates", "responseTemplates"):
            if key in filled:
                filled[key] = {kind: _template(name) for kind, name in filled[key].items()}
        if "uri" in filled:
            filled["uri"] = filled["uri"].replace("${backend}", self.backend)
        return filled

    def _call(self, operation: str, **parameters: Any) -> Any:
        return getattr(self.client, operation)(restApiId=self.rest_api_id, **parameters)

    def deploy(self, log_group_arn: str) -> None:
        """Create the stage, with its logs, metrics, traces and throttle."""
        stage = self.plan["stage"]
        deployed = self._call("create_deployment")
        self._call("create_stage", stageName=stage, deploymentId=deployed["id"], tracingEnabled=True)
        settings = {
            "/accessLogSettings/destinationArn": log_group_arn,
            "/accessLogSettings/format": json.dumps(ACCESS_LOG),
            "/*/*/logging/loglevel": "INFO",
            "/*/*/logging/dataTrace": "true",
            "/*/*/metrics/enabled": "true",
            "/*/*/throttling/rateLimit": str(self.plan["throttle"]["rateLimit"]),
            "/*/*/throttling/burstLimit": str(self.plan["throttle"]["burstLimit"]),
        }
        patches = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
        self._call("update_stage", stageName=stage, patchOperations=patches)

    def partner_key(self) -> str:
        """Create the partners' usage plan with one key, and return the key's value."""
        plan = self.plan["usagePlan"]
        made = self.client.create_usage_plan(
            name=plan["name"],
            apiStages=[{"apiId": self.rest_api_id, "stage": self.plan["stage"]}],
            throttle={"rateLimit": plan["rateLimit"], "burstLimit": plan["burstLimit"]},
        )
        key = self.client.create_api_key(name=f"{plan['name']}-{self.rest_api_id}", enabled=True)
        self.client.create_usage_plan_key(usagePlanId=made["id"], keyId=key["id"], keyType="API_KEY")
        return str(key["value"])


def deploy(session: boto3.Session, backend: str) -> dict[str, str]:
    """Create the API and deploy it.

    Args:
        session: Where to.
        backend: The backend's ``host:port``.
    """
    plan = yaml.safe_load((HERE / "deployment.yaml").read_text(encoding="utf-8"))
    _logging_role(session)
    api = Api(session.client("apigateway"), plan, backend)
    api.build()
    api.deploy(_log_group(session, plan["accessLog"]))
    return {"rest_api_id": api.rest_api_id, "stage": plan["stage"], "partner_key": api.partner_key()}


def _template(name: str) -> str:
    return (HERE / "templates" / name.removeprefix("@")).read_text(encoding="utf-8")


def _log_group(session: boto3.Session, name: str) -> str:
    """Create the access log's group where it is not there, and return its ARN."""
    logs = session.client("logs")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=name)
    account = session.client("sts").get_caller_identity()["Account"]
    return f"arn:aws:logs:{session.region_name}:{account}:log-group:{name}"


def _logging_role(session: boto3.Session) -> None:
    """Let API Gateway write logs: the account needs a role once."""
    gateway, iam = session.client("apigateway"), session.client("iam")
    if gateway.get_account().get("cloudwatchRoleArn"):
        return
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = iam.create_role(RoleName="parcels-api-logs", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    policy = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    iam.attach_role_policy(RoleName="parcels-api-logs", PolicyArn=policy)
    gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role["Arn"]}])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Deploy parcels-api, part by part.")
    parser.add_argument("--backend", required=True, metavar="HOST:PORT", help="Where the carrier's system answers.")
    sys.stdout.write(json.dumps(deploy(boto3.Session(), parser.parse_args().backend)) + "\n")
