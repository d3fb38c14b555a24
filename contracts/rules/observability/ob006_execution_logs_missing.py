"""OB006: requests must leave the executions, access entries and traces that the stage is set to write."""

from collections.abc import Iterator

from contracts.attribution import ended_too_early
from contracts.evidence import Completeness, Missing
from contracts.rule import PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_ENOUGH = RuleParameter(
    rule="OB006",
    name="share",
    default=0.99,
    minimum=0,
    maximum=1,
    meaning="The share of the requests that must be found: AWS delivers logs and traces at its best effort.",
)

_PARTS = {"executions": "execution", "access_entries": "access_entry", "traces": "trace"}
_NEED_NOT_BE_LOGGED = {413, 429}
"""See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""


def _judge(run: RunEvidence) -> Iterator[Finding]:
    stage = run.stage
    if isinstance(stage, Missing):
        yield undetermined(stage)
        return
    switched_on = {
        "executions": any(settings.logging_level == "INFO" for settings in stage.value.method_settings.values()),
        "access_entries": stage.value.access_log_settings is not None,
        "traces": stage.value.tracing_enabled,
    }
    for kind, is_on in switched_on.items():
        completeness = run.completeness.get(kind)
        words = kind.replace("_", " ")
        if not is_on or completeness is None or not completeness.expected:
            yield not_applicable(f"no {words} are expected")
        elif completeness.remedy is not None and not _is_gone(completeness):
            yield undetermined(Missing(reason=completeness.reason or words, remedy=completeness.remedy))
        elif completeness.found + _excused(run, kind) < _ENOUGH.of(run) * completeness.expected:
            reason = f" ({completeness.reason})" if completeness.reason else ""
            yield broken(f"only {completeness.found} of {completeness.expected} {words} arrived{reason}")
        else:
            yield held(f"{completeness.found} of {completeness.expected} {words} arrived")


def _excused(run: RunEvidence, kind: str) -> int:
    """Count the requests without evidence of a kind that AWS need not log: what WAF, a throttle or a size refused."""
    return sum(
        1
        for item in run.transactions
        if isinstance(getattr(item, _PARTS[kind]), Missing)
        and item.exchange.response is not None
        and (item.exchange.response.status in _NEED_NOT_BE_LOGGED or ended_too_early(item))
    )


def _is_gone(completeness: Completeness) -> bool:
    """Whether nothing could be read because the log group is not there: the stage writes into nothing."""
    return completeness.found == 0 and (completeness.reason or "").endswith("does not exist")


RULE = Rule(
    code="OB006",
    title="Every request leaves the log entries and the trace that the stage is set to write",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Logging is on and nothing arrives: the role lacks rights, the group was deleted, or sampling drops traces.",
    fix="Check the account's CloudWatch role, recreate the log group by saving the stage, and send Sampled=1.",
    source_url="https://repost.aws/knowledge-center/api-gateway-missing-cloudwatch-logs",
    failure_modes=("obs-log-group-deleted", "obs-exec-log-role", "obs-xray-sampling-gap"),
    explained_by=("OB008",),
    parameters=(_ENOUGH,),
    judge=PerStage(_judge),
)
