"""What is said of a request whose execution was not found."""

from __future__ import annotations

from contracts.attribution import reached_backend
from contracts.evidence import Missing, Transaction
from contracts.verdict import Finding, not_applicable, undetermined


def unlogged(transaction: Transaction, execution: Missing) -> Finding:
    """Say that a request's way through the integration cannot be told, unless the answer tells that it took none.

    AWS logs no execution of what a web ACL, a throttle or a missing route refuses: such a request cannot make a verdict
    about integrations UNDETERMINED, night after night.

    Args:
        transaction: The request.
        execution: Why there is no execution.
    """
    if reached_backend(transaction) is False:
        return not_applicable("the gateway answered before the integration")
    return undetermined(execution, evidence=transaction)
