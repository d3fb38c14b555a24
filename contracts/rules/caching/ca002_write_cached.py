"""CA002: methods that write must not be cached."""

from contracts.cache_observation import from_the_cache
from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.stage_caching import BY_THE_CONFIGURATION
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.response_cache import cache_settings

_CACHEABLE = RuleParameter(
    rule="CA002",
    name="cacheable_methods",
    default=("GET", "HEAD", "OPTIONS"),
    meaning="Methods that may be cached: POST too where a search is posted and its parameters are the key.",
)


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    if not stage.value.cache_cluster_enabled:
        return not_applicable("the stage has no cache")
    if operation.http_method in _CACHEABLE.of(run):
        return not_applicable("the method does not write")
    hits = from_the_cache(operation)
    if hits:
        message = f"observed: a {operation.http_method} was answered from the cache, and its endpoint never called"
        return broken(message, evidence=hits[0], reached_backend=False)
    if cache_settings(stage.value, operation.resource_path, operation.http_method) is not None:
        cause = "is answered from the cache: its body is not part of the cache key"
        return broken(f"{operation.http_method} {cause} {BY_THE_CONFIGURATION}")
    return held(f"{operation.http_method} is not cached {BY_THE_CONFIGURATION}")


RULE = Rule(
    code="CA002",
    title="Methods that write are not cached",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="The second write gets the answer of the first one and never happens.",
    fix="Set cachingEnabled to false in the stage's settings of this method.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html",
    failure_modes=("cache-errors-or-nonget",),
    parameters=(_CACHEABLE,),
    judge=PerOperation(_judge),
)
