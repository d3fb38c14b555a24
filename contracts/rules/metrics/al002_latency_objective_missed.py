"""AL002: response times must keep their objectives."""

import math

from contracts.evidence import Missing, Origin, Transaction
from contracts.rule import EVERY_KIND, PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_NOT_AS_CLIENTS_CALL = {Origin.PROVOCATION, Origin.TEST_INVOKE}
"""Provoked timeouts are slow on purpose; test invocations do not pass the stage."""


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    objectives = run.expectations.latency.for_operation(operation.name)
    wanted = {50: objectives.p50_ms, 90: objectives.p90_ms, 99: objectives.p99_ms}
    if not any(wanted.values()):
        return not_applicable("no objective is set ([latency])")
    answered = [
        item
        for item in operation.transactions
        if item.exchange.response is not None and item.exchange.origin not in _NOT_AS_CLIENTS_CALL
    ]
    if not answered:
        return not_applicable("nothing was answered")
    ordered = sorted(answered, key=_latency_ms)
    for percent, objective in wanted.items():
        slowest = ordered[math.ceil(percent / 100 * len(ordered)) - 1]
        if objective is not None and _latency_ms(slowest) > objective:
            message = f"p{percent} is {_latency_ms(slowest):.0f} ms, the objective is {objective:.0f} ms"
            return broken(message, evidence=slowest)
    return held(f"p99 is {_latency_ms(ordered[math.ceil(0.99 * len(ordered)) - 1]):.0f} ms over {len(ordered)} answers")


def _latency_ms(transaction: Transaction) -> float:
    """The gateway's own time where the access log has it, else the client's."""
    entry = transaction.access_entry
    logged = None if isinstance(entry, Missing) else entry.value.values.get("responseLatency")
    return float(logged) if logged is not None and logged.isdigit() else transaction.exchange.elapsed_ms


RULE = Rule(
    code="AL002",
    title="Response times keep their objectives",
    severity=Severity.WARNING,
    step=Step.BACKEND,
    why="A slow answer is a broken one to whoever waits for it.",
    fix="Look at the trace of the slowest request: it shows whether gateway, authorizer or backend took the time.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("auth-authorizer-latency", "int-async-event-header"),
    api_kinds=EVERY_KIND,
    judge=PerOperation(_judge),
)
