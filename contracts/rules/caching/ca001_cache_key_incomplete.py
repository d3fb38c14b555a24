"""CA001: a cached operation's key must hold every parameter that its answer depends on."""

import re
from collections.abc import Iterator

from contracts.cache_observation import Foreign, foreign_answer, from_the_cache
from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.stage_caching import BY_THE_CONFIGURATION
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.response_cache import cache_settings
from gateway.rest_api import AuthorizationType, Method

_KEYED = {"path": "path", "query": "querystring"}
_CALLER = re.compile(r"header\.authorization$|authorizer|identity", re.IGNORECASE)
"""What stands for the caller: the token, or what the gateway knows of who sent it."""


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    stage, deployed = run.stage, operation.deployed
    if isinstance(stage, Missing):
        return _without_configuration(operation, run, stage)
    if cache_settings(stage.value, operation.resource_path, operation.http_method) is None:
        return not_applicable("the operation is not cached")
    if isinstance(deployed, Missing):
        return _without_configuration(operation, run, deployed)
    method = deployed.value
    if method is None or method.integration is None:
        return not_applicable("nothing is deployed that could be cached")
    key = {name.split("request.", 1)[-1] for name in method.integration.cache_key_parameters}
    lacking = tuple(_lacking(operation, method, key))
    seen = foreign_answer(operation, run)
    if seen is not None and (lacking or seen.is_certain):
        return _observed(seen, lacking)
    if lacking:
        return broken(f"is cached without {', '.join(lacking)} in the cache key {BY_THE_CONFIGURATION}")
    hits = from_the_cache(operation)
    if hits:
        return held(f"observed: answers out of the cache ({len(hits)}), none made for another", evidence=hits[0])
    return held(f"the cache key holds every parameter of the operation {BY_THE_CONFIGURATION}")


def _without_configuration(operation: JudgedOperation, run: RunEvidence, missing: Missing) -> Finding:
    seen = foreign_answer(operation, run)
    return undetermined(missing) if seen is None or not seen.is_certain else _observed(seen, ())


def _observed(seen: Foreign, lacking: tuple[str, ...]) -> Finding:
    whose = "another caller" if seen.is_of_another_caller else "another request"
    key = f"is cached without {', '.join(lacking)} in the cache key: " if lacking else "observed: "
    message = f"{key}a request was answered from the cache with the body of {whose}"
    return broken(message, evidence=seen.transaction)


def _lacking(operation: JudgedOperation, method: Method, key: set[str]) -> Iterator[str]:
    """Give what tells one answer from another and is not in the key, as a mapping names it."""
    for parameter in operation.declared.parameters:
        name = f"{_KEYED.get(parameter.location)}.{parameter.name}"
        if parameter.location in _KEYED and name not in key:
            yield name
    if method.authorization_type is not AuthorizationType.NONE and not any(map(_CALLER.search, key)):
        yield "the caller (header.Authorization)"


RULE = Rule(
    code="CA001",
    title="The cache key holds every parameter that the answer depends on",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="One caller gets the data of another: neither path, query nor identity are in the key by themselves.",
    fix="Add the parameters to the integration's cacheKeyParameters (method.request.header.Authorization for callers).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html",
    failure_modes=("cache-key-missing",),
    explained_by=("CA002",),
    judge=PerOperation(_judge),
)
