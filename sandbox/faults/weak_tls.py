"""The custom domain accepts TLS 1.0."""

from sandbox.faults.fault import Deployment, Fault

DOMAIN_NAME = "api.example.com"


def _plant(deployment: Deployment) -> None:
    deployment.client.create_domain_name(domainName=DOMAIN_NAME, securityPolicy="TLS_1_0")
    deployment.client.create_base_path_mapping(
        domainName=DOMAIN_NAME, restApiId=deployment.rest_api_id, stage=deployment.stage_name
    )


FAULT = Fault(
    fault_id="weak-tls",
    title="The custom domain api.example.com accepts TLS 1.0",
    rule="SE004",
    subject="domain api.example.com",
    step="stage",
    failure_mode="sec-tls-policy",
    plant=_plant,
    needs_redeployment=False,
    operations=("GET /health",),
)
