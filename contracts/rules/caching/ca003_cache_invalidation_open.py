"""CA003: invalidating a cache entry must need authorization."""

from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.stage_caching import judge_cached
from contracts.verdict import Finding, Severity, Step


def _judge(run: RunEvidence) -> Finding:
    return judge_cached(
        run,
        is_right=lambda settings: settings.require_authorization_for_cache_control,
        wrong="any client may invalidate the cache by Cache-Control: max-age=0",
        right="invalidating a cache entry needs authorization",
    )


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
