"""MS002: every JSON answer must conform to the schema that the contract declares for its status."""

from contracts.attribution import answered_by, answered_by_edge, answered_by_gateway
from contracts.bodies import NotJson, is_json, json_of, media_type
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Comparison, Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or exchange.http_method == "HEAD":
        return not_applicable("no declared operation answered with a body")
    if answered_by_gateway(exchange):
        return not_applicable("the gateway answered itself: its error model is judged by ER001")
    if answered_by_edge(transaction):
        return not_applicable("a server before the gateway refused the request: no response model applies to it")
    declared = operation.declared.response_for(exchange.response.status)
    media = media_type(exchange.response.headers)
    schema = declared.schema_for(media) if declared else None
    if schema is None or not is_json(media):
        return not_applicable("the contract declares no JSON schema for this answer")
    value = json_of(exchange.response)
    faults = (value.reason,) if isinstance(value, NotJson) else run.schemas.errors(schema, value)
    if not faults:
        return held("the body conforms", evidence=transaction)
    who = answered_by(transaction)
    shown = Comparison(
        what="response body", expected="\n".join(faults), actual=exchange.response.body.decode("utf-8", "replace")
    )
    message = f"the body of {exchange.response.status} breaks its schema: {faults[0]}"
    return broken(message, evidence=transaction, comparison=shown, answered_by=who)


RULE = Rule(
    code="MS002",
    title="Every JSON answer conforms to its declared schema",
    severity=Severity.ERROR,
    step=Step.METHOD_RESPONSE,
    why="API Gateway never validates responses: only the client notices, by failing.",
    fix="Mend the backend or the response template, or the schema where it is wrong.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html",
    failure_modes=("map-vtl-type-loss", "deploy-stale"),
    explained_by=("IS001", "IS003", "IQ014", "IS009"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
