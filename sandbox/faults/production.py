"""A stage of production, for faults that only such a stage can have: everything right but what the fault spoils."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.faults.fault import Deployment
from sandbox.faults.stage_settings import EVERY_METHOD, below, set_stage

_ACL = "users-api"


def settings(deployment: Deployment) -> Mapping[str, Any]:
    """Say in ``stageproof.toml`` that real users call the stage."""
    return {"stages": {deployment.stage_name: {"production": True}}}


def put_into_production(
    deployment: Deployment, *, web_acl: bool = True, client_certificate: bool = True, data_trace: bool = False
) -> None:
    """Protect the stage as a stage of production is to be.

    Args:
        deployment: The stage.
        web_acl: Whether it stands behind a web ACL.
        client_certificate: Whether it shows a certificate to its backends.
        data_trace: Whether requests and answers are logged whole.
    """
    values = below(EVERY_METHOD, {"logging/dataTrace": str(data_trace).lower()})
    if client_certificate:
        values["/clientCertificateId"] = str(deployment.client.generate_client_certificate()["clientCertificateId"])
    set_stage(deployment, values)
    if web_acl:
        stand_behind_a_web_acl(deployment, _ACL)


def stand_behind_a_web_acl(deployment: Deployment, name: str, rules: Sequence[Mapping[str, Any]] = ()) -> None:
    """Associate a web ACL with the stage; it is created, with these rules, where there is none of the name.

    Raises:
        ClientError: If AWS refuses it.
    """
    firewall = deployment.clients.get("wafv2")
    known = {acl["Name"]: acl["ARN"] for acl in firewall.list_web_acls(Scope="REGIONAL")["WebACLs"]}
    arn = known.get(name) or _create_web_acl(firewall, name, rules)
    stage = f"/restapis/{deployment.rest_api_id}/stages/{deployment.stage_name}"
    firewall.associate_web_acl(WebACLArn=arn, ResourceArn=f"arn:aws:apigateway:{deployment.clients.region}::{stage}")


def _create_web_acl(firewall: Any, name: str, rules: Sequence[Mapping[str, Any]]) -> str:
    created = firewall.create_web_acl(
        Name=name,
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        Rules=list(rules),
        VisibilityConfig={"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": name},
    )
    return str(created["Summary"]["ARN"])
