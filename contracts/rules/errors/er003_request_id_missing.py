"""ER003: an error must carry the request id."""

from contracts.attribution import answered_by_gateway
from contracts.bodies import NotJson, at_pointer, json_of
from contracts.cache_observation import is_from_the_cache
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_FIRST_ERROR_STATUS = 400


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, pointer = transaction.exchange, run.expectations.errors.request_id
    if pointer is None:
        return not_applicable("no request id is expected in errors ([errors] request_id)")
    if exchange.response is None or exchange.response.status < _FIRST_ERROR_STATUS or exchange.http_method == "HEAD":
        return not_applicable("no error was answered")
    if exchange.request_id is None:
        return not_applicable("the answer has no x-amzn-RequestId to compare with")
    value = json_of(exchange.response)
    found = None if isinstance(value, NotJson) else at_pointer(value, pointer)
    if found == exchange.request_id:
        return held("the error carries the request id", evidence=transaction)
    if isinstance(found, str) and is_from_the_cache(transaction, run):
        return not_applicable("the error came out of the cache, with the id of the request that it was made for")
    who = "gateway" if answered_by_gateway(exchange) else "backend"
    message = f"the {who}'s error says {found!r} at {pointer}, the request id is {exchange.request_id}"
    return broken(message, evidence=transaction)


RULE = Rule(
    code="ER003",
    title="Every error carries the request id",
    severity=Severity.WARNING,
    step=Step.GATEWAY_RESPONSE,
    why="A client that complains cannot name the request, and support cannot find the logs.",
    fix="Put $context.requestId into gateway response templates; the backend reads it from its event or header.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html",
    failure_modes=("err-requestid-missing",),
    explained_by=("ER001", "ER002", "GR002"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
