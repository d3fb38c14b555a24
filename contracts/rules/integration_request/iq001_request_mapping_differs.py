"""IQ001: what is sent to the endpoint must be what the integration request says."""

from urllib.parse import urlsplit

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Transaction
from contracts.mapping_oracle import (
    Meant,
    address_difference,
    comparison,
    known_context,
    meant_by,
    same_payload,
    with_test_invocations,
)
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution
from gateway.replay import ExpectedEndpointRequest, expected_endpoint_request
from gateway.rest_api import IntegrationType


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    meant = meant_by(transaction, run)
    if isinstance(meant, Missing):
        return undetermined(meant, evidence=transaction)
    if meant.value is None or meant.value.integration.integration_type in {
        IntegrationType.MOCK,
        IntegrationType.AWS_PROXY,
    }:
        return not_applicable("nothing is mapped")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    execution = transaction.execution.value
    if not endpoint_was_called(execution):
        return not_applicable("the backend was not called")
    found = _compared(transaction, meant.value, execution, run, query=None)
    query = urlsplit(transaction.exchange.request.url).query
    if found.outcome is Outcome.HELD or not query:
        return found
    return _compared(transaction, meant.value, execution, run, query=query)  # the log shows one value a name


def _compared(
    transaction: Transaction, meant: Meant, execution: Execution, run: RunEvidence, *, query: str | None
) -> Finding:
    context = known_context(transaction)
    expected = expected_endpoint_request(meant.api, meant.method, execution, meant.stage, context=context, query=query)
    if expected.refused is not None:
        message = f"the endpoint was called; by the integration request the gateway answers {expected.refused}"
        return broken(message, evidence=transaction, reached_backend=True)
    ignored = run.expectations.correlation.header or ""
    return (
        _body(transaction, meant, execution, expected)
        or _address(transaction, meant, execution, expected)
        or _headers(transaction, execution, expected, ignored)
    )


def _body(
    transaction: Transaction, meant: Meant, execution: Execution, expected: ExpectedEndpointRequest
) -> Finding | None:
    actual = execution.endpoint_request_body
    if expected.body is None:
        return undetermined(expected.unknown.get("body", "the expected body is not known"), evidence=transaction)
    if actual is None or actual.truncated:
        return undetermined("the log does not hold the endpoint request body as a whole", evidence=transaction)
    if meant.integration.integration_type is IntegrationType.HTTP_PROXY or same_payload(
        expected.body, actual.text, execution
    ):
        return None
    shown = comparison("endpoint request body", expected.body, actual.text, expected.template, execution)
    return broken(
        "the body sent to the endpoint differs from what the mapping says", evidence=transaction, comparison=shown
    )


def _address(
    transaction: Transaction, meant: Meant, execution: Execution, expected: ExpectedEndpointRequest
) -> Finding | None:
    """Compare path and query of an HTTP endpoint; hosts and functions may differ from stage to stage."""
    if meant.integration.integration_type is IntegrationType.AWS or execution.endpoint_uri is None:
        return None
    if expected.uri is None:
        return undetermined(expected.unknown.get("uri", "the expected address is not known"), evidence=transaction)
    what = address_difference(expected.uri, execution.endpoint_uri)
    if what is None:
        return None
    shown = comparison("endpoint request URI", expected.uri, execution.endpoint_uri, None, execution)
    message = f"the {what} sent to the endpoint differs from what the mapping says"
    return broken(message, evidence=transaction, comparison=shown)


def _headers(
    transaction: Transaction, execution: Execution, expected: ExpectedEndpointRequest, ignored: str
) -> Finding:
    logged = execution.endpoint_request_headers
    for name, value in expected.headers.items():
        if name.lower() == ignored.lower():
            continue
        actual = None if logged is None else logged.get(name)
        if logged is None or (actual is None and logged.truncated) or (logged.is_cut(name) and actual != value):
            return undetermined("the log does not hold the endpoint request headers as a whole", evidence=transaction)
        if actual != value and not (actual or "").startswith("****"):
            shown = comparison(f"header {name}", value, str(actual), None, execution)
            return broken(
                f"the header {name} was sent as {actual!r} instead of {value!r}", evidence=transaction, comparison=shown
            )
    return held("the endpoint was sent what the integration request says", evidence=transaction)


RULE = Rule(
    code="IQ001",
    title="The endpoint is sent what the integration request says",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="The deployed mapping is another than the one that was reviewed, or does not do what it says.",
    fix="Compare template, inputs and both outputs in the proof; deploy the template of the contract.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html",
    failure_modes=(
        "map-vtl-unescaped",
        "map-vtl-single-quote",
        "map-vtl-null-empty",
        "map-vtl-foreach-comma",
        "map-passthrough-leak",
        "map-vtl-type-loss",
        "map-multivalue-first-only",
        "map-query-decoding",
        "hdr-dropped-request",
        "auth-sigv4-header-dropped",
    ),
    explained_by=("IQ010", "IQ011", "IQ013"),
    judge=PerTransaction(with_test_invocations(_judge), test_invocations=True),
)
