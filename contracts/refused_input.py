"""Whether input that the method request promises to refuse was refused before the backend."""

from __future__ import annotations

from contracts.attribution import ended_too_early, is_accepted, reached_backend
from contracts.evidence import Transaction
from contracts.verdict import Finding, broken, held, not_applicable, undetermined


def judge_refused(transaction: Transaction, *, reached: str, accepted: str, what: str) -> Finding:
    """Judge a request that the gateway has to refuse by itself.

    Args:
        transaction: The request.
        reached: What is said where it came to the backend.
        accepted: What is said where it was answered as a success.
        what: The input in words: ``invalid body``.
    """
    if ended_too_early(transaction):
        return not_applicable("a throttle or a web ACL answered first")
    came = reached_backend(transaction)
    if came:
        return broken(reached, evidence=transaction, reached_backend=True)
    if is_accepted(transaction.exchange):
        return broken(accepted, evidence=transaction)
    if came is None:
        return undetermined(f"no log tells whether the {what} reached the backend", evidence=transaction)
    return held(f"the gateway refused the {what} itself", evidence=transaction)
