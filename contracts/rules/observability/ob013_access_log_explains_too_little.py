"""OB013: an access-log line must explain its request."""

import re

from contracts.evidence import Missing, Present
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_WORDS = {
    "status": "the status",
    "httpMethod|routeKey": "the method",
    "resourcePath|path|routeKey": "the resource",
    "responseLatency": "the latency",
    "integrationLatency|integration.latency": "the latency of the integration",
    "integrationStatus|integration.status|integration.integrationStatus": "the status of the integration",
    "error.responseType|error.message|error.messageString|integrationErrorMessage|integration.error": (
        "the cause of an error"
    ),
    "xrayTraceId": "the trace",
}
_TRACE = "xrayTraceId"
_VARIABLES = RuleParameter(
    rule="OB013",
    name="variables",
    default=tuple(name for name in _WORDS if name != _TRACE),
    meaning=(
        "The `$context` variables that a line must hold, without `$context.`; `|` parts those of which one is enough. "
        "Where the stage is traced, `xrayTraceId` is wanted too."
    ),
)


def _judge(run: RunEvidence) -> Finding:
    access_log = run.access_log_settings
    if isinstance(access_log, Missing):
        return undetermined(access_log)
    settings = access_log.value
    if settings is None:
        return not_applicable("there is no access log")
    is_traced = isinstance(run.stage, Present) and run.stage.value.tracing_enabled
    needed = dict.fromkeys((*_VARIABLES.of(run), *((_TRACE,) if is_traced else ())))
    lacking = [_WORDS.get(names, f"$context.{names}") for names in needed if not _holds(settings.log_format, names)]
    if lacking:
        return broken(f"a line does not tell {', '.join(lacking)}")
    return held("a line tells who answered what, how fast and why")


def _holds(log_format: str, names: str) -> bool:
    """Whether a format holds one of the variables whose names are parted by ``|``."""
    alternatives = "|".join(re.escape(name.strip()) for name in names.split("|"))
    return re.search(rf"\$context\.({alternatives})(?![\w.])", log_format) is not None


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
    parameters=(_VARIABLES,),
    judge=PerStage(_judge),
)
