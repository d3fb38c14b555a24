"""BN004: a mapping template must be given text."""

from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.media_types import is_binary, media_type
from gateway.rest_api import ContentHandling, Integration, RestApi

_FAILURE = "Unable to transform"
_BINARY_MARK = "[Binary Data]"


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    failed = next((one for one in operation.transactions if _failed_on_binary(one)), None)
    if failed is not None:
        return broken("a mapping template was given binary data: the transformation failed", evidence=failed)
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    api = run.deployed_api
    integration = operation.deployed.value.integration if operation.deployed.value else None
    if integration is None or integration.integration_type.is_proxy or isinstance(api, Missing):
        return not_applicable("no mapping template is used")
    fault = _fault(integration, api.value)
    if fault is not None:
        return broken(f"{fault} (by the configuration)")
    has_templates = integration.request_templates or any(
        one.response_templates for one in integration.integration_responses
    )
    return held("mapping templates are given text") if has_templates else not_applicable("no mapping template is used")


def _failed_on_binary(transaction: Transaction) -> bool:
    if isinstance(transaction.execution, Missing):
        return False
    execution = transaction.execution.value
    bodies = (execution.request_body, execution.endpoint_response_body)
    is_given_binary = any(body is not None and body.text == _BINARY_MARK for body in bodies)
    return is_given_binary and _FAILURE in (execution.failure or "")


def _fault(integration: Integration, api: RestApi) -> str | None:
    if integration.content_handling is ContentHandling.CONVERT_TO_BINARY and integration.request_templates:
        return f"the request template for {next(iter(integration.request_templates))} stands behind CONVERT_TO_BINARY"
    if integration.content_handling is None:
        for kind in integration.request_templates:
            if kind != "$default" and is_binary(media_type(kind), _named(api)):
                return f"{kind} has a request template and is a binary media type"
    for response in integration.integration_responses:
        if response.content_handling is ContentHandling.CONVERT_TO_BINARY and response.response_templates:
            return f"the response template of {response.status_code} stands beside CONVERT_TO_BINARY"
    return None


def _named(api: RestApi) -> list[str]:
    """Return the binary media types that are named; */* takes JSON too, which another rule tells."""
    return [kind for kind in api.binary_media_types if kind != "*/*"]


RULE = Rule(
    code="BN004",
    title="Mapping templates are given text",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="A template on a binary payload cannot be evaluated: the request ends in 500.",
    fix="Set contentHandling to CONVERT_TO_TEXT where a template maps, or drop the template.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html",
    failure_modes=("bin-mapping-template-conflict",),
    explained_by=("BN002",),
    judge=PerOperation(_judge),
)
