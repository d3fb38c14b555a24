"""The preflights of a resource that rules about CORS look at."""

from __future__ import annotations

from contracts.evidence import Transaction
from contracts.run_evidence import JudgedResource, RunEvidence

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
