"""ER001: an error of the gateway must have the one error model."""

from contracts.attribution import answered_by, answered_by_gateway
from contracts.error_envelope import ErrorOf, judge_envelope
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    who = answered_by(transaction)
    status = exchange.response.status if exchange.response else 0
    error = ErrorOf(
        owner="gateway",
        name=f"the {who}'s {status} ({exchange.error_type})",
        is_theirs=answered_by_gateway(exchange),
        others="the backend answered",
        answered_by=who,
    )
    return judge_envelope(transaction, run, error)


RULE = Rule(
    code="ER001",
    title="Errors of the gateway have the one error model",
    severity=Severity.ERROR,
    step=Step.GATEWAY_RESPONSE,
    why='Clients need two parsers: {"message": …} from the gateway and another shape from the backend.',
    fix="Give DEFAULT_4XX and DEFAULT_5XX (and types with their own template) a response template in the error model. "
    'An HTTP API\'s own errors cannot be changed: there make {"message": …} the error model.',
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html",
    failure_modes=("err-shape-split", "auth-401-vs-403-shape", "thr-429-shape", "auth-waf-block-shape"),
    explained_by=("GR002",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
