"""MQ008: a body of a content type that the contract does not declare must not be accepted."""

from contracts.attribution import ended_too_early
from contracts.bodies import media_type
from contracts.evidence import Present, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable
from gateway.rest_api import Method, RestApi

_FIRST_ERROR_STATUS = 400


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    operation = run.operation_of(transaction)
    if operation is None or not exchange.request.body or exchange.response is None:
        return not_applicable("no body was sent or no answer came")
    declared = {name.split(";", 1)[0].strip().lower() for name in operation.declared.request_media_types}
    sent = media_type(exchange.request.headers)
    if not declared or not sent or sent in declared or any("*" in name for name in declared):
        return not_applicable("the content type is declared")
    if ended_too_early(transaction):
        return not_applicable("a throttle or a web ACL answered first")
    if exchange.response.status < _FIRST_ERROR_STATUS and not _is_looked_at(operation, run):
        return not_applicable("neither a validator nor a mapping looks at bodies: the backend alone reads their type")
    if exchange.response.status < _FIRST_ERROR_STATUS:
        message = (
            f"a body of {sent} was accepted with {exchange.response.status}; declared: {', '.join(sorted(declared))}"
        )
        return broken(message, evidence=transaction)
    return held(f"a body of {sent} was refused", evidence=transaction)


def _is_looked_at(operation: JudgedOperation, run: RunEvidence) -> bool:
    """Whether the gateway validates or maps bodies of declared types, so that another type walks around that."""
    api, deployed = run.deployed_api, operation.deployed
    there = deployed.value if isinstance(deployed, Present) else None
    pairs = [(operation.method, run.contract.rest_api), (there, api.value if isinstance(api, Present) else None)]
    return any(method is not None and known is not None and _looks(method, known) for method, known in pairs)


def _looks(method: Method, api: RestApi) -> bool:
    validator = api.request_validators.get(method.request_validator_name or "")
    validates = validator is not None and validator.validate_request_body and bool(method.request_models)
    return validates or (method.integration is not None and not method.integration.integration_type.is_proxy)


RULE = Rule(
    code="MQ008",
    title="A body of an undeclared content type is refused",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="API Gateway validates only content types that have a model: any other type walks around the validation.",
    fix="Set passthroughBehavior NEVER (non-proxy) or refuse other content types in the backend (proxy).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html",
    failure_modes=("val-content-type-bypass", "map-passthrough-leak"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
