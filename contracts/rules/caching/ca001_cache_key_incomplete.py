"""CA001: a cached operation's key must hold every parameter that its answer depends on."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from contracts.attribution import is_accepted, reached_backend
from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.response_cache import cache_settings
from gateway.rest_api import AuthorizationType, Method

_KEYED = {"path": "path", "query": "querystring"}
_CALLER = re.compile(r"header\.authorization$|authorizer|identity", re.IGNORECASE)
"""What stands for the caller: the token, or what the gateway knows of who sent it."""


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    stage, deployed = run.stage, operation.deployed
    if isinstance(stage, Missing):
        return undetermined(stage)
    if cache_settings(stage.value, operation.resource_path, operation.http_method) is None:
        return not_applicable("the operation is not cached")
    if isinstance(deployed, Missing):
        return undetermined(deployed)
    method = deployed.value
    if method is None or method.integration is None:
        return not_applicable("nothing is deployed that could be cached")
    key = {name.split("request.", 1)[-1] for name in method.integration.cache_key_parameters}
    lacking = list(_lacking(operation, method, key))
    if not lacking:
        return held("the cache key holds every parameter of the operation")
    message = f"is cached without {', '.join(lacking)} in the cache key"
    proof = _answer_of_another(operation.transactions)
    if proof is None:
        return broken(f"{message} (by the configuration)")
    transaction, whose = proof
    return broken(f"{message}: a request was answered from the cache with the body of {whose}", evidence=transaction)


def _lacking(operation: JudgedOperation, method: Method, key: set[str]) -> Iterator[str]:
    """Give what tells one answer from another and is not in the key, as a mapping names it."""
    for parameter in operation.declared.parameters:
        name = f"{_KEYED.get(parameter.location)}.{parameter.name}"
        if parameter.location in _KEYED and name not in key:
            yield name
    if method.authorization_type is not AuthorizationType.NONE and not any(map(_CALLER.search, key)):
        yield "the caller (header.Authorization)"


def _answer_of_another(transactions: tuple[Transaction, ...]) -> tuple[Transaction, str] | None:
    """Return a request that never reached the backend and got the body of another, and whose that was."""
    seen: dict[bytes, set[tuple[str, tuple[str | None, ...]]]] = {}
    for transaction in sorted(transactions, key=lambda item: item.exchange.sent_at):
        exchange = transaction.exchange
        if not is_accepted(exchange) or exchange.response is None or not exchange.response.body:
            continue
        url = urlsplit(exchange.request.url)
        caller = tuple(exchange.request.headers.get(name) for name in ("authorization", "x-api-key"))
        asked = (f"{url.path}?{url.query}", caller)
        askers = seen.setdefault(exchange.response.body, set())
        if askers and asked not in askers and reached_backend(transaction) is False:
            is_stranger = all(whose != caller for _, whose in askers)
            return transaction, "another caller" if is_stranger else "another request"
        askers.add(asked)
    return None


RULE = Rule(
    code="CA001",
    title="The cache key holds every parameter that the answer depends on",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="One caller gets the data of another: neither path, query nor identity are in the key by themselves.",
    fix="Add the parameters to the integration's cacheKeyParameters (method.request.header.Authorization for callers).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html",
    failure_modes=("cache-key-missing",),
    explained_by=("CA002",),
    judge=PerOperation(_judge),
)
