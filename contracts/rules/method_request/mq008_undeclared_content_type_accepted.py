"""MQ008: a body of a content type that the contract does not declare must not be accepted."""

from contracts.attribution import ended_too_early
from contracts.bodies import media_type
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_FIRST_ERROR_STATUS = 400


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    operation = run.operation_of(transaction)
    if operation is None or not exchange.request.body or exchange.response is None:
        return not_applicable("no body was sent or no answer came")
    declared = {name.split(";", 1)[0].strip().lower() for name in operation.declared.request_media_types}
    sent = media_type(exchange.request.headers)
    if not declared or not sent or sent in declared or any("*" in name for name in declared):
        return not_applicable("the content type is declared")
    if ended_too_early(transaction):
        return not_applicable("a throttle or a web ACL answered first")
    if exchange.response.status < _FIRST_ERROR_STATUS:
        message = (
            f"a body of {sent} was accepted with {exchange.response.status}; declared: {', '.join(sorted(declared))}"
        )
        return broken(message, evidence=transaction)
    return held(f"a body of {sent} was refused", evidence=transaction)


RULE = Rule(
    code="MQ008",
    title="A body of an undeclared content type is refused",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="API Gateway validates only content types that have a model: any other type walks around the validation.",
    fix="Set passthroughBehavior NEVER (non-proxy) or refuse other content types in the backend (proxy).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html",
    failure_modes=("val-content-type-bypass", "map-passthrough-leak"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
