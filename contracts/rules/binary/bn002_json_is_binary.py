"""BN002: JSON must not be declared a binary media type."""

from collections.abc import Iterator

from contracts.attribution import answered_by_gateway, is_accepted
from contracts.bodies import is_json, media_type
from contracts.evidence import Missing, Mode, Transaction
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined
from gateway.rest_api import ContentHandling, Integration, IntegrationType, RestApi

_TOO_WIDE = {"*/*", "application/*", "application/json"}


def _judge(run: RunEvidence) -> Finding:
    api = run.deployed_api
    if isinstance(api, Missing):
        return undetermined(api)
    wide = sorted(_TOO_WIDE & set(api.value.binary_media_types))
    if not wide:
        return held("JSON is text")
    told = f"binaryMediaTypes holds {', '.join(wide)}"
    mapped = next(_mapped(api.value), None)
    if mapped is not None:
        return broken(f"{told}: the template of {mapped} is given bytes where it maps JSON (by the configuration)")
    return _read_by_functions(run, told)


def _mapped(api: RestApi) -> Iterator[str]:
    """Give the methods whose request templates are given JSON as bytes."""
    for resource in api.resources:
        for method in resource.methods:
            if method.integration is not None and _is_given_bytes(method.integration):
                yield f"{method.http_method} {resource.path}"


def _is_given_bytes(integration: Integration) -> bool:
    is_text = integration.content_handling is ContentHandling.CONVERT_TO_TEXT
    return bool(integration.request_templates) and not integration.integration_type.is_proxy and not is_text


def _read_by_functions(run: RunEvidence, told: str) -> Finding:
    """Judge by what functions made of JSON that came as base64: adapters of web frameworks decode it."""
    sent = [item for item in run.transactions if _is_good_json(item) and _calls_function(item, run)]
    read = next((item for item in sent if is_accepted(item.exchange)), None)
    if read is not None:
        return held(f"{told}, and the functions read JSON that is passed on as base64", evidence=read)
    if sent:
        return broken(f"{told}: JSON bodies are passed on as base64, and none was accepted", evidence=sent[0])
    takes_json = any(is_json(kind) for one in run.operations for kind in one.declared.request_media_types)
    if takes_json:
        return undetermined(f"{told}, and no valid request shows whether the functions read JSON as base64")
    return held(f"{told}, and no operation takes JSON")


def _is_good_json(transaction: Transaction) -> bool:
    exchange = transaction.exchange
    is_right = exchange.mode is Mode.POSITIVE and not exchange.violates and exchange.response is not None
    is_right = is_right and not answered_by_gateway(exchange)
    return is_right and bool(exchange.request.body) and is_json(media_type(exchange.request.headers))


def _calls_function(transaction: Transaction, run: RunEvidence) -> bool:
    integration = run.deployed_integration(transaction)
    return integration is not None and integration.integration_type is IntegrationType.AWS_PROXY


RULE = Rule(
    code="BN002",
    title="JSON is not declared a binary media type where text is needed",
    severity=Severity.WARNING,
    step=Step.METHOD_REQUEST,
    why="Functions that do not look at isBase64Encoded get base64 instead of JSON, and OPTIONS mocks fail with 500.",
    fix="List only binary types in binaryMediaTypes, or set contentHandling CONVERT_TO_TEXT where JSON is mapped.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html",
    failure_modes=("bin-json-base64-request", "cors-mock-binary"),
    judge=PerStage(_judge),
)
