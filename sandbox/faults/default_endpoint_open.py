"""A custom domain asks for mutual TLS, and the default endpoint leads around it."""

from sandbox.faults.fault import Deployment, Fault

_DOMAIN = "api.example.com"


def _plant(deployment: Deployment) -> None:
    deployment.client.create_domain_name(
        domainName=_DOMAIN,
        securityPolicy="TLS_1_2",
        endpointConfiguration={"types": ["REGIONAL"]},
        mutualTlsAuthentication={"truststoreUri": "s3://example-truststore/clients.pem"},
    )
    deployment.client.create_base_path_mapping(
        domainName=_DOMAIN, restApiId=deployment.rest_api_id, stage=deployment.stage_name
    )


FAULT = Fault(
    fault_id="default-endpoint-open",
    title="api.example.com asks for mutual TLS, and the default endpoint takes anybody",
    rule="RT006",
    subject="stage",
    step="routing",
    failure_mode="route-default-endpoint-open",
    plant=_plant,
    needs_redeployment=False,
    operations=("GET /health",),
)
