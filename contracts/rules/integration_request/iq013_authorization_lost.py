"""IQ013: an endpoint that is to get the Authorization header must get it."""

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import AuthorizationType, Method

_SOURCES = {"method.request.header.authorization", "method.request.multivalueheader.authorization"}
_REMAPPED = "x-amzn-remapped-authorization"


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    for transaction in operation.transactions:
        if isinstance(transaction.execution, Missing):
            continue
        logged = transaction.execution.value.endpoint_request_headers
        if logged is not None and logged.get(_REMAPPED) is not None:
            return broken(f"the endpoint got {_REMAPPED} in place of Authorization", evidence=transaction)
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    method = operation.deployed.value
    if method is None or not _expects_authorization(method, operation):
        return not_applicable("the endpoint is to get no Authorization header")
    if method.authorization_type is AuthorizationType.AWS_IAM:
        return broken("Authorization carries the SigV4 signature, and is not passed on (by the configuration)")
    return _passed(operation)


def _passed(operation: JudgedOperation) -> Finding:
    unread = False
    seen = None
    for transaction in operation.transactions:
        if "authorization" not in transaction.exchange.request.headers:
            continue
        if isinstance(transaction.execution, Missing):
            unread = True
            continue
        execution = transaction.execution.value
        logged = execution.endpoint_request_headers
        if not endpoint_was_called(execution):
            continue
        if logged is None or (logged.truncated and logged.get("authorization") is None):
            unread = True
            continue
        if logged.get("authorization") is None:
            return broken("Authorization was sent and did not reach the endpoint", evidence=transaction)
        seen = transaction
    if seen is not None:
        return held("Authorization reaches the endpoint", evidence=seen)
    return undetermined("no log tells whether Authorization reached the endpoint") if unread else _NOT_SEEN


_NOT_SEEN = not_applicable("no request with Authorization reached the endpoint")


def _expects_authorization(method: Method, operation: JudgedOperation) -> bool:
    integration = method.integration
    if integration is None or integration.lambda_arn is not None:
        return False
    is_mapped = any(source.lower() in _SOURCES for source in integration.request_parameters.values())
    return is_mapped or operation.declared.parameter("Authorization", "header") is not None


RULE = Rule(
    code="IQ013",
    title="The Authorization header reaches the endpoint that is to get it",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="A header that carries SigV4 is dropped before the integration, or renamed: the backend sees nobody.",
    fix="Pass the caller on in a header of its own, for example from context.identity.userArn.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("auth-sigv4-header-dropped",),
    judge=PerOperation(_judge),
)
