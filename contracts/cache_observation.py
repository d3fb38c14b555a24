"""What exchanges show of the cache of a stage: answers that no endpoint gave, and for whom they had been made.

A cache leaves no mark on an answer. What shows it is a request that the gateway did not refuse and that, by its log,
called no endpoint, where its method has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from contracts.attribution import answered_by_gateway, is_accepted, reached_backend
from contracts.evidence import Missing, Present, Transaction
from contracts.request_parts import path_below_stage, values_sent
from contracts.run_evidence import JudgedOperation, RunEvidence
from gateway.response_cache import asks_to_invalidate
from gateway.rest_api import AuthorizationType, IntegrationType, Method

_FORBIDDEN = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer depends on: path and query parameters, the body, and the caller where the method knows one."""

    values: tuple[tuple[str, str, str], ...]
    caller: tuple[str | None, ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """An answer out of the cache that had been made for another: for another caller, or for another request.

    ``is_certain`` where the endpoint answers the same question with another body. Where it was not asked, two questions
    may have one answer (an empty list), and somebody else may have put it into the cache: then it takes a cache key
    that lacks something to say so.
    """

    transaction: Transaction
    is_of_another_caller: bool
    is_certain: bool


def served_method(operation: JudgedOperation) -> Method | None:
    """Return the method with an endpoint that serves an operation: the deployed one, else the contract's.

    None where there is none, or where a MOCK integration answers, which never calls an endpoint.
    """
    deployed = operation.deployed
    method = operation.method if isinstance(deployed, Missing) else deployed.value
    if method is None or method.integration is None:
        return None
    return None if method.integration.integration_type is IntegrationType.MOCK else method


def from_the_cache(operation: JudgedOperation) -> tuple[Transaction, ...]:
    """Return the requests of an operation that the cache answered; those that were told that all went well come first.

    Errors of the endpoint are kept like every answer.
    """
    if served_method(operation) is None:
        return ()
    hits = (one for one in operation.transactions if _is_hit(one))
    return tuple(sorted(hits, key=lambda one: not is_accepted(one.exchange)))


def is_from_the_cache(transaction: Transaction, run: RunEvidence) -> bool:
    """Return whether the cache answered a request: by what was observed, where the stage may have a cache at all."""
    stage, operation = run.stage, run.operation_of(transaction)
    if isinstance(stage, Present) and not stage.value.cache_cluster_enabled:
        return False
    return operation is not None and served_method(operation) is not None and _is_hit(transaction)


def foreign_answer(operation: JudgedOperation, run: RunEvidence) -> Foreign | None:
    """Return a request that got out of the cache what had been made for another: the surest proof that there is.

    The body was seen before, as an answer to others alone. A request for the same parameters by the same caller is no
    other request, however it was spelt.
    """
    method = served_method(operation)
    if method is None:
        return None
    ordered = tuple(_in_order(operation, method, run))
    own: dict[Asked, set[bytes]] = {}
    for transaction, asked in ordered:
        if reached_backend(transaction) and (body := _body_for_client(transaction)) is not None:
            own.setdefault(asked, set()).add(body)
    found = tuple(_foreign(ordered, own))
    return max(found, key=lambda one: (one.is_certain, one.is_of_another_caller), default=None)


def _foreign(ordered: tuple[tuple[Transaction, Asked], ...], own: Mapping[Asked, set[bytes]]) -> Iterator[Foreign]:
    seen: dict[bytes, set[Asked]] = {}
    for transaction, asked in ordered:
        body = _body_for_client(transaction)
        if body is None:
            continue
        askers = seen.setdefault(body, set())
        if askers and asked not in askers and _is_hit(transaction):
            yield Foreign(
                transaction=transaction,
                is_of_another_caller=all(one.caller != asked.caller for one in askers),
                is_certain=bool(own.get(asked)) and body not in own[asked],
            )
        askers.add(asked)


def _body_for_client(transaction: Transaction) -> bytes | None:
    """Return the body of an answer that is not the gateway's own, None without one."""
    response = transaction.exchange.response
    return None if response is None or answered_by_gateway(transaction.exchange) else response.body or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalidated:
    """What ``Cache-Control: max-age=0`` did for a caller whom IAM does not know."""

    transaction: Transaction
    is_granted: bool


def invalidation_seen(operation: JudgedOperation, run: RunEvidence, ttl_s: int) -> Invalidated | None:
    """Return what a request to invalidate an entry did; None where none was sent, or nothing can be told of it.

    It was granted where it reached the endpoint while the cache held an answer: the request before it got that, and it
    was younger than its time to live. Whether a signed caller may is for IAM to say, so that proves nothing.

    Args:
        operation: With what was observed of it.
        run: Whose stage it is.
        ttl_s: How long the operation's answers are kept, in seconds.
    """
    method = served_method(operation)
    if method is None or method.authorization_type is AuthorizationType.AWS_IAM:
        return None
    before: dict[Asked, list[Transaction]] = {}
    found: Invalidated | None = None
    for transaction, asked in _in_order(operation, method, run):
        history = before.setdefault(asked, [])
        if asks_to_invalidate(transaction.exchange.request.headers):
            granted = _is_granted(transaction, history, timedelta(seconds=ttl_s))
            if granted:
                return Invalidated(transaction=transaction, is_granted=True)
            if granted is False:
                found = found or Invalidated(transaction=transaction, is_granted=False)
        history.append(transaction)
    return found


def _is_granted(transaction: Transaction, history: list[Transaction], ttl: timedelta) -> bool | None:
    response = transaction.exchange.response
    if response is None or not history or not is_accepted(history[-1].exchange):
        return None
    if _is_hit(transaction):
        return False
    if response.status == _FORBIDDEN and answered_by_gateway(transaction.exchange):
        return False
    made_at = next((one.exchange.sent_at for one in reversed(history) if reached_backend(one)), None)
    was_held = made_at is not None and _is_hit(history[-1]) and transaction.exchange.sent_at - made_at < ttl
    return True if was_held and reached_backend(transaction) else None


def _is_hit(transaction: Transaction) -> bool:
    exchange, execution = transaction.exchange, transaction.execution
    if exchange.response is None or answered_by_gateway(exchange) or isinstance(execution, Missing):
        return False
    is_whole = is_accepted(exchange) or execution.value.completed  # an error without that line may be a refusal
    return is_whole and reached_backend(transaction) is False


def _in_order(operation: JudgedOperation, method: Method, run: RunEvidence) -> Iterator[tuple[Transaction, Asked]]:
    for transaction in sorted(operation.transactions, key=lambda one: one.exchange.sent_at):
        yield transaction, _asked(transaction, operation, method, run)


def _asked(transaction: Transaction, operation: JudgedOperation, method: Method, run: RunEvidence) -> Asked:
    exchange = transaction.exchange
    sent = values_sent(exchange, operation.declared, path_below_stage(exchange, run.configuration))
    by_place = ((parameter.location, parameter.name, value) for parameter, value in sent)
    knows_caller = method.authorization_type not in {AuthorizationType.NONE, AuthorizationType.AWS_IAM}
    headers = ("authorization", "x-api-key") if knows_caller else ()  # a signature differs each time
    return Asked(
        values=tuple(item for item in by_place if item[0] in {"path", "query"}),
        caller=tuple(exchange.request.headers.get(name) for name in headers),
        body=exchange.request.body,
    )
