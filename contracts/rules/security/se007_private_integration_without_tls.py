"""SE007: a private integration must speak TLS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contracts.evidence import Missing
from contracts.rule import HTTP_ONLY, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.http_api import HttpIntegration
from gateway.rest_api import ConnectionType


def _judge(run: RunEvidence) -> Iterator[Finding]:
    api = run.http_api
    if isinstance(api, Missing):
        yield undetermined(api)
        return
    private = [(route.route_key, route.integration) for route in api.value.routes if _is_private(route.integration)]
    for route_key, integration in private:
        yield replace(_found(integration), subject=route_key)
    if not private:
        yield not_applicable("no route calls a private integration (VPC link)")


def _is_private(integration: HttpIntegration | None) -> bool:
    return integration is not None and integration.connection_type is ConnectionType.VPC_LINK


def _found(integration: HttpIntegration | None) -> Finding:
    if integration is None or integration.tls_config is None:
        uri = integration.integration_uri if integration else None
        return broken(f"calls {uri} through the VPC link without TLS (by the configuration, which alone tells it)")
    name = integration.tls_config.server_name_to_verify
    return held(f"speaks TLS to {name or 'the listener'} (by the configuration)")


RULE = Rule(
    code="SE007",
    title="Private integrations speak TLS",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_REQUEST,
    why="Tokens and personal data cross the VPC in the clear, for whoever can read its traffic.",
    fix="Give the load balancer an HTTPS listener and set tlsConfig.serverNameToVerify of the integration.",
    source_url="https://docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html",
    failure_modes=("sec-v2-private-http",),
    judge=PerStage(_judge),
    api_kinds=HTTP_ONLY,
)
