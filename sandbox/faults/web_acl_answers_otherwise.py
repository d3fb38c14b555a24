"""A web ACL blocks what looks like an attack, and its 403 has a shape of its own."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.production import stand_behind_a_web_acl

_APOSTROPHE = {
    "Name": "apostrophes",
    "Priority": 0,
    "Action": {"Block": {}},
    "Statement": {
        "ByteMatchStatement": {
            "SearchString": b"O'Hara",
            "FieldToMatch": {"Body": {"OversizeHandling": "CONTINUE"}},
            "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
            "PositionalConstraint": "CONTAINS",
        }
    },
    "VisibilityConfig": {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "quotes"},
}


def _plant(deployment: Deployment) -> None:
    stand_behind_a_web_acl(deployment, "users-api-strict", [_APOSTROPHE])
    deployment.client.put_gateway_response(
        restApiId=deployment.rest_api_id,
        responseType="WAF_FILTERED",
        statusCode="403",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example.com'"},
        responseTemplates={"application/json": '{"message": $context.error.messageString}'},
    )


FAULT = Fault(
    fault_id="web-acl-answers-otherwise",
    title="The web ACL blocks names with an apostrophe, and answers in a shape that no client knows",
    rule="ER001",
    subject="POST /legacy/users/search",
    step="gateway_response",
    failure_mode="auth-waf-block-shape",
    plant=_plant,
)
