"""CO002: a resource that browsers call must answer preflights."""

from contracts.attribution import ended_too_early
from contracts.evidence import Exchange
from contracts.rule import EVERY_KIND, PerResource, Rule
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_FIRST_NOT_OK = 300
_SIMPLE_METHODS = {"GET", "HEAD", "POST"}


def _judge(resource: JudgedResource, run: RunEvidence) -> Finding:
    cors = run.expectations.cors
    if not cors.allowed_origins:
        return not_applicable("no origin is to be allowed ([cors] allowed_origins)")
    allowed = [one for one in resource.preflights if cors.is_allowed(one.exchange.request.headers.get("origin"))]
    answered = [one for one in allowed if one.exchange.response and not ended_too_early(one)]
    if not answered:
        return undetermined("no preflight from an allowed origin was answered")
    if not any(_is_asked(transaction.exchange) for transaction in answered):
        return not_applicable("browsers call the resource without asking first: no method and no header needs it")
    for transaction in answered:
        exchange = transaction.exchange
        status = exchange.response.status if exchange.response else 0
        if status >= _FIRST_NOT_OK:
            kind = f" ({exchange.error_type})" if exchange.error_type else ""
            return broken(f"the preflight was answered {status}{kind}", evidence=transaction)
    return held("preflights are answered", evidence=answered[0])


def _is_asked(exchange: Exchange) -> bool:
    """Whether a browser sends this preflight: other methods and headers than the safelisted ones need it.

    See: https://fetch.spec.whatwg.org/#cors-safelisted-method
    """
    asked_method = (exchange.request.headers.get("access-control-request-method") or "").upper()
    return asked_method not in _SIMPLE_METHODS or "access-control-request-headers" in exchange.request.headers


RULE = Rule(
    code="CO002",
    title="A resource that browsers call answers preflights",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="Browsers ask by OPTIONS first: a 403 or 500 there blocks the real call.",
    fix="Add an OPTIONS method with a MOCK integration and the CORS headers, without authorization.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    failure_modes=("cors-options-missing", "cors-mock-statuscode", "cors-mock-binary", "cors-mock-content-type"),
    explained_by=("CO010", "CO014"),
    api_kinds=EVERY_KIND,
    judge=PerResource(_judge),
)
