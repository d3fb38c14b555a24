"""OB012: the lines of an execution must make up one whole."""

from contracts.evidence import Missing, Present, Transaction
from contracts.rule import PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_ENOUGH = RuleParameter(
    rule="OB012",
    name="share",
    default=0.99,
    minimum=0,
    maximum=1,
    meaning="The share of the executions that must be whole: AWS delivers logs at its best effort.",
)


def _judge(run: RunEvidence) -> Finding:
    if isinstance(run.stage, Missing):
        return undetermined(run.stage)
    stage = run.stage.value
    logged = [
        item
        for item in run.transactions
        if isinstance(item.execution, Present)
        and item.execution.value.started
        and stage.settings_for(item.exchange.resource_path or "", item.exchange.http_method).logging_level == "INFO"
    ]
    if not logged:
        return not_applicable("no execution was logged at INFO")
    fragments = [item for item in logged if not _is_whole(item)]
    if len(fragments) > (1 - _ENOUGH.of(run)) * len(logged):
        message = f"{len(fragments)} of {len(logged)} executions lack their end: lines were lost or stand elsewhere"
        return broken(message, evidence=fragments[0])
    return held(f"{len(logged) - len(fragments)} of {len(logged)} executions were put together from their lines")


def _is_whole(transaction: Transaction) -> bool:
    """Whether an execution that began also ends; one without an answer to the client need not."""
    execution = transaction.execution
    assert isinstance(execution, Present)
    told = execution.value
    return (
        transaction.exchange.response is None or told.completed or told.status is not None or told.failure is not None
    )


RULE = Rule(
    code="OB012",
    title="The log lines of every request make up one whole execution",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="A request leaves ten to twenty lines among those of others: what cannot be regrouped says nothing.",
    fix="Read every stream of the log group by request id, and write one access-log line a request.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/view-cloudwatch-log-events-in-cloudwatch-console.html",
    failure_modes=("obs-exec-log-fragmented",),
    parameters=(_ENOUGH,),
    judge=PerStage(_judge),
    explained_by=("OB006",),
)
