"""OB017: requests that were throttled must be in the access log like all others."""

from contracts.attribution import AnsweredBy, answered_by, answered_by_edge
from contracts.evidence import Missing, Origin, Transaction
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_TOO_MANY = 429


def _judge(run: RunEvidence) -> Finding:
    if isinstance(run.stage, Missing):
        return undetermined(run.stage)
    if run.stage.value.access_log_settings is None:
        return not_applicable("the stage writes no access log")
    sent = [item for item in run.transactions if item.exchange.response is not None and not _is_elsewhere(item)]
    throttled = [item for item in sent if _is_throttled(item)]
    if not throttled:
        return not_applicable("no request was throttled")
    unlogged = [item for item in throttled if isinstance(item.access_entry, Missing)]
    if not unlogged:
        return held(f"all {len(throttled)} throttled requests are in the access log", evidence=throttled[0])
    others = [item for item in sent if not _is_throttled(item)]
    late = next((item for item in others if isinstance(item.access_entry, Missing)), None)
    if late is not None or not others:
        reason = unlogged[0].access_entry
        assert isinstance(reason, Missing)
        return undetermined(reason, evidence=unlogged[0])
    message = f"{len(unlogged)} of {len(throttled)} throttled requests are not in the access log, and all others are"
    return broken(message, evidence=unlogged[0])


def _is_elsewhere(transaction: Transaction) -> bool:
    """Whether no access log can hold it: it was a test invocation, or never came to the gateway."""
    return transaction.exchange.origin is Origin.TEST_INVOKE or answered_by_edge(transaction)


def _is_throttled(transaction: Transaction) -> bool:
    response = transaction.exchange.response
    return response is not None and response.status == _TOO_MANY and answered_by(transaction) is AnsweredBy.THROTTLE


RULE = Rule(
    code="OB017",
    title="Throttled requests are in the access log like all others",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Above a rate API Gateway does not log or count every 429: clients see errors that no log or alarm tells of.",
    fix="Count 429 at the clients or at a CDN in front, and set throttles below the rates that need them.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-monitor.html",
    failure_modes=("thr-excess-429-unlogged",),
    judge=PerStage(_judge),
)
