"""CA002: methods that write must not be cached."""

from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import JudgedOperation, RunEvidence
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
    if cache_settings(stage.value, operation.resource_path, operation.http_method) is not None:
        return broken(f"{operation.http_method} is answered from the cache: its body is not part of the cache key")
    return held(f"{operation.http_method} is not cached")


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
