"""MQ011: a parameter's value that the contract refuses must be refused."""

from contracts.attribution import answered_by, ended_too_early, is_accepted, is_refusal, reached_backend
from contracts.evidence import Origin, Transaction
from contracts.request_parts import parameter_fault, path_below_stage, values_sent
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or exchange.origin is Origin.PREFLIGHT:
        return not_applicable("no operation of the contract answered")
    path = path_below_stage(exchange, run.configuration)
    faults: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for parameter, value in values_sent(exchange, operation.declared, path):
        fault = parameter_fault(parameter, value, run.contract.document)
        faults.setdefault((parameter.location, parameter.name), []).append((value, fault))
    wrong = {key: told[0] for key, told in faults.items() if all(fault is not None for _, fault in told)}
    if not wrong:
        return not_applicable("the contract allows every parameter's value")
    (place, name), (value, fault) = next(iter(wrong.items()))
    if is_accepted(exchange):
        return broken(
            f"the {place} parameter {name}={value[:40]!r} {fault}, and was answered {exchange.response.status}",
            evidence=transaction,
            answered_by=answered_by(transaction),
            reached_backend=reached_backend(transaction),
        )
    if ended_too_early(transaction):
        return not_applicable("a throttle or a web ACL answered first")
    if is_refusal(exchange):
        return held(f"the {place} parameter {name} {fault}, and was refused", evidence=transaction)
    return not_applicable("the request ended in a server error")


RULE = Rule(
    code="MQ011",
    title="Parameter values that the contract refuses are refused",
    severity=Severity.WARNING,
    step=Step.METHOD_REQUEST,
    why="API Gateway honours name, place and required of a parameter: enum, pattern, minimum and the like it ignores.",
    fix="Check the value in the backend (or in the mapping template), and answer 400.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("val-param-format-ignored",),
    explained_by=("CA001",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
