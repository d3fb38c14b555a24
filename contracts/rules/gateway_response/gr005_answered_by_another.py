"""GR005: a targeted request must be answered by whom the gateway model says."""

from contracts.attribution import AnsweredBy, answered_by, answered_by_edge, gateway_response_type, reached_backend
from contracts.evidence import Origin, Prediction, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_GATEWAY, _BACKEND, _EDGE = "gateway", "backend", "edge"
_BEFORE_THE_BACKEND = {
    AnsweredBy.VALIDATOR,
    AnsweredBy.API_KEY,
    AnsweredBy.AUTHORIZER,
    AnsweredBy.WAF,
    AnsweredBy.ROUTING,
    AnsweredBy.EDGE,
}


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    told = exchange.prediction
    if told is None or exchange.response is None or exchange.origin is Origin.TEST_INVOKE:
        return not_applicable("nothing was predicted, or nothing came")
    if answered_by(transaction) is AnsweredBy.THROTTLE:
        return not_applicable("the request was throttled, which no model foresees")
    if told.answered_by == _BACKEND:
        return _by_backend(transaction)
    if told.answered_by in {_GATEWAY, _EDGE}:
        return _by_gateway(transaction, told)
    if not told.statuses:
        return not_applicable("the model cannot know who answers")
    return _of_status(transaction, told)


def _by_backend(transaction: Transaction) -> Finding:
    who = answered_by(transaction)
    if reached_backend(transaction):
        return held("it reached the backend, as predicted", evidence=transaction)
    if who is AnsweredBy.ROUTING and "path" in transaction.exchange.violates:
        return not_applicable("whether the declared path is deployed is judged by RT002")
    if who in _BEFORE_THE_BACKEND:
        return broken(
            f"{_what(transaction)} was refused by the {who}; predicted: it reaches the backend",
            evidence=transaction,
            answered_by=who,
            reached_backend=False,
        )
    return not_applicable("no log tells whether it reached the backend")


def _by_gateway(transaction: Transaction, told: Prediction) -> Finding:
    is_undeclared = bool({"path", "method"} & set(transaction.exchange.violates))
    if reached_backend(transaction) and told.reaches_backend is False and is_undeclared:
        return not_applicable("where undeclared routes lead is judged by RT001 and RT003")
    if reached_backend(transaction) and told.reaches_backend is False:
        return broken(
            f"{_what(transaction)} reached the backend; predicted: {_predicted(told)}",
            evidence=transaction,
            reached_backend=True,
        )
    kind = gateway_response_type(transaction)
    if told.gateway_response is not None and kind is not None and kind.value != told.gateway_response:
        return broken(
            f"{_what(transaction)} was answered by {kind.value}; predicted: {_predicted(told)}",
            evidence=transaction,
            answered_by=answered_by(transaction),
        )
    if told.answered_by == _EDGE and not answered_by_edge(transaction):
        return undetermined("the answer carries an id of the gateway", evidence=transaction)
    return _of_status(transaction, told)


def _of_status(transaction: Transaction, told: Prediction) -> Finding:
    response = transaction.exchange.response
    assert response is not None
    if told.statuses and response.status not in told.statuses:
        message = f"{_what(transaction)} was answered {response.status}; predicted: {_predicted(told)}"
        return broken(message, evidence=transaction, answered_by=answered_by(transaction))
    return held(f"it was answered {response.status}, as predicted", evidence=transaction)


def _what(transaction: Transaction) -> str:
    return transaction.exchange.intent or "the request"


def _predicted(told: Prediction) -> str:
    statuses = " or ".join(map(str, told.statuses))
    return " ".join(part for part in (told.gateway_response, statuses) if part) or f"the {told.answered_by} answers"


RULE = Rule(
    code="GR005",
    title="Targeted requests are answered by whom the gateway model predicts",
    severity=Severity.WARNING,
    step=Step.GATEWAY_RESPONSE,
    why="Something answers that the contract knows nothing of: a policy, a firewall, or a setting of the console.",
    fix="Look at the proof for who answered; bring the deployed API, its resource policy or the contract into line.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html",
    failure_modes=("auth-resource-policy-deny",),
    explained_by=(
        *("RT001", "RT002", "RT003", "RT004", "RT005", "RT007", "DP001", "DP002", "DP003"),
        *("MQ001", "MQ002", "MQ003", "MQ004", "MQ005", "MQ006", "MQ007", "MQ008", "MQ009", "MQ010", "MQ011"),
        *("IQ002", "IQ004", "IQ005", "IQ006", "IQ007", "IQ009", "BN001", "BN002", "BN003", "BN004"),
        *("IS001", "IS004", "IS005", "IS006", "IS007", "GR001", "GR002", "CO002", "CO010", "LM002", "LM003", "LM004"),
        *("MS001", "ER001", "ER004"),
    ),
    judge=PerTransaction(_judge),
)
