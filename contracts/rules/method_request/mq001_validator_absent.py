"""MQ001: what a method declares about its request must be validated."""

from contracts.attribution import ended_too_early, is_refusal
from contracts.bodies import is_json
from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import Method, RequestValidator, RestApi

_VALIDATED = ("body", "query:", "header:")


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    api = run.deployed_api
    if operation.deployed.value is None or isinstance(api, Missing) or operation.method is None:
        return not_applicable("is not deployed")
    is_told = bool(run.contract.rest_api.request_validators)
    promised = _promised(operation.method if is_told else operation.deployed.value)
    if not promised:
        whose = "the contract" if is_told else "the deployed method"
        return not_applicable(f"{whose} promises no validation: neither a model nor a required parameter is declared")
    validator = _validator(api.value, operation.deployed.value)
    lacking = [what for what in promised if not _validates(validator, what)]
    if not lacking:
        return held(f"a validator looks at the {' and the '.join(promised)} of the request")
    refused = [] if is_told else [item for item in operation.transactions if _is_wrong(item, lacking)]
    if refused and all(is_refusal(item.exchange) for item in refused):
        return held("the backend refuses what no validator looks at", evidence=refused[0])
    name = validator.name if validator else "no request validator"
    return broken(f"nothing validates the {' and the '.join(lacking)} of the request ({name})")


def _is_wrong(transaction: Transaction, lacking: list[str]) -> bool:
    """Whether a request that was answered breaks what nothing validates."""
    exchange = transaction.exchange
    parts = {"body" if part == "body" else "parameters" for part in exchange.violates if part.startswith(_VALIDATED)}
    return exchange.response is not None and bool(parts & set(lacking)) and not ended_too_early(transaction)


def _promised(method: Method) -> list[str]:
    """What a validator has to look at: it knows JSON models, and of parameters only whether required ones are there."""
    body = any(is_json(content_type.lower()) for content_type in method.request_models)
    parameters = any(needed and ".path." not in name for name, needed in method.request_parameters.items())
    return [what for what, is_promised in (("body", body), ("parameters", parameters)) if is_promised]


def _validator(api: RestApi, method: Method) -> RequestValidator | None:
    return api.request_validators.get(method.request_validator_name or "")


def _validates(validator: RequestValidator | None, what: str) -> bool:
    if validator is None:
        return False
    return validator.validate_request_body if what == "body" else validator.validate_request_parameters


RULE = Rule(
    code="MQ001",
    title="Declared models and required parameters have a request validator",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="A model without a request validator is documentation: invalid requests reach the backend.",
    fix="Attach a request validator (x-amazon-apigateway-request-validator) to the method and redeploy.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
    failure_modes=("val-validator-absent",),
    judge=PerOperation(_judge),
)
