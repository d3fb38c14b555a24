"""ER001: an error of the gateway must have the one error model."""

from contracts.attribution import answered_by, answered_by_gateway
from contracts.bodies import NotJson, json_of
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Comparison, Finding, Severity, Step, broken, held, not_applicable, undetermined

_FIRST_ERROR_STATUS = 400


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, model = transaction.exchange, run.expectations.errors.model
    if model is None:
        return not_applicable("no error model is expected ([errors] model)")
    if exchange.response is None or exchange.response.status < _FIRST_ERROR_STATUS or exchange.http_method == "HEAD":
        return not_applicable("no error was answered")
    if not answered_by_gateway(exchange):
        return not_applicable("the backend answered")
    schema = run.schemas.named(model)
    if schema is None:
        return undetermined(f"the contract has no schema {model!r}", evidence=transaction)
    value = json_of(exchange.response)
    faults = (value.reason,) if isinstance(value, NotJson) else run.schemas.errors(schema, value)
    if not faults:
        return held("the gateway's error has the error model", evidence=transaction)
    who = answered_by(transaction)
    shown = Comparison(
        what="error body", expected=f"model {model}", actual=exchange.response.body.decode("utf-8", "replace")
    )
    message = f"the {who}'s {exchange.response.status} ({exchange.error_type}) is no {model}: {faults[0]}"
    return broken(message, evidence=transaction, comparison=shown, answered_by=who)


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
