"""IQ015: a function must find the headers that clients send, in the spelling that the payload format gives them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from contracts.attribution import answered_by_edge, answered_by_gateway, is_accepted, is_refusal
from contracts.evidence import Evidence, Missing, Mode, Transaction
from contracts.rule import HTTP_ONLY, PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.http_api import Route

_AUTHORIZATION = "Authorization"


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    route = run.route_of(operation)
    if not isinstance(route, Missing) and not _calls_function(route.value):
        return not_applicable("no function answers")
    right = [item for item in operation.transactions if _is_right(item)]
    findings = [
        *(_header(name, right, operation) for name in _needed_headers(operation, route)),
        *_repeated(right),
    ]
    for outcome in (Outcome.BROKEN, Outcome.UNDETERMINED, Outcome.HELD):
        first = next((finding for finding in findings if finding.outcome is outcome), None)
        if first is None:
            continue
        if outcome is Outcome.BROKEN:
            return broken(f"{first.message}{_how(route)}", evidence=_by_id(first, operation), reached_backend=True)
        return undetermined(route) if outcome is Outcome.HELD and isinstance(route, Missing) else first
    return undetermined(route) if isinstance(route, Missing) else not_applicable("the operation needs no header")


def _calls_function(route: Route | None) -> bool:
    return route is not None and route.integration is not None and route.integration.lambda_arn is not None


def _how(route: Evidence[Route | None]) -> str:
    if isinstance(route, Missing) or route.value is None or route.value.integration is None:
        return " (the payload format could not be read)"
    return f" (payload format {route.value.integration.payload_format_version} by the configuration)"


def _is_right(transaction: Transaction) -> bool:
    exchange = transaction.exchange
    by_backend = not answered_by_gateway(exchange) and not answered_by_edge(transaction)
    return exchange.mode is Mode.POSITIVE and not exchange.violates and exchange.response is not None and by_backend


def _needed_headers(operation: JudgedOperation, route: Evidence[Route | None]) -> Iterator[str]:
    """Yield what the function itself must read: required headers, cookies, credentials that no authorizer checks."""
    for parameter in operation.declared.parameters:
        if parameter.required and parameter.location == "header":
            yield parameter.name
    if any(parameter.required and parameter.location == "cookie" for parameter in operation.declared.parameters):
        yield "Cookie"
    is_checked = not isinstance(route, Missing) and route.value is not None and route.value.is_protected
    if operation.declared.security and all(operation.declared.security) and not is_checked:
        yield _AUTHORIZATION


def _header(name: str, right: list[Transaction], operation: JudgedOperation) -> Finding:
    sent = [item for item in right if name in item.exchange.request.headers]
    accepted = [item for item in sent if is_accepted(item.exchange)]
    refused = [item for item in sent if is_refusal(item.exchange)]
    if accepted:
        lower = [item for item in refused if _spelled(name, item) == name.lower() != name]
        if lower and not any(_spelled(name, item) == name.lower() for item in accepted):
            status = _status(lower[0])
            return broken(
                f"{name} is found, and spelled {name.lower()} the request is answered {status}", evidence=lower[0]
            )
        return held(f"the function finds {name}", evidence=accepted[0])
    if not sent:
        return undetermined(f"no right request with {name} was answered by the function")
    if not refused:
        return undetermined(f"no request with {name} was accepted or refused", evidence=sent[0])
    without = [item for item in operation.transactions if _lacks(name, item) and is_refusal(item.exchange)]
    same = [item for item in without if _status(item) == _status(refused[0])]
    if same:
        message = (
            f"{name} is not found: all {len(refused)} right requests are answered {_status(refused[0])}, as without it"
        )
        return broken(message, evidence=refused[0])
    return undetermined(
        f"every right request with {name} was refused, and none without it shows why", evidence=refused[0]
    )


def _repeated(right: list[Transaction]) -> Iterator[Finding]:
    """Judge right requests that repeat a name of the query: payload format 2.0 joins the values by commas."""
    repeated = [item for item in right if _repeated_name(item)]
    plain = [item for item in right if not _repeated_name(item) and is_accepted(item.exchange)]
    refused = [item for item in repeated if is_refusal(item.exchange)]
    if refused and plain and len(refused) == len(repeated):
        name = _repeated_name(refused[0])
        yield broken(
            f"{name} given twice is answered {_status(refused[0])}: its values come as one text", evidence=refused[0]
        )


def _repeated_name(transaction: Transaction) -> str | None:
    names = [name for name, _ in parse_qsl(urlsplit(transaction.exchange.request.url).query, keep_blank_values=True)]
    return next((name for name in names if names.count(name) > 1), None)


def _lacks(name: str, transaction: Transaction) -> bool:
    """Whether a probe left the header out, and nothing else is wrong with the request."""
    exchange = transaction.exchange
    violated = [item.lower() for item in exchange.violates]
    wanted = {"cookie": "cookie:", "authorization": "authorization"}.get(name.lower(), f"header:{name.lower()}")
    return name not in exchange.request.headers and len(violated) == 1 and violated[0].startswith(wanted)


def _spelled(name: str, transaction: Transaction) -> str | None:
    return next((key for key, _ in transaction.exchange.request.headers if key.lower() == name.lower()), None)


def _status(transaction: Transaction) -> int:
    return transaction.exchange.response.status if transaction.exchange.response else 0


def _by_id(finding: Finding, operation: JudgedOperation) -> Transaction | None:
    return next((item for item in operation.transactions if item.exchange.exchange_id in finding.evidence), None)


RULE = Rule(
    code="IQ015",
    title="A function of an HTTP API finds the headers that clients send",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="Payload format 2.0 lower-cases names, joins repeats by commas and moves cookies: event.headers.Authorization "
    "is undefined, and right requests are refused.",
    fix="Read header names in lower case (event.headers.authorization) and cookies from event.cookies.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html",
    failure_modes=("int-httpapi-v2-headers",),
    judge=PerOperation(_judge),
    api_kinds=HTTP_ONLY,
)
