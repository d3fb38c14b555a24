"""The usage plan of an API key does not hold the stage any more."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    stage = f"{deployment.rest_api_id}:{deployment.stage_name}"
    patch = {"op": "remove", "path": "/apiStages", "value": stage}
    pages = deployment.client.get_paginator("get_usage_plans").paginate()
    for plan in (plan for page in pages for plan in page["items"]):
        if any(held["apiId"] == deployment.rest_api_id for held in plan.get("apiStages", [])):
            deployment.client.update_usage_plan(usagePlanId=plan["id"], patchOperations=[patch])


FAULT = Fault(
    fault_id="api-key-without-plan",
    title="The API key belongs to no usage plan of the stage: right keys are refused with 403",
    rule="MQ007",
    subject="POST /users",
    step="method_request",
    failure_mode="auth-apikey-no-plan",
    plant=_plant,
    needs_redeployment=False,
)
