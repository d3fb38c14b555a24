"""The execution of a Lambda function behind a proxy integration: where rules about such functions begin."""

from __future__ import annotations

from contracts.evidence import Missing, Transaction
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, not_applicable, undetermined
from gateway.execution import Execution
from gateway.rest_api import IntegrationType


def proxy_execution(transaction: Transaction, run: RunEvidence) -> Execution | Finding:
    """Return the execution of a request to a Lambda proxy integration, or the finding that there is none to judge."""
    method = run.deployed_method(transaction.exchange.resource_path, transaction.exchange.http_method)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or integration.integration_type is not IntegrationType.AWS_PROXY:
        return not_applicable("no Lambda proxy integration")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    return transaction.execution.value
