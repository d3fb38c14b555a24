"""A route calls a private load balancer through a VPC link, without TLS."""

from sandbox.faults.fault import NOTES_API, Deployment, Fault

_LISTENER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/archive/50dc6c495c0c9188/f2f7dc8efc522ab2"


def _plant(deployment: Deployment) -> None:
    client, api_id = deployment.http_client, deployment.http_api_id
    link = client.create_vpc_link(Name="archive", SubnetIds=["subnet-0a1b2c3d"])
    made = client.create_integration(
        ApiId=api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=_LISTENER,
        ConnectionType="VPC_LINK",
        ConnectionId=link["VpcLinkId"],
        PayloadFormatVersion="1.0",
    )
    client.create_route(ApiId=api_id, RouteKey="GET /archive/{noteId}", Target=f"integrations/{made['IntegrationId']}")


FAULT = Fault(
    fault_id="http-api-private-without-tls",
    title="GET /archive/{noteId} calls a load balancer through a VPC link in the clear",
    rule="SE007",
    subject="GET /archive/{noteId}",
    step="integration_request",
    failure_mode="sec-v2-private-http",
    plant=_plant,
    operations=("GET /health",),
    example=NOTES_API,
)
