"""LM004: no body that the contract allows must be larger than API Gateway takes."""

from contracts.attribution import AnsweredBy, answered_by, answered_by_edge
from contracts.evidence import Missing, Mode, Transaction
from contracts.request_parts import resolved_schema
from contracts.rule import PerOperation, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.choices import REQUEST_LIMIT_BYTES

_TOO_LARGE = 413
_LIMIT_BYTES = RuleParameter(
    rule="LM004",
    name="limit_bytes",
    default=REQUEST_LIMIT_BYTES,
    minimum=1,
    maximum=REQUEST_LIMIT_BYTES,
    unit="bytes",
    meaning="The largest body that the contract may allow; lower where a web ACL or a backend takes less.",
)
_FUNCTION_LIMIT_BYTES = RuleParameter(
    rule="LM004",
    name="function_limit_bytes",
    default=6 * 1024 * 1024,
    minimum=1,
    unit="bytes",
    meaning="The largest body for a Lambda function: it is given 6 MiB with the event around it; base64 adds a third.",
)


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    body = operation.declared.request_body
    if body is None:
        return not_applicable("the operation takes no body")
    refused = next((one for one in operation.transactions if _is_refused_for_size(one)), None)
    if refused is not None:
        size = len(refused.exchange.request.body)
        return broken(f"413 for a body of {size} bytes that the contract allows", evidence=refused)
    longest = max((_length(schema, run) for schema in body.schemas.values()), default=0)
    limit_bytes, function_limit_bytes = _LIMIT_BYTES.of(run), _FUNCTION_LIMIT_BYTES.of(run)
    if longest > limit_bytes:
        return broken(f"the contract allows {longest} bytes; API Gateway takes {limit_bytes} (by the contract)")
    if longest <= function_limit_bytes:
        return held("no body that the contract bounds is larger than the limits")
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    integration = operation.deployed.value.integration if operation.deployed.value else None
    if integration is not None and integration.lambda_arn is not None:
        return broken(
            f"the contract allows {longest} bytes; a Lambda function is given {function_limit_bytes} (by the contract)"
        )
    return held("no body that the contract bounds is larger than the limits")


def _length(schema: object, run: RunEvidence) -> int:
    """Return the longest body of a schema for text or bytes; 0 where the schema says nothing of it."""
    found = resolved_schema(schema, run.contract.document) if isinstance(schema, dict) else {}
    length = found.get("maxLength")
    return length if found.get("type") == "string" and isinstance(length, int) else 0


def _is_refused_for_size(transaction: Transaction) -> bool:
    exchange = transaction.exchange
    if exchange.response is None or exchange.response.status != _TOO_LARGE:
        return False
    is_valid = exchange.mode is Mode.POSITIVE and not exchange.violates
    by_gateway = answered_by_edge(transaction) or (
        exchange.error_type is not None and answered_by(transaction) is AnsweredBy.VALIDATOR
    )
    return is_valid and by_gateway


RULE = Rule(
    code="LM004",
    title="Bodies of the contract fit into the limit of the payload",
    severity=Severity.WARNING,
    step=Step.METHOD_REQUEST,
    why="More than 10 MB (6 MB for a Lambda function) is refused with a 413 that may have no log and no CORS header.",
    fix="Bound the body in the contract, or have clients upload to S3 by a presigned URL.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    failure_modes=("lim-payload-10mb",),
    parameters=(
        _LIMIT_BYTES,
        _FUNCTION_LIMIT_BYTES,
    ),
    judge=PerOperation(_judge),
)
