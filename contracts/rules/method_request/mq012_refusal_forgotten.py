"""MQ012: what the authorizer refused a caller must stay refused, whatever the caller asked in between."""

from contracts.attribution import AnsweredBy, answered_by
from contracts.evidence import Origin, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import AuthorizerType

_CACHED_TYPES = {AuthorizerType.TOKEN, AuthorizerType.REQUEST}


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    name = operation.method.authorizer_name if operation.method else None
    authorizer = run.contract.rest_api.authorizers.get(name or "")
    if authorizer is None or authorizer.authorizer_type not in _CACHED_TYPES or authorizer.result_ttl_s == 0:
        return not_applicable("no authorizer whose results are cached guards the operation")
    asked: dict[tuple[str, bytes, str | None], list[Transaction]] = {}
    for transaction in operation.transactions:
        if transaction.exchange.origin is Origin.IDENTITY:
            request = transaction.exchange.request
            key = (request.url, request.body, request.headers.get("authorization"))
            asked.setdefault(key, []).append(transaction)
    findings = [_compared(sorted(items, key=_sent_at)) for items in asked.values() if len(items) > 1]
    for outcome in (Outcome.BROKEN, Outcome.UNDETERMINED, Outcome.HELD):
        found = next((finding for finding in findings if finding.outcome is outcome), None)
        if found is not None:
            return found
    return not_applicable("no second identity asked twice ([stages.NAME.auth] second_bearer_token)")


def _sent_at(transaction: Transaction) -> float:
    return transaction.exchange.sent_at.timestamp()


def _compared(asked: list[Transaction]) -> Finding:
    if any(item.exchange.response is None for item in asked):
        return undetermined("the second identity was not answered each time", evidence=asked[0])
    refused_first = _is_refused(asked[0])
    let_in = next((item for item in asked[1:] if not _is_refused(item)), None)
    if refused_first and let_in is not None:
        return broken(
            "the authorizer refused the second identity, and let it in after it had asked other operations",
            evidence=let_in,
            answered_by=answered_by(let_in),
        )
    return held(f"the second identity was {'refused' if refused_first else 'let in'} each time", evidence=asked[-1])


def _is_refused(transaction: Transaction) -> bool:
    return answered_by(transaction) is AnsweredBy.AUTHORIZER


RULE = Rule(
    code="MQ012",
    title="What the authorizer refused a caller stays refused",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="An authorizer's policy is kept for the token: one that allows '*' for a harmless call opens all others.",
    fix="Have the policy name every method that the caller may use, and no other; or set the authorizer's TTL to 0.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization-with-console.html",
    failure_modes=("auth-cache-overallow",),
    judge=PerOperation(_judge),
)
