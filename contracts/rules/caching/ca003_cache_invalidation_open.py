"""CA003: invalidating a cache entry must need authorization."""

from contracts.cache_observation import invalidation_seen
from contracts.rule import PerStage, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.stage_caching import Told, judge_cached
from contracts.verdict import Finding, Severity, Step
from gateway.response_cache import ttl_s
from gateway.rest_api import MethodSettings


def _judge(run: RunEvidence) -> Finding:
    def tell(operation: JudgedOperation, settings: MethodSettings) -> Told:
        seen = invalidation_seen(operation, run, ttl_s(settings))
        if seen is not None:
            return Told(is_right=not seen.is_granted, observed=seen.transaction)
        return Told(is_right=settings.require_authorization_for_cache_control)

    return judge_cached(
        run,
        tell=tell,
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
