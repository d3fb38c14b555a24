"""The custom domain has the stage under another base path than clients are told."""

from sandbox.faults.fault import Deployment, Fault

_DOMAIN_NAME = "api.example.com"


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    client.create_domain_name(domainName=_DOMAIN_NAME, securityPolicy="TLS_1_2")
    client.create_base_path_mapping(
        domainName=_DOMAIN_NAME,
        basePath=deployment.stage_name,
        restApiId=deployment.rest_api_id,
        stage=deployment.stage_name,
    )


FAULT = Fault(
    fault_id="base-path-wrong",
    title="https://api.example.com of the contract leads nowhere: the stage is mapped below /dev",
    rule="RT008",
    subject="stage",
    step="routing",
    failure_mode="route-stage-in-path",
    plant=_plant,
    needs_redeployment=False,
    operations=("GET /health",),
)
