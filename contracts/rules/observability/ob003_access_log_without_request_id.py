"""OB003: the access-log format must name the request id."""

import re

from contracts.evidence import Missing
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_REQUEST_ID = re.compile(r"\$context\.(requestId|extendedRequestId)\b")


def _judge(run: RunEvidence) -> Finding:
    access_log = run.access_log_settings
    if isinstance(access_log, Missing):
        return undetermined(access_log)
    settings = access_log.value
    if settings is None:
        return not_applicable("there is no access log")
    if not _REQUEST_ID.search(settings.log_format):
        return broken("the format has neither $context.requestId nor $context.extendedRequestId")
    return held("the format names the request id")


RULE = Rule(
    code="OB003",
    title="The access-log format names the request id",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="A line that cannot be joined with its execution, trace and client explains nothing.",
    fix="Add $context.requestId and $context.extendedRequestId to the format.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-access-log-fields",),
    api_kinds=EVERY_KIND,
    judge=PerStage(_judge),
)
