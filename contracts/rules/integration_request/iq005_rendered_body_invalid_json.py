"""IQ005: a JSON body that a mapping template renders must be JSON."""

from contracts.attribution import endpoint_was_called
from contracts.bodies import NotJson, is_json, media_type, parse_json
from contracts.evidence import Evidence, Missing, Origin, Present, Transaction
from contracts.mapping_oracle import with_test_invocations
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Comparison, Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution
from gateway.integration_request import template_of
from gateway.refusal import Refused
from gateway.rest_api import Integration, IntegrationType, Method


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    method = _method(transaction, run)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or not _renders_json(integration, transaction):
        return not_applicable("no mapping template renders JSON here")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    execution = transaction.execution.value
    body = execution.endpoint_request_body
    if not endpoint_was_called(execution):
        return not_applicable("the backend was not called")
    if body is None or body.truncated:
        return undetermined("the rendered body is not in the log as a whole", evidence=transaction)
    if not body.text.strip():
        return not_applicable("no body was rendered")
    sent_as = _sent_as(execution, integration)
    if sent_as is not None and not _is_json(sent_as):
        return not_applicable(f"the body is sent as {sent_as}")
    value = parse_json(body.text)
    if isinstance(value, NotJson) and sent_as is None:
        return undetermined("the log cut the headers that tell the type of the body", evidence=transaction)
    if isinstance(value, NotJson):
        rendered = Comparison(what="rendered body", expected="valid JSON", actual=body.text)
        return broken(f"the template rendered invalid JSON: {value.reason}", evidence=transaction, comparison=rendered)
    return held("the template rendered JSON", evidence=transaction)


def _method(transaction: Transaction, run: RunEvidence) -> Evidence[Method | None]:
    """Return the method as deployed; the current one for a test invocation, which runs that."""
    exchange = transaction.exchange
    if exchange.origin is not Origin.TEST_INVOKE or exchange.resource_path is None:
        return run.deployed_method(exchange.resource_path, exchange.http_method)
    api = run.configuration.rest_api
    if isinstance(api, Missing):
        return api
    return Present(value=api.value.method(exchange.resource_path, exchange.http_method))


def _renders_json(integration: Integration, transaction: Transaction) -> bool:
    if integration.integration_type not in {IntegrationType.AWS, IntegrationType.HTTP}:
        return False
    is_test = transaction.exchange.origin is Origin.TEST_INVOKE  # of which API Gateway fixes the content type
    content_type = (None if is_test else media_type(transaction.exchange.request.headers)) or "application/json"
    try:
        chosen = template_of(integration, content_type)
    except Refused:
        return False
    return chosen is not None and is_json(chosen[0].lower())


def _sent_as(execution: Execution, integration: Integration) -> str | None:
    """Return the media type that the endpoint was told: SQS and SNS are called by forms. None where it is not known.

    The log tells it, else the integration request where it sets one; a log that was cut hides what a template set.
    """
    headers = execution.endpoint_request_headers
    mapped = {name.lower(): value for name, value in integration.request_parameters.items()}
    set_by_mapping = mapped.get("integration.request.header.content-type", "")
    told = (None if headers is None else headers.get("Content-Type")) or (
        set_by_mapping.strip("'") if set_by_mapping.startswith("'") else None
    )
    if told is None and headers is not None and headers.truncated and integration.lambda_arn is None:
        return None
    return (told or "application/json").split(";", 1)[0].strip().lower()


def _is_json(media: str) -> bool:
    """Whether a media type is JSON, that of AWS's own services included (``application/x-amz-json-1.1``)."""
    return is_json(media) or media.startswith("application/x-amz-json-")


RULE = Rule(
    code="IQ005",
    title="A JSON body rendered by a mapping template is valid JSON",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="A quote, newline or apostrophe in one field breaks the call, or lets a client inject fields.",
    fix='Use $util.escapeJavaScript(…).replaceAll("\\\\\'", "\'") for every string, and guard commas in #foreach.',
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html",
    failure_modes=("map-vtl-single-quote", "map-vtl-unescaped", "map-vtl-null-empty", "map-vtl-foreach-comma"),
    explained_by=("IQ001",),
    judge=PerTransaction(with_test_invocations(_judge), test_invocations=True),
)
