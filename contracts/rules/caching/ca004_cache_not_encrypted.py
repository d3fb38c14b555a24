"""CA004: cached answers must be encrypted."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.stage_caching import cache_settings
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    cached = {
        operation.name: settings
        for operation in run.operations
        if (settings := cache_settings(stage.value, operation.resource_path, operation.http_method)) is not None
    }
    if not cached:
        return not_applicable("no operation is cached")
    wrong = [name for name, settings in cached.items() if not settings.cache_data_encrypted]
    if wrong:
        return broken(f"cached answers are not encrypted: {', '.join(wrong)}")
    return held("cached answers are encrypted")


RULE = Rule(
    code="CA004",
    title="Cached answers are encrypted",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Answers with personal data lie in the cache in the clear: audits fail, and so does their promise.",
    fix="Set cacheDataEncrypted in the settings of the stage.",
    source_url="https://docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html",
    failure_modes=("cache-unencrypted",),
    judge=PerStage(_judge),
)
