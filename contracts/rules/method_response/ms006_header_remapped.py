"""MS006: a header that clients need must not arrive under another name."""

from contracts.evidence import Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_PREFIX = "x-amzn-remapped-"
_NEEDED = {"www-authenticate", "proxy-authenticate"}
"""What a client cannot do without, declared or not; Date, Server and Content-Length the gateway writes itself."""


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None:
        return not_applicable("no operation of the contract answered")
    headers = exchange.response.headers
    renamed = [name.lower()[len(_PREFIX) :] for name, _ in headers if name.lower().startswith(_PREFIX)]
    if not renamed:
        return not_applicable("no header was renamed")
    response = operation.declared.response_for(exchange.response.status)
    declared = {name.lower() for name in response.headers} if response else set()
    missed = [name for name in renamed if name in declared | _NEEDED and name not in headers]
    if missed:
        return broken(f"{missed[0]} arrived as {_PREFIX}{missed[0]}", evidence=transaction)
    return held("only headers were renamed that no client needs", evidence=transaction)


RULE = Rule(
    code="MS006",
    title="Headers that clients need keep their names",
    severity=Severity.WARNING,
    step=Step.METHOD_RESPONSE,
    why="API Gateway renames WWW-Authenticate and others of a proxy's answer to x-amzn-Remapped-: clients miss them.",
    fix="Answer 401 by the gateway response UNAUTHORIZED with its own WWW-Authenticate, or use another header.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("hdr-remapped",),
    judge=PerTransaction(_judge),
)
