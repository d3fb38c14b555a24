"""OB009: a production stage must not log requests and answers whole."""

from contracts.evidence import Missing, Present, Transaction
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_REDACTED = "redacted:"
"""What stands in a recording where a secret or a sensitive value stood in the log."""


def _judge(run: RunEvidence) -> Finding:
    if run.stage_expectations is None or not run.stage_expectations.production:
        return not_applicable("the stage is not said to be one of production ([stages.NAME] production)")
    proof = next((item for item in run.transactions if _logs_a_secret(item)), None)
    if proof is not None:
        return broken("the execution log holds a credential or a sensitive value in the clear", evidence=proof)
    if isinstance(run.stage, Missing):
        return undetermined(run.stage)
    traced = [name for name, settings in run.stage.value.method_settings.items() if settings.data_trace_enabled]
    if traced:
        return broken(f"data trace is on for {', '.join(sorted(traced))} (by the configuration)")
    return held("data trace is off")


def _logs_a_secret(transaction: Transaction) -> bool:
    execution = transaction.execution
    return isinstance(execution, Present) and any(
        text is not None and _REDACTED in text.text
        for text in (
            execution.value.request_body,
            execution.value.endpoint_request_body,
            execution.value.endpoint_response_body,
            execution.value.response_body,
        )
    )


RULE = Rule(
    code="OB009",
    title="A production stage does not log requests and answers whole",
    severity=Severity.ERROR,
    step=Step.STAGE,
    why="Passwords and personal data of real users lie in a log group that many may read.",
    fix="Set dataTraceEnabled to false in the stage's method settings: removing it from a template leaves it on.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-data-trace-prod", "obs-data-trace-sticky"),
    judge=PerStage(_judge),
)
