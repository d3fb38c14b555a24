"""IQ009: a body of a content type that the contract declares must not be answered 415."""

from contracts.attribution import AnsweredBy, answered_by
from contracts.bodies import media_type
from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.integration_request import template_of
from gateway.refusal import Refused
from gateway.rest_api import Integration


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    declared = [kind.split(";", 1)[0].strip().lower() for kind in operation.declared.request_media_types]
    declared = [kind for kind in declared if "*" not in kind]
    if not declared:
        return not_applicable("the operation declares no content type for a body")
    taken = None
    for transaction in operation.transactions:
        sent = media_type(transaction.exchange.request.headers)
        if sent not in declared or transaction.exchange.response is None:
            continue
        if _is_refused(transaction):
            shown = transaction.exchange.request.headers.get("content-type")
            message = f"415 for Content-Type {shown!r}, which the contract declares"
            return broken(message, evidence=transaction, answered_by=AnsweredBy.MAPPING, reached_backend=False)
        taken = taken or transaction
    return _configured(operation, declared, taken)


def _is_refused(transaction: Transaction) -> bool:
    response = transaction.exchange.response
    is_415 = response is not None and response.status == _UNSUPPORTED
    return is_415 and answered_by(transaction) is AnsweredBy.MAPPING


_UNSUPPORTED = 415


def _configured(operation: JudgedOperation, declared: list[str], taken: Transaction | None) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed) if taken is None else held("no 415 was answered", evidence=taken)
    method = operation.deployed.value
    if method is None or method.integration is None:
        return not_applicable("the operation is not deployed")
    refused = [kind for kind in declared if _refuses(method.integration, kind)]
    if refused:
        return broken(f"{refused[0]} has no mapping template, and nothing else passes (by the configuration)")
    return held("declared content types are taken", evidence=taken)


def _refuses(integration: Integration, kind: str) -> bool:
    if integration.integration_type.is_proxy:
        return False
    try:
        template_of(integration, kind)
    except Refused:
        return True
    return False


RULE = Rule(
    code="IQ009",
    title="Every declared content type is taken, with a charset too",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="With passthrough NEVER or WHEN_NO_TEMPLATES a type without a template is answered 415, whatever was declared.",
    fix="Add a mapping template for the content type, or take it out of the contract.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html",
    failure_modes=("map-415-unexpected",),
    judge=PerOperation(_judge),
)
