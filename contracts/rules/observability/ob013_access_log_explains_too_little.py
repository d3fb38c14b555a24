"""OB013: an access-log line must explain its request."""

import re

from contracts.evidence import Missing, Present
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_NEEDED = {
    "the status": r"status",
    "the method": r"httpMethod|routeKey",
    "the resource": r"resourcePath|path|routeKey",
    "the latency": r"responseLatency",
    "the latency of the integration": r"integrationLatency|integration\.latency",
    "the status of the integration": r"integrationStatus|integration\.(status|integrationStatus)",
    "the cause of an error": r"error\.(responseType|message|messageString)|integrationErrorMessage|integration\.error",
}
_TRACE = {"the trace": r"xrayTraceId"}


def _judge(run: RunEvidence) -> Finding:
    access_log = run.access_log_settings
    if isinstance(access_log, Missing):
        return undetermined(access_log)
    settings = access_log.value
    if settings is None:
        return not_applicable("there is no access log")
    is_traced = isinstance(run.stage, Present) and run.stage.value.tracing_enabled
    needed = {**_NEEDED, **(_TRACE if is_traced else {})}
    lacking = [
        what for what, names in needed.items() if not re.search(rf"\$context\.({names})(?![\w.])", settings.log_format)
    ]
    if lacking:
        return broken(f"a line does not tell {', '.join(lacking)}")
    return held("a line tells who answered what, how fast and why")


RULE = Rule(
    code="OB013",
    title="An access-log line tells what answered, how fast and why",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="At night one line must say whether gateway or backend failed, how long it took and which error it was.",
    fix="Add $context.status, httpMethod, resourcePath, the latencies, integrationStatus and error.responseType.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
    failure_modes=("obs-access-log-fields",),
    api_kinds=EVERY_KIND,
    judge=PerStage(_judge),
)
