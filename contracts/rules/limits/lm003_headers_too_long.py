"""LM003: no request of the contract must need more header bytes than API Gateway takes."""

from contracts.attribution import answered_by_edge
from contracts.evidence import Mode, Transaction
from contracts.request_parts import resolved_schema
from contracts.rule import EVERY_KIND, PerOperation, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable
from gateway.choices import HEADERS_LIMIT_BYTES

_LONG_BYTES = 8_000
_LIMIT_BYTES = RuleParameter(
    rule="LM003",
    name="limit_bytes",
    default=HEADERS_LIMIT_BYTES,
    minimum=1,
    maximum=HEADERS_LIMIT_BYTES,
    unit="bytes",
    meaning="What an operation's header parameters may add up to; lower where something before the stage takes less.",
)
_TOO_LONG = {400, 413, 431, 494}


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    for transaction in operation.transactions:
        if _is_refused_for_length(transaction):
            size, response = _header_bytes(transaction), transaction.exchange.response
            status = response.status if response else 0
            return broken(f"{status} for a valid request with {size} bytes of headers", evidence=transaction)
    lengths = {
        parameter.name: length
        for parameter in operation.declared.parameters
        if parameter.location == "header"
        and isinstance(length := resolved_schema(parameter.schema, run.contract.document).get("maxLength"), int)
    }
    limit_bytes = _LIMIT_BYTES.of(run)
    if sum(lengths.values()) > limit_bytes:
        names = ", ".join(lengths)
        return broken(
            f"{names} may have {sum(lengths.values())} characters; {limit_bytes} is the limit (by the contract)"
        )
    if not operation.transactions:
        return not_applicable("no request was sent")
    longest = max(_header_bytes(transaction) for transaction in operation.transactions)
    return held(f"no request needed more than {longest} bytes of headers")


def _is_refused_for_length(transaction: Transaction) -> bool:
    response = transaction.exchange.response
    is_valid = transaction.exchange.mode is Mode.POSITIVE and not transaction.exchange.violates
    refused = response is not None and response.status in _TOO_LONG and answered_by_edge(transaction)
    return is_valid and refused and _header_bytes(transaction) > _LONG_BYTES


def _header_bytes(transaction: Transaction) -> int:
    return sum(len(name) + len(value) + 4 for name, value in transaction.exchange.request.headers)


RULE = Rule(
    code="LM003",
    title="Requests of the contract fit into the limit of the headers",
    severity=Severity.WARNING,
    step=Step.METHOD_REQUEST,
    why="More than 10,240 bytes of headers are refused before the API: no log, metric or CORS header tells of it.",
    fix="Move long values into the body, and give header parameters a maxLength.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    failure_modes=("hdr-size-limit",),
    api_kinds=EVERY_KIND,
    parameters=(_LIMIT_BYTES,),
    judge=PerOperation(_judge),
)
