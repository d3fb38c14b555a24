"""The preflights of a resource that rules about CORS look at."""

from __future__ import annotations

from collections.abc import Callable

from contracts.evidence import Transaction
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, broken, held, not_applicable

_FIRST_NOT_OK = 300


def answered_preflights(resource: JudgedResource, run: RunEvidence) -> list[Transaction]:
    """Return the preflights from allowed origins that were answered with 2xx."""
    return [
        transaction
        for transaction in resource.preflights
        if transaction.exchange.response is not None
        and transaction.exchange.response.status < _FIRST_NOT_OK
        and run.expectations.cors.is_allowed(transaction.exchange.request.headers.get("origin"))
    ]


def listed(transaction: Transaction, header: str) -> set[str]:
    """Return the names that a comma-separated header of the answer lists, in lower case."""
    value = transaction.exchange.response_header(header) or ""
    return {name.strip().lower() for name in value.split(",") if name.strip()}


def judge_preflights(
    resource: JudgedResource, run: RunEvidence, *, fault: Callable[[Transaction], str | None], right: str
) -> Finding:
    """Judge every preflight from an allowed origin that was answered with 2xx.

    Args:
        resource: Whose preflights they are.
        run: What is expected.
        fault: Says what is wrong with one answer, None where nothing is.
        right: What is said where all are right.
    """
    answered = answered_preflights(resource, run)
    for transaction in answered:
        if (told := fault(transaction)) is not None:
            return broken(told, evidence=transaction)
    if not answered:
        return not_applicable("no preflight from an allowed origin was answered")
    return held(right, evidence=answered[0])
