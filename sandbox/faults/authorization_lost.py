"""A method with IAM authorization is to pass Authorization on: the header holds the signature, and is dropped."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults.contract_parts import integration, operation
from sandbox.faults.fault import Deployment, Fault

_OPERATION = ("GET", "/countries/{code}")


def _write_contract(document: dict[str, Any]) -> None:
    """Have the operation signed, let browsers sign it, and map the header that carries the signature."""
    document["components"]["securitySchemes"]["sigv4"] = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    operation(document, *_OPERATION)["security"] = [{"sigv4": []}]
    mapped = integration(document, *_OPERATION)["requestParameters"]
    mapped["integration.request.header.Authorization"] = "method.request.header.Authorization"
    preflight = integration(document, "OPTIONS", _OPERATION[1])["responses"]["default"]["responseParameters"]
    preflight["method.response.header.Access-Control-Allow-Headers"] = "'authorization,content-type,x-amz-date'"


def _settings(deployment: Deployment) -> Mapping[str, Any]:
    """Sign the traffic; an operation that asks for a token is left out, for one run has one Authorization."""
    stage = {"auth": {"sigv4": True, "bearer_token": None}}
    return {"stages": {deployment.stage_name: stage}, "traffic": {"exclude": ["DELETE /users/{userId}"]}}


FAULT = Fault(
    fault_id="authorization-lost",
    title="GET /countries/{code} is signed, and the directory waits for the Authorization header in vain",
    rule="IQ013",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="auth-sigv4-header-dropped",
    write_contract=_write_contract,
    settings=_settings,
)
