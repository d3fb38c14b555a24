"""IS001: what the client gets must be what the integration response says."""

from urllib.parse import urlsplit

from contracts.attribution import endpoint_was_called
from contracts.evidence import HttpResponse, Missing, Transaction
from contracts.mapping_oracle import Meant, comparison, known_context, meant_by, same_payload, with_test_invocations
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution
from gateway.replay import ExpectedMethodResponse, expected_method_response
from gateway.rest_api import IntegrationType

_REDACTED = "redacted:"
_MAPPED = {IntegrationType.MOCK, IntegrationType.AWS, IntegrationType.HTTP}


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    meant, response = meant_by(transaction, run), transaction.exchange.response
    if isinstance(meant, Missing):
        return undetermined(meant, evidence=transaction)
    if meant.value is None or response is None or meant.value.integration.integration_type not in _MAPPED:
        return not_applicable("nothing is mapped")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    execution = transaction.execution.value
    is_mock = meant.value.integration.integration_type is IntegrationType.MOCK
    if not execution.started or execution.validation_errors or not (is_mock or endpoint_was_called(execution)):
        return not_applicable("the request ended before the integration")
    if execution.failure is not None and execution.endpoint_status is None and not is_mock:
        return not_applicable("the endpoint gave no answer")
    found = _compared(transaction, response, execution, _expected(transaction, meant.value, execution, None))
    query = urlsplit(transaction.exchange.request.url).query
    if found.outcome is Outcome.HELD or not query:
        return found
    expected = _expected(transaction, meant.value, execution, query)  # the log shows one value a name
    return _compared(transaction, response, execution, expected)


def _expected(
    transaction: Transaction, meant: Meant, execution: Execution, query: str | None
) -> ExpectedMethodResponse:
    context = known_context(transaction)
    return expected_method_response(meant.api, meant.method, execution, meant.stage, context=context, query=query)


def _compared(
    transaction: Transaction, response: HttpResponse, execution: Execution, expected: ExpectedMethodResponse
) -> Finding:
    if expected.status is None:
        return undetermined(expected.unknown.get("status", "the expected status is not known"), evidence=transaction)
    if expected.status != response.status:
        chosen = f" by the pattern {expected.selection_pattern!r}" if expected.selection_pattern else ""
        return broken(
            f"the client got {response.status}, the mapping says {expected.status}{chosen}", evidence=transaction
        )
    if expected.refused is not None:
        return held("the gateway answered itself, as the model says", evidence=transaction)
    for name, value in expected.headers.items():
        actual = response.headers.get(name)
        if value not in response.headers.get_all(name) and _REDACTED not in f"{value} {actual}":
            message = f"the header {name} is {actual!r}, the mapping says {value!r}"
            return broken(message, evidence=transaction)
    if transaction.exchange.http_method == "HEAD":
        return held("the client got what the integration response says", evidence=transaction)
    if expected.body is None:
        return undetermined(expected.unknown.get("body", "the expected body is not known"), evidence=transaction)
    text = response.body.decode("utf-8", "replace")
    if not same_payload(expected.body, text, execution):
        shown = comparison("method response body", expected.body, text, expected.template, execution)
        return broken("the body differs from what the mapping says", evidence=transaction, comparison=shown)
    return held("the client got what the integration response says", evidence=transaction)


RULE = Rule(
    code="IS001",
    title="The client gets what the integration response says",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Status, headers or body are mapped otherwise than reviewed: clients get another API than the contract's.",
    fix="Compare template, endpoint response and both outputs; deploy the contract's integration response.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html",
    failure_modes=(
        "map-status-override-ignored",
        "map-response-template-accept",
        "int-selection-overlap",
        "hdr-remapped",
    ),
    explained_by=("IS002", "MS005", "BN003", "BN004", "IS008", "IQ014"),
    judge=PerTransaction(with_test_invocations(_judge), test_invocations=True),
)
