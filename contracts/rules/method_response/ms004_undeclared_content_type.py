"""MS004: every answer must have a content type that the contract declares for its status."""

from fnmatch import fnmatchcase

from contracts.attribution import answered_by_edge, answered_by_gateway
from contracts.bodies import media_type
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or not exchange.response.body or exchange.http_method == "HEAD":
        return not_applicable("no declared operation answered with a body")
    if answered_by_edge(transaction):
        return not_applicable("the request did not arrive at the operation")
    if answered_by_gateway(exchange):
        return not_applicable("the gateway answered itself: its error model is judged by ER001")
    declared = operation.declared.response_for(exchange.response.status)
    if declared is None or not declared.schemas:
        return not_applicable("the contract declares no content for this status")
    media = media_type(exchange.response.headers)
    names = [name.split(";", 1)[0].strip().lower() for name in declared.schemas]
    if any(fnmatchcase(media, name) for name in names):
        return held(f"{media} is declared", evidence=transaction)
    message = f"{exchange.response.status} came as {media or 'no content type'}; declared: {', '.join(names)}"
    return broken(message, evidence=transaction)


RULE = Rule(
    code="MS004",
    title="Every answer has a declared content type",
    severity=Severity.ERROR,
    step=Step.METHOD_RESPONSE,
    why="API Gateway stamps application/json on what is not mapped: HTML, CSV and images are read as JSON.",
    fix="Map method.response.header.Content-Type, or return the header from the backend.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html",
    failure_modes=("map-default-content-type", "map-response-template-accept"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
