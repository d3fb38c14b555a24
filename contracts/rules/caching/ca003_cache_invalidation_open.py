"""CA003: invalidating a cache entry must need authorization."""

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
    wrong = [name for name, settings in cached.items() if not settings.require_authorization_for_cache_control]
    if wrong:
        return broken(f"any client may invalidate the cache by Cache-Control: max-age=0: {', '.join(wrong)}")
    return held("invalidating a cache entry needs authorization")


RULE = Rule(
    code="CA003",
    title="Invalidating a cache entry needs authorization",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Every client can make every request reach the backend: the cache protects nothing.",
    fix="Set requireAuthorizationForCacheControl on the stage, and grant execute-api:InvalidateCache to who may.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html",
    failure_modes=("cache-invalidate-open",),
    judge=PerStage(_judge),
)
