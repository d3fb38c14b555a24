"""MQ009: parameters must not need characters that API Gateway does not carry in a query string."""

from urllib.parse import parse_qsl, urlsplit

from contracts.attribution import AnsweredBy, answered_by
from contracts.evidence import Missing, Mode, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import LoggedMap

_SPECIAL = frozenset(";|")
_REFUSED = {AnsweredBy.EDGE, AnsweredBy.VALIDATOR}


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    declared = {parameter.name for parameter in operation.declared.parameters if parameter.location == "query"}
    if not declared:
        return not_applicable("the operation has no query parameter")
    findings = [_seen(transaction, declared) for transaction in operation.transactions if _is_special(transaction)]
    for outcome in (Outcome.BROKEN, Outcome.UNDETERMINED, Outcome.HELD):
        found = next((finding for finding in findings if finding.outcome is outcome), None)
        if found is not None:
            return found
    piped = [one.name for one in operation.declared.parameters if one.declaration.get("style") == "pipeDelimited"]
    if piped:
        return broken(f"{piped[0]} is written with bare '|', which API Gateway refuses (by the contract)")
    return not_applicable("no query with ';' or '|' was sent")


def _is_special(transaction: Transaction) -> bool:
    return any(_SPECIAL & set(value) for _, value in _pairs(transaction))


def _pairs(transaction: Transaction) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(transaction.exchange.request.url).query, keep_blank_values=True)


def _seen(transaction: Transaction, declared: set[str]) -> Finding:
    pairs = {name: value for name, value in _pairs(transaction) if name in declared and "redacted:" not in value}
    touched = {name: value for name, value in pairs.items() if _SPECIAL & set(value)}
    if not touched or transaction.exchange.response is None:
        return not_applicable("no declared parameter carries such a character")
    name, value = next(iter(touched.items()))
    who = answered_by(transaction)
    if who in _REFUSED:
        is_good = transaction.exchange.mode is Mode.POSITIVE and transaction.exchange.response.status == _BAD_REQUEST
        message = f"{name}={value!r} was refused by the {who}"
        return broken(message, evidence=transaction, answered_by=who) if is_good else not_applicable(message)
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    return _arrived(transaction, name, value, transaction.execution.value.request_querystring)


_BAD_REQUEST = 400


def _arrived(transaction: Transaction, name: str, value: str, logged: LoggedMap | None) -> Finding:
    there = None if logged is None else logged.get(name)
    if logged is None or (there is None and logged.truncated) or "redacted:" in (there or ""):
        return undetermined("the log does not hold the query string as a whole", evidence=transaction)
    if there == value:
        return held(f"{name} arrived whole with ';' or '|' in it", evidence=transaction)
    if there is not None and value.startswith(f"{there}, "):
        return undetermined("the log parts its values by ', ', which this one holds", evidence=transaction)
    if logged.truncated and value.startswith(there or ""):
        return undetermined("the log cut the query string at 1,024 bytes", evidence=transaction)
    return broken(f"{name}={value!r} arrived as {there!r}", evidence=transaction)


RULE = Rule(
    code="MQ009",
    title="Query parameters arrive whole with ';' and '|' in them",
    severity=Severity.WARNING,
    step=Step.METHOD_REQUEST,
    why="API Gateway splits a query at a bare ';' and refuses a bare '|': values are cut, or the client gets 400.",
    fix="Declare lists as repeated parameters (explode: true), and have clients percent-encode every value.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("route-query-special",),
    judge=PerOperation(_judge),
)
